import {
  multiply,
  pack64,
  packTransposed64,
  type Engine,
  type Panels,
} from '../../kernels/index.js';
import type { CouplingMatrix } from '../langevin/coupling-matrix.js';
import { couplingForm } from './coupling-form.js';

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
  const form = couplingForm(coupling);
  if (form.kind === 'list') return form;
  if (form.kind === 'matrix') {
    return { kind: 'matrix', matrix: pack64(scratch, form.matrix, sites, sites) };
  }
  const { modes, background } = form;
  const { vectors, values, count } = modes;
  return {
    kind: 'modes',
    toModes: pack64(scratch, vectors, count, sites),
    fromModes: packTransposed64(scratch, vectors, count, sites),
    factors: values.map((value) => value - background),
    coefficients: scratch.float64(count),
    background,
  };
}
