import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { GaussianEnds } from './gaussian-ends.js';
import { moments } from './statistics.js';

/** ½ ln det(2πe C) of x = (a, a·r + b·s), a and b of variance 4 and 1. */
const EXACT = Math.log(2 * Math.PI * Math.E) + 0.5 * Math.log(4);

function bounds(shots: number, seeds: number, pair = true): readonly number[] {
  return Array.from({ length: seeds }, (_, seed) => {
    const stream = RandomStream.of(seed, 'bootstrap', 0);
    const ends = GaussianEnds.of(2)!;
    for (let k = 0; k < shots; k++) {
      const a = 2 * stream.normal();
      ends.add([1e6 + a, (pair ? 3 : 0) * a + stream.normal()]);
    }
    return ends.entropyBound();
  });
}

describe('the entropy of a Gaussian of the states at the ends', () => {
  it('is that of the covariance without bias, far from the origin', () => {
    const { mean, sem } = moments(bounds(40, 400));
    expect(Math.abs(mean - EXACT)).toBeLessThan(4 * sem);
    expect(sem).toBeLessThan(0.01);
  });

  it('with too few shots a site is the sum of the sites’, which is no less', () => {
    const { mean, sem } = moments(bounds(30, 400, false));
    expect(Math.abs(mean - EXACT)).toBeLessThan(4 * sem);
    const correlated = moments(bounds(30, 100));
    expect(correlated.mean).toBeGreaterThan(EXACT + 1);
  });

  it('is nothing of sites that stand still or of three shots', () => {
    const ends = GaussianEnds.of(1)!;
    for (let k = 0; k < 30; k++) ends.add([2]);
    expect(ends.entropyBound()).toBeNaN();
    const few = GaussianEnds.of(1)!;
    for (const x of [1, 2, 3]) few.add([x]);
    expect(few.entropyBound()).toBeNaN();
  });
});
