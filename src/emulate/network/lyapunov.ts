import { EigenvalueDecomposition, inverse, LuDecomposition, Matrix } from 'ml-matrix';
import { RelaxdError } from '../../core/index.js';

const MOST_ROUNDS = 60;
const REFINEMENTS = 2;
/** A mode whose decay is below this share of the fastest rate counts as undamped. */
const UNDAMPED = 1e-13;

/**
 * The symmetric S of A S + S Aᵀ = D for a positive stable A: stationary covariance of dx = −A x dt + dN, ⟨dN dNᵀ⟩ = D dt. By the
 * matrix sign function (Roberts, Int. J. Control 32, 677 (1980)): A_{k+1} = ½(A_k/c + c A_k⁻¹),
 * D_{k+1} = ½(D_k/c + c A_k⁻¹ D_k A_k⁻ᵀ), S = D_∞/2, with c = |det A_k|^{1/n}; then refined on the residual. O(n³).
 *
 * @throws RelaxdError `not-supported` where a mode does not decay: there is no stationary state
 */
export function solveLyapunov(A: Matrix, D: Matrix): Matrix {
  const { realEigenvalues: rates, imaginaryEigenvalues: frequencies } = new EigenvalueDecomposition(
    A,
  );
  const fastest = rates.reduce((m, r, k) => Math.max(m, Math.hypot(r, frequencies[k]!)), 0);
  const slowest = Math.min(...rates);
  if (!(slowest > UNDAMPED * fastest)) {
    throw new RelaxdError(
      'not-supported',
      'a mode of the network does not decay: there is no stationary state',
      {
        path: '',
        value: slowest,
        limit: '> 0',
        hint: 'give the mode a resistor: every node and every loop of inductors needs a way to lose energy',
      },
    );
  }
  let S = bySignFunction(A, D);
  for (let k = 0; k < REFINEMENTS; k++) {
    const residual = Matrix.sub(D, Matrix.add(A.mmul(S), S.mmul(A.transpose())));
    S = Matrix.add(S, bySignFunction(A, residual));
  }
  return symmetric(S);
}

function bySignFunction(A: Matrix, D: Matrix): Matrix {
  const n = A.rows;
  let sign = A.clone();
  let S = D.clone();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const c = meanPivot(sign);
    const reciprocal = inverse(sign);
    const next = Matrix.mul(Matrix.add(Matrix.mul(sign, 1 / c), Matrix.mul(reciprocal, c)), 0.5);
    const turned = reciprocal.mmul(S).mmul(reciprocal.transpose());
    S = Matrix.mul(Matrix.add(Matrix.mul(S, 1 / c), Matrix.mul(turned, c)), 0.5);
    const change = Matrix.sub(next, sign).norm('frobenius');
    sign = next;
    if (change < 1e-14 * n) break;
  }
  return Matrix.mul(S, 0.5);
}

/** |det A|^{1/n}, by logarithms: the determinant itself leaves the doubles at 52 rates of 10⁶/s. */
function meanPivot(A: Matrix): number {
  const pivots = new LuDecomposition(A).upperTriangularMatrix.diagonal();
  return Math.exp(pivots.reduce((sum, u) => sum + Math.log(Math.abs(u)), 0) / A.rows);
}

function symmetric(S: Matrix): Matrix {
  return Matrix.mul(Matrix.add(S, S.transpose()), 0.5);
}
