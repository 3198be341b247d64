import { describe, expect, it } from 'vitest';
import type { Sweep, SweepRow } from '../api/documents.js';
import { axisAlong, coursesOf, presentQuantities, shownValue } from './sweep-courses.js';

const row = (point: number, temperature: unknown, device: string, mean: number | null): SweepRow =>
  ({
    point,
    values: { temperature, device },
    success: mean === null ? null : { mean, sem: 0.1 },
    work: null,
  }) as unknown as SweepRow;
const sweep = (rows: SweepRow[]): Sweep =>
  ({
    axes: [{ zip: [{ path: 'temperature', values: [] }] }, { path: 'device', values: [] }],
    rows,
  }) as unknown as Sweep;

describe('courses of a sweep', () => {
  it('go along the first axis of numbers, one for each set of the other values, in order', () => {
    const given = sweep([row(0, 2, 'a', 0.2), row(1, 2, 'b', null), row(2, 1, 'a', 0.9)]);
    expect(axisAlong(given)).toBe('temperature');
    expect(coursesOf(given, 'temperature', 'success')).toEqual([
      {
        label: 'device a',
        points: [
          { x: 1, estimate: { mean: 0.9, sem: 0.1 } },
          { x: 2, estimate: { mean: 0.2, sem: 0.1 } },
        ],
      },
      { label: 'device b', points: [{ x: 2, estimate: null }] },
    ]);
    expect(presentQuantities(given.rows)).toContain('success');
  });

  it('are none where no axis has different numbers', () => {
    expect(axisAlong(sweep([row(0, 1, 'a', 1), row(1, 1, 'b', 1)]))).toBe(null);
    expect(axisAlong(sweep([row(0, 'hot', 'a', 1), row(1, 2, 'a', 1)]))).toBe(null);
  });

  it('have values in a few characters', () => {
    expect([1.23456789, 'letters', [1, 2]].map(shownValue)).toEqual(['1.235', 'letters', '[1,2]']);
    expect(shownValue(Array.from({ length: 40 }, (_, k) => k))).toHaveLength(24);
  });
});
