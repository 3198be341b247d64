import type { CouplingMatrix } from '../langevin/coupling-matrix.js';
import { addModes, linearModes, project, type LinearModes } from '../langevin/linear-modes.js';

/** Sites from which on it pays to look for few memories in the couplings. */
const LEAST_SITES = 64;
/** Largest share of listed modes at which the product goes through them: two passes of each against one of the matrix. */
const WORTH_IT = 0.25;

/**
 * J x, through the eigenmodes where the couplings are made of few memories: J = background·1 + Σ_a (μ_a − background) u_a u_aᵀ takes
 * O(P N) instead of O(N²).
 */
export class CouplingProduct {
  private readonly modes: LinearModes | null;
  private readonly coefficients: Float64Array;

  constructor(private readonly coupling: CouplingMatrix) {
    const { sites } = coupling;
    const modes = sites < LEAST_SITES ? null : linearModes(coupling.toDense(), sites);
    const few = modes !== null && modes.background !== null && modes.count <= WORTH_IT * sites;
    this.modes = few ? modes : null;
    this.coefficients = new Float64Array(this.modes?.count ?? 0);
  }

  /** out = J x */
  into(x: Float64Array, out: Float64Array): void {
    const { modes, coefficients } = this;
    if (modes === null) {
      this.coupling.product(x, out);
      return;
    }
    const background = modes.background!;
    project(modes, x, coefficients);
    for (let a = 0; a < coefficients.length; a++) {
      coefficients[a]! *= modes.values[a]! - background;
    }
    for (let i = 0; i < x.length; i++) out[i] = background * x[i]!;
    addModes(modes, coefficients, out);
  }
}
