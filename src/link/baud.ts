import { RelaxdError } from '../core/index.js';
import { BoardError } from './board-error.js';
import { Status } from './messages.js';
import type { Calls } from './upload.js';

/** After its switch the board waits so long for a valid frame, ms. */
const SWITCH_MS = 500;
/** Longer than that and a few retransmissions. */
const SEARCH_MS = 1500;
/** Has zeros, ones and alternating bits: what a rate that does not fit damages first. */
const PING = Uint8Array.from([0x00, 0x55, 0xaa, 0xff, 0x0f, 0xf0, 0x55, 0x00]);

export interface BaudChange {
  readonly call: Calls;
  /** Switches the host's end, once everything written has left. */
  readonly setRate: (baud: number) => Promise<void>;
  readonly current: number;
  readonly maxBaud: number;
  readonly signal?: AbortSignal;
}

/**
 * Goes through `rates` in their order and stays at the first one that both ends understand; at the current one where there is
 * none.
 *
 * @returns the rate that the link is at
 * @throws RelaxdError `device-offline` where the board is found at neither rate
 */
export async function negotiateBaud(change: BaudChange, rates: readonly number[]): Promise<number> {
  const { call, setRate, current, maxBaud, signal } = change;
  const waiting = signal === undefined ? {} : { signal };
  const answers = async (deadlineMs: number): Promise<boolean> => {
    try {
      const { payload } = await call('ping', { payload: PING }, { ...waiting, deadlineMs });
      return Buffer.compare(payload, PING) === 0;
    } catch (error) {
      if (error instanceof BoardError) return false;
      throw error;
    }
  };
  for (const rate of rates) {
    if (rate > maxBaud || rate === current) continue;
    try {
      await call('setBaud', { baud: rate }, { ...waiting, deadlineMs: SEARCH_MS });
    } catch (error) {
      if (!(error instanceof BoardError)) throw error;
      // Without an answer it may have switched or not: it is looked for at both.
      if (error.status !== Status.DEADLINE) continue;
    }
    await setRate(rate);
    if (await answers(SWITCH_MS)) return rate;
    await setRate(current);
    if (await answers(SEARCH_MS)) continue;
    // It heard the ping and stayed, and its answer was lost.
    await setRate(rate);
    if (await answers(SEARCH_MS)) return rate;
    throw new RelaxdError(
      'device-offline',
      `the board is found neither at ${rate} nor at ${current} baud`,
      {
        hint: 'open the link again: the handshake looks for the board at each rate',
      },
    );
  }
  return current;
}
