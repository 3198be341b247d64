import { RandomStream } from '../../src/core/index.js';
import {
  couplingsFromPositions,
  enumerateLandscape,
  gaussianPositions,
  sherringtonKirkpatrick,
  type CavityGeometry,
  type Landscape,
  type Quench,
} from '../../src/emulate/cavity/index.js';
import { moments, type RunningMoments } from '../../src/thermo/index.js';
import { hold, lineNames, type LineNames } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';

/** Seed of all disorder in the acceptance tests of the cavity: disorder k is stream k. */
export const SEED = 20250;
/** The sample of the physics page, or the reduced one of `npm test`. */
export const sampleSize = (full: number, reduced: number): number => (FULL_SIZE ? full : reduced);
export const skCouplings = (sites: number, k: number): Float64Array =>
  sherringtonKirkpatrick(sites, RandomStream.of(SEED, 'disorder', k));

/** Couplings of N sites at Gaussian positions of the given spread in waists, points at the midplane, n0 = 0. */
export function cavityCouplings(
  geometry: CavityGeometry,
  sites: number,
  spread: number,
  k: number,
): Float64Array {
  const xy = gaussianPositions(sites, spread, RandomStream.of(SEED, 'disorder', k));
  return couplingsFromPositions({ geometry, xy, waist: 1, n0: 0, cloudSigma: 0 });
}

/** The same positions as a program has them. */
export function cavityPositions(sites: number, spread: number, k: number): number[][] {
  const xy = gaussianPositions(sites, spread, RandomStream.of(SEED, 'disorder', k));
  return Array.from({ length: sites }, (_, i) => [xy[2 * i]!, xy[2 * i + 1]!]);
}

/** One value of each disorder k = 0 … count − 1. */
export const overDisorder = <T>(count: number, value: (k: number) => T): T[] =>
  Array.from({ length: count }, (_, k) => value(k));

export const skLandscape = (sites: number, k: number): Landscape =>
  enumerateLandscape(skCouplings(sites, k), sites);

/**
 * Notes the mean of a sample, of class reference where nothing else is said, and holds it to the tolerance of the
 * physics page; a reduced sample to 4 of its standard errors where that is more (false alarms: 6e-5 a check).
 */
export function expectMean(
  sample: readonly number[],
  expected: number,
  pageTolerance: number,
  names: LineNames = {},
): RunningMoments {
  const m = moments(sample);
  const tolerance = FULL_SIZE ? pageTolerance : Math.max(pageTolerance, 4 * m.sem);
  hold({
    ...lineNames({ class: 'reference', ...names }),
    expected,
    got: m.mean,
    standardError: m.sem,
    tolerance,
    sample: `${m.count} samples, seed ${SEED}`,
  });
  return m;
}

/**
 * As {@link expectMean} for a mean over things of which each disorder has its own number: Σ sum / Σ count, with the
 * standard error of a ratio.
 */
export function expectPooledMean(
  means: readonly number[],
  counts: readonly number[],
  expected: number,
  pageTolerance: number,
  names: LineNames = {},
): RunningMoments {
  const total = counts.reduce((a, b) => a + b, 0);
  const pooled = means.reduce((sum, mean, k) => sum + mean * counts[k]!, 0) / total;
  const weight = counts.length / total;
  return expectMean(
    means.map((mean, k) => pooled + (mean - pooled) * counts[k]! * weight),
    expected,
    pageTolerance,
    names,
  );
}

/**
 * The lowest state found by quenches and by annealing (Metropolis, T from 1.5 to 0.05 in units of the coupling scale),
 * left in `quench`. @returns its energy
 */
export function searchGroundState(
  quench: Quench,
  scale: number,
  runs: { readonly quenches: number; readonly anneals: number; readonly sweeps: number },
  stream: RandomStream,
): number {
  let lowest = Infinity;
  let best = new Float64Array(quench.sites);
  const keep = (): void => {
    const energy = quench.energy();
    if (energy >= lowest) return;
    lowest = energy;
    best = quench.state.slice();
  };
  for (let r = 0; r < runs.quenches; r++) {
    quench.startRandom(stream);
    quench.run('steepest-descent', stream);
    keep();
  }
  for (let r = 0; r < runs.anneals; r++) {
    quench.startRandom(stream);
    for (let sweep = 0; sweep < runs.sweeps; sweep++) {
      const temperature = scale * (1.5 + (0.05 - 1.5) * (sweep / runs.sweeps));
      for (let k = 0; k < quench.sites; k++) {
        const site = stream.integer(quench.sites);
        const cost = quench.cost(site);
        if (cost <= 0 || stream.uniform() < Math.exp(-cost / temperature)) quench.flip(site);
      }
    }
    quench.run('steepest-descent', stream);
    keep();
  }
  quench.start(best);
  return lowest;
}

/** |Σ s|/N of ±1 values. */
export function magnetisation(state: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < state.length; i++) sum += state[i]!;
  return Math.abs(sum) / state.length;
}
