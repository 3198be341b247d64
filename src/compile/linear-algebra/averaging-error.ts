import { Matrix } from 'ml-matrix';

/** How a device relaxes: friction γ of unit-mass positions; null: overdamped, mobility 1. */
export type Friction = number | null;

/** A stationary linear device with V = ½ xᵀAx at a temperature, read out every `interval`, `samples` times in a row. */
export interface Readouts {
  /** Eigenvalues of A, > 0. */
  readonly eigenvalues: ArrayLike<number>;
  readonly temperature: number;
  readonly friction: Friction;
  readonly interval: number;
  readonly samples: number;
}

/**
 * E|δx|² of the mean of the readouts. Between two of them a mode's (x, v) is carried on by E = e^{−Mτ}, so its mean over n has
 * variance (c/n)[2(1 − E)⁻¹ − 1 − (2/n) E(1 − Eⁿ)(1 − E)⁻²]₀₀ with c = T/l. For τ → 0 and long runs that is
 * 2T tr(A⁻²)/t overdamped (arXiv 2308.05660), and γ times that underdamped.
 */
export function meanError(readouts: Readouts): number {
  const { eigenvalues, temperature, samples } = readouts;
  let sum = 0;
  for (let a = 0; a < eigenvalues.length; a++) {
    const c = temperature / eigenvalues[a]!;
    sum += (c / samples) * correlatedFactor(propagator(readouts, a), samples);
  }
  return sum;
}

/**
 * E‖δC‖_F² of the second moments (about a known mean): of two modes' product the propagator is the Kronecker product of both,
 * and Σ_ab c_a c_b (1 + δ_ab) times its factor over n is the sum. For τ → 0 and long runs overdamped that is
 * (1/t) Σ_ab 2c_a c_b/(l_a + l_b)·(1 + δ_ab) (arXiv 2308.05660).
 */
export function covarianceError(readouts: Readouts): number {
  const { eigenvalues, temperature, samples } = readouts;
  const steps = Array.from(eigenvalues, (_, a) => propagator(readouts, a));
  let sum = 0;
  for (let a = 0; a < steps.length; a++) {
    for (let b = 0; b <= a; b++) {
      const c = (temperature / eigenvalues[a]!) * (temperature / eigenvalues[b]!);
      const factor = correlatedFactor(steps[a]!.kroneckerProduct(steps[b]!), samples);
      // a = b counts 2c², a ≠ b twice c_a c_b.
      sum += (2 * c * factor) / samples;
    }
  }
  return sum;
}

/** Slowest decay rate of the modes, which the start is forgotten with. */
export function slowestRate(eigenvalues: ArrayLike<number>, friction: Friction): number {
  let slowest = Infinity;
  for (let a = 0; a < eigenvalues.length; a++) {
    const l = eigenvalues[a]!;
    if (friction === null) slowest = Math.min(slowest, l);
    else {
      const bent = friction * friction - 4 * l;
      // γ/2 − √(γ²/4 − l), without cancellation.
      const rate = bent > 0 ? (2 * l) / (friction + Math.sqrt(bent)) : friction / 2;
      slowest = Math.min(slowest, rate);
    }
  }
  return slowest;
}

/** Readouts closer than this say nothing new: 1/l_max overdamped, half a radian of the fastest mode underdamped. */
export function usefulInterval(eigenvalues: ArrayLike<number>, friction: Friction): number {
  const fastest = Math.max(...Array.from(eigenvalues));
  if (friction === null) return 1 / fastest;
  return Math.min(0.5 / Math.sqrt(fastest), 1 / friction);
}

function propagator({ eigenvalues, friction, interval }: Readouts, a: number): Matrix {
  const l = eigenvalues[a]!;
  if (friction === null) return new Matrix([[Math.exp(-l * interval)]]);
  // e^{−Mτ} of (x, v): with s = γ/2 and w² = s² − l, e^{−sτ}(cosh + (s − M) sinh/w).
  const s = friction / 2;
  const w2 = s * s - l;
  const w = Math.sqrt(Math.abs(w2)) * interval;
  const decay = Math.exp(-s * interval);
  let [even, odd] = [1, interval];
  if (w > 1e-6) {
    even = w2 > 0 ? Math.cosh(w) : Math.cos(w);
    odd = ((w2 > 0 ? Math.sinh(w) : Math.sin(w)) / w) * interval;
  }
  return new Matrix([
    [decay * (even + s * odd), decay * odd],
    [-l * decay * odd, decay * (even - s * odd)],
  ]);
}

/**
 * n times the variance of a mean of n over that of one, for a correlation [Eᵏ]₀₀ at lag k: (2/n)[H_n]₀₀ − 1 with
 * H_n = Σ_{k<n} (n − k)Eᵏ and G_n = Σ_{k<n} Eᵏ, built up by doubling n. The sums in closed form, with (1 − E)⁻², cancel to nothing where n is
 * short of a mode's memory.
 */
function correlatedFactor(E: Matrix, samples: number): number {
  let H = Matrix.zeros(E.rows, E.rows);
  let G = H;
  let P = Matrix.eye(E.rows);
  let n = 0;
  for (let bit = 2 ** Math.floor(Math.log2(samples)); bit >= 1; bit /= 2) {
    H = Matrix.add(Matrix.add(H, P.mmul(H)), Matrix.mul(G, n));
    G = Matrix.add(G, P.mmul(G));
    P = P.mmul(P);
    n *= 2;
    if (Math.floor(samples / bit) % 2 === 0) continue;
    G = Matrix.add(G, P);
    H = Matrix.add(H, G);
    P = P.mmul(E);
    n++;
  }
  return (2 / n) * H.get(0, 0) - 1;
}
