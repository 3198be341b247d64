import { describe, it } from 'vitest';
import { fitCircuit, planProbes, type SpreadTest } from '../../src/calibrate/index.js';
import { chiSquareTail } from '../../src/calibrate/job/chi-square.js';
import { PROFILES } from '../../firmware-sim/circuit/circuit-profile.js';
import { holdBound } from '../support/hold.js';
import { MeasuredBoard } from '../support/measured-board.js';
import { FULL_SIZE } from '../support/run-simulation.js';
import {
  bentFit,
  colouredFit,
  ownFit,
  trialReferences,
  unseenPoleFit,
} from '../support/spread-trial.js';

/**
 * What p a fit comes to (docs/decisions/0064-fits-are-judged-between-probes.md): uniform over devices that are as their model, and over simulated
 * boards of the bench, which bend a little, warm up and count in steps; next to nothing where something is not in the model.
 *
 * At full size 240 devices of the model, 60 boards, and 10 of each kind that is not as its model, two sites each. Reduced: 8 devices and 2 boards
 * of one site, and one of each kind, of one site where that is enough.
 */
const MODEL = FULL_SIZE
  ? { devices: 240, size: { sites: 2, effort: 0.4 } }
  : { devices: 8, size: { sites: 1, effort: 0.2 } };
const BOARDS = FULL_SIZE ? { count: 60, sites: 2, effort: 1 } : { count: 2, sites: 1, effort: 0.4 };
const OTHERS = FULL_SIZE ? 10 : 1;
/** What is little takes this to be seen; what is much is seen at once. */
const USUAL = { sites: 2, effort: 1 };
const SEEN = FULL_SIZE ? USUAL : { sites: 1, effort: 0.3 };
/** Kolmogorov's distance times √n is beyond this once in a thousand; so is χ² of all together below 0.0005 on either side. */
const FAR = 1.95;
const LEAST_P = 0.0005;

function holdUniform(what: string, fits: readonly SpreadTest[]): void {
  const n = fits.length;
  const sample = `${n} fits`;
  const ps = fits.map(({ pValue }) => pValue!).sort((a, b) => a - b);
  const apart = ps.reduce((most, p, k) => Math.max(most, p - k / n, (k + 1) / n - p), 0);
  holdBound({
    quantity: `p of ${what}: Kolmogorov’s distance from uniform, times √n`,
    got: apart * Math.sqrt(n),
    most: FAR,
    class: 'exact',
    sample,
  });
  const total = (key: 'chiSquare' | 'degreesOfFreedom'): number =>
    fits.reduce((sum, fit) => sum + fit[key], 0);
  const p = chiSquareTail(total('chiSquare'), total('degreesOfFreedom'));
  const quantity = `p of ${what}: χ² of all together, on its nearer side`;
  holdBound({ quantity, got: Math.min(p, 1 - p), least: LEAST_P, class: 'exact', sample });
}

const many = (count: number, fit: (seed: number) => SpreadTest): SpreadTest[] =>
  Array.from({ length: count }, (_, k) => fit(k + 1));

describe('p of a fit', () => {
  it('is uniform over devices that are as their model', () => {
    holdUniform(
      'devices as their model',
      many(MODEL.devices, (seed) => ownFit(MODEL.size, seed)),
    );
  });

  it('is uniform over simulated boards of the bench, as they are', () => {
    const { count, sites, effort } = BOARDS;
    const fits = many(count, (seed) => {
      const board = new MeasuredBoard({ ...PROFILES['bench']!, sites }, `spread-${seed}`);
      const { parameters, probes } = planProbes(board.descriptor, { effort });
      const runs = probes.map((probe, k) => board.run(probe, 1000 * seed + k + 1));
      return fitCircuit(parameters, runs, trialReferences(sites)).spread;
    });
    holdUniform('boards of the bench', fits);
  });

  it.each([
    ['wells that bend by 2 %', (seed: number) => bentFit(USUAL, seed, 0.02)],
    ['a low-pass of 0.05 RC that is not in the model', (seed) => unseenPoleFit(SEEN, seed)],
    ['noise of one site with a memory of 0.05 t0', (seed) => colouredFit(SEEN, seed, 0.05)],
  ] as [string, (seed: number) => SpreadTest][])('is next to nothing of %s', (what, fit) => {
    holdBound({
      quantity: `p of ${what}: the largest`,
      got: Math.max(...many(OTHERS, fit).map(({ pValue }) => pValue!)),
      below: 1e-3,
      class: 'choice',
      sample: `${OTHERS} devices`,
    });
  });
});
