import { Matrix } from 'ml-matrix';

/** Scaled steps are short enough for this many terms of the series to reach rounding. */
const TERMS = 16;

export interface LinearStep {
  /** e^{−Ah} */
  readonly propagator: Matrix;
  /** ∫₀ʰ e^{−As} D e^{−Aᵀs} ds */
  readonly covariance: Matrix;
  /** ∫₀ʰ e^{−As} ds: what a constant drift f adds is this times f. */
  readonly response: Matrix;
}

/**
 * Exact step of dx = −A x dt + dN, ⟨dN dNᵀ⟩ = D dt for any square A, symmetric or not (circuits with inductors,
 * amplifier poles): all series over h/2ᵏ, then doubled k times by E ← E², Σ ← Σ + E Σ Eᵀ, R ← R + E R.
 */
export function generalOrnsteinUhlenbeck(A: Matrix, D: Matrix, h: number): LinearStep {
  const size = A.norm('frobenius') * Math.abs(h);
  const doublings = Math.max(0, Math.ceil(Math.log2(Math.max(size, 1e-300) / 0.25)));
  const short = h / 2 ** doublings;
  let propagator = Matrix.eye(A.rows);
  let power = Matrix.eye(A.rows);
  let response = Matrix.mul(power, short);
  // Σ(h) = Σ_k h^{k+1}/(k+1)! C_k with C_0 = D, C_{k+1} = −(A C_k + C_k Aᵀ): the Taylor series of dΣ/dh = D − AΣ − ΣAᵀ.
  let derivative = D.clone();
  let covariance = Matrix.mul(D, short);
  let factor = short;
  for (let k = 1; k <= TERMS; k++) {
    power = Matrix.mul(power.mmul(A), -short / k);
    propagator = Matrix.add(propagator, power);
    response = Matrix.add(response, Matrix.mul(power, short / (k + 1)));
    const product = A.mmul(derivative);
    derivative = Matrix.mul(Matrix.add(product, product.transpose()), -1);
    factor *= short / (k + 1);
    covariance = Matrix.add(covariance, Matrix.mul(derivative, factor));
  }
  for (let k = 0; k < doublings; k++) {
    response = Matrix.add(response, propagator.mmul(response));
    covariance = Matrix.add(covariance, propagator.mmul(covariance).mmul(propagator.transpose()));
    propagator = propagator.mmul(propagator);
  }
  return { propagator, covariance, response };
}
