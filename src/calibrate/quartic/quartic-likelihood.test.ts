import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { constantInputs, emptySystem } from '../linear/linear-system.js';
import { linearLikelihood } from '../linear/linear-likelihood.js';
import { quarticLikelihood, type QuarticSystem } from './quartic-likelihood.js';

/** Two coupled quartic nodes, six parameters. */
const AT = [0.2, -0.6, 0.1, 0.5, 0.3, -0.2];
function pair(at: readonly number[]): QuarticSystem {
  const linear = emptySystem(2, 2, 1, 6);
  const [rate, coupling, noise, push, first, second] = at as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  linear.A.set([rate, coupling, coupling, 1.5]);
  linear.dA[0]![0] = 1;
  linear.dA[1]!.set([0, 1, 1, 0]);
  linear.D.set([Math.exp(noise), 0, 0, 1.2]);
  linear.dD[2]![0] = Math.exp(noise);
  linear.B.set([push, -0.3]);
  linear.dB[3]![0] = 1;
  const cubic = Float64Array.of(Math.exp(first), Math.exp(second));
  const dCubic = at.map((_, a) =>
    Float64Array.of(a === 4 ? cubic[0]! : 0, a === 5 ? cubic[1]! : 0),
  );
  return { linear, cubic, dCubic };
}

const stream = RandomStream.of(2, 'dynamics', 0);
const data = {
  course: constantInputs([1], 0.05, 30),
  start: { kind: 'known', mean: new Float64Array(2) } as const,
  shots: [0, 1].map(() => {
    const shot = new Float64Array(60);
    for (let k = 2; k < 60; k++) shot[k] = 0.9 * shot[k - 2]! + 0.2 * stream.normal();
    return shot;
  }),
};

describe('the likelihood of quartic wells', () => {
  it('has the slopes of its value, by every parameter', () => {
    const { score } = quarticLikelihood(pair(AT), data);
    AT.forEach((_, a) => {
      const value = (by: number): number =>
        quarticLikelihood(pair(AT.map((v, k) => (k === a ? v + by : v))), data).value;
      const slope = (value(1e-5) - value(-1e-5)) / 2e-5;
      expect(
        Math.abs(score[a]! - slope),
        `parameter ${a}: ${score[a]} against ${slope}`,
      ).toBeLessThan(1e-5 * (1 + Math.abs(slope)));
    });
  });

  it('without cubic forces is the one of a linear device that is seen without noise', () => {
    const system = pair(AT);
    const flat: QuarticSystem = {
      ...system,
      cubic: new Float64Array(2),
      dCubic: system.dCubic.map(() => new Float64Array(2)),
    };
    system.linear.H.set([1, 0, 0, 1]);
    system.linear.R.fill(1e-14);
    const filtered = linearLikelihood(system.linear, data);
    const split = quarticLikelihood(flat, data);
    // The filter counts the first sample, at a known start, too: two numbers of variance R.
    const first = -0.5 * 2 * Math.log(2 * Math.PI * 1e-14) * data.shots.length;
    expect(Math.abs(split.value - (filtered.value - first))).toBeLessThan(
      1e-6 * Math.abs(split.value),
    );
  });

  it('is a density: over a step it integrates to 1', () => {
    const one = emptySystem(1, 1, 1, 0);
    one.A[0] = -2;
    one.D[0] = 2;
    one.B[0] = 0.4;
    const single: QuarticSystem = { linear: one, cubic: Float64Array.of(4), dCubic: [] };
    const reach = 1 / Math.sqrt(4 * 0.05);
    let sum = 0;
    const n = 4000;
    for (let i = 1; i < n; i++) {
      const x = -reach + (2 * reach * i) / n;
      const shot = Float64Array.of(0.7, x);
      const l = quarticLikelihood(single, {
        course: constantInputs([1], 0.05, 2),
        start: data.start,
        shots: [shot],
      });
      sum += (Math.exp(l.value) * 2 * reach) / n;
    }
    expect(sum).toBeCloseTo(1, 6);
  });

  it('is nothing beyond the reach of its scheme', () => {
    const shot = new Float64Array(60);
    shot[4] = 9;
    expect(quarticLikelihood(pair(AT), { ...data, shots: [shot] }).value).toBe(-Infinity);
  });
});
