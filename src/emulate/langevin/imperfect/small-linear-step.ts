/** Scaled steps are short enough for this many terms to reach rounding. */
const TERMS = 14;

/**
 * Exact step of ds = M s dt + √(unit noise in component 0) for a matrix of a few rows, without allocation:
 * E = e^{Mh} and Σ = ∫₀ʰ e^{Ms} e₀e₀ᵀ e^{Mᵀs} ds, by series over h/2ᵏ and k doublings as in `generalOrnsteinUhlenbeck`.
 */
export class SmallLinearStep {
  readonly propagator: Float64Array;
  readonly covariance: Float64Array;
  private readonly power: Float64Array;
  private readonly derivative: Float64Array;
  private readonly product: Float64Array;
  private readonly spare: Float64Array;

  constructor(readonly size: number) {
    const fresh = (): Float64Array => new Float64Array(size * size);
    this.propagator = fresh();
    this.covariance = fresh();
    this.power = fresh();
    this.derivative = fresh();
    this.product = fresh();
    this.spare = fresh();
  }

  /** @param M row-major */
  compute(M: Float64Array, h: number): void {
    const { size, propagator, covariance, power, derivative, product } = this;
    let norm = 0;
    for (const v of M) norm += v * v;
    const doublings = Math.max(
      0,
      Math.ceil(Math.log2(Math.max(Math.sqrt(norm) * h, 1e-300) / 0.25)),
    );
    const short = h / 2 ** doublings;
    propagator.fill(0);
    for (let i = 0; i < size; i++) propagator[i * size + i] = 1;
    power.set(propagator);
    derivative.fill(0);
    derivative[0] = 1;
    covariance.fill(0);
    covariance[0] = short;
    let factor = short;
    for (let k = 1; k <= TERMS; k++) {
      this.multiply(power, M, product);
      for (let n = 0; n < power.length; n++) {
        power[n] = (product[n]! * short) / k;
        propagator[n]! += power[n]!;
      }
      this.multiply(M, derivative, product);
      factor *= short / (k + 1);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j <= i; j++) {
          const v = product[i * size + j]! + product[j * size + i]!;
          derivative[i * size + j] = v;
          derivative[j * size + i] = v;
          covariance[i * size + j]! += factor * v;
          if (i !== j) covariance[j * size + i]! += factor * v;
        }
      }
    }
    for (let k = 0; k < doublings; k++) this.double();
  }

  /** Σ ← Σ + E Σ Eᵀ, E ← E². */
  private double(): void {
    const { size, propagator, covariance, product, spare } = this;
    this.multiply(propagator, covariance, product);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += product[i * size + k]! * propagator[j * size + k]!;
        covariance[i * size + j]! += sum;
      }
    }
    this.multiply(propagator, propagator, spare);
    propagator.set(spare);
  }

  private multiply(a: Float64Array, b: Float64Array, out: Float64Array): void {
    const { size } = this;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += a[i * size + k]! * b[k * size + j]!;
        out[i * size + j] = sum;
      }
    }
  }
}
