import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { l1Distance, relativeEntropy, shannonEntropy } from './distribution.js';
import {
  exponentialAverage,
  fitCrooks,
  jarzynskiAverage,
  speedLimitBound,
  uncertaintyRatio,
} from './fluctuation.js';

describe('exponentialAverage', () => {
  it('averages exponentials', () => {
    const { mean, logMean } = exponentialAverage([0, Math.log(3)]);
    expect(mean).toBeCloseTo(2, 14);
    expect(logMean).toBeCloseTo(Math.log(2), 14);
  });

  it('keeps the logarithm of what does not fit into a double', () => {
    const { mean, logMean, relativeDeviation } = exponentialAverage([800, 800 + Math.log(3)]);
    expect(mean).toBe(Infinity);
    expect(logMean).toBeCloseTo(800 + Math.log(2), 12);
    expect(relativeDeviation).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it('has nothing to say of no samples', () => {
    expect(exponentialAverage([]).logMean).toBeNaN();
  });
});

describe('Gaussian work', () => {
  // Work that is normal with variance v = 2(⟨W⟩ − ΔF)/β obeys Jarzynski and Crooks with ΔF.
  const [beta, deltaF, variance] = [1.5, 0.4, 0.6];
  const draw = (stream: RandomStream, sign: number): number[] =>
    Array.from(
      { length: 20_000 },
      () => sign * deltaF + (beta * variance) / 2 + Math.sqrt(variance) * stream.normal(),
    );
  const forward = draw(RandomStream.of(1, 'bootstrap', 0), 1);
  const reverse = draw(RandomStream.of(1, 'bootstrap', 1), -1);

  it('has exp(−βW) averaging to exp(−βΔF), 20,000 draws, 4 standard errors', () => {
    const { mean, sem } = jarzynskiAverage(forward, beta);
    expect(Math.abs(mean - Math.exp(-beta * deltaF))).toBeLessThan(4 * sem);
  });

  it('has a Crooks slope of 1 and its ΔF, 20,000 draws each way, 4 standard errors', () => {
    const fit = fitCrooks(forward, reverse, beta);
    expect(fit.slopeError).toBeLessThan(0.03);
    expect(Math.abs(fit.slope - 1)).toBeLessThan(4 * fit.slopeError);
    expect(fit.freeEnergyError).toBeLessThan(0.02);
    expect(Math.abs(fit.freeEnergy - deltaF)).toBeLessThan(4 * fit.freeEnergyError);
  });

  it.each([-300, -13, 13, 300])('has its Crooks fit at βΔF = %d, far from zero, too', (shift) => {
    const far = fitCrooks(
      forward.map((w) => w + shift / beta),
      reverse.map((w) => w - shift / beta),
      beta,
    );
    const near = fitCrooks(forward, reverse, beta);
    expect(far.slope).toBeCloseTo(near.slope, 9);
    expect(far.freeEnergy).toBeCloseTo(near.freeEnergy + shift / beta, 9);
    expect(far.freeEnergyError).toBeCloseTo(near.freeEnergyError, 9);
  });

  it('has no Crooks fit where works of the two protocols do not overlap', () => {
    expect(fitCrooks([5, 6, 7], [-4, -3, -2], beta).slope).toBeNaN();
  });

  it('has another Crooks slope where the temperature is not the one of the bath', () => {
    const fit = fitCrooks(forward, reverse, 2 * beta);
    expect(Math.abs(fit.slope - 0.5)).toBeLessThan(4 * fit.slopeError);
  });
});

describe('bounds', () => {
  it('are met with equality by a Gaussian current and by their own definition', () => {
    expect(uncertaintyRatio(2, 4, 2)).toBe(1);
    expect(speedLimitBound(2, 1, 4, 2)).toBe(1);
  });
});

describe('distributions', () => {
  it('have entropy, relative entropy and distance', () => {
    expect(shannonEntropy([0.5, 0.5, 0])).toBeCloseTo(Math.LN2, 15);
    expect(relativeEntropy([1, 0], [0.5, 0.5])).toBeCloseTo(Math.LN2, 15);
    expect(relativeEntropy([0.5, 0.5], [1, 0])).toBe(Infinity);
    expect(l1Distance([1, 0], [0, 1])).toBe(2);
  });
});
