import type { RandomStream } from '../../../core/index.js';
import { moments } from '../../../thermo/index.js';
import { pairOverlaps, type OverlapMatrix } from './overlap-matrix.js';

/**
 * The K-correlator of a triple of overlaps (Katzgraber–Hartmann type, recalled): signs are gauged so that at most one
 * overlap, the smallest, is negative; with q1 ≥ q2 ≥ q3, K = (q2 − q3)/σ. Ultrametric triples have K = 0.
 * @param sigma standard deviation of |q|
 */
export function tripleCorrelator(qab: number, qbc: number, qca: number, sigma: number): number {
  const a = Math.abs(qab);
  const b = Math.abs(qbc);
  const c = Math.abs(qca);
  const least = Math.min(a, b, c);
  const middle = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  return (middle - (qab * qbc * qca < 0 ? -least : least)) / sigma;
}

/** K of triples of replicas, to be binned or averaged. */
export interface TripleCorrelators {
  readonly values: Float64Array;
  /** σ of |q| over the pairs of these replicas, the unit of K. Zero where all ended in one ± pair; K is 0 then. */
  readonly sigma: number;
}

/**
 * K of all triples a < b < c, or of `triples` drawn at random with their replicas different.
 * @param sample left out: all, R(R−1)(R−2)/6 of them
 */
export function tripleCorrelators(
  overlaps: OverlapMatrix,
  sample?: { readonly triples: number; readonly stream: RandomStream },
): TripleCorrelators {
  const { replicas, data } = overlaps;
  const spread = moments(pairOverlaps(overlaps).map(Math.abs)).variance;
  const sigma = Number.isNaN(spread) ? 0 : Math.sqrt(spread);
  const correlator = (a: number, b: number, c: number): number =>
    sigma === 0
      ? 0
      : tripleCorrelator(
          data[a * replicas + b]!,
          data[b * replicas + c]!,
          data[c * replicas + a]!,
          sigma,
        );
  if (sample !== undefined) {
    const values = Float64Array.from({ length: sample.triples }, () => {
      const [a, b, c] = sample.stream.sample(replicas, 3);
      return correlator(a!, b!, c!);
    });
    return { values, sigma };
  }
  const values = new Float64Array((replicas * (replicas - 1) * (replicas - 2)) / 6);
  let k = 0;
  for (let a = 0; a < replicas; a++) {
    for (let b = a + 1; b < replicas; b++) {
      for (let c = b + 1; c < replicas; c++) values[k++] = correlator(a, b, c);
    }
  }
  return { values, sigma };
}
