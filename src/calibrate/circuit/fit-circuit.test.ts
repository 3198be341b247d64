import { describe, expect, it } from 'vitest';
import { BLIND, MeasuredBoard } from '../../../test/support/measured-board.js';
import { maximiseLikelihood } from '../maximise-likelihood.js';
import { fitCircuit } from './fit-circuit.js';
import { planProbes } from './plan-probes.js';

describe('A search with a least coordinate', () => {
  /** ln L of a Gaussian about (a, b) with correlated coordinates: −½ [u² + 2 r u v + v²]. */
  const about =
    (a: number, b: number, r: number) =>
    ([x, y]: Float64Array) => {
      const [u, v] = [x! - a, y! - b];
      return {
        value: -0.5 * (u * u + 2 * r * u * v + v * v),
        score: Float64Array.of(-u - r * v, -v - r * u),
        information: Float64Array.of(1, r, r, 1),
      };
    };
  const search = (a: number, b: number, start: number) =>
    maximiseLikelihood(about(a, b, 0.6), Float64Array.of(start, 0), {
      leastOf: (k) => (k === 0 ? 0 : -Infinity),
    }).at;

  it('ends at it where the maximum lies beyond, the others at their maximum there', () => {
    // At x = 0: u = −a, v = −r u = 0.6 a.
    const [x, y] = search(-2, 5, 1);
    expect(x).toBe(0);
    expect(y).toBeCloseTo(5 - 0.6 * 2, 6);
  });

  it('leaves it again where the maximum is within', () => {
    const [x, y] = search(2, 5, 0);
    expect(x).toBeCloseTo(2, 6);
    expect(y).toBeCloseTo(5, 6);
  });
});

describe('A fit of a board without a low-pass before its readout', () => {
  const fitted = (readoutPoleRc: number, serial: string, seed: number) => {
    const board = new MeasuredBoard({ ...BLIND, sites: 1, readoutPoleRc }, serial);
    const plan = planProbes(board.descriptor, { effort: 0.4 });
    const runs = plan.probes.map((probe, k) => board.run(probe, seed + k));
    const { estimate } = fitCircuit(plan.parameters, runs, [
      { name: 'heatGain', value: 1, standardError: BLIND.monitorSpread },
      { name: 'fieldGain[0]', value: 1, standardError: BLIND.driveSpread },
    ]);
    return { board, estimate };
  };

  it.each([0, 1])('converges, and says that none is seen and what it is below (%i)', (b) => {
    const { board, estimate } = fitted(0, `none-${b}`, 1000 * b + 1);
    const pole = estimate.parameter('readoutPole');
    expect(pole).toMatchObject({ identified: false, standardError: null, interval: null });
    // Some hundredths of the usual one, 5 µs.
    expect(pole.below).toBeGreaterThan(0);
    expect(pole.below).toBeLessThan(0.04 * pole.nominal);
    expect(pole.value).toBeLessThan(pole.below!);
    for (const { name, value, standardError } of estimate.parameters) {
      if (name === 'readoutPole') continue;
      const z = (value - board.truth(name)) / standardError!;
      expect(Math.abs(z), name).toBeLessThan(4);
    }
  });

  it('finds a pole of a twentieth of the samples’ interval all the same', () => {
    const { board, estimate } = fitted(0.01, 'fast', 1);
    const pole = estimate.parameter('readoutPole');
    expect(pole).toMatchObject({ identified: true, below: null });
    const z = (pole.value - board.truth('readoutPole')) / pole.standardError!;
    expect(Math.abs(z)).toBeLessThan(4);
  });
});
