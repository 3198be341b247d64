import {
  multiply,
  pack64,
  packTransposed64,
  type Engine,
  type Panels,
} from '../../kernels/index.js';
import type { CouplingMatrix } from '../langevin/coupling-matrix.js';
import { linearModes } from '../langevin/linear-modes.js';

/** Sites from which on it pays to look for few memories in the couplings. */
const LEAST_SITES = 64;
/** Largest share of listed modes at which the product goes through them: two passes of each against one of the matrix. */
const WORTH_IT = 0.25;
/** Share of couplings that are not zero below which only those are gone through. */
const SPARSE = 0.1;

/** What a product goes through. */
type Way =
  | { readonly kind: 'matrix'; readonly matrix: Panels<Float64Array> }
  | { readonly kind: 'list' }
  | {
      readonly kind: 'modes';
      readonly toModes: Panels<Float64Array>;
      readonly fromModes: Panels<Float64Array>;
      readonly factors: Float64Array;
      readonly coefficients: Float64Array;
      readonly background: number;
    };

/**
 * J x, through the eigenmodes where the couplings are made of few memories: J = background·1 + Σ_a (μ_a − background) u_a u_aᵀ takes
 * O(P N) instead of O(N²).
 */
export class CouplingProduct {
  private readonly way: Way;

  constructor(
    private readonly engine: Engine,
    private readonly coupling: CouplingMatrix,
  ) {
    this.way = wayThrough(engine, coupling);
  }

  /** out = J x; both in the engine's arena */
  into(x: Float64Array, out: Float64Array): void {
    const { engine, way } = this;
    switch (way.kind) {
      case 'list':
        this.coupling.product(x, out);
        return;
      case 'matrix':
        multiply(engine, way.matrix, x, out, 1, null);
        return;
      case 'modes': {
        const { toModes, fromModes, factors, coefficients, background } = way;
        multiply(engine, toModes, x, coefficients, 1, null);
        for (let a = 0; a < factors.length; a++) coefficients[a]! *= factors[a]!;
        for (let i = 0; i < x.length; i++) out[i] = background * x[i]!;
        multiply(engine, fromModes, coefficients, out, 1, null, 1, 1);
      }
    }
  }
}

function wayThrough({ scratch }: Engine, coupling: CouplingMatrix): Way {
  const { sites } = coupling;
  let count = 0;
  for (let i = 0; i < sites; i++) coupling.row(i, (_, J) => (count += Number(J !== 0)));
  if (count < SPARSE * sites * sites) return { kind: 'list' };
  const dense = coupling.toDense();
  const modes = sites < LEAST_SITES ? null : linearModes(dense, sites);
  if (modes === null || modes.background === null || modes.count > WORTH_IT * sites) {
    return { kind: 'matrix', matrix: pack64(scratch, dense, sites, sites) };
  }
  const { background, vectors, values } = modes;
  return {
    kind: 'modes',
    toModes: pack64(scratch, vectors, modes.count, sites),
    fromModes: packTransposed64(scratch, vectors, modes.count, sites),
    factors: values.map((value) => value - background),
    coefficients: scratch.float64(modes.count),
    background,
  };
}
