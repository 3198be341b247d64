import type { StateCode } from './attractors.js';

/** How many bits of a 32-bit word are set. */
function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

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

/**
 * The K-correlator of a triple of overlaps (Katzgraber–Hartmann type, recalled): signs are gauged so that at most one
 * overlap, the smallest, is negative; with q1 ≥ q2 ≥ q3, K = (q2 − q3)/σ. Ultrametric triples have K = 0.
 * @param sigma standard deviation of |q|
 */
export function tripleCorrelator(qab: number, qbc: number, qca: number, sigma: number): number {
  const sizes = [Math.abs(qab), Math.abs(qbc), Math.abs(qca)].sort((x, y) => y - x);
  const smallest = qab * qbc * qca < 0 ? -sizes[2]! : sizes[2]!;
  return (sizes[1]! - smallest) / sigma;
}
