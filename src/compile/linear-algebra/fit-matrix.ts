import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { RelaxdError } from '../../core/index.js';
import type { Descriptor } from '../../device/index.js';
import type { Friction } from './averaging-error.js';

/** A matrix as a device can hold it. */
export interface FittedMatrix {
  readonly sites: number;
  /** d×d, row-major, as it was asked for. */
  readonly matrix: Float64Array;
  /** s: the device holds s·A. */
  readonly scale: number;
  /** d×d, row-major: what the device holds over s; differs from `matrix` by the rounding of the couplings. */
  readonly held: Float64Array;
  /** Of the held matrix times s, rising. */
  readonly eigenvalues: Float64Array;
  /** Members of a program. */
  readonly couplings: { readonly kind: 'coo'; readonly entries: readonly (readonly number[])[] };
  readonly wells: { readonly quadratic: readonly number[]; readonly quartic: 0 };
}

/** Largest |A_ij − A_ji| that counts as symmetric, relative to the largest entry. */
const SYMMETRIC = 1e-12;

/**
 * Scales a symmetric positive definite matrix into a device's ranges of couplings (J = −s A_ij) and wells (q = s A_ii/2), as large
 * as they allow, since a device runs s times faster then, and rounds the couplings to the levels of its DAC.
 *
 * @param matrix d×d, row-major
 * @throws RelaxdError `wrong-size`, `not-finite`, `invalid-input` (not symmetric, not positive definite), `cannot-compile`
 *   (a sign that the device does not have, a size beyond it, rounding that leaves no positive definite matrix)
 */
export function fitMatrix(matrix: ArrayLike<number>, descriptor: Descriptor): FittedMatrix {
  const d = Math.round(Math.sqrt(matrix.length));
  const A = Float64Array.from(matrix);
  checkMatrix(A, d);
  const { wells, couplings, sites } = descriptor;
  if (wells === null) {
    throw cannot(descriptor, 'has no continuous sites in wells', 'wells', null, 'wells');
  }
  if (d > sites.max) throw cannot(descriptor, `has ${sites.max} sites`, 'matrix', d, sites.max);
  const [lowest, highest] = couplings.range ?? [-Infinity, Infinity];
  let scale = Infinity;
  for (let i = 0; i < d; i++) {
    scale = Math.min(scale, (2 * wells.quadratic[1]) / A[i * d + i]!);
    for (let j = 0; j < i; j++) {
      const J = -A[i * d + j]!;
      if (J === 0) continue;
      const most = J > 0 ? highest : lowest;
      if (most === 0) {
        throw cannot(
          descriptor,
          `has couplings of ${lowest} … ${highest} only, and A[${i}][${j}] = ${-J} needs the other sign`,
          `matrix[${i * d + j}]`,
          -J,
          J > 0 ? '≥ 0' : '≤ 0',
        );
      }
      scale = Math.min(scale, most / J);
    }
  }
  const step = couplings.resolution ?? 0;
  const held = A.slice();
  const entries: number[][] = [];
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      const wanted = -scale * A[i * d + j]!;
      const J = step === 0 ? wanted : Math.round(wanted / step) * step;
      if (J !== 0) entries.push([i, j, J]);
      held[i * d + j] = held[j * d + i] = J === 0 ? 0 : -J / scale;
    }
  }
  const eigenvalues = eigenvaluesOf(held, d).map((value) => value * scale);
  if (!(eigenvalues[0]! > 0)) {
    throw cannot(
      descriptor,
      `rounds couplings to steps of ${step}, and the rounded matrix is not positive definite`,
      'couplings.resolution',
      eigenvalues[0],
      'smallest eigenvalue > 0',
    );
  }
  return {
    sites: d,
    matrix: A,
    scale,
    held,
    eigenvalues,
    couplings: { kind: 'coo', entries },
    wells: {
      quadratic: Array.from({ length: d }, (_, i) => (scale * A[i * d + i]!) / 2),
      quartic: 0,
    },
  };
}

/** γ of a device's cells by its descriptor; null where it is overdamped. */
export function frictionOf(descriptor: Descriptor): Friction {
  const rules = Object.keys(descriptor.dynamics.rules);
  if (rules[0] === 'langevin') return null;
  const quality = descriptor.parameters.find((parameter) => parameter.name === 'qualityFactor');
  if (rules[0] !== 'underdamped' || quality === undefined) {
    throw cannot(descriptor, 'is no Langevin circuit', 'dynamics.rules', rules, [
      'langevin',
      'underdamped',
    ]);
  }
  return Math.SQRT2 / quality.default;
}

function checkMatrix(A: Float64Array, d: number): void {
  if (A.length === 0 || A.length !== d * d) {
    throw new RelaxdError('wrong-size', `the matrix has ${A.length} entries: no square`, {
      path: 'matrix',
      value: A.length,
      limit: 'd × d',
    });
  }
  const at = A.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) {
    throw new RelaxdError('not-finite', 'an entry of the matrix is not a number', {
      path: `matrix[${at}]`,
      value: A[at],
      limit: 'finite',
    });
  }
  const largest = A.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      if (Math.abs(A[i * d + j]! - A[j * d + i]!) <= SYMMETRIC * largest) continue;
      throw invalid('is not symmetric', `matrix[${i * d + j}]`, A[i * d + j], A[j * d + i]);
    }
  }
  const least = eigenvaluesOf(A, d)[0]!;
  if (!(least > 0)) throw invalid('is not positive definite', 'matrix', least, 'eigenvalues > 0');
}

/** In rising order. */
function eigenvaluesOf(A: Float64Array, d: number): Float64Array {
  const solved = new EigenvalueDecomposition(Matrix.from1DArray(d, d, Array.from(A)), {
    assumeSymmetric: true,
  });
  return Float64Array.from(solved.realEigenvalues).sort();
}

const invalid = (what: string, path: string, value: unknown, limit: unknown): RelaxdError =>
  new RelaxdError('invalid-input', `the matrix ${what}`, {
    path,
    value,
    limit,
    hint: 'a relaxing circuit solves for symmetric positive definite matrices; for others take AᵀA',
  });

const cannot = (
  { device }: Descriptor,
  why: string,
  path: string,
  value: unknown,
  limit: unknown,
): RelaxdError => new RelaxdError('cannot-compile', `${device} ${why}`, { path, value, limit });
