import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { dot } from './coupling-matrix.js';

/**
 * Eigenmodes of a symmetric matrix. Where many eigenvalues are the same (a device of few memories, uncoupled sites)
 * that one is the `background`, and only the other modes are listed: matrix = background·1 + Σ_a (μ_a − background) u_a u_aᵀ.
 */
export interface LinearModes {
  readonly sites: number;
  /** Number of listed modes. */
  readonly count: number;
  /** count × sites, one unit vector a row. */
  readonly vectors: Float64Array;
  /** Eigenvalues of the listed modes. */
  readonly values: Float64Array;
  /** The eigenvalue of everything else; null where all modes are listed. */
  readonly background: number | null;
}

/** Above this share of modes a background saves nothing. */
const WORTH_IT = 0.6;

interface Kept {
  readonly matrix: Float64Array;
  readonly modes: LinearModes;
}
/**
 * The last decompositions of this thread. A run's blocks of shots come one after the other and have the same matrix,
 * and N = 1024 takes seconds.
 */
const kept: Kept[] = [];
const KEPT = 2;

/**
 * @param matrix N×N, row-major, symmetric; kept by reference
 * @param all list every mode, background or not
 */
export function linearModes(matrix: Float64Array, sites: number, all = false): LinearModes {
  const found = kept.find(
    (entry) => (entry.modes.background === null || !all) && same(entry.matrix, matrix),
  );
  if (found !== undefined) return found.modes;
  const modes = decompose(matrix, sites, all);
  kept.unshift({ matrix, modes });
  kept.length = Math.min(kept.length, KEPT);
  return modes;
}

function same(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function decompose(matrix: Float64Array, sites: number, all: boolean): LinearModes {
  const { order, eigenvalues, vector } = eigen(matrix, sites);
  const { first, length } = all ? { first: 0, length: 0 } : longestRun(eigenvalues);
  const hasBackground = sites - length <= WORTH_IT * sites;
  const listed = order.filter((_, k) => !hasBackground || k < first || k >= first + length);
  const background = hasBackground
    ? eigenvalues.subarray(first, first + length).reduce((a, b) => a + b, 0) / length
    : null;
  const vectors = new Float64Array(listed.length * sites);
  listed.forEach((k, a) => {
    for (let i = 0; i < sites; i++) vectors[a * sites + i] = vector(i, k);
  });
  return {
    sites,
    count: listed.length,
    vectors,
    values: Float64Array.from(listed, (k) => eigenvalues[order.indexOf(k)]!),
    background,
  };
}

/** Eigenvalues in rising order, and the eigenvectors' columns in that order. */
function eigen(
  matrix: Float64Array,
  sites: number,
): { order: number[]; eigenvalues: Float64Array; vector: (i: number, k: number) => number } {
  if (isDiagonal(matrix, sites)) {
    const order = Array.from({ length: sites }, (_, k) => k);
    order.sort((a, b) => matrix[a * sites + a]! - matrix[b * sites + b]!);
    const eigenvalues = Float64Array.from(order, (k) => matrix[k * sites + k]!);
    return { order, eigenvalues, vector: (i, k) => (i === k ? 1 : 0) };
  }
  const solved = new EigenvalueDecomposition(
    new Matrix(
      Array.from({ length: sites }, (_, i) => matrix.subarray(i * sites, (i + 1) * sites)),
    ),
    { assumeSymmetric: true },
  );
  const values = solved.realEigenvalues;
  const order = Array.from({ length: sites }, (_, k) => k).sort((a, b) => values[a]! - values[b]!);
  const columns = solved.eigenvectorMatrix;
  return {
    order,
    eigenvalues: Float64Array.from(order, (k) => values[k]!),
    vector: (i, k) => columns.get(i, k),
  };
}

function isDiagonal(matrix: Float64Array, sites: number): boolean {
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < sites; j++) if (i !== j && matrix[i * sites + j] !== 0) return false;
  }
  return true;
}

/** The longest run of eigenvalues that are equal to the rounding of their computation. */
function longestRun(rising: Float64Array): { first: number; length: number } {
  const largest = Math.max(Math.abs(rising[0] ?? 0), Math.abs(rising[rising.length - 1] ?? 0));
  const near = 8 * Number.EPSILON * rising.length * largest;
  let best = { first: 0, length: 0 };
  let first = 0;
  for (let k = 0; k < rising.length; k++) {
    while (rising[k]! - rising[first]! > near) first++;
    if (k - first + 1 > best.length) best = { first, length: k - first + 1 };
  }
  return best;
}

/** out_a = u_a · x for the listed modes. */
export function project(modes: LinearModes, x: Float64Array, out: Float64Array): void {
  for (let a = 0; a < modes.count; a++)
    out[a] = dot(modes.vectors, a * modes.sites, x, modes.sites);
}

/** x += Σ_a coefficients_a u_a over the listed modes, two rows at a time. */
export function addModes(modes: LinearModes, coefficients: Float64Array, x: Float64Array): void {
  const { vectors, sites, count } = modes;
  const pairs = count & ~1;
  for (let a = 0; a < pairs; a += 2) {
    const p = a * sites;
    const q = p + sites;
    const c = coefficients[a]!;
    const d = coefficients[a + 1]!;
    for (let i = 0; i < sites; i++) x[i]! += c * vectors[p + i]! + d * vectors[q + i]!;
  }
  if (pairs < count) {
    const p = pairs * sites;
    const c = coefficients[pairs]!;
    for (let i = 0; i < sites; i++) x[i]! += c * vectors[p + i]!;
  }
}

/** Largest and smallest eigenvalue, background included. */
export function spectrum(modes: LinearModes): { least: number; most: number } {
  let least = modes.background ?? Infinity;
  let most = modes.background ?? -Infinity;
  for (const value of modes.values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return { least, most };
}
