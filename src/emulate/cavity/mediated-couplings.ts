import type { Couplings, PositionCouplings } from '../../device/index.js';
import { hebbCouplings, weightedCouplings } from '../../model/index.js';
import { linearModes } from '../langevin/linear-modes.js';
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
  return decompose(withDiagonal(couplings, sites, local), sites);
}

/** The parts of a J that is complete already: N×N row-major, symmetric, with its diagonal. */
export function decompose(matrix: Float64Array, sites: number): MediatedCouplings {
  const { values, vectors } = linearModes(matrix.slice(), sites, true);
  const largest = values[sites - 1]!;
  const modes = new Float64Array(sites * sites);
  for (let a = 0; a < sites; a++) {
    const at = (sites - 1 - a) * sites;
    modes.set(vectors.subarray(at, at + sites), a * sites);
  }
  let trace = 0;
  for (let i = 0; i < sites; i++) trace += matrix[i * sites + i]!;
  return {
    sites,
    matrix: matrix.map((value) => value / largest),
    largest,
    strengths: values.map((value) => value / largest).reverse(),
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

/**
 * J_ii of a program's couplings, in their unit, by the rules of {@link mediatedCouplings}: the one diagonal of every
 * fidelity (decision 0023). N² work for `dense` only.
 *
 * @throws RelaxdError `invalid-input` for positions in a cavity that there is none of
 */
export function localDiagonal(couplings: Couplings, sites: number, local: LocalTerm): Float64Array {
  switch (couplings.kind) {
    case 'positions':
      return diagonalOfPositions(couplings, sites, local);
    case 'memories':
      return diagonalOfMemories(couplings.patterns, couplings.weights, sites);
    case 'dense':
      return new Float64Array(sites).fill(
        local.strength * localUnit(squaresOfPairs(couplings.data, sites), sites),
      );
    case 'coo':
      return new Float64Array(sites).fill(
        local.strength * localUnit(squaresOfEntries(couplings.entries), sites),
      );
  }
}

function withDiagonal(couplings: Couplings, sites: number, local: LocalTerm): Float64Array {
  const matrix = withoutDiagonal(couplings, sites, local.modeDamping);
  const diagonal = localDiagonal(couplings, sites, local);
  for (let i = 0; i < sites; i++) matrix[i * sites + i] = diagonal[i]!;
  return matrix;
}

/** A J of its own to write a diagonal into. */
function withoutDiagonal(couplings: Couplings, sites: number, damping: number): Float64Array {
  switch (couplings.kind) {
    case 'positions':
      return couplingsFromPositions(couplings, damping);
    case 'memories':
      return couplings.weights === null
        ? hebbCouplings(couplings.patterns)
        : weightedCouplings(couplings.patterns, couplings.weights);
    case 'dense':
      return couplings.data.slice();
    case 'coo':
      return fromEntries(couplings.entries, sites);
  }
}

function diagonalOfPositions(
  positions: PositionCouplings,
  sites: number,
  local: LocalTerm,
): Float64Array {
  const { xy, cloudSigma, waist } = positions;
  const { modeDamping: damping, strength, self } = local;
  const kernel = new CavityKernel({ ...positions, damping });
  const ofCloud = cloudSigma > 0 ? localStrength(cloudSigma, waist) : strength;
  const [own, share] = damping > 0 ? [0, 1] : [ofCloud, self];
  return Float64Array.from({ length: sites }, (_, i) => {
    const x = xy[2 * i]!;
    const y = xy[2 * i + 1]!;
    return own + share * kernel.value(x, y, x, y);
  });
}

/** Of (1/N) Ξᵀ W Ξ, whose off-diagonal part is `hebbCouplings` or `weightedCouplings`. */
function diagonalOfMemories(
  patterns: readonly Int8Array[],
  weights: Float64Array | null,
  sites: number,
): Float64Array {
  const P = patterns.length;
  if (weights === null) return new Float64Array(sites).fill(P / sites);
  return Float64Array.from({ length: sites }, (_, i) => {
    let sum = 0;
    for (let m = 0; m < P; m++) {
      for (let n = 0; n < P; n++) sum += patterns[m]![i]! * weights[m * P + n]! * patterns[n]![i]!;
    }
    return sum / sites;
  });
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

/** Half the root-mean-square coupling of all pairs; 1 where there is none. */
function localUnit(squares: number, sites: number): number {
  return squares === 0 ? 1 : 0.5 * Math.sqrt(squares / ((sites * (sites - 1)) / 2));
}

/** Σ J_ij² over pairs of a matrix. */
function squaresOfPairs(matrix: Float64Array, sites: number): number {
  let squares = 0;
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) squares += matrix[i * sites + j]! ** 2;
  }
  return squares;
}

/** The same of a list of pairs. */
function squaresOfEntries(entries: Float64Array): number {
  let squares = 0;
  for (let k = 2; k < entries.length; k += 3) squares += entries[k]! ** 2;
  return squares;
}
