import { retrievalSignal } from './retrieval-signal.js';
import { findMaximum, findRoot } from './search.js';

/** The largest load with a retrieval state, and the overlap there. */
export interface Capacity {
  /** α_c, in the units of the model. */
  readonly alpha: number;
  /** Overlap of the retrieval state at α_c, before it vanishes. */
  readonly m: number;
  /** y = m/√(2V) there. */
  readonly y: number;
}

/** Range of y that holds every maximum: m is below .1 at the lower end and 1 to rounding at the upper. */
const Y_MIN = 0.05;
const Y_MAX = 8;

/** The maximum of a load curve α(y). */
export function capacityOf(load: (y: number) => number): Capacity {
  const y = findMaximum(load, Y_MIN, Y_MAX);
  return { alpha: load(y), m: retrievalSignal(y).m, y };
}

/** The retrieval solution (larger y, the stable branch) of α(y) = α, or null above capacity. */
export function solveLoad(load: (y: number) => number, alpha: number): number | null {
  const top = capacityOf(load);
  if (alpha > top.alpha) return null;
  let high = 2 * top.y;
  // Loads fall to zero like 1/2y² or to below zero (static noise): some y lies beyond.
  while (load(high) > alpha) high *= 2;
  return findRoot((y) => load(y) - alpha, top.y, high);
}
