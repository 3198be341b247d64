import { describe, expect, it } from 'vitest';
import { RandomStream, RelaxdError } from '../core/index.js';
import { histogramEntropy } from './histogram-entropy.js';
import { moments, RunningMoments } from './statistics.js';

/** Counts of n draws from a law. */
function draw(law: readonly number[], n: number, stream: RandomStream): number[] {
  const counts = law.map(() => 0);
  for (let k = 0; k < n; k++) {
    let rest = stream.uniform();
    let bin = 0;
    while (bin < law.length - 1 && rest >= law[bin]!) rest -= law[bin++]!;
    counts[bin] = counts[bin]! + 1;
  }
  return counts;
}

describe('histogramEntropy', () => {
  it('is the entropy of the frequencies, and Miller–Madow’s correction beside it', () => {
    const two = histogramEntropy([5, 5, 0]);
    expect(two.plugIn).toBeCloseTo(Math.LN2, 15);
    expect(two.millerMadow).toBeCloseTo(Math.LN2 + 1 / 20, 15);
    expect([two.samples, two.observed]).toEqual([10, 2]);
    expect(two.standardError).toBeCloseTo(0, 7);
    expect(histogramEntropy([7])).toMatchObject({ plugIn: 0, millerMadow: 0, standardError: 0 });
  });

  it('does not depend on the order of the bins, nor on bins never seen', () => {
    const a = histogramEntropy([3, 1, 8]);
    expect(histogramEntropy([0, 8, 3, 0, 1]).plugIn).toBeCloseTo(a.plugIn, 14);
  });

  it('has the standard error that repeated histograms have (2,000 of 400 draws, within a tenth)', () => {
    const law = [0.5, 0.25, 0.15, 0.1];
    const stream = RandomStream.of(5, 'bootstrap');
    const values = Array.from({ length: 2000 }, () => histogramEntropy(draw(law, 400, stream)));
    const spread = Math.sqrt(moments(values.map((v) => v.plugIn)).variance);
    const said = moments(values.map((v) => v.standardError)).mean;
    // the spread of 2,000 values is good to 1.6 %
    expect(Math.abs(said / spread - 1)).toBeLessThan(0.1);
  });

  it('is biased low by (K − 1)/2n, which Miller–Madow takes away (4 standard errors)', () => {
    const law = [0.4, 0.3, 0.2, 0.1];
    const exact = -law.reduce((sum, p) => sum + p * Math.log(p), 0);
    const stream = RandomStream.of(6, 'bootstrap');
    const [plugIn, corrected] = [new RunningMoments(), new RunningMoments()];
    const n = 100;
    for (let r = 0; r < 5000; r++) {
      const { plugIn: bare, millerMadow } = histogramEntropy(draw(law, n, stream));
      plugIn.add(bare - exact);
      corrected.add(millerMadow - exact);
    }
    // second order of the bias: (1 − Σ 1/p)/12n²
    const second = (1 - law.reduce((sum, p) => sum + 1 / p, 0)) / (12 * n * n);
    expect(Math.abs(plugIn.mean + 3 / (2 * n) - second)).toBeLessThan(4 * plugIn.sem);
    expect(Math.abs(corrected.mean - second)).toBeLessThan(4 * corrected.sem);
  });

  it('refuses what are no counts', () => {
    for (const counts of [[1.5], [-1, 2], [NaN], [], [0, 0]]) {
      expect(() => histogramEntropy(counts)).toThrow(RelaxdError);
    }
  });
});
