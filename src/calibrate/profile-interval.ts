import type { Estimate } from './estimate.js';
import { maximiseLikelihood, type LikelihoodPoint } from './maximise-likelihood.js';

/** Where ln L at its largest was found. */
export interface FoundMaximum {
  readonly estimate: Pick<Estimate, 'at' | 'covariance'>;
  readonly logLikelihood: number;
}

export interface ProfileOptions {
  readonly isFree?: (parameter: number) => boolean;
  /** The least coordinate that there is; none by default. */
  readonly leastOf?: (parameter: number) => number;
  readonly signal?: AbortSignal;
}

const NORMAL_95 = 1.959963984540054;
/** Of the root of twice the fall of ln L: an end is found to half a hundredth of a standard error. */
const CLOSE = 5e-3;
/** What ln L may still gain where the others are fitted. */
const FITTED = 1e-4;
const MOST_TRIES = 12;
/** A coordinate that is that far from its estimate is open on that side: logarithms are e-folds. */
const OPEN = 5;

/**
 * 95 % interval of one coordinate by its profile likelihood: the values at which ln L, all others fitted anew, is χ²₁(0.95)/2 = 1.92 below
 * its maximum (Wilks, Ann. Math. Stat. 9, 60 (1938); Venzon & Moolgavkar, Appl. Stat. 37, 87 (1988)). It needs no linear law for the
 * coordinate's error as Fisher's interval does, and does not depend on how the parameter is counted.
 * @returns its ends as coordinates; null: ln L does not fall that far on that side
 */
export function profileInterval(
  evaluate: (at: Float64Array) => LikelihoodPoint,
  { estimate, logLikelihood }: FoundMaximum,
  parameter: number,
  options: ProfileOptions = {},
): readonly [number | null, number | null] {
  const { at, covariance } = estimate;
  const variance = covariance.at(parameter, parameter);
  const isFree = (a: number): boolean => options.isFree?.(a) !== false;
  const leastOf = options.leastOf ?? (() => -Infinity);
  const lowest = leastOf(parameter) - at[parameter]!;
  /** How the others follow, a unit of the coordinate. */
  const follow = at.map((_, a) =>
    a === parameter ? 1 : isFree(a) ? covariance.at(a, parameter) / variance : 0,
  );
  const end = (side: 1 | -1): number | null => {
    // Illinois' rule between two values of the root of twice the fall, less what it is to be.
    let [near, short] = [0, -NORMAL_95];
    let [far, long] = [Infinity, Infinity];
    let wasShort: boolean | null = null;
    let offset = Math.max(side * NORMAL_95 * Math.sqrt(variance), lowest);
    let from = at;
    let moved = 0;
    for (let tries = 0; tries < MOST_TRIES && Math.abs(offset) < OPEN; tries++) {
      const start = from.map((v, a) => Math.max(v + (offset - moved) * follow[a]!, leastOf(a)));
      const found = maximiseLikelihood(evaluate, start, {
        isFree: (a) => a !== parameter && isFree(a),
        leastOf,
        close: FITTED,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      from = found.at;
      moved = offset;
      // Nearly straight in the offset, with the slope 1/σ where Fisher's interval holds.
      const root = Math.sqrt(Math.max(0, 2 * (logLikelihood - found.point.value)));
      const excess = root - NORMAL_95;
      if (Math.abs(excess) < CLOSE) return at[parameter]! + offset;
      const isShort = excess < 0;
      // What is there at least is not ruled out.
      if (isShort && offset === lowest) return leastOf(parameter);
      if (isShort) {
        [near, short] = [Math.abs(offset), excess];
        if (wasShort === true) long /= 2;
      } else {
        [far, long] = [Math.abs(offset), excess];
        if (wasShort === false) short /= 2;
      }
      wasShort = isShort;
      const size =
        far === Infinity
          ? near * Math.min(3, NORMAL_95 / Math.max(root, 1e-3))
          : (near * long - far * short) / (long - short);
      offset = Math.max(side * size, lowest);
    }
    return null;
  };
  return [end(-1), end(1)];
}
