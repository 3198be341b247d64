/** Products of small row-major matrices in typed arrays, written into `out`, which is none of the factors. */

/** out ← A B (rows × inner × columns) */
export function product(
  A: Float64Array,
  B: Float64Array,
  out: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += A[i * inner + k]! * B[k * columns + j]!;
      out[i * columns + j] = sum;
    }
  }
}

/** out ← A Bᵀ, B columns × inner */
export function productTransposed(
  A: Float64Array,
  B: Float64Array,
  out: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += A[i * inner + k]! * B[j * inner + k]!;
      out[i * columns + j] = sum;
    }
  }
}

/** A ← A + c B */
export function addTo(A: Float64Array, B: Float64Array, c = 1): void {
  for (let k = 0; k < A.length; k++) A[k] = A[k]! + c * B[k]!;
}

/** A ← A + c (B + Bᵀ), n × n */
export function addSymmetric(A: Float64Array, B: Float64Array, n: number, c = 1): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      A[i * n + j] = A[i * n + j]! + c * (B[i * n + j]! + B[j * n + i]!);
    }
  }
}

export function identity(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
}

/**
 * L of L Lᵀ = S by Cholesky, into zeros; a column whose pivot is not above `least` stays 0.
 * @returns whether there is none of these
 */
export function lowerFactor(S: Float64Array, n: number, L: Float64Array, least: number): boolean {
  let isWhole = true;
  for (let j = 0; j < n; j++) {
    let pivot = S[j * n + j]!;
    for (let k = 0; k < j; k++) pivot -= L[j * n + k]! ** 2;
    if (!(pivot > least)) {
      isWhole = false;
      continue;
    }
    const root = Math.sqrt(pivot);
    L[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = S[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= L[i * n + k]! * L[j * n + k]!;
      L[i * n + j] = sum / root;
    }
  }
  return isWhole;
}

/** X ← (L Lᵀ)⁻¹ X, n × columns, from the factor of {@link lowerFactor}. */
export function solveLower(L: Float64Array, n: number, X: Float64Array, columns: number): void {
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < columns; c++) {
      let sum = X[i * columns + c]!;
      for (let k = 0; k < i; k++) sum -= L[i * n + k]! * X[k * columns + c]!;
      X[i * columns + c] = sum / L[i * n + i]!;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let c = 0; c < columns; c++) {
      let sum = X[i * columns + c]!;
      for (let k = i + 1; k < n; k++) sum -= L[k * n + i]! * X[k * columns + c]!;
      X[i * columns + c] = sum / L[i * n + i]!;
    }
  }
}

/**
 * Inverse of a symmetric positive definite matrix by Cholesky's factors, and the logarithm of its determinant; NaN where it is not
 * positive definite.
 */
export function invertPositive(S: Float64Array, n: number, out: Float64Array): number {
  const L = new Float64Array(n * n);
  if (!lowerFactor(S, n, L, 0)) return NaN;
  let logDeterminant = 0;
  for (let j = 0; j < n; j++) logDeterminant += 2 * Math.log(L[j * n + j]!);
  const column = new Float64Array(n);
  for (let c = 0; c < n; c++) {
    column.fill(0);
    column[c] = 1;
    solveLower(L, n, column, 1);
    for (let i = 0; i < n; i++) out[i * n + c] = column[i]!;
  }
  return logDeterminant;
}
