import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { spinDescriptor } from './descriptors.test-support.js';
import { fitCouplings, largestScale, quantise } from './fit-couplings.js';
import { largestEigenvalue } from './largest-eigenvalue.js';

const limits = (change: object) => ({ ...spinDescriptor().couplings, ...change });

function symmetric(N: number, seed: number): Float64Array {
  const random = RandomStream.of(seed, 'disorder');
  const data = new Float64Array(N * N);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < i; j++) {
      data[i * N + j] = random.normal() / Math.sqrt(N);
      data[j * N + i] = data[i * N + j]!;
    }
  }
  return data;
}

describe('quantise', () => {
  it('gives the nearest step, signs alike, and itself on the grid', () => {
    expect(quantise(0.31, 0.25)).toBe(0.25);
    expect(quantise(0.375, 0.25)).toBe(0.5);
    expect(quantise(-0.375, 0.25)).toBe(-0.5);
    expect(Object.is(quantise(-0.01, 0.25), 0)).toBe(true);
    for (let k = -40; k <= 40; k++) expect(quantise(k * 0.1, 0.1)).toBeCloseTo(k * 0.1, 12);
    expect(quantise(0.123456, null)).toBe(0.123456);
  });
});

describe('fitCouplings', () => {
  it('leaves couplings alone that fit', () => {
    const ideal = symmetric(30, 1);
    const fitted = fitCouplings(ideal, 30, limits({ range: [-2, 2] }), null);
    expect(fitted.data).toEqual(ideal);
    expect(fitted).toMatchObject({ scale: 1, clipped: 0, rms: 0, max: 0, excessNoise: 0 });
  });

  it('keeps couplings symmetric, in range and on the grid', () => {
    const N = 40;
    const ideal = symmetric(N, 2);
    const fitted = fitCouplings(ideal, N, limits({ range: [-1, 1], resolution: 1 / 8 }), null);
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < N; j++) {
        const J = fitted.data[i * N + j]!;
        expect(J).toBe(fitted.data[j * N + i]);
        expect(Number.isInteger(J * 8) && Math.abs(J) <= 1).toBe(true);
      }
    }
    // The best 16-level quantiser of Gaussian numbers has κ = .0117 (physics page §5.9); the best of ten scales with 17
    // levels is allowed 10 % more.
    expect(fitted.excessNoise).toBeLessThan(0.0117 * 1.1);
  });

  it('says what was rounded off: the error is at most half a step where nothing is cut', () => {
    const ideal = symmetric(40, 3);
    const fitted = fitCouplings(ideal, 40, limits({ range: [-8, 8], resolution: 1 / 64 }), 1);
    expect(fitted.scale).toBe(1);
    expect(fitted.clipped).toBe(0);
    expect(fitted.max).toBeLessThanOrEqual(1 / 128 + 1e-12);
    // Rounding errors are uniform: rms = step/√12 to a few percent.
    expect(fitted.rms).toBeGreaterThan(0.9 / 64 / Math.sqrt(12));
    expect(fitted.rms).toBeLessThan(1.1 / 64 / Math.sqrt(12));
  });

  it('finds the largest scale from range and site sums', () => {
    const ideal = Float64Array.of(0, 2, -1, 2, 0, 0, -1, 0, 0);
    expect(largestScale(ideal, 3, limits({ range: [-1, 4] }))).toBe(1);
    expect(largestScale(ideal, 3, limits({ range: [-1, 4], perSiteSum: 1.5 }))).toBe(0.5);
    expect(largestScale(ideal, 3, limits({}))).toBe(Infinity);
  });

  it('refuses a resolution that leaves nothing', () => {
    const ideal = symmetric(10, 4);
    expect(() =>
      fitCouplings(ideal, 10, limits({ range: [-0.1, 0.1], resolution: 1 }), null),
    ).toThrowError(/leave nothing/);
  });
});

describe('largestEigenvalue', () => {
  it('is that of matrices with known spectra', () => {
    const N = 50;
    const ones = new Float64Array(N * N).fill(1);
    expect(largestEigenvalue(ones, N)).toBeCloseTo(N, 9);
    const diagonal = new Float64Array(N * N);
    for (let i = 0; i < N; i++) diagonal[i * N + i] = i === 7 ? 3 : -i;
    expect(largestEigenvalue(diagonal, N)).toBeCloseTo(3, 9);
    // Path graph: 2 cos(π/(N + 1)); its spectrum is dense at the top, the hardest case here.
    const path = new Float64Array(N * N);
    for (let i = 0; i + 1 < N; i++) path[i * N + i + 1] = path[(i + 1) * N + i] = 1;
    expect(largestEigenvalue(path, N)).toBeCloseTo(2 * Math.cos(Math.PI / (N + 1)), 6);
    expect(largestEigenvalue(Float64Array.of(-2), 1)).toBeCloseTo(-2, 12);
  });
});
