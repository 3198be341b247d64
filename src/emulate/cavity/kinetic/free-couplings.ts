import type { Program } from '../../../device/index.js';
import { linearModes } from '../../langevin/linear-modes.js';
import { spinCouplings } from '../cavity-model.js';
import { localTerm } from '../judge-couplings.js';
import { localDiagonal, NO_STRENGTH } from '../mediated-couplings.js';
import { MagnetisationModel } from './magnetisation-model.js';

type Parameters = Readonly<Record<string, number>>;

/** Free sites of a program, growing. */
export function freeSites({ clamped, sites }: Pick<Program, 'clamped' | 'sites'>): Int32Array {
  const held = new Set(clamped);
  return Int32Array.from({ length: sites }, (_, i) => i).filter((i) => !held.has(i));
}

/** The pairwise couplings of magnetisations, with the diagonal that every fidelity gives them (decision 0023). */
export function completeModel(
  { couplings, sites }: Pick<Program, 'couplings' | 'sites'>,
  parameters: Parameters,
): MagnetisationModel {
  const local = localTerm(parameters);
  const diagonal = localDiagonal(couplings, sites, local);
  return new MagnetisationModel(spinCouplings(couplings, local.modeDamping), sites, diagonal);
}

/** J with its diagonal on the free sites, row-major. */
export function freeCouplings(
  program: Pick<Program, 'clamped' | 'couplings' | 'sites'>,
  parameters: Parameters,
): Float64Array {
  const model = completeModel(program, parameters);
  const free = freeSites(program);
  const n = free.length;
  const matrix = new Float64Array(n * n);
  const column = new Float64Array(model.sites);
  for (let k = 0; k < n; k++) {
    column.fill(0);
    model.addColumn(free[k]!, 1, column);
    for (let i = 0; i < n; i++) matrix[i * n + k] = column[free[i]!]!;
  }
  // Exactly symmetric, whatever the order in which memories were summed.
  for (let i = 0; i < n; i++) for (let k = 0; k < i; k++) matrix[i * n + k] = matrix[k * n + i]!;
  return matrix;
}

/**
 * λ_max of J on the free sites, which the pump's threshold is made of, or a lower bound of it where that is positive
 * already: a largest eigenvalue is at least the largest J_ii, so that the modes need not be found to judge a program.
 * Rounding counts as 0.
 */
export function thresholdStrength(program: Program, parameters: Parameters): number {
  const free = freeSites(program);
  if (free.length === 0) return 0;
  const diagonal = localDiagonal(program.couplings, program.sites, localTerm(parameters));
  const own = free.reduce((most, i) => Math.max(most, diagonal[i]!), -Infinity);
  if (own > 0) return own;
  const { values } = linearModes(freeCouplings(program, parameters), free.length, true);
  const most = values[values.length - 1]!;
  return most > -NO_STRENGTH * values[0]! ? most : Math.min(most, 0);
}
