import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Couplings, PositionCouplings } from '../../device/index.js';
import { hebbCouplings, weightedCouplings } from '../../model/index.js';
import { CavityKernel } from './cavity-kernel.js';
import { couplingsFromPositions } from './couplings-from-positions.js';
import { localStrength } from './geometry.js';

/**
 * The interaction that the cavity mediates, as vector and quantum spins feel it: with its diagonal, over its largest
 * eigenvalue, and taken apart into modes.
 */
export interface MediatedCouplings {
  readonly sites: number;
  /** Ĵ = J/λ_max(J), N×N row-major, symmetric, the local term on the diagonal. */
  readonly matrix: Float64Array;
  /** λ_max(J) in the program's coupling unit. */
  readonly largest: number;
  /** Eigenvalues of Ĵ, falling; the first is 1. */
  readonly strengths: Float64Array;
  /** Row a: unit eigenvector of `strengths[a]`. */
  readonly modes: Float64Array;
  /** Mean diagonal element of J, in the program's coupling unit. */
  readonly meanDiagonal: number;
}

/** The device's parameters that the diagonal of J depends on. */
export interface LocalTerm {
  /** β, in J0 of positions and else in half the root-mean-square coupling. */
  readonly strength: number;
  /** Share of J(r_i, r_i) on the diagonal of position couplings, 0 … 1. */
  readonly self: number;
  /** a of position couplings. */
  readonly modeDamping: number;
}

/** Eigenvalues of Ĵ between −this and this count as zero: rounding of their computation. */
export const NO_STRENGTH = 1e-10;

/** The last one of this thread: a run's blocks of shots come with the same numbers. */
let kept: { readonly matrix: Float64Array; readonly made: MediatedCouplings } | null = null;

/**
 * J with the diagonal that ±1 spins have no need of (a constant there):
 * - `positions`: J_ii = β = w0²/(8σ²), or the device's `localStrength` for points (physics page §4.3b), plus
 *   `selfCoupling` times J(r_i, r_i)/J0, the nonlocal term of §3.3 at i = j. With mode damping J(r_i, r_i) has the local
 *   term in it, as a spot of finite size, and is all there is;
 * - `dense`, `coo`: J_ii = β u, where u is half the root-mean-square coupling. (A 4/7 glass has J of rms 2 J0, so that
 *   its J/J0 as a dense matrix gets the β it has as positions.)
 * - `memories` (degree 2): J = (1/N) Ξᵀ W Ξ with its own diagonal: a cavity with one mode a memory.
 *
 * @param local what completes the diagonal
 */
export function mediatedCouplings(
  couplings: Couplings,
  sites: number,
  local: LocalTerm,
): MediatedCouplings {
  const matrix = withDiagonal(couplings, sites, local);
  if (kept?.matrix.length === matrix.length && matrix.every((v, k) => v === kept!.matrix[k])) {
    return kept.made;
  }
  const made = decompose(matrix, sites);
  kept = { matrix, made };
  return made;
}

/** The parts of a J that is complete already: N×N row-major, symmetric, with its diagonal. */
export function decompose(matrix: Float64Array, sites: number): MediatedCouplings {
  const solved = new EigenvalueDecomposition(
    new Matrix(
      Array.from({ length: sites }, (_, i) => matrix.subarray(i * sites, (i + 1) * sites)),
    ),
    { assumeSymmetric: true },
  );
  const values = solved.realEigenvalues;
  const columns = solved.eigenvectorMatrix;
  const order = Array.from({ length: sites }, (_, k) => k).sort((a, b) => values[b]! - values[a]!);
  const largest = values[order[0]!]!;
  const modes = new Float64Array(sites * sites);
  order.forEach((k, a) => {
    for (let i = 0; i < sites; i++) modes[a * sites + i] = columns.get(i, k);
  });
  let trace = 0;
  for (let i = 0; i < sites; i++) trace += matrix[i * sites + i]!;
  return {
    sites,
    matrix: matrix.map((value) => value / largest),
    largest,
    strengths: Float64Array.from(order, (k) => values[k]! / largest),
    modes,
    meanDiagonal: trace / sites,
  };
}

/** The least eigenvalue of J, in the program's coupling unit. */
export function leastEigenvalue({ strengths, largest }: MediatedCouplings): number {
  return strengths[strengths.length - 1]! * largest;
}

/** Whether modes of one detuning can make J: none of its eigenvalues is negative. */
export function isMediated({ strengths, largest }: MediatedCouplings): boolean {
  return largest > 0 && strengths[strengths.length - 1]! >= -NO_STRENGTH;
}

function withDiagonal(couplings: Couplings, sites: number, local: LocalTerm): Float64Array {
  switch (couplings.kind) {
    case 'positions':
      return positionsWithDiagonal(couplings, sites, local);
    case 'memories': {
      const { patterns, weights } = couplings;
      return weights === null
        ? memoriesWithDiagonal(hebbCouplings(patterns), sites, patterns.length / sites)
        : weightsWithDiagonal(couplings.patterns, weights, sites);
    }
    case 'dense':
    case 'coo': {
      const matrix =
        couplings.kind === 'dense' ? couplings.data.slice() : fromEntries(couplings.entries, sites);
      const own = local.strength * localUnit(matrix, sites);
      for (let i = 0; i < sites; i++) matrix[i * sites + i] = own;
      return matrix;
    }
  }
}

function positionsWithDiagonal(
  positions: PositionCouplings,
  sites: number,
  local: LocalTerm,
): Float64Array {
  const { xy, cloudSigma, waist } = positions;
  const { modeDamping: damping, strength, self } = local;
  const matrix = couplingsFromPositions(positions, damping);
  const kernel = new CavityKernel({ ...positions, damping });
  const ofCloud = cloudSigma > 0 ? localStrength(cloudSigma, waist) : strength;
  const [own, share] = damping > 0 ? [0, 1] : [ofCloud, self];
  for (let i = 0; i < sites; i++) {
    const x = xy[2 * i]!;
    const y = xy[2 * i + 1]!;
    matrix[i * sites + i] = own + share * kernel.value(x, y, x, y);
  }
  return matrix;
}

function memoriesWithDiagonal(matrix: Float64Array, sites: number, diagonal: number): Float64Array {
  for (let i = 0; i < sites; i++) matrix[i * sites + i] = diagonal;
  return matrix;
}

/** (1/N) Ξᵀ W Ξ, whose off-diagonal part is `weightedCouplings`. */
function weightsWithDiagonal(
  patterns: readonly Int8Array[],
  weights: Float64Array,
  sites: number,
): Float64Array {
  const matrix = weightedCouplings(patterns, weights);
  const P = patterns.length;
  for (let i = 0; i < sites; i++) {
    let sum = 0;
    for (let m = 0; m < P; m++) {
      for (let n = 0; n < P; n++) sum += patterns[m]![i]! * weights[m * P + n]! * patterns[n]![i]!;
    }
    matrix[i * sites + i] = sum / sites;
  }
  return matrix;
}

function fromEntries(entries: Float64Array, sites: number): Float64Array {
  const matrix = new Float64Array(sites * sites);
  for (let k = 0; k < entries.length; k += 3) {
    const i = entries[k]!;
    const j = entries[k + 1]!;
    matrix[i * sites + j] = entries[k + 2]!;
    matrix[j * sites + i] = entries[k + 2]!;
  }
  return matrix;
}

/** Half the root-mean-square coupling; 1 where there is none. */
function localUnit(matrix: Float64Array, sites: number): number {
  let squares = 0;
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) squares += matrix[i * sites + j]! ** 2;
  }
  return squares === 0 ? 1 : 0.5 * Math.sqrt(squares / ((sites * (sites - 1)) / 2));
}
