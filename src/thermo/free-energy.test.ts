import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { fitDetailed, integralAverage } from './fluctuation.js';
import { freeEnergyFromWork, weightsOf, whyNotTrusted } from './free-energy.js';
import { jackknife } from './resampling.js';
import { moments } from './statistics.js';

/** Work that is normal and obeys Jarzynski's equality with ΔF: mean ΔF + βσ²/2. */
function gaussianWork(seed: number, shots: number, beta: number, sigma: number, change: number) {
  const stream = RandomStream.of(seed, 'bootstrap', 0);
  return Array.from(
    { length: shots },
    () => change + (beta * sigma * sigma) / 2 + sigma * stream.normal(),
  );
}

describe('freeEnergyFromWork', () => {
  it('has the bias and the error of the plain jackknife', () => {
    const work = gaussianWork(1, 60, 0.7, 1.1, 0.3);
    const beta = 0.7;
    const plain = (sample: readonly number[]): number =>
      -Math.log(moments(sample.map((w) => Math.exp(-beta * w))).mean) / beta;
    const slow = jackknife(work, plain);
    const fast = freeEnergyFromWork(work, beta);
    expect(fast.bias).toBeCloseTo(slow.bias, 12);
    expect(fast.standardError).toBeCloseTo(slow.standardError, 12);
    expect(fast.freeEnergy).toBeCloseTo(slow.estimate - slow.bias, 12);
  });

  it('takes off most of the bias of small samples: 4000 samples of 50 shots, βσ = 1', () => {
    const plain = moments(
      Array.from({ length: 4000 }, (_, seed) => {
        const found = freeEnergyFromWork(gaussianWork(seed, 50, 1, 1, 0.5), 1);
        return found.freeEnergy + found.bias;
      }),
    );
    const corrected = moments(
      Array.from(
        { length: 4000 },
        (_, seed) => freeEnergyFromWork(gaussianWork(seed, 50, 1, 1, 0.5), 1).freeEnergy,
      ),
    );
    // T r²/2n with r² = e − 1.
    expect(plain.mean - 0.5).toBeGreaterThan(0.5 * ((Math.E - 1) / 100));
    expect(Math.abs(corrected.mean - 0.5)).toBeLessThan(0.35 * (plain.mean - 0.5));
  });

  it('is trusted where many shots count, and not where few dominate', () => {
    expect(freeEnergyFromWork(gaussianWork(1, 2000, 1, 1, 0), 1)).toMatchObject({
      trusted: true,
      reason: null,
    });
    const wild = freeEnergyFromWork(gaussianWork(1, 2000, 1, 5, 0), 1);
    expect(wild.trusted).toBe(false);
    expect(wild.reason).toMatch(/of 2000 shots count .* rare shots dominate/);
    expect(wild.effectiveSamples).toBeLessThan(100);
  });

  it('trusts few shots whose works hardly vary, and never one', () => {
    expect(freeEnergyFromWork([1, 1.01, 0.99, 1], 1).trusted).toBe(true);
    expect(freeEnergyFromWork([0, 0], 1)).toMatchObject({ freeEnergy: 0, standardError: 0 });
    expect(freeEnergyFromWork([1], 1)).toMatchObject({ trusted: false, standardError: NaN });
    expect(freeEnergyFromWork([], 1).freeEnergy).toBeNaN();
  });

  it('does not overflow', () => {
    const shifted = gaussianWork(1, 500, 1, 1, 0).map((w) => w - 5000);
    const near = freeEnergyFromWork(gaussianWork(1, 500, 1, 1, 0), 1);
    expect(freeEnergyFromWork(shifted, 1).freeEnergy).toBeCloseTo(near.freeEnergy - 5000, 8);
  });

  it('names the share of one shot that is too large', () => {
    const exponents = [...Array.from({ length: 2000 }, () => 0), Math.log(120)];
    expect(weightsOf(exponents).largestShare).toBeCloseTo(120 / 2120, 12);
    expect(whyNotTrusted(exponents)).toMatch(/one shot makes up 5\.66 %/);
  });
});

describe('theorems for one sample of entropies', () => {
  // Normal with mean σ²/2 obeys P(s)/P(−s) = e^s.
  const draw = (seed: number, shots: number, sigma: number): number[] =>
    gaussianWork(seed, shots, 1, sigma, 0);

  it('the detailed theorem has slope 1, with an error that is right: 300 samples of 400', () => {
    const fits = Array.from({ length: 300 }, (_, seed) => fitDetailed(draw(seed, 400, 1.3)));
    const slopes = moments(fits.map(({ slope }) => slope));
    const told = moments(fits.map(({ slopeError }) => slopeError)).mean;
    expect(Math.abs(slopes.mean - 1)).toBeLessThan(4 * slopes.sem + 0.01);
    expect(Math.sqrt(slopes.variance) / told).toBeGreaterThan(0.88);
    expect(Math.sqrt(slopes.variance) / told).toBeLessThan(1.12);
  });

  it('has another slope where the temperature is a wrong one', () => {
    const fit = fitDetailed(draw(1, 20_000, 1.3).map((s) => 2 * s));
    expect(Math.abs(fit.slope - 0.5)).toBeLessThan(4 * fit.slopeError);
  });

  it('has no slope where all entropies have one sign', () => {
    expect(fitDetailed([1, 2, 3]).slope).toBeNaN();
    expect(fitDetailed([0, 0]).slope).toBeNaN();
  });

  it('the integral theorem averages to 1 within 4 standard errors, 20,000 draws', () => {
    const { mean, sem } = integralAverage(draw(2, 20_000, 1));
    expect(Math.abs(mean - 1)).toBeLessThan(4 * sem);
  });
});
