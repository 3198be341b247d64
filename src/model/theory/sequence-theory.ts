import { checkLoad } from './check-parameter.js';
import { capacityOf, solveLoad, type Capacity } from './load-curve.js';
import { retrievalSignal } from './retrieval-signal.js';

/** Cyclic sequence, parallel, T = 0: m = erf(m/√(2αr)), r = 1/(1 − C²) (physics page §2.11). */
function load(y: number): number {
  const { variance, susceptibility } = retrievalSignal(y);
  return variance * (1 - susceptibility ** 2);
}

/** Capacity of sequences with parallel dynamics at T = 0: α_c = .269062. */
export function sequenceCapacity(): Capacity {
  return capacityOf(load);
}

/**
 * The stationary overlap of a recalled sequence with parallel dynamics at T = 0, or null above capacity.
 * @param alpha P/N > 0
 */
export function sequenceOverlap(alpha: number): number | null {
  checkLoad(alpha);
  const y = solveLoad(load, alpha);
  return y === null ? null : retrievalSignal(y).m;
}
