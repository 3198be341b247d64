import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import {
  codeOverlap,
  enumerateLandscape,
  Quench,
  replicaOverlaps,
  stateOfCode,
  steepestDescentEnd,
  tripleCorrelator,
  type DiscreteRule,
} from '../../src/emulate/cavity/index.js';
import { hebbCouplings } from '../../src/model/index.js';
import { moments } from '../../src/thermo/index.js';
import { hold, holdBound } from '../support/hold.js';
import { expectWithin } from '../support/statistics.js';
import {
  cavityCouplings,
  expectMean,
  magnetisation,
  overDisorder,
  sampleSize,
  searchGroundState,
  SEED,
  skCouplings,
} from './cavity-samples.js';

const RULES = ['steepest-descent', 'zero-temperature'] as const;

/** Share of cues with d errors that return exactly to an attractor, over 10 attractors × 10 cues of one disorder. */
function returns(sites: number, k: number, rule: DiscreteRule, errors: number): number {
  const quench = new Quench(skCouplings(sites, k), sites);
  const starts = RandomStream.of(SEED, 'initial', k);
  const cues = RandomStream.of(SEED + errors, 'cue', k);
  let returned = 0;
  for (let a = 0; a < 10; a++) {
    quench.startRandom(starts);
    quench.run('steepest-descent', starts);
    const attractor = quench.state.slice();
    for (let c = 0; c < 10; c++) {
      const cue = attractor.slice();
      for (const i of cues.sample(sites, errors)) cue[i] = -cue[i]!;
      quench.start(cue);
      quench.run(rule, cues);
      if (quench.state.every((s, i) => s === attractor[i])) returned++;
    }
  }
  return returned / 100;
}

/** Mean energy a spin after 10 quenches from random states. */
function quenchEnergy(sites: number, k: number, rule: DiscreteRule): number {
  const quench = new Quench(skCouplings(sites, k), sites);
  const stream = RandomStream.of(SEED, 'initial', k);
  let sum = 0;
  for (let r = 0; r < 10; r++) {
    quench.startRandom(stream);
    quench.run(rule, stream);
    sum += quench.energy() / sites;
  }
  return sum / 10;
}

describe('basins of large spin glasses', () => {
  // Direction published: steepest descent keeps basins in the spin-glass phase (2009.01227, abstract).
  it.each<[DiscreteRule, number, number]>([
    ['steepest-descent', 5, 0.87],
    ['steepest-descent', 10, 0.64],
    ['zero-temperature', 5, 0.27],
    ['zero-temperature', 10, 0.11],
  ])(
    'CQ-C13 %s leads back from %i errors to an attractor of 100 SK spins with probability %f (40 × 10 × 10)',
    (rule, errors, expected) => {
      expectMean(
        overDisorder(40, (k) => returns(100, k, rule, errors)),
        expected,
        0.05,
        { quantity: `exact returns, N = 100, d = ${errors}, ${rule}` },
      );
    },
  );

  it('CQ-C14 CQ-HZ7 steepest descent is the worse optimiser of 400 SK spins, −.671 against −.680 a spin, though the better memory (40 × 10; 20 × 10 here)', () => {
    const count = sampleSize(40, 20);
    const [steepest, random] = RULES.map((rule) =>
      overDisorder(count, (k) => quenchEnergy(400, k, rule)),
    );
    expectMean(steepest!, -0.671, 0.004, { quantity: 'energy a spin, steepest descent' });
    expectMean(random!, -0.68, 0.004, { quantity: 'energy a spin, random descent' });
    // Same disorder for both: the difference is far better known than either.
    const gap = moments(steepest!.map((e, k) => e - random![k]!));
    holdBound({
      quantity: 'steepest less random: energy a spin, over 4 standard errors',
      above: 1,
      got: gap.mean / (4 * gap.sem),
      class: 'reference',
      row: 'CQ-HZ7',
    });
    const kept = RULES.map(
      (rule) => moments(overDisorder(10, (k) => returns(100, k, rule, 5))).mean,
    );
    holdBound({
      quantity: 'steepest less random: exact returns from 5 errors, N = 100',
      above: 0.3,
      got: kept[0]! - kept[1]!,
      class: 'reference',
      row: 'CQ-HZ7',
    });
  });

  it('CQ-C15 Hebbian couplings at α = .14 and 20 % cue errors end .12 closer by steepest than by random descent (8 × 10 × 3)', () => {
    const [sites, load] = [400, 56];
    const gaps = overDisorder(8, (k) => {
      const disorder = RandomStream.of(SEED, 'disorder', k);
      const cues = RandomStream.of(SEED, 'cue', k);
      const patterns = Array.from({ length: load }, () =>
        Int8Array.from({ length: sites }, () => disorder.sign()),
      );
      const quench = new Quench(
        hebbCouplings(patterns).map((J) => sites * J),
        sites,
      );
      let gap = 0;
      for (let c = 0; c < 30; c++) {
        const pattern = patterns[c % 10]!;
        const cue = Float64Array.from(pattern);
        for (const i of cues.sample(sites, 80)) cue[i] = -cue[i]!;
        const ends = RULES.map((rule) => {
          quench.start(cue);
          quench.run(rule, cues);
          return quench.state.reduce((sum, s, i) => sum + s * pattern[i]!, 0) / sites;
        });
        gap += (ends[0]! - ends[1]!) / 30;
      }
      return gap;
    });
    const { mean, sem } = moments(gaps);
    // .12 by the page, which allows .05 to .2.
    hold({
      quantity: 'final overlap, steepest less random descent',
      expected: 0.125,
      got: mean,
      standardError: sem,
      tolerance: 0.075,
      class: 'reference',
    });
  });
});

describe('from ferromagnet to spin glass by the spread of the positions', () => {
  // Direction published: positions tune ferromagnet to spin glass (2009.01227, abstract).
  it.each([
    [0.5, 1],
    [1, 0.57],
    [3, 0.1],
  ])(
    'CQ-D1 ground states of 100 spins in the confocal cavity at w = %f w0 have magnetisation %f (100 disorders; 40 here)',
    (spread, expected) => {
      const sample = overDisorder(sampleSize(100, 40), (k) => {
        const quench = new Quench(cavityCouplings('confocal', 100, spread, k), 100);
        const stream = RandomStream.of(SEED, 'dynamics', k);
        const runs = { quenches: 20, anneals: 3, sweeps: 100 };
        searchGroundState(quench, Math.sqrt(50), runs, stream);
        return magnetisation(quench.state);
      });
      expectMean(sample, expected, 0.05, { quantity: `⟨|m|⟩ of ground states, w = ${spread} w0` });
    },
  );

  it('CQ-D2 half of the confocal landscapes of 100 spins have a single ± pair at w = .76 w0 (100 disorders at 5 spreads; 40 here, ± .04)', () => {
    const count = sampleSize(100, 40);
    const spreads = [0.7, 0.73, 0.76, 0.79, 0.82];
    const shares = spreads.map((spread) =>
      moments(
        overDisorder(count, (k) =>
          hasSinglePair(cavityCouplings('confocal', 100, spread, k), k) ? 1 : 0,
        ),
      ),
    );
    const single = shares.map((share) => share.mean);
    // A line through the five shares; where it crosses ½. Slope ≈ −4.5/w0, so the crossing is good to ± .008 (40).
    const x = moments(spreads).mean;
    const y = moments(single).mean;
    const slope =
      spreads.reduce((sum, w, k) => sum + (w - x) * (single[k]! - y), 0) /
      spreads.reduce((sum, w) => sum + (w - x) ** 2, 0);
    const crossing = x + (0.5 - y) / slope;
    // Error of the line at its middle, over its slope; the slope's own error counts for little there.
    const error = Math.hypot(...shares.map((share) => share.sem / spreads.length));
    expect(slope).toBeLessThan(0);
    hold({
      quantity: 'w/w0 where half of the landscapes have one pair',
      expected: 0.76,
      got: crossing,
      standardError: error / -slope,
      tolerance: sampleSize(0.03, 0.04),
      class: 'reference',
    });
  });

  it.each([
    [0.5, 0.99],
    [1, 0.59],
    [2, 0.22],
  ])(
    'CQ-D3 ground states of 16 spins in the 4/7 cavity at w = %f w0 have magnetisation %f (400 disorders; 120 here)',
    (spread, expected) => {
      const sample = overDisorder(sampleSize(400, 120), (k) => {
        const landscape = enumerateLandscape(cavityCouplings('four-sevenths', 16, spread, k), 16);
        return magnetisation(stateOfCode(landscape.attractors[0]!, 16));
      });
      expectMean(sample, expected, 0.04, { quantity: `⟨|m|⟩ of ground states, w = ${spread} w0` });
    },
  );
});

describe('replicas: steepest descent from random states (300 disorders × 100 replicas; 100 × 100 here)', () => {
  const N = 16;
  const models = {
    SK: (k: number) => skCouplings(N, k),
    '4/7': (k: number) => cavityCouplings('four-sevenths', N, 2, k),
    random: () => null,
  };
  const samples = new Map<string, ReturnType<typeof measure>>();
  const of = (model: keyof typeof models) => {
    let sample = samples.get(model);
    if (sample === undefined) samples.set(model, (sample = measure(models[model])));
    return sample;
  };

  /** Per disorder: ⟨q²⟩, P(|q| ≤ ¼), ⟨m⟩ and P(K < ¼). */
  function measure(couplings: (k: number) => Float64Array | null) {
    const count = sampleSize(300, 100);
    const rows = overDisorder(count, (k) => {
      const starts = RandomStream.of(SEED, 'initial', k);
      const J = couplings(k);
      const landscape = J === null ? null : enumerateLandscape(J, N);
      const codes = Array.from({ length: 100 }, () => {
        const start = starts.integer(2 ** N);
        return landscape === null ? start : steepestDescentEnd(landscape, start);
      });
      const q = replicaOverlaps(codes, N);
      const sigma = Math.sqrt(moments(q.map(Math.abs)).variance);
      let ultrametric = 0;
      for (let t = 0; t < 500; t++) {
        const [a, b, c] = Array.from(starts.sample(100, 3), (r) => codes[r]!) as [
          number,
          number,
          number,
        ];
        const K = tripleCorrelator(
          codeOverlap(a, b, N),
          codeOverlap(b, c, N),
          codeOverlap(c, a, N),
          sigma,
        );
        // σ is 0 where there is a single pair: all triples are ultrametric then.
        if (!(K >= 0.25)) ultrametric++;
      }
      return {
        square: moments(q.map((x) => x * x)).mean,
        low: q.filter((x) => Math.abs(x) <= 0.25).length / q.length,
        mean: moments(codes.map((code) => codeOverlap(code, 2 ** N - 1, N))).mean,
        ultrametric: ultrametric / 500,
      };
    });
    return {
      square: rows.map((r) => r.square),
      low: rows.map((r) => r.low),
      mean: rows.map((r) => r.mean),
      ultrametric: rows.map((r) => r.ultrametric),
    };
  }

  it.each<[keyof typeof models, number, number]>([
    ['SK', 0.362, 0.03],
    ['4/7', 0.43, 0.03],
    ['random', 1 / 16, 0.003],
  ])('CQ-E1 replicas of %s couplings have ⟨q²⟩ = %f', (model, expected, tolerance) => {
    expectMean(of(model).square, expected, tolerance, {
      quantity: `⟨q²⟩, ${model}`,
      class: model === 'random' ? 'exact' : 'reference',
    });
  });

  it.each<[keyof typeof models, number]>([
    ['SK', 0.37],
    ['random', 0.79],
  ])(
    'CQ-E2 replicas of %s couplings overlap by at most ¼ with probability %f while their magnetisation is zero',
    (model, expected) => {
      expectMean(of(model).low, expected, 0.03, { quantity: `P(|q| ≤ ¼), ${model}` });
      expectWithin(moments(of(model).mean), 0, 4, { quantity: `⟨m⟩, ${model}` });
    },
  );

  it.each<[keyof typeof models, number]>([
    ['SK', 0.6],
    ['4/7', 0.68],
    ['random', 0.25],
  ])(
    'CQ-E4 triples of replicas of %s couplings have K < ¼ with probability %f',
    (model, expected) => {
      expectMean(of(model).ultrametric, expected, 0.04, { quantity: `P(K < ¼), ${model}` });
    },
  );
});

/** Whether 200 quenches all end in one ± pair. */
function hasSinglePair(couplings: Float64Array, k: number): boolean {
  const sites = Math.sqrt(couplings.length);
  const quench = new Quench(couplings, sites);
  const stream = RandomStream.of(SEED, 'initial', k);
  let pair: Float64Array | null = null;
  for (let r = 0; r < 200; r++) {
    quench.startRandom(stream);
    quench.run('steepest-descent', stream);
    const found = quench.state.map((s) => s * quench.state[0]!);
    pair ??= found;
    if (found.some((s, i) => s !== pair![i])) return false;
  }
  return true;
}
