import { RelaxdError } from '../core/index.js';
import { MemoryModel } from './memory-model.js';
import { isSymmetric } from './square-matrix.js';

/**
 * Quadratic memories with weights: E = −(1/2N) Σ_μν x_μ W_μν x_ν, that is J = (1/N) Ξᵀ W Ξ with the diagonal in the
 * energy and out of the field. Projection has W = C⁻¹ and dreaming W = (1+t)(1+tC)⁻¹ (physics page §2.6).
 *
 * V_i = Ξ_iᵀ W is kept per site (N×P numbers), so that a field is V_i·y/N, y = x − ξ_i s_i, from integer overlaps: a
 * flip stays O(P) and nothing drifts.
 */
export class WeightedModel extends MemoryModel {
  /** False where W is not symmetric: then row i of J receives, and there is only a field. */
  readonly hasEnergy: boolean;
  private readonly weights: Float64Array;
  private readonly rows: Float64Array;

  /**
   * @param patterns P × N, ±1
   * @param weights P×P, row-major
   * @throws RelaxdError `wrong-size`, `pattern-values`, `program-invalid` (not P×P, not finite)
   */
  constructor(patterns: readonly Int8Array[], weights: Float64Array) {
    super(patterns);
    const { memories, sites } = this;
    checkWeights(weights, memories);
    this.weights = weights;
    this.hasEnergy = isSymmetric(weights, memories);
    this.rows = new Float64Array(sites * memories);
    const { signs } = this.spins;
    for (let i = 0; i < sites; i++) {
      const base = i * memories;
      for (let mu = 0; mu < memories; mu++) {
        const sign = signs[base + mu]!;
        for (let nu = 0; nu < memories; nu++) {
          this.rows[base + nu] = this.rows[base + nu]! + sign * weights[mu * memories + nu]!;
        }
      }
    }
  }

  protected fieldAt(overlaps: Int32Array, i: number): number {
    const { memories, rows } = this;
    const { signs, state } = this.spins;
    const spin = state[i]!;
    const base = i * memories;
    let sum = 0;
    for (let nu = 0; nu < memories; nu++) {
      sum += rows[base + nu]! * (overlaps[nu]! - signs[base + nu]! * spin);
    }
    return sum / this.sites;
  }

  protected energyAt(overlaps: Int32Array): number {
    return weightedEnergy(overlaps, this.weights, this.sites);
  }
}

/** −(1/2N) Σ_μν x_μ W_μν x_ν. */
export function weightedEnergy(overlaps: Int32Array, weights: Float64Array, sites: number): number {
  const memories = overlaps.length;
  let sum = 0;
  for (let mu = 0; mu < memories; mu++) {
    let row = 0;
    for (let nu = 0; nu < memories; nu++) row += weights[mu * memories + nu]! * overlaps[nu]!;
    sum += overlaps[mu]! * row;
  }
  return -sum / (2 * sites);
}

function checkWeights(weights: Float64Array, memories: number): void {
  if (weights.length !== memories * memories) {
    throw new RelaxdError(
      'program-invalid',
      `weights have ${weights.length} numbers for ${memories} memories`,
      { path: 'couplings.weights', value: weights.length, limit: memories * memories },
    );
  }
  const bad = weights.findIndex((weight) => !Number.isFinite(weight));
  if (bad >= 0) {
    const path = `couplings.weights[${Math.floor(bad / memories)}][${bad % memories}]`;
    throw new RelaxdError('program-invalid', `${path} is not finite`, {
      path,
      value: String(weights[bad]),
      limit: 'finite',
    });
  }
}
