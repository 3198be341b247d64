import { exponentialSumSign } from './exponential-sum-sign.js';
import { LogSumExpModel } from './log-sum-exp-model.js';
import type { SpinModel } from './spin-model.js';

/** Fields are clamped to this size, so that sums with other fields stay finite. */
const LARGEST_FIELD = 1e300;

/**
 * Exponential memory (Demircigil et al. 2017): E = −Σ_μ exp(x_μ), b_i = sinh(1) Σ_μ ξ_i^μ exp(y_μ), y = x_μ − ξ_i^μ s_i.
 *
 * The energy scale is e^N: any ordinary temperature is zero, and only the sign of a field matters, which is exact
 * here (also at ties). Thermodynamics are reported only through the logarithm, E_log = −ln Σ exp(x) (HZ4):
 * `logEnergy`, `logField`. `energy` overflows to −Infinity beyond x ≈ 709.
 */
export class ExponentialModel implements SpinModel {
  readonly hasEnergy = true;
  readonly sites: number;
  readonly memories: number;
  readonly state: Int8Array;
  readonly overlaps: Int32Array;
  private readonly logarithm: LogSumExpModel;
  private readonly signs: Int8Array;
  private readonly decay: Float64Array;
  private readonly scratch: Int32Array;

  /**
   * @param patterns P × N, ±1
   * @throws RelaxdError `wrong-size`, `pattern-values`
   */
  constructor(patterns: readonly Int8Array[]) {
    this.logarithm = new LogSumExpModel(patterns, 1);
    this.sites = this.logarithm.sites;
    this.memories = patterns.length;
    this.state = this.logarithm.state;
    this.overlaps = this.logarithm.overlaps;
    this.signs = this.logarithm.signs;
    this.decay = Float64Array.from({ length: this.sites + 1 }, (_, d) => Math.exp(-2 * d));
    this.scratch = new Int32Array(this.memories);
  }

  reset(state: Int8Array): void {
    this.logarithm.reset(state);
  }

  field(i: number): number {
    return this.fieldAt(this.overlaps, i);
  }

  flip(i: number): void {
    this.logarithm.flip(i);
  }

  energy(): number {
    return -Math.exp(-this.logEnergy());
  }

  /** E_log = −ln Σ_μ exp(x_μ), from overlaps recomputed from scratch. */
  logEnergy(): number {
    return this.logarithm.energy();
  }

  /** The field of E_log: a flip changes E_log by 2 s_i logField(i). */
  logField(i: number): number {
    return this.logarithm.field(i);
  }

  fieldsFromScratch(out: Float64Array): void {
    this.logarithm.countOverlaps(this.scratch);
    for (let i = 0; i < this.sites; i++) out[i] = this.fieldAt(this.scratch, i);
  }

  private fieldAt(overlaps: Int32Array, i: number): number {
    const { memories, signs, decay } = this;
    const spin = this.state[i]!;
    const base = i * memories;
    let top = -this.sites - 1;
    for (let mu = 0; mu < memories; mu++) {
      const y = overlaps[mu]! - signs[base + mu]! * spin;
      if (y > top) top = y;
    }
    let up = 0;
    let down = 0;
    for (let mu = 0; mu < memories; mu++) {
      const sign = signs[base + mu]!;
      const weight = decay[(top - overlaps[mu]! + sign * spin) / 2]!;
      if (sign > 0) up += weight;
      else down += weight;
    }
    const difference = up - down;
    let sign = Math.sign(difference);
    // Each weight and each addition is off by at most one part in 2^53; closer calls are decided exactly.
    if (Math.abs(difference) <= (memories + 4) * Number.EPSILON * (up + down)) {
      sign = this.exactSign(overlaps, i);
    }
    if (sign === 0) return 0;
    const size = Math.abs(difference) * Math.sinh(1) * Math.exp(Math.min(top, 709));
    return sign * Math.max(Number.MIN_VALUE, Math.min(LARGEST_FIELD, size));
  }

  private exactSign(overlaps: Int32Array, i: number): number {
    const counts = new Int32Array(2 * this.sites + 1);
    const base = i * this.memories;
    for (let mu = 0; mu < this.memories; mu++) {
      const sign = this.signs[base + mu]!;
      const slot = overlaps[mu]! - sign * this.state[i]! + this.sites;
      counts[slot] = counts[slot]! + sign;
    }
    return exponentialSumSign(counts);
  }
}
