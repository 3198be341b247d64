import { RandomStream } from '../../../core/index.js';

/** 2^24 shots is more than a run can have, so a shot's value does not depend on how many there are. */
const LEVELS = 24;
/** First of the run's streams that are used, away from those of a board that has the run's seed by chance. */
const FIRST_STREAM = 2 ** 40;

/**
 * Temperature of a board, an Ornstein–Uhlenbeck process over the shots of a run: shots follow each other without a
 * pause, and within a shot it stands still. Between two known values u, v a time T apart the middle one is normal with
 * mean (u + v)/(2 cosh(T/2τ)) and variance σ² tanh(T/2τ): halving the interval, any shot is reached in 24 draws, each from a
 * stream of its own, so no shot needs the ones before it.
 *
 * @param sd σ, kelvin
 * @param step time from shot to shot over the correlation time τ
 * @returns deviation from the mean at the start of a shot, kelvin
 */
export function temperatureDrift(seed: number, shot: number, sd: number, step: number): number {
  if (sd === 0) return 0;
  /** Node n of the tree of intervals; the ends are nodes 0 and 2^24. */
  const normal = (node: number): number =>
    RandomStream.of(seed, 'disorder', FIRST_STREAM + node).normal();
  let length = 2 ** LEVELS;
  let low = 0;
  let before = normal(0);
  const decay = Math.exp(-length * step);
  let after = decay * before + Math.sqrt(-Math.expm1(-2 * length * step)) * normal(length);
  while (length > 1) {
    const half = length / 2;
    const angle = half * step;
    const middle =
      (before + after) / (2 * Math.cosh(angle)) + Math.sqrt(Math.tanh(angle)) * normal(low + half);
    if (shot >= low + half) {
      low += half;
      before = middle;
    } else after = middle;
    length = half;
  }
  return sd * before;
}
