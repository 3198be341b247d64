import type { CouplingMatrix } from '../langevin/coupling-matrix.js';
import { linearModes, type LinearModes } from '../langevin/linear-modes.js';

/** Sites from which on it pays to look for few memories in the couplings. */
const LEAST_SITES = 64;
/** Largest share of listed modes at which the product goes through them: two passes of each against one of the matrix. */
const WORTH_IT = 0.25;
/** Share of couplings that are not zero below which only those are gone through. */
const SPARSE = 0.1;

/** What a product J x goes through. */
export type CouplingForm =
  | { readonly kind: 'matrix'; readonly matrix: Float64Array }
  | { readonly kind: 'list' }
  /** J = background·1 + Σ_a (μ_a − background) u_a u_aᵀ, few memories: O(P N) instead of O(N²). */
  | { readonly kind: 'modes'; readonly modes: LinearModes; readonly background: number };

export function couplingForm(coupling: CouplingMatrix): CouplingForm {
  const { sites } = coupling;
  let count = 0;
  for (let i = 0; i < sites; i++) coupling.row(i, (_, J) => (count += Number(J !== 0)));
  if (count < SPARSE * sites * sites) return { kind: 'list' };
  const matrix = coupling.toDense();
  const modes = sites < LEAST_SITES ? null : linearModes(matrix, sites);
  if (modes === null || modes.background === null || modes.count > WORTH_IT * sites) {
    return { kind: 'matrix', matrix };
  }
  return { kind: 'modes', modes, background: modes.background };
}
