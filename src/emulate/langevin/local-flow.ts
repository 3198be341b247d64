import { heapArray, type FreshArray } from './fresh-array.js';

/**
 * Exact flow of the single-site force −2δx − 4r x³ (Bernoulli's equation):
 * x(τ) = x e^{−2δτ} / √(1 + 4r x² (1 − e^{−4δτ})/(2δ)), at δ = 0: x / √(1 + 8rτ x²). No step is too long for it.
 */
export class LocalFlow {
  readonly decay: Float64Array;
  readonly bend: Float64Array;

  constructor(sites: number, fresh: FreshArray = heapArray) {
    this.decay = fresh(sites);
    this.bend = fresh(sites);
  }

  /**
   * @param deviation δ, one a site; null: 0
   * @param quartic r, one a site; `quarticForAll` is added to each
   */
  prepare(
    tau: number,
    deviation: Float64Array | null,
    quartic: Float64Array,
    quarticForAll: number,
  ): void {
    const { decay, bend } = this;
    for (let i = 0; i < bend.length; i++) {
      const a = deviation === null ? 0 : 2 * deviation[i]!;
      const r = quartic[i]! + quarticForAll;
      decay[i] = Math.exp(-a * tau);
      bend[i] = 4 * r * (a === 0 ? 2 * tau : -Math.expm1(-2 * a * tau) / a);
    }
  }

  advance(z: Float64Array): void {
    const { decay, bend } = this;
    for (let i = 0; i < z.length; i++) {
      const x = z[i]!;
      z[i] = (decay[i]! * x) / Math.sqrt(1 + bend[i]! * x * x);
    }
  }
}
