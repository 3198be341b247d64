import { EigenvalueDecomposition, LuDecomposition, Matrix } from 'ml-matrix';

const MOST_ROUNDS = 60;
const REFINEMENTS = 2;
/** A mode whose decay is below this share of the fastest rate counts as undamped. */
const UNDAMPED = 1e-13;

/**
 * The symmetric S of A S + S Aᵀ = D for a positive stable A: stationary covariance of dx = −A x dt + dN, ⟨dN dNᵀ⟩ = D dt; null
 * where a mode does not decay, so that there is no stationary state. By the matrix sign function (Roberts, Int. J. Control
 * 32, 677 (1980)): A_{k+1} = ½(A_k/c + c A_k⁻¹), D_{k+1} = ½(D_k/c + c A_k⁻¹ D_k A_k⁻ᵀ), S = D_∞/2, with c = |det A_k|^{1/n};
 * then refined on the residual. O(n³). Doubling the time of an exact step until the start is forgotten loses a digit
 * with each decade that the rates span, and takes an undamped oscillation for a damped one.
 */
export function stationaryCovariance(A: Matrix, D: Matrix): Matrix | null {
  if (!(slowestDecay(A) > 0)) return null;
  const steps = signSteps(A);
  let S = followSteps(steps, D);
  for (let k = 0; k < REFINEMENTS; k++) {
    const residual = Matrix.sub(D, Matrix.add(A.mmul(S), S.mmul(A.transpose())));
    S = Matrix.add(S, followSteps(steps, residual));
  }
  return Matrix.mul(Matrix.add(S, S.transpose()), 0.5);
}

/** The least real part of A's eigenvalues, 0 for what rounding leaves of none: e^{−At} forgets its start where it is above 0. */
export function slowestDecay(A: Matrix): number {
  const { realEigenvalues: rates, imaginaryEigenvalues: frequencies } = new EigenvalueDecomposition(
    A,
  );
  const fastest = rates.reduce((m, r, k) => Math.max(m, Math.hypot(r, frequencies[k]!)), 0);
  const slowest = rates.reduce((m, r) => Math.min(m, r), Infinity);
  return Math.abs(slowest) <= UNDAMPED * fastest ? 0 : slowest;
}

/** c and A_k⁻¹ of one round. */
interface SignStep {
  readonly scale: number;
  readonly reciprocal: Matrix;
}

function signSteps(A: Matrix): SignStep[] {
  const n = A.rows;
  const steps: SignStep[] = [];
  let sign = A;
  let last = Infinity;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const factors = new LuDecomposition(sign);
    const scale = meanFactor(factors.upperTriangularMatrix);
    const reciprocal = factors.solve(Matrix.eye(n));
    steps.push({ scale, reciprocal });
    const next = halfSum(sign, reciprocal, scale);
    const change = Matrix.sub(next, sign).norm('frobenius');
    sign = next;
    // Convergence is quadratic: a change that no longer falls is rounding.
    if (change < 1e-14 * n || (change < 1e-3 && change >= last)) break;
    last = change;
  }
  return steps;
}

function followSteps(steps: readonly SignStep[], D: Matrix): Matrix {
  let S = D;
  for (const { scale, reciprocal } of steps) {
    S = halfSum(S, reciprocal.mmul(S).mmul(reciprocal.transpose()), scale);
  }
  return Matrix.mul(S, 0.5);
}

/** ½(X/c + c Y) */
function halfSum(X: Matrix, Y: Matrix, c: number): Matrix {
  return Matrix.add(Matrix.mul(X, 0.5 / c), Matrix.mul(Y, 0.5 * c));
}

/** |det|^{1/n} of a triangular matrix, through logarithms: hundreds of rates multiplied do not fit into a double. */
function meanFactor(triangular: Matrix): number {
  let sum = 0;
  for (let i = 0; i < triangular.rows; i++) sum += Math.log(Math.abs(triangular.get(i, i)));
  return Math.exp(sum / triangular.rows);
}
