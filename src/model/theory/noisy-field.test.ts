import { describe, expect, it } from 'vitest';
import { loadTheories } from './load-theories.js';
import { meanSpin, spinFreeEnergy, spinOrder, type NoisyField } from './noisy-field.js';

/** By Simpson’s rule, in steps of a sixth of T at most. */
function averaged({ mean, width, temperature }: NoisyField, f: (x: number) => number): number {
  const density = (field: number): number =>
    Math.exp(-(((field - mean) / width) ** 2) / 2) / (width * Math.sqrt(2 * Math.PI));
  const [from, to] = [mean - 9 * width, mean + 9 * width];
  const intervals = 2 * Math.ceil((to - from) / (temperature / 6));
  const h = (to - from) / intervals;
  let sum = 0;
  for (let k = 0; k <= intervals; k++) {
    const field = from + k * h;
    const weight = k === 0 || k === intervals ? 1 : k % 2 === 1 ? 4 : 2;
    sum += weight * density(field) * f(field / temperature);
  }
  return (sum * h) / 3;
}

describe('a spin in a noisy field', () => {
  it.each([0.4, 0.006, 0.004, 0.0005])(
    'has the averages of a quadrature on both sides of the change of method, T/w = %f',
    (ratio) => {
      for (const mean of [0, 0.3, 1.1]) {
        const field = { mean, width: 0.6, temperature: 0.6 * ratio };
        const { temperature: T } = field;
        expect(meanSpin(field)).toBeCloseTo(averaged(field, Math.tanh), 11);
        const chi = averaged(field, (x) => 1 / Math.cosh(x) ** 2) / T;
        expect(spinOrder(field).susceptibility).toBeCloseTo(chi, 10);
        expect(spinOrder(field).q).toBeCloseTo(1 - T * chi, 11);
        const logCosh = (x: number): number => Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x)));
        expect(spinFreeEnergy(field)).toBeCloseTo(T * averaged(field, logCosh), 10);
      }
    },
  );

  it('has the averages of T = 0 where it is coldest, and where noise is strongest', () => {
    const coldest = { mean: 1, width: 0.5, temperature: Number.MIN_VALUE };
    expect(meanSpin(coldest)).toBeCloseTo(0.9544997361036416, 14); // erf(√2)
    expect(meanSpin({ mean: 1, width: 1e300, temperature: 0.3 })).toBeCloseTo(0, 14);
    expect(meanSpin({ mean: 1, width: 1e-300, temperature: 1e-320 })).toBe(1);
  });

  it.each([
    ['ags', { alpha: '1e-12', temperature: '5e-324' }],
    ['ags', { alpha: '10', temperature: '1e-12' }],
    ['basin-edge', { load: '1e12' }],
    ['retrieval-overlap', { load: '1e300' }],
    ['retrieval-overlap', { load: '5e-324', temperature: '5e-324' }],
    ['retrieval-overlap', { degree: '50', load: '1' }],
    ['retrieval-overlap', { degree: '50', temperature: '5e-324' }],
    ['dense-capacity', { error: '5e-324' }],
    ['modern-capacity', { beta: '5e-324' }],
    ['modern-capacity', { radius: '1e300' }],
  ])('%s has an answer for %o', async (name, given) => {
    const { THEORIES, evaluateTheory } = await loadTheories();
    const theory = THEORIES.find((one) => one.name === name)!;
    const [point] = await evaluateTheory(theory, given);
    for (const [quantity, value] of Object.entries(point!.values)) {
      if (value === null) expect(point!.warnings.join()).toContain(quantity);
    }
  });
});
