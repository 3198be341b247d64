/** Whether a row-major square matrix equals its transpose, number for number. */
export function isSymmetric(matrix: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) if (matrix[i * size + j] !== matrix[j * size + i]) return false;
  }
  return true;
}

/** The transpose of a row-major square matrix. */
export function transposed(matrix: Float64Array, size: number): Float64Array {
  const result = new Float64Array(matrix.length);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) result[j * size + i] = matrix[i * size + j]!;
  }
  return result;
}

/** Copies the upper triangle onto the lower one and zeroes the diagonal, in place. */
export function mirrorUpper(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    matrix[i * size + i] = 0;
    for (let j = 0; j < i; j++) matrix[i * size + j] = matrix[j * size + i]!;
  }
}
