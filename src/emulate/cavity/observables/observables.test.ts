import { describe, expect, it } from 'vitest';
import { RandomStream, RelaxdError } from '../../../core/index.js';
import { moments } from '../../../thermo/index.js';
import {
  edwardsAnderson,
  finalStateEntropy,
  magnetisations,
  meanOverlapDistribution,
  overlapDistribution,
  overlapMatrix,
  overlapMean,
  pairOverlaps,
  parisiOverlap,
  parisiSteps,
  selfOverlap,
  tripleCorrelator,
  tripleCorrelators,
} from './index.js';

const random = (count: number, sites: number, seed: number): Int8Array[] => {
  const stream = RandomStream.of(seed, 'initial');
  return Array.from({ length: count }, () =>
    Int8Array.from({ length: sites }, () => stream.sign()),
  );
};
const overlap = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum / a.length;
};
/** Two ± pairs of 4 spins that are orthogonal, as 2 + 1 + 1 replicas. */
const up = [1, 1, 1, 1];
const stripe = [1, 1, -1, -1];
const few = [up, up, up.map((s) => -s), stripe];

describe('overlapMatrix', () => {
  it('has the overlaps of all pairs, for any number of sites', () => {
    for (const sites of [1, 16, 31, 32, 33, 100]) {
      const states = random(5, sites, sites);
      const { data } = overlapMatrix(states);
      for (let a = 0; a < 5; a++) {
        for (let b = 0; b < 5; b++) {
          expect(data[5 * a + b]).toBeCloseTo(overlap(states[a]!, states[b]!), 14);
        }
      }
    }
    expect(Array.from(pairOverlaps(overlapMatrix(few)))).toEqual([1, -1, 0, -1, 0, 0]);
  });

  it('takes states of continuous sites by their signs', () => {
    expect(
      overlapMatrix([
        [0.3, -2],
        [5, 1],
      ]).data[1],
    ).toBe(0);
  });

  it('refuses a single replica and states of different sizes', () => {
    expect(() => overlapMatrix([up])).toThrow(RelaxdError);
    expect(() => overlapMatrix([up, [1, 1]])).toThrow('replica 1');
  });
});

describe('overlapDistribution', () => {
  it('counts distinct pairs, or all that two draws from the replicas would give', () => {
    const distinct = overlapDistribution(overlapMatrix(few), 'distinct');
    expect(Array.from(distinct.q)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(distinct.probability[0]).toBeCloseTo(2 / 6, 14);
    expect(distinct.probability[2]).toBeCloseTo(3 / 6, 14);
    expect(distinct.probability[4]).toBeCloseTo(1 / 6, 14);
    const all = overlapDistribution(overlapMatrix(few), 'all');
    // 4 self-overlaps and twice the pair (0, 1), of 16
    expect(all.probability[4]).toBeCloseTo(6 / 16, 14);
    expect(overlapMean(all, () => 1)).toBeCloseTo(1, 14);
  });

  it('is averaged over disorders with equal weights', () => {
    const one = overlapDistribution(overlapMatrix([up, up]), 'distinct');
    const other = overlapDistribution(overlapMatrix([up, stripe]), 'distinct');
    const { probability } = meanOverlapDistribution([one, other]);
    expect(Array.from(probability)).toEqual([0, 0, 0.5, 0, 0.5]);
    const six = overlapDistribution(overlapMatrix(random(2, 6, 1)), 'distinct');
    expect(() => meanOverlapDistribution([one, six])).toThrow(RelaxdError);
  });

  it('of random states is binomial (20,000 pairs of 200 replicas, variance 1/N)', () => {
    const distribution = overlapDistribution(overlapMatrix(random(200, 25, 2)), 'distinct');
    expect(Math.abs(overlapMean(distribution, (q) => q * q) - 1 / 25)).toBeLessThan(0.002);
  });
});

describe('Parisi’s function', () => {
  const distribution = overlapDistribution(overlapMatrix(few), 'distinct');

  it('rises to x(q) = P(|q′| ≤ q), and q(x) is its inverse', () => {
    const { x, q } = parisiSteps(distribution);
    expect(Array.from(q)).toEqual([0, 0.5, 1]);
    [0.5, 0.5, 1].forEach((value, k) => expect(x[k]).toBeCloseTo(value, 14));
    expect(parisiOverlap(distribution, 0.3)).toBe(0);
    expect(parisiOverlap(distribution, 0.5)).toBe(0);
    expect(parisiOverlap(distribution, 0.51)).toBe(1);
    expect(parisiOverlap(distribution, 1)).toBe(1);
  });

  it('never falls, and reaches 1 at the largest |q|', () => {
    const wide = overlapDistribution(overlapMatrix(random(50, 15, 3)), 'all');
    const { x } = parisiSteps(wide);
    for (let k = 1; k < x.length; k++) expect(x[k]).toBeGreaterThanOrEqual(x[k - 1]!);
    expect(x.at(-1)).toBeCloseTo(1, 12);
    let last = 0;
    for (let at = 0; at <= 1; at += 0.01) {
      expect(parisiOverlap(wide, at)).toBeGreaterThanOrEqual(last);
      last = parisiOverlap(wide, at);
    }
  });
});

describe('edwardsAnderson', () => {
  const law = (probability: number[]) => ({
    sites: probability.length - 1,
    q: Float64Array.from(probability, (_, k) => (2 * k) / (probability.length - 1) - 1),
    probability: Float64Array.from(probability),
  });

  it('finds the upper edge, and above a level of noise', () => {
    const seen = law([0.02, 0.2, 0.1, 0.3, 0.1, 0.26, 0.02]);
    expect(edwardsAnderson(seen, 'upper-edge')).toBe(1);
    expect(edwardsAnderson(seen, 'upper-edge', 0.05)).toBeCloseTo(2 / 3, 14);
  });

  it('finds the mean of the uppermost peak, down to the minimum below it', () => {
    // folded: |q| = 0: .3, 1/3: .2, 2/3: .46, 1: .04
    const seen = law([0.02, 0.2, 0.1, 0.3, 0.1, 0.26, 0.02]);
    const expected = (0.04 + (0.46 * 2) / 3 + 0.2 / 3) / (0.04 + 0.46 + 0.2);
    expect(edwardsAnderson(seen, 'peak')).toBeCloseTo(expected, 14);
    expect(edwardsAnderson(law([0.5, 0, 0, 0.5]), 'peak')).toBe(1);
  });
});

describe('selfOverlap', () => {
  it('is the mean overlap of two readings of each state', () => {
    const seen = selfOverlap([up, stripe], [up, up]);
    expect(seen.mean).toBe(0.5);
    expect(() => selfOverlap([up], [])).toThrow(RelaxdError);
  });
});

describe('tripleCorrelators', () => {
  it('has every triple once, by the closed form', () => {
    const overlaps = overlapMatrix(random(6, 20, 4));
    const { values, sigma } = tripleCorrelators(overlaps);
    expect(values).toHaveLength(20);
    expect(sigma).toBeCloseTo(
      Math.sqrt(moments(pairOverlaps(overlaps).map(Math.abs)).variance),
      14,
    );
    let k = 0;
    for (let a = 0; a < 6; a++) {
      for (let b = a + 1; b < 6; b++) {
        for (let c = b + 1; c < 6; c++) {
          const q = [
            overlaps.data[6 * a + b]!,
            overlaps.data[6 * b + c]!,
            overlaps.data[6 * c + a]!,
          ];
          const sorted = q.map(Math.abs).sort((x, y) => y - x);
          if (q[0]! * q[1]! * q[2]! < 0) sorted[2] = -sorted[2]!;
          expect(values[k++]).toBeCloseTo((sorted[1]! - sorted[2]!) / sigma, 12);
        }
      }
    }
  });

  it('has the mean of all triples in samples of them', () => {
    const overlaps = overlapMatrix(random(40, 16, 5));
    const all = moments(tripleCorrelators(overlaps).values);
    const some = moments(
      tripleCorrelators(overlaps, { triples: 4000, stream: RandomStream.of(1, 'bootstrap') })
        .values,
    );
    expect(Math.abs(some.mean - all.mean)).toBeLessThan(4 * some.sem);
  });

  it('is zero for the triples of an ultrametric tree, and where all replicas agree', () => {
    // two branches that overlap little, twice the same state in each
    const tree = [up, up, stripe, stripe];
    expect(Array.from(tripleCorrelators(overlapMatrix(tree)).values)).toEqual([0, 0, 0, 0]);
    const single = tripleCorrelators(overlapMatrix([up, up, up.map((s) => -s)]));
    expect(single.sigma).toBe(0);
    expect(Array.from(single.values)).toEqual([0]);
  });

  it('has K = (q2 − q3)/σ with the sign of the smallest overlap', () => {
    expect(tripleCorrelator(0.8, 0.4, 0.3, 0.5)).toBeCloseTo(0.2, 12);
    expect(tripleCorrelator(0.3, 0.8, -0.4, 0.5)).toBeCloseTo(1.4, 12);
  });
});

describe('final states', () => {
  it('have an entropy with s and −s as two, or as one', () => {
    const both = [up, up.map((s) => -s), stripe, stripe.map((s) => -s)];
    expect(finalStateEntropy(both, 'states').plugIn).toBeCloseTo(2 * Math.LN2, 14);
    expect(finalStateEntropy(both, 'pairs').plugIn).toBeCloseTo(Math.LN2, 14);
  });

  it('have magnetisations', () => {
    const seen = magnetisations(few);
    expect(seen.mean).toBeCloseTo(0.25, 14);
    expect(seen.count).toBe(4);
  });
});
