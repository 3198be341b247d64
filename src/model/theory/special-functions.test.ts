import { describe, expect, it } from 'vitest';
import {
  erf,
  erfc,
  findMaximum,
  findRoot,
  gaussHermite,
  gaussianAverage,
  normalTail,
} from './index.js';

/** The doubles nearest to an arbitrary-precision computation. */
const ERROR_FUNCTION = [
  [0.1, 0.1124629160182849, 0.8875370839817152],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.9, 0.9927904292352575, 0.00720957076474253],
  [2, 0.9953222650189527, 0.004677734981047266],
  [2.1, 0.997020533343667, 0.0029794666563329854],
  [3, 0.9999779095030014, 2.209049699858544e-5],
  [5, 0.9999999999984626, 1.537459794428035e-12],
  [10, 1, 2.088487583762545e-45],
  [26, 1, 5.663192408856143e-296],
] as const;

describe('erf and erfc', () => {
  it.each(ERROR_FUNCTION)('are right to 1e-12 of their size at %d', (x, value, complement) => {
    expect(Math.abs(erf(x) / value - 1)).toBeLessThan(1e-14);
    expect(Math.abs(erf(-x) / -value - 1)).toBeLessThan(1e-14);
    expect(Math.abs(erfc(x) / complement - 1)).toBeLessThan(1e-12);
    expect(Math.abs(erfc(-x) / (1 + value) - 1)).toBeLessThan(1e-14);
  });

  it('take zero, infinity and NaN', () => {
    expect(erf(0)).toBe(0);
    expect(erf(Infinity)).toBe(1);
    expect(erfc(-Infinity)).toBe(2);
    expect(erf(NaN)).toBeNaN();
    expect(normalTail(0)).toBe(0.5);
  });
});

describe('Gaussian averages', () => {
  it.each([1, 2, 7, 40, 200])('by %d Gauss–Hermite points are exact for moments', (points) => {
    const { nodes, weights } = gaussHermite(points);
    let moment = 1;
    for (let power = 0; power <= Math.min(2 * points - 1, 20); power++) {
      if (power % 2 === 0 && power > 0) moment *= power - 1;
      const sum = nodes.reduce((total, z, k) => total + weights[k]! * z ** power, 0);
      expect(Math.abs(sum - (power % 2 === 0 ? moment : 0))).toBeLessThan(1e-11 * moment);
    }
    expect([...nodes]).toEqual([...nodes].sort((a, b) => a - b));
  });

  it('agree between the two rules for a smooth function', () => {
    const f = (z: number): number => Math.tanh(0.9 + 0.4 * z) ** 2;
    const { nodes, weights } = gaussHermite(120);
    const sum = nodes.reduce((total, z, k) => total + weights[k]! * f(z), 0);
    expect(gaussianAverage(f, 0.2)).toBeCloseTo(sum, 12);
  });
});

describe('searches', () => {
  it('find a root to the last place and refuse an interval without a change of sign', () => {
    expect(findRoot((x) => x * x - 2, 0, 2)).toBeCloseTo(Math.SQRT2, 15);
    expect(() => findRoot((x) => x * x + 1, 0, 2)).toThrowError(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });

  it('find a maximum', () => {
    expect(findMaximum((x) => -((x - 1.25) ** 2), 0, 5)).toBeCloseTo(1.25, 7);
  });
});
