import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { readProgram } from '../../src/device/index.js';
import {
  capacity,
  CavityKernel,
  enumerateLandscape,
  finalStateEntropy,
  gaussianPositions,
  magnetisations,
  overlapDistribution,
  overlapMatrix,
  overlapMean,
  positionWarnings,
  stateOfCode,
  steepestDescentEnd,
  steepestDescentEntropy,
  SYMMETRY_FLOOR,
  tripleCorrelators,
  type Landscape,
} from '../../src/emulate/cavity/index.js';
import { histogramEntropy, moments, RunningMoments } from '../../src/thermo/index.js';
import { hold, holdBound } from '../support/hold.js';
import { cavityCouplings, overDisorder, sampleSize, SEED, skLandscape } from './cavity-samples.js';

const REPLICAS = 100;
type Model = 'SK' | '4/7' | 'random';

function landscapeOf(model: Model, sites: number, k: number): Landscape | null {
  if (model === 'random') return null;
  if (model === 'SK') return skLandscape(sites, k);
  // J/2/√N: variance 1/N
  const scale = 1 / (2 * Math.sqrt(sites));
  return enumerateLandscape(
    cavityCouplings('four-sevenths', sites, 2, k).map((J) => scale * J),
    sites,
  );
}

/** Final states of replicas by steepest descent from random states. */
function replicas(landscape: Landscape | null, sites: number, k: number): number[] {
  const starts = RandomStream.of(SEED, 'initial', k);
  return Array.from({ length: REPLICAS }, () => {
    const start = starts.integer(2 ** sites);
    return landscape === null ? start : steepestDescentEnd(landscape, start);
  });
}

const QUANTITIES = ['e', '⟨|q|⟩', '⟨q²⟩', 'P(q=±1)', 'H', '⟨K⟩', 'P(K<¼)'] as const;
type Quantity = (typeof QUANTITIES)[number];
const share = (values: Float64Array, below: number): number =>
  values.reduce((count, value) => count + (value < below ? 1 : 0), 0) / values.length;

const tables = new Map<string, Record<Quantity, number>[]>();
/** [disorder]: every column of the table of replicas, by the library's observables. */
function table(model: Model, sites: number): Record<Quantity, number>[] {
  const name = `${model} ${sites}`;
  let rows = tables.get(name);
  if (rows !== undefined) return rows;
  rows = overDisorder(sampleSize(300, 40), (k) => {
    const landscape = landscapeOf(model, sites, k);
    const codes = replicas(landscape, sites, k);
    const states = codes.map((code) => stateOfCode(code, sites));
    const overlaps = overlapMatrix(states);
    const distribution = overlapDistribution(overlaps, 'distinct');
    const { values } = tripleCorrelators(overlaps);
    const energyOf = (code: number): number =>
      landscape === null ? 0 : landscape.energies[Math.min(code, landscape.states - 1 - code)]!;
    return {
      e: moments(codes.map(energyOf)).mean / sites,
      '⟨|q|⟩': overlapMean(distribution, Math.abs),
      '⟨q²⟩': overlapMean(distribution, (q) => q * q),
      'P(q=±1)': distribution.probability[0]! + distribution.probability[sites]!,
      H: finalStateEntropy(states, 'states').plugIn,
      '⟨K⟩': moments(values).mean,
      'P(K<¼)': share(values, 0.25),
    };
  });
  tables.set(name, rows);
  return rows;
}

describe('replicas: steepest descent from random states (300 disorders × 100 replicas; 40 × 100 here)', () => {
  const pageErrors = (sites: number): Record<Quantity, number> => ({
    e: sites === 8 ? 0.007 : 0.005,
    '⟨|q|⟩': 0.008,
    '⟨q²⟩': 0.01,
    'P(q=±1)': 0.011,
    H: 0.03,
    '⟨K⟩': 0.011,
    'P(K<¼)': 0.009,
  });

  it.each<[Model, number, readonly number[]]>([
    ['SK', 8, [-0.535, 0.69, 0.622, 0.576, 1.37, 0.068, 0.946]],
    ['SK', 16, [-0.586, 0.495, 0.362, 0.239, 2.42, 0.354, 0.599]],
    ['4/7', 8, [-0.566, 0.73, 0.673, 0.636, 1.28, 0.049, 0.958]],
    ['4/7', 16, [-0.642, 0.55, 0.43, 0.318, 2.16, 0.276, 0.683]],
  ])('CQ-E1 CQ-E4 row %s, N = %i of the table of replicas', (model, sites, expected) => {
    const rows = table(model, sites);
    const errors = pageErrors(sites);
    for (const [q, name] of QUANTITIES.entries()) {
      const seen = moments(rows.map((row) => row[name]));
      hold({
        quantity: `${name}, ${model}, N = ${sites}`,
        expected: expected[q]!,
        got: seen.mean,
        standardError: seen.sem,
        // Two samples, the page's of 300 disorders and this: 4 of their common standard errors.
        tolerance: 4 * Math.hypot(errors[name], seen.sem),
        class: 'reference',
      });
    }
  });

  it('CQ-E1 CQ-E4 row of the paramagnet, N = 16: random states', () => {
    const rows = table('random', 16);
    for (const [name, expected, tolerance, kind] of [
      ['⟨|q|⟩', 0.196, 0.001, 'reference'],
      ['⟨q²⟩', 1 / 16, 0.003, 'exact'],
      ['P(q=±1)', 0, 0.001, 'reference'],
      ['⟨K⟩', 1.02, 0.02, 'reference'],
      ['P(K<¼)', 0.248, 0.01, 'reference'],
    ] as const) {
      const seen = moments(rows.map((row) => row[name]));
      hold({
        quantity: `${name}, random, N = 16`,
        expected,
        got: seen.mean,
        standardError: seen.sem,
        tolerance,
        class: kind,
      });
    }
  });

  it.each<[Model, number]>([
    ['SK', 2.53],
    ['4/7', 2.33],
  ])(
    'CQ-entropy of where steepest descent ends from all 2¹⁶ states of %s couplings: %f (300 disorders; 40 here)',
    (model, expected) => {
      const seen = moments(
        overDisorder(sampleSize(300, 40), (k) =>
          steepestDescentEntropy(landscapeOf(model, 16, k)!),
        ),
      );
      hold({
        quantity: `H over all starts, ${model}, N = 16`,
        expected,
        got: seen.mean,
        standardError: seen.sem,
        tolerance: 4 * Math.hypot(0.03, seen.sem),
        class: 'reference',
      });
    },
  );

  it('CQ-E2 replicas have no mean magnetisation where nothing breaks the symmetry', () => {
    const states = overDisorder(30, (k) =>
      replicas(landscapeOf('SK', 16, k), 16, k).map((code) => stateOfCode(code, 16)),
    );
    const { mean, sem } = moments(states.map((shots) => magnetisations(shots).mean));
    expect(Math.abs(mean)).toBeLessThan(4 * sem);
  });
});

describe('entropies of histograms', () => {
  it('CQ-HZ8 the plug-in entropy of final states is biased low, Miller–Madow’s less, against the exact one', () => {
    const bias = { plugIn: new RunningMoments(), millerMadow: new RunningMoments() };
    for (let k = 0; k < 30; k++) {
      const landscape = skLandscape(14, k);
      const exact = steepestDescentEntropy(landscape);
      const codes = replicas(landscape, 14, k).slice(0, 50);
      const estimate = finalStateEntropy(
        codes.map((code) => stateOfCode(code, 14)),
        'states',
      );
      bias.plugIn.add(estimate.plugIn - exact);
      bias.millerMadow.add(estimate.millerMadow - exact);
    }
    const { plugIn, millerMadow } = bias;
    holdBound({
      quantity: 'bias of the plug-in entropy, 50 shots, SK, N = 14',
      got: plugIn.mean,
      standardError: plugIn.sem,
      most: -4 * plugIn.sem,
      class: 'reference',
    });
    holdBound({
      quantity: '|bias| of Miller–Madow over that of the plug-in',
      got: Math.abs(millerMadow.mean / plugIn.mean),
      most: 0.5,
      class: 'reference',
    });
  });

  it('CQ-HZ8 has the bias of a uniform law to first order, (K − 1)/2n, which Miller–Madow takes away', () => {
    const [bins, n] = [20, 200];
    const stream = RandomStream.of(SEED, 'bootstrap');
    const plugIn = new RunningMoments();
    const millerMadow = new RunningMoments();
    for (let r = 0; r < 2000; r++) {
      const counts = new Array<number>(bins).fill(0);
      for (let k = 0; k < n; k++) {
        const bin = stream.integer(bins);
        counts[bin] = counts[bin]! + 1;
      }
      const estimate = histogramEntropy(counts);
      plugIn.add(estimate.plugIn - Math.log(bins));
      millerMadow.add(estimate.millerMadow - Math.log(bins));
    }
    // second order: −Σ 1/p / 12n² … = −(K² − 1)/(12 n²) = −.0008
    hold({
      quantity: 'bias of the plug-in entropy, uniform law of 20 bins, n = 200',
      expected: -(bins - 1) / (2 * n) - (bins * bins - 1) / (12 * n * n),
      got: plugIn.mean,
      standardError: plugIn.sem,
      tolerance: 4 * plugIn.sem,
      class: 'exact',
    });
    expect(Math.abs(millerMadow.mean)).toBeLessThan(0.002);
  });

  it('CQ-HZ14 s and −s are two states under a histogram and one memory: ln 2 apart, and ln 2 at least', () => {
    const landscape = skLandscape(16, 3);
    const all = Array.from({ length: 4000 }, (_, r) =>
      steepestDescentEnd(landscape, (r * 40_503) % 65_536),
    );
    const both = all.flatMap((code) => [stateOfCode(code, 16), stateOfCode(65_535 - code, 16)]);
    const asStates = finalStateEntropy(both, 'states');
    const asPairs = finalStateEntropy(both, 'pairs');
    expect(asStates.plugIn - asPairs.plugIn).toBeCloseTo(Math.LN2, 12);
    expect(asStates.observed).toBe(2 * asPairs.observed);
    expect(asPairs.observed).toBeLessThanOrEqual(landscape.attractors.length);
    expect(steepestDescentEntropy(landscape)).toBeGreaterThan(SYMMETRY_FLOOR);
    // a ferromagnet has a single pair: the floor itself
    const uniform = Float64Array.from({ length: 36 }, (_, k) => (k % 7 === 0 ? 0 : 1));
    expect(steepestDescentEntropy(enumerateLandscape(uniform, 6))).toBeCloseTo(SYMMETRY_FLOOR, 12);
  });
});

describe('what a number of memories means', () => {
  it('CQ-HZ12 a capacity is counted by rule, cue errors and threshold, each of which changes it', () => {
    const count = (rule: 'steepest-descent' | 'zero-temperature', d: number, threshold: number) =>
      moments(
        overDisorder(20, (k) => {
          const counted = capacity(skLandscape(12, k), { rule, cueErrors: d, threshold });
          expect(counted).toMatchObject({ rule, cueErrors: d, threshold });
          expect(counted.memories).toBeLessThanOrEqual(counted.pairs);
          return counted.memories;
        }),
      ).mean;
    const inferred = count('steepest-descent', 1, 0.8);
    expect(count('steepest-descent', 2, 0.8)).toBeLessThan(0.6 * inferred);
    expect(count('zero-temperature', 1, 0.8)).toBeLessThan(0.5 * inferred);
    expect(count('steepest-descent', 1, 0.95)).toBeLessThan(0.8 * inferred);
    expect(count('steepest-descent', 0, 1)).toBeGreaterThan(inferred);
  });

  it('CQ-HZ10 a capacity says how many cues its threshold asks for: 7 of 8 at N = 8, 13 of 16 at N = 16', () => {
    const asked = [8, 16].map((sites) => {
      const { cues, cuesNeeded } = capacity(skLandscape(sites, 0), {
        rule: 'steepest-descent',
        cueErrors: 1,
        threshold: 0.8,
      });
      return [cuesNeeded, cues];
    });
    expect(asked).toEqual([
      [7, 8],
      [13, 16],
    ]);
  });
});

describe('what positions make of the couplings', () => {
  it.each([
    [1, 0.323, 0.387, 0.24],
    [2, 0.028, 0.49, 0.036],
    [3, 0.008, 0.497, 0.017],
  ])(
    'CQ-HZ6 4/7 couplings at w = %i w0: mean/std %f, P(J < 0) %f, triads ⟨JJJ⟩/std³ %f (10⁶ triples; 10⁵ here)',
    (spread, ratio, negative, triad) => {
      const kernel = new CavityKernel({
        geometry: 'four-sevenths',
        n0: 0,
        waist: 1,
        cloudSigma: 0,
        damping: 0,
      });
      const stream = RandomStream.of(SEED, 'disorder', spread);
      const pairs = new RunningMoments();
      const products = new RunningMoments();
      const count = sampleSize(1_000_000, 100_000);
      let below = 0;
      for (let t = 0; t < count; t++) {
        const r = gaussianPositions(3, spread, stream);
        const J = [0, 1, 2].map((i) => {
          const j = (i + 1) % 3;
          return kernel.value(r[2 * i]!, r[2 * i + 1]!, r[2 * j]!, r[2 * j + 1]!);
        });
        products.add(J[0]! * J[1]! * J[2]!);
        pairs.add(J[0]!);
        if (J[0]! < 0) below++;
      }
      const std = Math.sqrt(pairs.variance);
      const check = (
        quantity: string,
        expected: number,
        got: number,
        standardError: number,
        digit: number,
      ): void =>
        hold({
          quantity: `${quantity}, w = ${spread} w0`,
          expected,
          got,
          standardError,
          // The page's value is rounded, and of a sample of its own, of unknown size.
          tolerance: 4 * standardError + digit,
          class: 'reference',
        });
      check('mean/std of J', ratio, pairs.mean / std, pairs.sem / std, 0.002);
      check('P(J<0)', negative, below / count, Math.sqrt(0.25 / count), 0.001);
      check('⟨JJJ⟩/std³', triad, products.mean / std ** 3, products.sem / std ** 3, 0.005);
    },
  );

  it('CQ-HZ6 positions too close to the axis for a spin glass are warned of', () => {
    const at = (spread: number, geometry: 'confocal' | 'four-sevenths' = 'four-sevenths') =>
      positionWarnings({
        geometry,
        xy: gaussianPositions(64, spread, RandomStream.of(SEED, 'disorder')),
        waist: 1,
        n0: 0,
        cloudSigma: 0,
      }).join();
    expect(at(1)).toContain('Sherrington–Kirkpatrick');
    expect(at(2)).not.toContain('Sherrington–Kirkpatrick');
    expect(at(1, 'confocal')).not.toContain('Sherrington–Kirkpatrick');
  });

  it('CQ-HZ9 atoms off the midplane cannot be asked for: a third coordinate is refused with its path', () => {
    let message = '';
    try {
      readProgram({
        version: 1,
        sites: 1,
        couplings: { kind: 'positions', geometry: 'four-sevenths', xy: [[0, 1, 0.1]] },
        duration: 1,
      });
    } catch (error) {
      message = JSON.stringify(error);
    }
    expect(message).toContain('couplings.xy[0]');
  });

  it('CQ-HZ4 a confocal program says that its spins are read as Ising', () => {
    const warnings = (geometry: 'confocal' | 'four-sevenths') =>
      positionWarnings({
        geometry,
        xy: Float64Array.of(1, 0, 0, 1),
        waist: 1,
        n0: 0,
        cloudSigma: 0,
      }).join();
    expect(warnings('confocal')).toContain('vector spins');
    expect(warnings('four-sevenths')).not.toContain('vector');
  });
});
