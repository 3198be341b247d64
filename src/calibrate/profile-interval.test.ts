import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { Estimate } from './estimate.js';
import { constantInputs, emptySystem, type LinearSystem } from './linear/linear-system.js';
import { linearLikelihood } from './linear/linear-likelihood.js';
import { shotSampler } from './linear/sample-shot.js';
import { maximiseLikelihood, type DensePoint } from './maximise-likelihood.js';
import { logParameter } from './parameter.js';
import { profileInterval } from './profile-interval.js';

const DROP = 1.959963984540054 ** 2 / 2;

describe('a profile interval', () => {
  it('of a normal’s mean and variance is the closed form, where Fisher’s is far off', () => {
    const [n, mean, square] = [6, 0.3, 1.7];
    // Coordinates μ and v = ln σ²: ln L = −n/2 (v + (s² + (x̄ − μ)²) e^{−v})
    const evaluate = (at: Float64Array): DensePoint => {
      const [mu, v] = [at[0]!, at[1]!];
      const w = Math.exp(-v);
      const off = mean - mu;
      const spread = square + off * off;
      return {
        value: (-n / 2) * (v + spread * w),
        score: Float64Array.of(n * off * w, (-n / 2) * (1 - spread * w)),
        information: Float64Array.of(n * w, 0, 0, n / 2),
      };
    };
    const { at, point } = maximiseLikelihood(evaluate, new Float64Array(2));
    const list = ['mean', 'variance'].map((name) => logParameter(name));
    const estimate = new Estimate(list, at, point.information, () => false);
    const found = { estimate, logLikelihood: point.value };
    const [low, high] = profileInterval(evaluate, found, 0);
    const half = Math.sqrt(square * (Math.exp((2 * DROP) / n) - 1));
    expect(low! - mean).toBeCloseTo(-half, 2);
    expect(high! - mean).toBeCloseTo(half, 2);
    // d + e^{−d} − 1 = 2 DROP/n
    const [below, above] = profileInterval(evaluate, found, 1).map((v) => v! - Math.log(square));
    for (const d of [below!, above!]) {
      expect(Math.abs(d + Math.exp(-d) - 1 - (2 * DROP) / n)).toBeLessThan(0.01);
    }
    expect(above! / -below!).toBeGreaterThan(1.4);
  });

  it('is open where ln L does not fall far enough, and says so', () => {
    // One event in one unit of time at most: a rate that may be as small as one likes.
    const evaluate = (at: Float64Array): DensePoint => {
      const rate = Math.exp(at[0]!);
      return {
        value: Math.log1p(rate) - 0.5 * rate,
        score: Float64Array.of(rate / (1 + rate) - 0.5 * rate),
        information: Float64Array.of(0.25 * rate),
      };
    };
    const { at, point } = maximiseLikelihood(evaluate, new Float64Array(1));
    const estimate = new Estimate([logParameter('rate')], at, point.information, () => false);
    const [low, high] = profileInterval(evaluate, { estimate, logLikelihood: point.value }, 0);
    expect(low).toBe(null);
    expect(Math.log1p(Math.exp(high!)) - 0.5 * Math.exp(high!)).toBeCloseTo(point.value - DROP, 1);
  });

  // The oracle is a parametric bootstrap: the device as it was found is drawn again and again, and each draw judged.
  it('holds what a parametric bootstrap draws as often as it says, a relaxation that was seen for four times of its own', () => {
    const course = constantInputs([1], 0.1, 41);
    const system = (at: Float64Array): LinearSystem => {
      const [rate, noise] = [Math.exp(at[0]!), Math.exp(at[1]!)];
      const made = emptySystem(1, 1, 1, 2);
      made.A[0] = made.dA[0]![0] = rate;
      made.D[0] = made.dD[1]![0] = noise;
      made.H[0] = 1;
      made.R[0] = 1e-4;
      return made;
    };
    const start = { kind: 'known', mean: Float64Array.of(1) } as const;
    const found = Float64Array.of(0, Math.log(0.2));
    const draw = shotSampler(system(found), course, start);
    const list = ['rate', 'noise'].map((name) => logParameter(name));
    const DRAWS = 80;
    let inside = 0;
    let fisher = 0;
    for (let k = 0; k < DRAWS; k++) {
      const data = { course, start, shots: [draw(RandomStream.of(77, 'dynamics', k))] };
      const evaluate = (at: Float64Array): DensePoint => linearLikelihood(system(at), data);
      const { at, point } = maximiseLikelihood(evaluate, found);
      const estimate = new Estimate(list, at, point.information, () => false);
      const [low, high] = profileInterval(evaluate, { estimate, logLikelihood: point.value }, 0);
      if ((low ?? -Infinity) <= found[0]! && found[0]! <= (high ?? Infinity)) inside++;
      const sd = Math.sqrt(estimate.covariance.at(0, 0));
      if (Math.abs(at[0]! - found[0]!) <= 1.96 * sd) fisher++;
    }
    const slack = 4 * Math.sqrt((0.95 * 0.05) / DRAWS);
    expect(Math.abs(inside / DRAWS - 0.95)).toBeLessThan(slack);
    expect(fisher).toBeGreaterThan(0);
  });
});
