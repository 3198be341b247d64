/** A pivot below this share of its diagonal entry counts as zero: the row depends on the rows before it. */
const DEPENDENT = 1e-9;

/** The outcome of a Cholesky factorisation: L, or the first row that depends on earlier ones and how. */
export type CholeskyResult =
  | { readonly kind: 'factor'; readonly lower: Float64Array }
  | {
      readonly kind: 'dependent';
      readonly row: number;
      /** Coefficients of the rows 0 … row − 1 that make up the row. */
      readonly coefficients: Float64Array;
    };

/**
 * Factorises a symmetric positive matrix A = L Lᵀ, row by row, so that the first linearly dependent row is found
 * together with what it depends on.
 * @param matrix size×size, row-major
 */
export function cholesky(matrix: Float64Array, size: number): CholeskyResult {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * size + k]! * lower[j * size + k]!;
      if (j < i) {
        lower[i * size + j] = sum / lower[j * size + j]!;
      } else if (sum <= DEPENDENT * matrix[i * size + i]!) {
        return { kind: 'dependent', row: i, coefficients: backSubstituted(lower, size, i) };
      } else {
        lower[i * size + i] = Math.sqrt(sum);
      }
    }
  }
  return { kind: 'factor', lower };
}

/** Solves L₁₁ᵀ c = l for the row l of L that was just computed: the row as a combination of earlier ones. */
function backSubstituted(lower: Float64Array, size: number, row: number): Float64Array {
  const coefficients = new Float64Array(row);
  for (let i = row - 1; i >= 0; i--) {
    let sum = lower[row * size + i]!;
    for (let k = i + 1; k < row; k++) sum -= lower[k * size + i]! * coefficients[k]!;
    coefficients[i] = sum / lower[i * size + i]!;
  }
  return coefficients;
}

/** (L Lᵀ)⁻¹, exactly symmetric, from the factor L. */
export function inverseFromFactor(lower: Float64Array, size: number): Float64Array {
  const inverseLower = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    for (let i = column; i < size; i++) {
      let sum = i === column ? 1 : 0;
      for (let k = column; k < i; k++) {
        sum -= lower[i * size + k]! * inverseLower[k * size + column]!;
      }
      inverseLower[i * size + column] = sum / lower[i * size + i]!;
    }
  }
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < size; k++) {
        sum += inverseLower[k * size + i]! * inverseLower[k * size + j]!;
      }
      inverse[i * size + j] = sum;
      inverse[j * size + i] = sum;
    }
  }
  return inverse;
}
