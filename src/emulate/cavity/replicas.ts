import type { StateCode } from './attractors.js';
import { bitCount } from './observables/overlap-matrix.js';

/** Overlap q = (1/N) Σ s^a s^b of two codes. */
export function codeOverlap(a: StateCode, b: StateCode, sites: number): number {
  return 1 - (2 * bitCount(a ^ b)) / sites;
}

/** Overlaps of all pairs of replicas a < b, in the order of (a, b). */
export function replicaOverlaps(codes: ArrayLike<StateCode>, sites: number): Float64Array {
  const count = codes.length;
  const overlaps = new Float64Array((count * (count - 1)) / 2);
  let k = 0;
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) overlaps[k++] = codeOverlap(codes[a]!, codes[b]!, sites);
  }
  return overlaps;
}
