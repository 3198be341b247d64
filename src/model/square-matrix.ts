/** Whether a row-major square matrix equals its transpose, number for number. */
export function isSymmetric(matrix: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) if (matrix[i * size + j] !== matrix[j * size + i]) return false;
  }
  return true;
}

/** Copies the upper triangle onto the lower one and zeroes the diagonal, in place. */
export function mirrorUpper(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    matrix[i * size + i] = 0;
    for (let j = 0; j < i; j++) matrix[i * size + j] = matrix[j * size + i]!;
  }
}
