import type { CavityMode } from '../../src/emulate/cavity/index.js';

/** One spin ½ in a longitudinal field, with one cavity mode and white dephasing; the oracle of the rate formulas. */
export interface SpinAndMode {
  readonly mode: CavityMode;
  /** ω_z. */
  readonly splitting: number;
  /** χ in H = … + χ S^x: flipping up costs +χ. */
  readonly field: number;
  /** Γ: decay rate of the coherence between S^x = ±½. */
  readonly dephasing: number;
  /** Photon numbers 0 … photons. */
  readonly photons: number;
}

/**
 * Relaxation of the spin by the full master equation, dρ/dt = −i[H, ρ] + κ D[a] + Γ D[S^x], D[X] = 2XρX† − X†Xρ − ρX†X,
 * without any approximation but the truncated photon number: the slowest eigenvalue of the Liouvillian is −(K↑ + K↓), and
 * its stationary state has m = 2⟨S^x⟩ = (K↑ − K↓)/(K↑ + K↓).
 */
export function liouvillianRates(system: SpinAndMode): {
  readonly sum: number;
  readonly magnetisation: number;
  readonly up: number;
  readonly down: number;
} {
  const levels = system.photons + 1;
  const size = 2 * levels;
  const L = realLiouvillian(system);
  const dim = 2 * size * size;
  // Stationary state: L ρ = 0 with the row of one equation replaced by Tr ρ = 1.
  const stationary = L.slice();
  stationary.fill(0, 0, dim);
  for (let n = 0; n < size; n++) stationary[n * size + n] = 1;
  const rho = new Float64Array(dim);
  rho[0] = 1;
  solveInPlace(stationary, rho, dim);
  const magnetisation = twiceSx(rho, levels);
  // Slowest decay: inverse iteration on matrices without trace, where L has an inverse but for the stationary state.
  const shifted = L.slice();
  const guess = slowGuess(system);
  for (let k = 0; k < dim; k++) shifted[k * dim + k] = shifted[k * dim + k]! + guess;
  const factors = factorise(shifted, dim);
  let vector = new Float64Array(dim);
  for (let n = 0; n < levels; n++) vector[n * size + levels + n] = 1 / (n + 1);
  let eigenvalue = 0;
  for (let round = 0; round < 200; round++) {
    // what is left of the stationary state goes with the trace
    let trace = 0;
    for (let n = 0; n < size; n++) trace += vector[n * size + n]!;
    for (let k = 0; k < dim; k++) vector[k] = vector[k]! - trace * rho[k]!;
    const next = vector.slice();
    backSubstitute(factors, next, dim);
    const before = eigenvalue;
    let overlap = 0;
    let norm = 0;
    for (let k = 0; k < dim; k++) {
      overlap += vector[k]! * next[k]!;
      norm += next[k]! * next[k]!;
    }
    eigenvalue = overlap / norm - guess;
    const length = Math.sqrt(norm);
    vector = next.map((v) => v / length);
    if (round > 3 && Math.abs(eigenvalue - before) < 1e-13) break;
  }
  const sum = -eigenvalue;
  return {
    sum,
    magnetisation,
    up: (sum * (1 + magnetisation)) / 2,
    down: (sum * (1 - magnetisation)) / 2,
  };
}

/** A shift near the slow eigenvalue: any rough number of the right order does. */
function slowGuess({ splitting, mode, field, dephasing }: SpinAndMode): number {
  const rate = dephasing + mode.coupling ** 2 * mode.linewidth;
  return (0.5 * splitting ** 2 * rate) / (field * field + dephasing * dephasing);
}

/** 2⟨S^x⟩ in the basis |spin in z, photons⟩, index spin·levels + n. */
function twiceSx(rho: Float64Array, levels: number): number {
  const size = 2 * levels;
  let sum = 0;
  for (let n = 0; n < levels; n++)
    sum += rho[n * size + levels + n]! + rho[(levels + n) * size + n]!;
  return sum;
}

/** The Liouvillian on (Re ρ, Im ρ), row-major: [[Re, −Im], [Im, Re]]. */
function realLiouvillian(system: SpinAndMode): Float64Array {
  const { mode, splitting, field, dephasing, photons } = system;
  const levels = photons + 1;
  const size = 2 * levels;
  const zero = (): Float64Array => new Float64Array(size * size);
  const a = zero();
  const sx = zero();
  const H = zero();
  for (let s = 0; s < 2; s++) {
    for (let n = 0; n < levels; n++) {
      const i = s * levels + n;
      if (n > 0) a[(i - 1) * size + i] = Math.sqrt(n);
      sx[i * size + (1 - s) * levels + n] = 0.5;
      H[i * size + i] = -mode.detuning * n + splitting * (s === 0 ? 0.5 : -0.5);
    }
  }
  const product = (x: Float64Array, y: Float64Array): Float64Array => {
    const out = zero();
    for (let i = 0; i < size; i++)
      for (let k = 0; k < size; k++) {
        const f = x[i * size + k]!;
        if (f !== 0) for (let j = 0; j < size; j++) out[i * size + j]! += f * y[k * size + j]!;
      }
    return out;
  };
  const transposed = (x: Float64Array): Float64Array => {
    const out = zero();
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) out[j * size + i] = x[i * size + j]!;
    return out;
  };
  const quadrature = a.map((v, k) => v + transposed(a)[k]!);
  const coupled = product(sx, quadrature);
  for (let k = 0; k < H.length; k++) H[k] = H[k]! + mode.coupling * coupled[k]! + field * sx[k]!;

  const half = size * size;
  const dim = 2 * half;
  const L = new Float64Array(dim * dim);
  const add = (row: number, column: number, real: number, imaginary: number): void => {
    L[row * dim + column]! += real;
    L[(half + row) * dim + half + column]! += real;
    L[row * dim + half + column]! -= imaginary;
    L[(half + row) * dim + column]! += imaginary;
  };
  // −i(Hρ − ρH): row (i,j) takes H_ik ρ_kj and ρ_ik H_kj; all matrices are real.
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      for (let k = 0; k < size; k++) {
        if (H[i * size + k] !== 0) add(i * size + j, k * size + j, 0, -H[i * size + k]!);
        if (H[k * size + j] !== 0) add(i * size + j, i * size + k, 0, H[k * size + j]!);
      }
    }
  }
  const dissipator = (X: Float64Array, rate: number): void => {
    if (rate === 0) return;
    const square = product(transposed(X), X);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        for (let k = 0; k < size; k++) {
          if (X[i * size + k] !== 0) {
            for (let l = 0; l < size; l++) {
              const f = 2 * rate * X[i * size + k]! * X[j * size + l]!;
              if (f !== 0) add(i * size + j, k * size + l, f, 0);
            }
          }
          if (square[i * size + k] !== 0)
            add(i * size + j, k * size + j, -rate * square[i * size + k]!, 0);
          if (square[k * size + j] !== 0)
            add(i * size + j, i * size + k, -rate * square[k * size + j]!, 0);
        }
      }
    }
  };
  dissipator(a, mode.linewidth);
  dissipator(sx, dephasing);
  return L;
}

interface Factors {
  readonly matrix: Float64Array;
  readonly order: Int32Array;
}

/** LU with row exchanges, in place. */
function factorise(matrix: Float64Array, n: number): Factors {
  const order = Int32Array.from({ length: n }, (_, k) => k);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) {
      if (Math.abs(matrix[r * n + c]!) > Math.abs(matrix[pivot * n + c]!)) pivot = r;
    }
    if (pivot !== c) {
      for (let k = 0; k < n; k++) {
        const swap = matrix[c * n + k]!;
        matrix[c * n + k] = matrix[pivot * n + k]!;
        matrix[pivot * n + k] = swap;
      }
      const swap = order[c]!;
      order[c] = order[pivot]!;
      order[pivot] = swap;
    }
    for (let r = c + 1; r < n; r++) {
      const f = matrix[r * n + c]! / matrix[c * n + c]!;
      if (f === 0) continue;
      matrix[r * n + c] = f;
      for (let k = c + 1; k < n; k++)
        matrix[r * n + k] = matrix[r * n + k]! - f * matrix[c * n + k]!;
    }
  }
  return { matrix, order };
}

function backSubstitute({ matrix, order }: Factors, b: Float64Array, n: number): void {
  const x = Float64Array.from(order, (row) => b[row]!);
  for (let r = 0; r < n; r++) {
    for (let k = 0; k < r; k++) x[r] = x[r]! - matrix[r * n + k]! * x[k]!;
  }
  for (let r = n - 1; r >= 0; r--) {
    for (let k = r + 1; k < n; k++) x[r] = x[r]! - matrix[r * n + k]! * x[k]!;
    x[r] = x[r]! / matrix[r * n + r]!;
  }
  b.set(x);
}

function solveInPlace(matrix: Float64Array, b: Float64Array, n: number): void {
  backSubstitute(factorise(matrix, n), b, n);
}
