import { RelaxdError } from '../core/index.js';
import { MemoryModel } from './memory-model.js';

/**
 * Log-sum-exp memory (modern Hopfield energy on ±1 spins): E = −(1/b) ln Σ_μ exp(b x_μ), integer overlaps x.
 *
 * Σ exp(x) is never formed (HZ4). Overlaps differ by even integers, so every exponential relative to the largest comes
 * from one table; nothing is accumulated over flips, hence nothing drifts (HZ5). With U and D the sums of exp(b y) over
 * memories with ξ_i = ±1 (y: overlap without site i), E(s_i = ±1) = −(1/b) ln(U e^{±b} + D e^{∓b}).
 */
export class LogSumExpModel extends MemoryModel {
  readonly hasEnergy = true;
  readonly beta: number;
  /** exp(−2 b d), d = 0 … N. */
  private readonly decay: Float64Array;

  /**
   * @param patterns P × N, ±1
   * @param beta b > 0, per unit of overlap
   * @throws RelaxdError `wrong-size`, `pattern-values`, `program-invalid` (beta)
   */
  constructor(patterns: readonly Int8Array[], beta: number) {
    super(patterns);
    if (!Number.isFinite(beta) || beta <= 0) {
      throw new RelaxdError('program-invalid', `the beta of a log-sum-exp memory is ${beta}`, {
        path: 'couplings.interaction.beta',
        value: String(beta),
        limit: 'finite and > 0',
      });
    }
    this.beta = beta;
    this.decay = decayTable(this.sites, beta);
  }

  /** N×P signs of the memories, neuron-major. */
  get signs(): Int8Array {
    return this.spins.signs;
  }

  /** Counts the overlaps of the current state afresh, into `out` (P). */
  countOverlaps(out: Int32Array): void {
    this.spins.count(out);
  }

  protected fieldAt(overlaps: Int32Array, i: number): number {
    const { memories, decay, beta } = this;
    const { signs, state } = this.spins;
    const spin = state[i]!;
    const base = i * memories;
    let topUp = -Infinity;
    let topDown = -Infinity;
    for (let mu = 0; mu < memories; mu++) {
      const sign = signs[base + mu]!;
      const y = overlaps[mu]! - sign * spin;
      if (sign > 0) {
        if (y > topUp) topUp = y;
      } else if (y > topDown) topDown = y;
    }
    // One-sided: all memories have the same sign here, and a flip changes every overlap alike.
    if (topDown === -Infinity) return 1;
    if (topUp === -Infinity) return -1;
    let up = 0;
    let down = 0;
    for (let mu = 0; mu < memories; mu++) {
      const sign = signs[base + mu]!;
      const y = overlaps[mu]! - sign * spin;
      if (sign > 0) up += decay[(topUp - y) / 2]!;
      else down += decay[(topDown - y) / 2]!;
    }
    return fieldOfGap(beta * (topUp - topDown) + Math.log(up / down), beta);
  }

  protected energyAt(overlaps: Int32Array): number {
    return logSumExpEnergy(overlaps, this.beta, this.decay);
  }
}

/** exp(−2bd), d = 0 … most. */
export function decayTable(most: number, beta: number): Float64Array {
  return Float64Array.from({ length: most + 1 }, (_, d) => Math.exp(-2 * beta * d));
}

/** −(1/b) ln Σ exp(b x_μ). @param decay of {@link decayTable}, to d = N */
export function logSumExpEnergy(overlaps: Int32Array, beta: number, decay: Float64Array): number {
  const largest = largestOf(overlaps);
  let sum = 0;
  for (const x of overlaps) sum += decay[(largest - x) / 2]!;
  return -largest - Math.log(sum) / beta;
}

/**
 * The field from δ = ln(U/D): b·field = artanh(tanh(b) tanh(δ/2)) = ½ ln[(1 + e^{δ+2b})/(e^δ + e^{2b})]. The first form
 * is the accurate one for small b, the second for large b, where tanh(b) is 1 in doubles. Zero exactly at δ = 0.
 */
function fieldOfGap(gap: number, beta: number): number {
  if (beta < 1) return Math.atanh(Math.tanh(beta) * Math.tanh(gap / 2)) / beta;
  const size = Math.abs(gap);
  const sum =
    Math.min(size, 2 * beta) +
    Math.log1p(Math.exp(-size - 2 * beta)) -
    Math.log1p(Math.exp(-Math.abs(size - 2 * beta)));
  return (Math.sign(gap) * sum) / (2 * beta);
}

/** The largest of the overlaps. */
export function largestOf(overlaps: Int32Array): number {
  let largest = overlaps[0]!;
  for (let mu = 1; mu < overlaps.length; mu++) {
    if (overlaps[mu]! > largest) largest = overlaps[mu]!;
  }
  return largest;
}
