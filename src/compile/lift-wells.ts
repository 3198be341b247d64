import type { Descriptor } from '../device/index.js';
import { fitCouplings, type FittedCouplings } from './fit-couplings.js';
import { largestEigenvalue } from './largest-eigenvalue.js';
import { cannot } from './shape-couplings.js';

/** Depth r x⁴ of a stored site's well, in units of T: x = 2 at T = r = 1, and a site errs with probability ~ e^{−50}. */
export const LIFT_DEPTH = 16;
/** x² of a stored site at zero temperature, where the bath sets no scale. */
const LEAST_SQUARE = 1;
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
  /** The quadratic well was lowered below the device's default, since the couplings cannot be made larger. */
  readonly lowered: boolean;
  /** The amplitude was cut to fit the range of the sites. */
  readonly confined: boolean;
}

/** x² that a stored site should have at temperature T in wells with quartic r: r x⁴ = 16 T, and at least 1. */
export function liftedSquare(quartic: number, temperature: number): number {
  return Math.max(LEAST_SQUARE, Math.sqrt((LIFT_DEPTH * temperature) / quartic));
}

/**
 * Scales couplings of continuous sites so that memories are stored. In the state x_i = x ξ_i the energy of a site is
 * (q − λ/2) x² + r x⁴ with λ = ξ·Jξ/N, so x² = (λ − 2q)/4r: below λ = 2q nothing is stored (single-site mean field).
 * The scale is chosen for the memory with the smallest λ to lie at r x⁴ = 16 T. Where the device's range does not
 * allow that scale, the quadratic well is lowered instead, as far as the device can.
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
  let quadratic = wells.default.quadratic;
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
  // Sites of the average memory must stay inside the range, even where that leaves the weakest less lifted.
  const wanted = (2 * quadratic + 4 * quartic * liftedSquare(quartic, temperature)) / weakest;
  const most = (2 * quadratic + 4 * quartic * bound * bound) / mean;
  const confined = wanted > most;
  const fitted = fitCouplings(ideal, sites, descriptor.couplings, Math.min(wanted, most));
  const largest = largestEigenvalue(fitted.data, sites);
  const needed = 4 * quartic * Math.min(liftedSquare(quartic, temperature), bound * bound);
  let lowered = false;
  if (fitted.scale * weakest - 2 * quadratic < needed * (1 - 1e-9)) {
    const lower = Math.max(wells.quadratic[0], (fitted.scale * weakest - needed) / 2);
    if (!confined && lower < quadratic) {
      quadratic = lower;
      lowered = true;
    }
  }
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
  const memory = { min: fitted.scale * weakest, mean: fitted.scale * mean };
  return {
    ...fitted,
    quadratic,
    quartic,
    largest,
    memory,
    amplitude: Math.sqrt(Math.max(0, memory.mean - 2 * quadratic) / (4 * quartic)),
    lowered,
    confined,
  };
}
