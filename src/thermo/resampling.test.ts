import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { bootstrap, jackknife } from './resampling.js';
import { moments } from './statistics.js';

const mean = (values: readonly number[]): number => moments(values).mean;
const normals = (count: number, k: number): number[] => {
  const stream = RandomStream.of(3, 'bootstrap', k);
  return Array.from({ length: count }, () => 2 + stream.normal());
};

describe('jackknife', () => {
  it('of a mean is its standard error, without bias', () => {
    const sample = normals(50, 0);
    const seen = jackknife(sample, mean);
    expect(seen.estimate).toBe(mean(sample));
    expect(seen.bias).toBeCloseTo(0, 12);
    expect(seen.standardError).toBeCloseTo(moments(sample).sem, 12);
  });

  it('knows the bias of a square: ⟨x⟩² is too large by the variance of the mean', () => {
    const sample = normals(40, 1);
    const seen = jackknife(sample, (values) => mean(values) ** 2);
    expect(seen.bias).toBeCloseTo(moments(sample).sem ** 2, 12);
  });

  it('has nothing to say of one sample', () => {
    expect(jackknife([3], mean)).toEqual({ estimate: 3, bias: NaN, standardError: NaN });
  });
});

describe('bootstrap', () => {
  it('of a mean is its standard error to the precision of its resamples (4,000: 1 %; 5 here)', () => {
    const sample = normals(50, 2);
    const seen = bootstrap(sample, mean, 4000, RandomStream.of(4, 'bootstrap'));
    const exact = moments(sample).sem * Math.sqrt(49 / 50);
    expect(seen.estimate).toBe(mean(sample));
    expect(Math.abs(seen.standardError / exact - 1)).toBeLessThan(0.05);
    expect(Math.abs(seen.bias)).toBeLessThan((4 * exact) / Math.sqrt(4000));
  });
});
