import { describe, expect, it } from 'vitest';
import { NO_POINTS, type SweepCounts } from './sweep-counts.js';
import { pointsMayBegin, sweepEnd, whyPointsEnd } from './sweep-end.js';
import { jobRow } from './store-contract.test-support.js';
import type { JobRow } from './job.js';
import type { OnFailure } from './sweep-points.js';

const counts = (of: Partial<SweepCounts>): SweepCounts => {
  const points = Object.values(of).reduce((sum, n) => sum + n, 0);
  return { ...NO_POINTS, ...of, points };
};
const sweep = (members: Partial<JobRow> = {}, onFailure: OnFailure = 'continue'): JobRow =>
  jobRow('S', { kind: 'sweep', sweep: { onFailure, counts: NO_POINTS }, ...members });
const failure = jobRow('P', {
  state: 'failed',
  point: 3,
  error: { code: 'diverged', message: 'too hot', details: {} },
});

describe('sweepEnd', () => {
  const end = (of: Partial<SweepCounts>, row = sweep()) => {
    const { end: state, error } = sweepEnd(row, counts(of), of.failed ? failure : null);
    return [state, error?.code ?? null];
  };

  it('is completed where some points are, whatever became of the others', () => {
    expect(end({ completed: 3 })).toEqual(['completed', null]);
    expect(end({ completed: 1, failed: 2 })).toEqual(['completed', null]);
    expect(end({ completed: 1, expired: 2, cancelled: 1 })).toEqual(['completed', null]);
  });

  it('is failed where all points are, or one is and it was to stop then, and says which', () => {
    expect(end({ failed: 2 })).toEqual(['failed', 'sweep-failed']);
    const stop = sweep({}, 'stop');
    expect(end({ completed: 5, failed: 1, cancelled: 4 }, stop)).toEqual([
      'failed',
      'sweep-failed',
    ]);
    const { error } = sweepEnd(stop, counts({ failed: 1, cancelled: 2 }), failure);
    expect(error?.message).toBe('1 of 3 points failed; the first, point 3: diverged: too hot');
  });

  it('is what it was asked to be, unless everything was done before', () => {
    const cancelled = sweep({ asked: 'cancel' });
    expect(end({ completed: 1, cancelled: 2 }, cancelled)).toEqual(['cancelled', null]);
    expect(end({ completed: 3 }, cancelled)).toEqual(['completed', null]);
    expect(end({ completed: 1, aborted: 2 }, sweep({ asked: 'abort' }))).toEqual(['aborted', null]);
  });

  it('is expired, cancelled or aborted where every point is', () => {
    expect(end({ expired: 2, cancelled: 1 })).toEqual(['expired', 'deadline-passed']);
    expect(end({ cancelled: 2 })).toEqual(['cancelled', null]);
    expect(end({ cancelled: 2, aborted: 1 })).toEqual(['aborted', null]);
  });
});

describe('pointsMayBegin', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const iso = (ms: number): string => new Date(ms).toISOString();
  const may = (row: JobRow, of: Partial<SweepCounts> = { waiting: 2 }): boolean =>
    pointsMayBegin(row, counts(of), nowMs);

  it('is while the sweep is queued or running, and nothing has been asked of it', () => {
    expect(may(sweep())).toBe(true);
    expect(may(sweep({ state: 'running' }))).toBe(true);
    for (const state of ['held', 'paused', 'completed'] as const) {
      expect(may(sweep({ state })), state).toBe(false);
    }
    expect(may(sweep({ asked: 'cancel' }))).toBe(false);
  });

  it('is neither too early nor too late, nor after a failure that stops it', () => {
    expect(may(sweep({ notBefore: iso(nowMs + 1) }))).toBe(false);
    expect(may(sweep({ notBefore: iso(nowMs) }))).toBe(true);
    expect(may(sweep({ deadline: iso(nowMs) }))).toBe(false);
    expect(may(sweep({ deadline: iso(nowMs + 1) }))).toBe(true);
    expect(may(sweep(), { failed: 1, waiting: 1 })).toBe(true);
    expect(may(sweep({}, 'stop'), { failed: 1, waiting: 1 })).toBe(false);
    expect(whyPointsEnd(sweep({}, 'stop'), counts({ failed: 1 }), nowMs)).toBe('cancel');
    expect(whyPointsEnd(sweep({ deadline: iso(nowMs) }), counts({}), nowMs)).toBe('expire');
    expect(whyPointsEnd(sweep({ asked: 'abort' }), counts({}), nowMs)).toBe('cancel');
    expect(whyPointsEnd(sweep(), counts({ failed: 1 }), nowMs)).toBe(null);
  });
});
