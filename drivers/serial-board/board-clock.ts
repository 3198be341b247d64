import { isoTime, type Timeline } from '../../src/core/index.js';
import type { DeviceClock } from '../../src/device/index.js';
import type { BoardClient } from '../../src/link/index.js';

/** Beyond these a run's times are worth little, and its result says so. The link's target is 2 ms after two minutes. */
const MOST_OFFSET_S = 0.02;
const MOST_RATE_PPM = 200;

/** The fit of a board's ticks as a record has it; null before the fifth reading. */
export function boardClock(client: BoardClient, timeline: Timeline): DeviceClock | null {
  const fit = client.clock();
  if (fit === null) return null;
  // The host's monotonic clock means nothing to a reader of the record.
  const atMs = timeline.wallMs() - timeline.monotonicMs() + fit.referenceHostMs;
  return {
    at: isoTime(atMs),
    nominalHz: fit.nominalHz,
    offsetS: atMs / 1000 - fit.referenceTicks / fit.nominalHz,
    offsetUncertaintyS: fit.offsetUncertaintyMs / 1000,
    ratePpm: fit.ratePpm,
    rateUncertaintyPpm: fit.rateUncertaintyPpm,
    readings: fit.exchanges,
  };
}

/** What a reader has to know of a clock that is not as it should be. */
export function clockNotes(clock: DeviceClock | null): readonly string[] {
  if (clock === null) {
    return [
      'clock: the board’s clock has been read fewer than 5 times since the link was opened, about once a second',
    ];
  }
  const { ratePpm, rateUncertaintyPpm, offsetUncertaintyS } = clock;
  const notes: string[] = [];
  if (offsetUncertaintyS > MOST_OFFSET_S) {
    const ms = (1000 * offsetUncertaintyS).toFixed(1);
    notes.push(`clock: when the board’s samples were taken is known to ${ms} ms only`);
  }
  if (Math.abs(ratePpm) - rateUncertaintyPpm > MOST_RATE_PPM) {
    const way = ratePpm > 0 ? 'fast' : 'slow';
    const ppm = Math.abs(ratePpm).toFixed(0);
    notes.push(
      `clock: the board’s clock is ${ppm} ± ${rateUncertaintyPpm.toFixed(0)} ppm ${way}: so are its times`,
    );
  }
  return notes;
}
