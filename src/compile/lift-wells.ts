import type { Descriptor } from '../device/index.js';
import { fitCouplings, type FittedCouplings } from './fit-couplings.js';
import { largestEigenvalue } from './largest-eigenvalue.js';
import { cannot } from './shape-couplings.js';

/**
 * What a stored memory's λ and the quadratic well are, in units of u = √(T r). With q = −6u a site has two wells of its
 * own, 9 T deep, and holds its sign against fields up to about 8 u x, while λ = 8u still turns a wrong site of a good cue
 * over at once. Langevin runs of Hebb memories (P = 3 … 10, N = 64 … 100, cues with 15 % and 30 % flips, T = 1) retrieve
 * best near this pair; in wells of the default q = u, sites follow their fields smoothly and memories blend at P ≈ N/12.
 */
export const LIFT = { lambda: 8, quadratic: -6 } as const;
/** u at least, in units of r, where the bath sets no scale: x = 1. */
const LEAST_UNIT = 0.2;
/** Share of the sites' range that stored values use. */
const RANGE_SHARE = 0.8;

/** Couplings of continuous sites, and the wells they lift them over. */
export interface LiftedCouplings extends FittedCouplings {
  readonly quadratic: number;
  readonly quartic: number;
  /** λ_max of `data`. */
  readonly largest: number;
  /** λ of the memories: ξ·Jξ/N of `data`, smallest and mean. */
  readonly memory: { readonly min: number; readonly mean: number };
  /** √((λ − 2q)/4r) at the mean λ: where stored sites lie at zero temperature. */
  readonly amplitude: number;
  /** The device's ranges left less than half of the depth that its temperature asks for. */
  readonly shallow: boolean;
}

/** u of a device: the unit of {@link LIFT}. The stored x² is then 5 u/r, √5 at T = r = 1. */
function liftUnit(quartic: number, temperature: number): number {
  return Math.max(LEAST_UNIT * quartic, Math.sqrt(temperature * quartic));
}

const SQUARE = (LIFT.lambda - 2 * LIFT.quadratic) / 4;

/**
 * Scales couplings of continuous sites so that memories are stored. In the state x_i = x ξ_i the energy of a site is
 * (q − λ/2) x² + r x⁴ with λ = ξ·Jξ/N, so x² = (λ − 2q)/4r: where λ_max ≤ 2q nothing is stored (single-site mean field).
 * The scale gives the memory with the smallest λ {@link LIFT}'s, and the quadratic well goes with it, as far as the
 * device's range of wells allows; where it does not go that low, λ is raised to keep x² = 5u/r.
 *
 * @param ideal N×N row-major, zero diagonal
 * @param strengths ξ·Jξ/N of the ideal couplings, one a memory (for sequences: of ξ^{next μ}·Jξ^μ/N)
 * @throws RelaxdError `cannot-compile`: the device has no quartic wells, or λ_max stays below 2·quadratic
 */
export function liftCouplings(
  ideal: Float64Array,
  sites: number,
  strengths: readonly number[],
  temperature: number,
  descriptor: Descriptor,
): LiftedCouplings {
  const { wells } = descriptor;
  const quartic = wells?.default.quartic ?? 0;
  if (wells === null || !(quartic > 0)) {
    throw cannot(`${descriptor.device} has no quartic wells: lifted sites would escape`, {
      path: 'wells.quartic',
      value: quartic,
      limit: '> 0',
      hint: 'use a device whose wells have a quartic part',
    });
  }
  const positive = strengths.filter((strength) => strength > 0);
  const weakest = positive.length > 0 ? Math.min(...positive) : 0;
  if (weakest === 0) {
    throw cannot('the couplings hold none of the memories: every ξ·Jξ is zero or negative', {
      path: 'memories',
      value: Math.max(...strengths),
      limit: '> 0',
      hint: 'store at least two sites, or use another rule',
    });
  }
  const mean = positive.reduce((sum, strength) => sum + strength, 0) / positive.length;
  const range = descriptor.sites.range;
  const bound = range === null ? Infinity : RANGE_SHARE * Math.min(-range[0], range[1]);
  const wish = liftUnit(quartic, temperature);
  // Sites of the average memory must stay inside the range, even where that leaves the weakest less lifted.
  const room = (quartic * bound * bound) / (SQUARE * (mean / weakest));
  const unit = Math.min(wish, room);
  const well = (u: number): number =>
    Math.min(wells.quadratic[1], Math.max(wells.quadratic[0], LIFT.quadratic * u));
  const fitted = fitCouplings(
    ideal,
    sites,
    descriptor.couplings,
    (2 * well(unit) + 4 * SQUARE * unit) / weakest,
  );
  // The limits may have changed the scale; the well keeps its proportion to what λ has become.
  const lambda = fitted.scale * weakest;
  const quadratic = well((unit * lambda) / (2 * well(unit) + 4 * SQUARE * unit));
  const largest = largestEigenvalue(fitted.data, sites);
  if (largest <= 2 * quadratic) {
    throw cannot(
      `the couplings cannot be lifted over the wells: their largest eigenvalue is ${largest.toPrecision(4)}, ` +
        `and it must be above 2·quadratic = ${2 * quadratic}`,
      {
        path: 'couplings.range',
        value: largest,
        limit: 2 * quadratic,
        hint: 'store fewer memories, or use a device with stronger couplings or weaker wells',
      },
    );
  }
  const memory = { min: lambda, mean: fitted.scale * mean };
  const square = (memory.mean - 2 * quadratic) / (4 * quartic);
  return {
    ...fitted,
    quadratic,
    quartic,
    largest,
    memory,
    amplitude: Math.sqrt(Math.max(0, square)),
    shallow: (lambda - 2 * quadratic) / (4 * SQUARE) < 0.5 * wish,
  };
}
