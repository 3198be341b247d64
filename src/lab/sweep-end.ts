import { RelaxdError } from '../core/index.js';
import type { JobRow } from './job.js';
import type { TerminalState } from './next-job.js';
import { sweepIsOpen } from './next-sweep.js';
import type { SweepCounts } from './sweep-counts.js';

/** Why the points of a sweep that still wait are not to run any more; null: they are. Pure. */
export function whyPointsEnd(
  sweep: JobRow,
  counts: SweepCounts,
  nowMs: number,
): 'cancel' | 'expire' | null {
  if (sweep.asked === 'cancel' || sweep.asked === 'abort') return 'cancel';
  if (sweep.deadline !== null && Date.parse(sweep.deadline) <= nowMs) return 'expire';
  if (sweep.sweep?.onFailure === 'stop' && counts.failed > 0) return 'cancel';
  return null;
}

/** Whether a further point may begin now. Pure. */
export const pointsMayBegin = (sweep: JobRow, counts: SweepCounts, nowMs: number): boolean =>
  sweepIsOpen(sweep) &&
  whyPointsEnd(sweep, counts, nowMs) === null &&
  (sweep.notBefore === null || Date.parse(sweep.notBefore) <= nowMs);

/** How a sweep ends whose points all have. Pure. */
export function sweepEnd(
  sweep: Pick<JobRow, 'asked' | 'sweep'>,
  counts: SweepCounts,
  firstFailure: JobRow | null,
): { readonly end: TerminalState; readonly error: RelaxdError | null } {
  const { completed, failed, expired, aborted, points } = counts;
  if (sweep.asked === 'abort') return { end: 'aborted', error: null };
  if (sweep.asked === 'cancel' && completed < points) return { end: 'cancelled', error: null };
  const stopped = failed > 0 && sweep.sweep?.onFailure === 'stop';
  if (stopped || (failed > 0 && completed === 0)) {
    const why = firstFailure?.error ?? null;
    return {
      end: 'failed',
      error: new RelaxdError(
        'sweep-failed',
        `${failed} of ${points} points failed${why === null ? '' : `; the first, point ${firstFailure!.point}: ${why.code}: ${why.message}`}`,
        {
          point: firstFailure?.point ?? null,
          ...(why === null ? {} : { cause: why.code }),
          hint: 'the rows of the sweep have the error of each',
        },
      ),
    };
  }
  if (completed > 0) return { end: 'completed', error: null };
  if (expired > 0) {
    return {
      end: 'expired',
      error: new RelaxdError(
        'deadline-passed',
        'the deadline passed before any point had its turn',
      ),
    };
  }
  return { end: aborted > 0 ? 'aborted' : 'cancelled', error: null };
}
