import { Matrix, solve } from 'ml-matrix';

/** e^M by Taylor's series after scaling, then squaring: an oracle for small matrices. */
export function matrixExponential(M: Matrix): Matrix {
  // Each squaring doubles the relative error: no more of them than the series needs.
  const squarings = Math.max(0, Math.ceil(Math.log2(M.norm('frobenius') + 1e-300)));
  const scaled = Matrix.mul(M, 2 ** -squarings);
  let sum = Matrix.eye(M.rows);
  let term = Matrix.eye(M.rows);
  for (let k = 1; k <= 30; k++) {
    term = Matrix.mul(term.mmul(scaled), 1 / k);
    sum = Matrix.add(sum, term);
  }
  for (let k = 0; k < squarings; k++) sum = sum.mmul(sum);
  return sum;
}

/** S of A S + S Aᵀ = D, solved as a linear system of N² unknowns. */
export function lyapunov(A: Matrix, D: Matrix): Matrix {
  const n = A.rows;
  const system = Matrix.zeros(n * n, n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) {
        const row = i * n + j;
        system.set(row, k * n + j, system.get(row, k * n + j) + A.get(i, k));
        system.set(row, i * n + k, system.get(row, i * n + k) + A.get(j, k));
      }
    }
  }
  const S = solve(system, Matrix.columnVector(D.to1DArray()));
  return Matrix.from1DArray(n, n, S.to1DArray());
}

/** ‖X − Y‖/‖Y‖, Frobenius. */
export const relativeDistance = (X: Matrix, Y: Matrix): number =>
  Matrix.sub(X, Y).norm('frobenius') / Y.norm('frobenius');
