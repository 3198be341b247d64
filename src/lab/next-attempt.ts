import { isoTime } from '../core/index.js';
import type { JobRow } from './job.js';

/** What changes of a job that is to be tried again: the next attempt is a run of its own, with the same seed. */
export function nextAttempt(
  row: JobRow,
  nowMs: number,
): Pick<JobRow, 'attempt' | 'notBefore' | 'progress'> {
  const delayMs = 1000 * (row.retry?.delayS ?? 0);
  return {
    attempt: row.attempt + 1,
    notBefore: delayMs === 0 ? row.notBefore : isoTime(nowMs + delayMs),
    progress: { fraction: 0, shots: 0 },
  };
}
