import { describe, expect, it } from 'vitest';
import { planSteps } from './step-plan.js';

const times = Float64Array.of(0, 1, 2, 3.5);

describe('planSteps', () => {
  it('ends a stretch at every readout and at every knot in between, and nowhere else', () => {
    const plan = planSteps(
      times,
      [Float64Array.of(0, 0, 0.4, 1, 2, 1, 2, 3), Float64Array.of(0.4, 1, 3, 2, 9, 9)],
      0.25,
    );
    expect(plan.map(({ t1 }) => t1)).toEqual([0.4, 1, 2, 3, 3.5]);
    expect(plan.map(({ readout }) => readout)).toEqual([-1, 1, 2, -1, 3]);
    let t = 0;
    for (const stretch of plan) {
      expect(stretch.t0).toBe(t);
      expect(stretch.dt).toBeLessThanOrEqual(0.25 * (1 + 1e-9));
      expect(stretch.steps * stretch.dt).toBeCloseTo(stretch.t1 - stretch.t0, 14);
      t = stretch.t1;
    }
    expect(plan.map(({ steps }) => steps)).toEqual([2, 3, 4, 4, 2]);
  });

  it('takes a knot within rounding of a readout for it', () => {
    const plan = planSteps(times, [Float64Array.of(1 - 1e-13, 0, 2 + 1e-13, 1)], 1);
    expect(plan.map(({ t1 }) => t1)).toEqual([1, 2, 3.5]);
  });
});
