import {
  maximiseLikelihood,
  type DensePoint,
  type Maximum,
  type SearchOptions,
} from '../maximise-likelihood.js';

/** Coordinates that stand at a bound, and would go on beyond it. */
export interface BoundedMaximum<Point extends DensePoint> extends Maximum<Point> {
  readonly atBound: ReadonlySet<number>;
}

const MOST_PASSES = 8;

/**
 * The maximum of a likelihood within bounds: beyond one, a coordinate counts as at it, without slope or information; once all else has
 * its maximum, those whose slope leads back inside are let go again.
 * @throws RelaxdError as {@link maximiseLikelihood}
 */
export function maximiseWithin<Point extends DensePoint>(
  evaluate: (at: Float64Array) => Point,
  start: Float64Array,
  least: Float64Array,
  most: Float64Array,
  options: SearchOptions = {},
): BoundedMaximum<Point> {
  const p = start.length;
  const inside = (at: Float64Array): Float64Array =>
    at.map((v, a) => Math.min(Math.max(v, least[a]!), most[a]!));
  const bounded = (at: Float64Array): Point => {
    const point = evaluate(inside(at));
    for (let a = 0; a < p; a++) {
      if (at[a]! >= least[a]! && at[a]! <= most[a]!) continue;
      point.score[a] = 0;
      for (let b = 0; b < p; b++) point.information[a * p + b] = point.information[b * p + a] = 0;
    }
    return point;
  };
  let from = start;
  let rounds = 0;
  for (let pass = 1; ; pass++) {
    const found = maximiseLikelihood(bounded, from, options);
    rounds += found.rounds;
    const at = inside(found.at);
    const point = evaluate(at);
    const atBound = new Set<number>();
    let isLetGo = false;
    for (let a = 0; a < p; a++) {
      const isBeyond = found.at[a] !== at[a];
      const isLow = at[a]! <= least[a]!;
      if (!isBeyond && !isLow && at[a]! < most[a]!) continue;
      const outwards = (isLow ? -1 : 1) * point.score[a]!;
      if (outwards >= 0) atBound.add(a);
      else if (isBeyond) isLetGo = true;
    }
    if (!isLetGo || pass === MOST_PASSES) {
      return { at, point, rounds, remaining: found.remaining, atBound };
    }
    from = at;
  }
}
