import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { GLAUBER, POWER } from './flip-kernels.js';
import { spinLikelihood, type SpinRun } from './spin-likelihood.js';

const stream = RandomStream.of(7, 'disorder', 0);
const N = 3;
const setting = {
  sites: N,
  couplings: Float64Array.of(0, 0.7, -0.4, 0.7, 0, 0.9, -0.4, 0.9, 0),
  fields: Float64Array.of(0.25, -0.1, 0.35),
};

describe('the likelihood of spins', () => {
  it.each([
    [GLAUBER, [0.2, -0.1, Math.log(0.05)]],
    [POWER, [0.2, -0.1, 1.3, Math.log(0.05)]],
  ] as const)('has its slopes', (kernel, at) => {
    const run: SpinRun = {
      setting,
      interval: 0.3,
      start: null,
      shots: [0, 1].map(() => Int8Array.from({ length: 20 * N }, () => stream.sign())),
    };
    const { score } = spinLikelihood(kernel, run, Float64Array.from(at));
    at.forEach((_, a) => {
      const value = (by: number): number =>
        spinLikelihood(
          kernel,
          run,
          Float64Array.from(at, (v, k) => (k === a ? v + by : v)),
        ).value;
      const slope = (value(1e-5) - value(-1e-5)) / 2e-5;
      expect(Math.abs(score[a]! - slope)).toBeLessThan(1e-5 * (1 + Math.abs(slope)));
    });
  });

  it('of one spin without errors is that of its two rates', () => {
    // A spin in a field: W = [[−u, d], [u, −d]], P(+ → + in τ) = (u + d e^{−(u+d)τ})/(u + d).
    const one = { sites: 1, couplings: Float64Array.of(0), fields: Float64Array.of(0.4) };
    const shot = Int8Array.of(1, 1, -1, -1, 1, 1, 1);
    const error = 1e-12;
    const { value } = spinLikelihood(
      GLAUBER,
      { setting: one, interval: 0.5, start: Int8Array.of(1), shots: [shot] },
      Float64Array.of(0, 0, Math.log(error)),
    );
    const rate = (cost: number): number => 1 / (1 + Math.exp(cost));
    const [up, down] = [rate(-0.8), rate(0.8)];
    const decay = Math.exp(-0.5 * (up + down));
    const stay = {
      1: (up + down * decay) / (up + down),
      [-1]: (down + up * decay) / (up + down),
    } as Record<number, number>;
    let expected = Math.log(1 - error);
    for (let k = 1; k < shot.length; k++) {
      const p = stay[shot[k - 1]!]!;
      expected += Math.log(shot[k] === shot[k - 1] ? p : 1 - p);
    }
    expect(value).toBeCloseTo(expected, 8);
  });

  it('refuses systems of too many states, and flips without a rate', () => {
    const many = { sites: 7, couplings: new Float64Array(49), fields: new Float64Array(7) };
    const run = { interval: 1, shots: [], start: null };
    expect(() =>
      spinLikelihood(GLAUBER, { ...run, setting: many }, Float64Array.of(0, 0, -3)),
    ).toThrow(/too many states/);
    const free = { sites: 1, couplings: Float64Array.of(0), fields: Float64Array.of(0) };
    expect(() =>
      spinLikelihood(POWER, { ...run, setting: free }, Float64Array.of(0, 0, 1, -3)),
    ).toThrow(/no rate at a cost of 0/);
  });
});
