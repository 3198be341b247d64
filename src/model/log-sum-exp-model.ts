import { RelaxdError } from '../core/index.js';
import { MemoryModel } from './memory-model.js';

/**
 * Log-sum-exp memory (modern Hopfield energy on ±1 spins): E = −(1/b) ln Σ_μ exp(b x_μ), integer overlaps x.
 *
 * Σ exp(x) is never formed (HZ4). Overlaps differ by even integers, so every exponential relative to the largest
 * overlap comes from one table; nothing is accumulated over flips, hence nothing drifts (HZ5). With A and B the sums
 * over memories that agree and disagree with s_i, a flip changes Σ exp(b x) from A + B to A e^{−2b} + B e^{2b}.
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
    this.decay = Float64Array.from({ length: this.sites + 1 }, (_, d) => Math.exp(-2 * beta * d));
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
    return this.beta < 1
      ? this.fieldByDifference(overlaps, i)
      : this.fieldByLogarithms(overlaps, i);
  }

  protected energyAt(overlaps: Int32Array): number {
    const largest = largestOf(overlaps);
    let sum = 0;
    for (const x of overlaps) sum += this.decay[(largest - x) / 2]!;
    return -largest - Math.log(sum) / this.beta;
  }

  /** For small b, where the two sums of a flip are close: −b·ΔE = ln(1 + (A(e^{−2b} − 1) + B(e^{2b} − 1))/(A + B)). */
  private fieldByDifference(overlaps: Int32Array, i: number): number {
    const { memories, decay, beta } = this;
    const { signs, state } = this.spins;
    const spin = state[i]!;
    const base = i * memories;
    const largest = largestOf(overlaps);
    let agree = 0;
    let disagree = 0;
    for (let mu = 0; mu < memories; mu++) {
      const weight = decay[(largest - overlaps[mu]!) / 2]!;
      if (signs[base + mu] === spin) agree += weight;
      else disagree += weight;
    }
    const change = agree * Math.expm1(-2 * beta) + disagree * Math.expm1(2 * beta);
    return (-spin * Math.log1p(change / (agree + disagree))) / (2 * beta);
  }

  /** For large b, where e^{2b} may overflow: each side keeps its own largest overlap. */
  private fieldByLogarithms(overlaps: Int32Array, i: number): number {
    const { memories, decay, beta, sites } = this;
    const { signs, state } = this.spins;
    const spin = state[i]!;
    const base = i * memories;
    const none = -sites - 1;
    let topAgree = none;
    let topDisagree = none;
    for (let mu = 0; mu < memories; mu++) {
      const x = overlaps[mu]!;
      if (signs[base + mu] === spin) {
        if (x > topAgree) topAgree = x;
      } else if (x > topDisagree) topDisagree = x;
    }
    let agree = 0;
    let disagree = 0;
    for (let mu = 0; mu < memories; mu++) {
      const x = overlaps[mu]!;
      if (signs[base + mu] === spin) agree += decay[(topAgree - x) / 2]!;
      else disagree += decay[(topDisagree - x) / 2]!;
    }
    // One-sided: all memories agree with the spin, or none does. ΔE is then ±2 exactly.
    if (topDisagree === none) return spin;
    if (topAgree === none) return -spin;
    const gap = beta * (topDisagree - topAgree) + Math.log(disagree / agree);
    // ln(A e^{−2b} + B e^{2b}) − ln(A + B), both over A: gap = ln(B/A).
    const after =
      gap + 4 * beta > 0
        ? gap + 2 * beta + Math.log1p(Math.exp(-gap - 4 * beta))
        : Math.log1p(Math.exp(gap + 4 * beta)) - 2 * beta;
    const before = gap > 0 ? gap + Math.log1p(Math.exp(-gap)) : Math.log1p(Math.exp(gap));
    return (-spin * (after - before)) / (2 * beta);
  }
}

/** The largest of the overlaps. */
export function largestOf(overlaps: Int32Array): number {
  let largest = overlaps[0]!;
  for (let mu = 1; mu < overlaps.length; mu++) {
    if (overlaps[mu]! > largest) largest = overlaps[mu]!;
  }
  return largest;
}
