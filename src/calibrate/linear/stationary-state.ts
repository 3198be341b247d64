import { LuDecomposition, Matrix } from 'ml-matrix';
import { RelaxdError } from '../../core/index.js';
import { addSymmetric, addTo, product, productTransposed } from './small-matrix.js';
import type { LinearStep } from './linear-step.js';
import type { LinearSystem } from './linear-system.js';

const MOST_DOUBLINGS = 64;

/** Mean and covariance of the stationary state, and their derivatives; null: it does not depend on the parameter. */
export interface StationaryState {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  readonly dMean: readonly Float64Array[];
  readonly dCovariance: readonly (Float64Array | null)[];
}

/**
 * The stationary state at constant inputs, from an exact step: S = Q + E S Eᵀ by doubling (Smith 1968), A x̄ = B u; derivatives from the
 * same equations differentiated.
 * @throws RelaxdError `invalid-input` where there is none
 */
export function stationaryState(
  system: LinearSystem,
  step: LinearStep,
  inputs: Float64Array,
): StationaryState {
  const { states: m, inputs: q, A, B } = system;
  const powers = decayingPowers(step.E, m);
  const covariance = summed(powers, step.Q, m);
  const lu = new LuDecomposition(Matrix.from1DArray(m, m, Array.from(A)));
  const solve = (right: Float64Array): Float64Array =>
    Float64Array.from(lu.solve(Matrix.columnVector(Array.from(right))).to1DArray());
  const right = new Float64Array(m);
  product(B, inputs, right, m, q, 1);
  const mean = solve(right);
  const one = new Float64Array(m * m);
  const two = new Float64Array(m * m);
  const moved = new Float64Array(m);
  const dMean = system.dA.map((dA, a) => {
    product(system.dB[a]!, inputs, right, m, q, 1);
    product(dA, mean, moved, m, m, 1);
    addTo(right, moved, -1);
    return solve(right);
  });
  const dCovariance = step.d.map((d) => {
    if (d === null || !d.movesCovariance) return null;
    const source = d.Q.slice();
    product(d.E, covariance, one, m, m, m);
    productTransposed(one, step.E, two, m, m, m);
    addSymmetric(source, two, m);
    return summed(powers, source, m);
  });
  return { mean, covariance, dMean, dCovariance };
}

/** E, E², E⁴, … until nothing is left. */
function decayingPowers(E: Float64Array, m: number): Float64Array[] {
  const powers = [E];
  for (let k = 0; k < MOST_DOUBLINGS; k++) {
    const last = powers[k]!;
    const size = last.reduce((sum, v) => sum + v * v, 0);
    if (size < 1e-34) return powers;
    if (!(size < 1e12)) break;
    const next = new Float64Array(m * m);
    product(last, last, next, m, m, m);
    powers.push(next);
  }
  throw new RelaxdError('invalid-input', 'the device has no stationary state at these parameters', {
    path: 'A',
    limit: 'all rates above 0',
    hint: 'start shots at a known state, or make the wells steeper than the couplings',
  });
}

/** Σ_j E^j X (E^j)ᵀ */
function summed(powers: readonly Float64Array[], X: Float64Array, m: number): Float64Array {
  const S = X.slice();
  const one = new Float64Array(m * m);
  const two = new Float64Array(m * m);
  for (const F of powers) {
    product(F, S, one, m, m, m);
    productTransposed(one, F, two, m, m, m);
    addTo(S, two);
  }
  return S;
}
