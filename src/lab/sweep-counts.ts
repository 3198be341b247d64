import type { JobState } from './next-job.js';

/** How many points are in which state; the sum is `points`. */
export interface SweepCounts {
  readonly points: number;
  readonly waiting: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly aborted: number;
  readonly expired: number;
}

const WAITING: ReadonlySet<JobState> = new Set(['submitted', 'validated', 'queued', 'held']);

export const NO_POINTS: SweepCounts = {
  points: 0,
  waiting: 0,
  active: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  aborted: 0,
  expired: 0,
};

/** @param states of the points whose jobs are stored: how many are in each; the others wait to be */
export function countPoints(points: number, states: ReadonlyMap<JobState, number>): SweepCounts {
  const counts = { ...NO_POINTS, points };
  let stored = 0;
  for (const [state, count] of states) {
    stored += count;
    switch (state) {
      case 'completed':
      case 'failed':
      case 'cancelled':
      case 'aborted':
      case 'expired':
        counts[state] += count;
        break;
      default:
        counts[WAITING.has(state) ? 'waiting' : 'active'] += count;
    }
  }
  counts.waiting += Math.max(0, points - stored);
  return counts;
}

export const endedPoints = (counts: SweepCounts): number =>
  counts.points - counts.waiting - counts.active;
