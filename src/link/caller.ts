import { abortedError, type RelaxdError, type Timeline } from '../core/index.js';
import { BoardError } from './board-error.js';
import type { Delivery } from './go-back-n.js';
import {
  answerOf,
  encodeRequest,
  Status,
  type BoardResponse,
  type CallAnswer,
  type CallBody,
  type CallName,
} from './messages.js';
import type { CallCounts } from './statistics.js';

export interface CallOptions {
  /** From the call on, ms; 0: none. Where it is left out: see {@link deadlineOf}. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Enough for a few retransmissions of a few frames. */
const USUAL_DEADLINE_MS = 3000;
const DEADLINES_MS: { readonly [K in CallName]?: number } = {
  // Many of them wait for the line at a time.
  uploadChunk: 20_000,
  readResult: 20_000,
  getDescriptor: 20_000,
  // The hardware is set and read back.
  uploadCommit: 30_000,
  selfTest: 60_000,
};
const deadlineOf = (call: CallName): number => DEADLINES_MS[call] ?? USUAL_DEADLINE_MS;

/** An answer, and when and how it came. */
export interface Exchange<K extends CallName> {
  readonly answer: CallAnswer<K>;
  /** When the request was put on the line, when it had left, and when the answer came, ms, monotonic. */
  readonly writtenMs: number;
  readonly leftMs: number;
  readonly receivedMs: number;
  /** How often the request was sent. */
  readonly sends: number;
}

interface Pending {
  readonly settle: (response: BoardResponse) => void;
  readonly fail: (error: Error) => void;
}

/** Calls to the board and their answers, within one session; any number at a time. */
export class Caller {
  private nextId = 1;
  private readonly pending = new Map<number, Pending>();
  private closedWith: RelaxdError | null = null;

  /** @param post hands a request to the reliable channel; may throw */
  constructor(
    private readonly post: (payload: Uint8Array) => Delivery,
    private readonly timeline: Timeline,
    private readonly counts: CallCounts,
  ) {}

  get inFlight(): number {
    return this.pending.size;
  }

  async call<K extends CallName>(
    call: K,
    body: CallBody<K>,
    options: CallOptions = {},
  ): Promise<CallAnswer<K>> {
    return (await this.exchange(call, body, options)).answer;
  }

  /**
   * @throws BoardError where the answer is not OK, or does not come in time
   * @throws RelaxdError `aborted`; `device-offline` where the link goes down; `too-large`
   */
  exchange<K extends CallName>(
    call: K,
    body: CallBody<K>,
    options: CallOptions = {},
  ): Promise<Exchange<K>> {
    const { signal, deadlineMs = deadlineOf(call) } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortedError(signal));
      if (this.closedWith !== null) return reject(this.closedWith);
      const id = this.nextId++;
      let delivery: Delivery | null = null;
      const abort = (): void => fail(abortedError(signal!));
      const callOff =
        deadlineMs === 0
          ? null
          : this.timeline.after(deadlineMs, () => {
              this.counts.overdue++;
              fail(BoardError.overdue(call, deadlineMs));
            });
      const leave = (): void => {
        this.pending.delete(id);
        callOff?.();
        signal?.removeEventListener('abort', abort);
      };
      const fail = (error: Error): void => {
        leave();
        reject(error);
      };
      const settle = (response: BoardResponse): void => {
        leave();
        this.counts.answered++;
        if (response.status !== Status.OK) {
          this.counts.refused++;
          reject(new BoardError(call, response.status, response.state, response.text));
          return;
        }
        const answer = answerOf(call, response);
        if (answer === undefined) {
          this.counts.badMessages++;
          reject(
            new BoardError(call, Status.INTERNAL, response.state, 'the answer is to another call'),
          );
          return;
        }
        const receivedMs = this.timeline.monotonicMs();
        resolve({
          answer,
          writtenMs: delivery?.writtenMs ?? receivedMs,
          leftMs: delivery?.leftMs ?? receivedMs,
          receivedMs,
          sends: delivery?.sends ?? 1,
        });
      };
      // Before the request leaves: on a line in memory the answer is there when that comes back.
      this.pending.set(id, { settle, fail });
      signal?.addEventListener('abort', abort, { once: true });
      try {
        delivery = this.post(encodeRequest(id, deadlineMs, call, body));
        this.counts.sent++;
      } catch (error) {
        fail(error as Error);
      }
    });
  }

  takeResponse(response: BoardResponse): void {
    const pending = this.pending.get(response.requestId);
    if (pending !== undefined) pending.settle(response);
    // One that nobody waits for any more, or one to a call that was never made.
    else if (response.requestId >= 1 && response.requestId < this.nextId) this.counts.late++;
    else this.counts.badMessages++;
  }

  /** Rejects every call under way, and those to come. */
  close(error: RelaxdError): void {
    this.closedWith ??= error;
    for (const { fail } of [...this.pending.values()]) fail(error);
  }
}
