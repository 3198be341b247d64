import type { Descriptor } from '../device/index.js';
import { cannot } from './shape-couplings.js';

/** Couplings as the device can set them, and how far they are from the ideal ones. */
export interface FittedCouplings {
  /** N×N row-major, in the program's unit. */
  readonly data: Float64Array;
  /** data ≈ scale × ideal */
  readonly scale: number;
  /** Entries cut off at the range. */
  readonly clipped: number;
  /** Root mean square and largest error |data − scale·ideal| over the off-diagonal entries. */
  readonly rms: number;
  readonly max: number;
  /** rms error over rms of scale·ideal */
  readonly relative: number;
  /** κ = ⟨J²⟩⟨Q²⟩/⟨JQ⟩² − 1: crosstalk variance added, in units of α (physics page §2.7). */
  readonly excessNoise: number;
}

export type CouplingLimits = Descriptor['couplings'];

/** Factors on the largest scale that cuts nothing off: a device with few steps gains by saturating (§5.9). */
const SATURATIONS = [1, 1.1, 1.2, 1.35, 1.5, 1.75, 2, 2.5, 3, 4];
/** Rounding that adds less than this to the crosstalk is not worth a change of scale: 4 bits do (§5.9). */
const GOOD_ENOUGH = 0.012;

/** The value of the device's grid nearest to `value`; half-way cases go away from zero, so that signs are alike. */
export function quantise(value: number, resolution: number | null): number {
  if (resolution === null) return value;
  const steps = Math.round(Math.abs(value) / resolution) * resolution;
  return value < 0 ? 0 - steps : steps;
}

/**
 * Largest scale at which every coupling lies in the device's range and no site's sum Σ_j |J_ij| is too large;
 * Infinity where nothing limits it.
 * @throws RelaxdError `cannot-compile` where the range allows one sign only and both are needed
 */
export function largestScale(ideal: Float64Array, sites: number, limits: CouplingLimits): number {
  let scale = Infinity;
  if (limits.range !== null) {
    const [least, most] = limits.range;
    let low = 0;
    let high = 0;
    for (const J of ideal) {
      if (J < low) low = J;
      if (J > high) high = J;
    }
    if ((high > 0 && most <= 0) || (low < 0 && least >= 0)) {
      throw cannot(`the couplings have both signs, and the device's range is ${least} … ${most}`, {
        path: 'couplings.range',
        value: [low, high],
        limit: limits.range,
        hint: 'use a device whose couplings take both signs',
      });
    }
    if (high > 0) scale = Math.min(scale, most / high);
    if (low < 0) scale = Math.min(scale, least / low);
  }
  if (limits.perSiteSum !== null) {
    const sum = largestRowSum(ideal, sites);
    if (sum > 0) scale = Math.min(scale, limits.perSiteSum / sum);
  }
  return scale;
}

/**
 * Scales, cuts off and rounds couplings to a device's limits.
 *
 * Where `wanted` is null, the scale is free (±1 sites: only J/T counts): 1 where the limits allow that and nothing is
 * rounded, else the one with the least rounding noise. Where it is a number (continuous sites: it sets how far sites
 * are lifted over their wells), it is kept unless the limits do not allow it or rounding would spoil the couplings.
 *
 * @param ideal N×N row-major, zero diagonal
 * @throws RelaxdError `cannot-compile` where the range has one sign only, or the resolution leaves nothing
 */
export function fitCouplings(
  ideal: Float64Array,
  sites: number,
  limits: CouplingLimits,
  wanted: number | null,
): FittedCouplings {
  const largest = largestScale(ideal, sites, limits);
  const { resolution } = limits;
  if (resolution === null) {
    return applyScale(ideal, sites, limits, Math.min(wanted ?? 1, largest));
  }
  let best: FittedCouplings | null = null;
  for (const scale of candidateScales(ideal, sites, resolution, largest, wanted)) {
    const fitted = applyScale(ideal, sites, limits, scale);
    if (best === null || fitted.excessNoise < best.excessNoise) best = fitted;
    if (wanted !== null && best.excessNoise < GOOD_ENOUGH) break;
  }
  if (best === null || !Number.isFinite(best.excessNoise)) {
    throw cannot(`the device's steps of ${resolution} leave nothing of the couplings`, {
      path: 'couplings.resolution',
      value: resolution,
      limit: limits.range ?? limits.perSiteSum,
      hint: 'store fewer memories, or use a device with finer couplings',
    });
  }
  return best;
}

function candidateScales(
  ideal: Float64Array,
  sites: number,
  resolution: number,
  largest: number,
  wanted: number | null,
): number[] {
  if (wanted !== null) {
    const most = Math.min(wanted, largest);
    const more = SATURATIONS.map((factor) => factor * (wanted <= largest ? wanted : largest));
    return [most, ...more.filter((scale) => scale <= Math.max(wanted, largest))];
  }
  // N·J of Hebb's rule is an integer: a scale of N steps (times an integer) loses nothing at all.
  const unit = sites * resolution;
  if (!Number.isFinite(largest))
    return [unit, ...SATURATIONS.map((f) => (8 * f * resolution) / rmsOf(ideal, sites))];
  const whole = Math.floor(largest / unit + 1e-9) * unit;
  return [...(whole > 0 ? [whole] : []), ...SATURATIONS.map((factor) => factor * largest)];
}

/** One scale, tried; it is lowered step by step where rounding carries a site's sum over its limit. */
function applyScale(
  ideal: Float64Array,
  sites: number,
  limits: CouplingLimits,
  wanted: number,
): FittedCouplings {
  const data = new Float64Array(ideal.length);
  let scale = wanted;
  let clipped: number;
  for (;;) {
    clipped = roundInto(data, ideal, scale, limits);
    if (limits.perSiteSum === null) break;
    const sum = largestRowSum(data, sites);
    if (sum <= limits.perSiteSum * (1 + 1e-12)) break;
    scale *= Math.min(1 - 1e-3, limits.perSiteSum / sum);
  }
  return { data, scale, clipped, ...errorsOf(data, ideal, scale, sites) };
}

function roundInto(
  data: Float64Array,
  ideal: Float64Array,
  scale: number,
  { range, resolution }: CouplingLimits,
): number {
  const step = resolution ?? 0;
  const inside = (bound: number): number =>
    step > 0 ? Math.sign(bound) * Math.floor(Math.abs(bound) / step + 1e-9) * step : bound;
  const least = range === null ? -Infinity : Math.max(range[0], inside(range[0]));
  const most = range === null ? Infinity : Math.min(range[1], inside(range[1]));
  let clipped = 0;
  for (let k = 0; k < ideal.length; k++) {
    const exact = scale * ideal[k]!;
    const value = quantise(exact, resolution);
    const kept = value < least ? least : value > most ? most : value;
    // Less than half a step beyond the range is rounding, not a cut; so is the last digit of a product.
    if (Math.abs(exact - kept) > step / 2 + 1e-9 * Math.abs(exact)) clipped++;
    data[k] = kept;
  }
  return clipped;
}

/** Of `data` against scale·ideal. */
export function errorsOf(
  data: Float64Array,
  ideal: Float64Array,
  scale: number,
  sites: number,
): Pick<FittedCouplings, 'rms' | 'max' | 'relative' | 'excessNoise'> {
  let squares = 0;
  let max = 0;
  let exactSquares = 0;
  let setSquares = 0;
  let product = 0;
  for (let k = 0; k < ideal.length; k++) {
    const exact = scale * ideal[k]!;
    const set = data[k]!;
    const error = Math.abs(set - exact);
    squares += error * error;
    if (error > max) max = error;
    exactSquares += exact * exact;
    setSquares += set * set;
    product += exact * set;
  }
  const pairs = Math.max(1, sites * (sites - 1));
  if (exactSquares === 0) return { rms: 0, max: 0, relative: 0, excessNoise: 0 };
  return {
    rms: Math.sqrt(squares / pairs),
    max,
    relative: Math.sqrt(squares / exactSquares),
    excessNoise:
      product > 0 ? Math.max(0, ((exactSquares / product) * setSquares) / product - 1) : Infinity,
  };
}

/** Largest Σ_j |J_ij| of a site. */
export function largestRowSum(data: Float64Array, sites: number): number {
  let largest = 0;
  for (let i = 0; i < sites; i++) {
    let sum = 0;
    for (let j = 0; j < sites; j++) sum += Math.abs(data[i * sites + j]!);
    if (sum > largest) largest = sum;
  }
  return largest;
}

function rmsOf(ideal: Float64Array, sites: number): number {
  let squares = 0;
  for (const J of ideal) squares += J * J;
  return Math.sqrt(squares / Math.max(1, sites * (sites - 1))) || 1;
}
