import { describe, expect, it } from 'vitest';
import { atTarget, drivenOverlapDynamics, meanFieldOverlap, switchingField } from './index.js';

describe('overlap dynamics', () => {
  // Undriven courses of §5.7 to 30 digits in two ways (Taylor series of the ODE; time as ∫dm/(tanh(m^{n−1}/T) − m)).
  // The page prints five digits, of which the last is off by up to 2.
  it.each([
    [2, 0.5, [0.801862064398, 0.923494571705, 0.993521119201]],
    [3, 0.35, [0.414020369447, 0.580133502086, 0.966636844121]],
    [3, 0.27, [0.225862737705, 0.15767406876, 0.0156700520559]],
  ])('without a cue at T = .3, n = %d, from %d take the exact course', (degree, m0, expected) => {
    const course = drivenOverlapDynamics({
      degree,
      temperature: 0.3,
      cueAccuracy: 0,
      field: [],
      duration: 5,
      initial: atTarget(m0),
      every: 1,
    });
    expect([...course.t]).toEqual([0, 1, 2, 3, 4, 5]);
    for (const [k, t] of [1, 2, 5].entries()) expect(course.target[t]).toBeCloseTo(expected[k]!, 9);
    expect(course.work[5]).toBe(0);
  });

  it('book a jump of the field as work at once and never lose entropy', () => {
    const course = drivenOverlapDynamics({
      degree: 3,
      temperature: 0.3,
      cueAccuracy: 0.6,
      field: [
        [1, 0.5],
        [2, 0],
      ],
      duration: 3,
      initial: atTarget(0.5),
      every: 0.25,
    });
    const at = (t: number): number => [...course.t].indexOf(t);
    expect(course.work[at(0.75)]).toBe(0);
    expect(course.work[at(1)]).toBeCloseTo(-0.5 * course.cue[at(1)]!, 14);
    expect(course.field[at(1.5)]).toBeCloseTo(0.25, 14);
    for (let k = 1; k < course.t.length; k++) {
      expect(course.entropyProduction[k]!).toBeGreaterThanOrEqual(course.entropyProduction[k - 1]!);
    }
  });

  it('converge at fourth order in the step', () => {
    const end = (dt: number): number => {
      const course = drivenOverlapDynamics({
        degree: 3,
        temperature: 0.3,
        cueAccuracy: 0.6,
        field: [[0, 0.5]],
        duration: 2,
        dt,
      });
      return course.target[1]!;
    };
    const reference = end(0.005);
    const ratio = (end(0.2) - reference) / (end(0.1) - reference);
    expect(ratio).toBeGreaterThan(10);
    expect(ratio).toBeLessThan(26);
  });

  it('leave a rectified memory alone where its overlap is negative', () => {
    const course = drivenOverlapDynamics({
      degree: 2,
      rectified: true,
      temperature: 0.5,
      cueAccuracy: 0,
      field: [],
      duration: 20,
      initial: atTarget(-0.5),
    });
    expect(course.target[1]).toBeCloseTo(-0.5 * Math.exp(-20), 10);
  });

  it('refuse a field that runs backwards in time or starts from certainty', () => {
    const setting = { degree: 2, temperature: 0.5, cueAccuracy: 0.6, duration: 1 };
    const backwards = {
      ...setting,
      field: [
        [1, 0],
        [0, 1],
      ] as const,
    };
    expect(() => drivenOverlapDynamics(backwards)).toThrowError(/field\[1\]/);
    expect(() =>
      drivenOverlapDynamics({ ...setting, field: [], initial: atTarget(1) }),
    ).toThrowError(expect.objectContaining({ code: 'invalid-input' }));
  });
});

describe('switching between memories', () => {
  it('costs for n = 2 a dissipation that equals the work over T, since the end states are equivalent', () => {
    const { field, work, entropyProduction, time } = switchingField(2, 0.5, 0.6, 2)!;
    expect(field).toBeGreaterThan(0.3);
    expect(entropyProduction).toBeCloseTo(work / 0.5, 8);
    // The transition time: just before it the old overlap is the larger one, just after it the new.
    const at = (duration: number): number => {
      const h = 1.05 * field;
      const step = [[0, h] as const, [2, h] as const, [2, 0] as const];
      const m = meanFieldOverlap(0.5);
      const course = drivenOverlapDynamics({
        degree: 2,
        temperature: 0.5,
        cueAccuracy: 0.6,
        field: step,
        duration,
        initial: [m, m, -m, -m],
      });
      return course.target.at(-1)! - course.other.at(-1)!;
    };
    expect(at(time - 0.02)).toBeLessThan(0);
    expect(at(time + 0.02)).toBeGreaterThan(0);
  });

  it('is possible for n = 2 with a poor cue, but not for n = 3 below the basin edge', () => {
    expect(meanFieldOverlap(0.5)).toBeGreaterThan(0.9);
    expect(switchingField(2, 0.5, 0.1, 10)).not.toBeNull();
    expect(switchingField(3, 0.3, 0.3, 10)).toBeNull();
    expect(switchingField(3, 0.3, 0.33, 10)).not.toBeNull();
  });
});
