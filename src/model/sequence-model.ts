import { RelaxdError } from '../core/index.js';
import { MemoryModel } from './memory-model.js';
import { checkDegree } from './polynomial-model.js';
import { powerTable } from './polynomial-table.js';

/**
 * Sequences of memories: b_i = Σ_μ ξ_i^{next μ} f(y_μ/N), f(m) = m^{n−1} (rectified: 0 for m ≤ 0), y the overlap
 * without site i. Degree 2 is J = (1/N) Σ ξ^{next μ} ξ^{μᵀ} with a zero diagonal. Asymmetric, so without an energy.
 */
export class SequenceModel extends MemoryModel {
  readonly hasEnergy = false;
  readonly degree: number;
  private readonly next: Int32Array;
  private readonly table: Float64Array;
  private readonly scale: number;

  /**
   * @param patterns P × N, ±1
   * @param next P indices: ξ^{next[μ]} is recalled after ξ^μ
   * @param degree n, integer 2 … 200
   * @throws RelaxdError `wrong-size`, `pattern-values`, `program-invalid` (degree, or an index outside 0 … P − 1)
   */
  constructor(
    patterns: readonly Int8Array[],
    next: Int32Array,
    degree: number,
    options: { readonly rectified: boolean } = { rectified: false },
  ) {
    super(patterns);
    checkDegree(degree);
    checkNext(next, this.memories);
    this.degree = degree;
    this.next = next.slice();
    const table = powerTable(this.sites, this.memories, degree, options.rectified);
    this.table = table.values;
    this.scale = table.scale;
  }

  protected fieldAt(overlaps: Int32Array, i: number): number {
    const { memories, sites, table, next } = this;
    const { signs, state } = this.spins;
    const spin = state[i]!;
    const base = i * memories;
    let sum = 0;
    for (let mu = 0; mu < memories; mu++) {
      const y = overlaps[mu]! - signs[base + mu]! * spin;
      sum += signs[base + next[mu]!]! * table[y + sites]!;
    }
    return sum * this.scale;
  }

  protected energyAt(): number {
    return NaN;
  }
}

function checkNext(next: Int32Array, memories: number): void {
  if (next.length !== memories) {
    throw new RelaxdError(
      'program-invalid',
      `next has ${next.length} entries for ${memories} memories`,
      {
        path: 'couplings.next',
        value: next.length,
        limit: memories,
      },
    );
  }
  for (const [mu, following] of next.entries()) {
    if (following < 0 || following >= memories) {
      throw new RelaxdError('program-invalid', `couplings.next[${mu}] names memory ${following}`, {
        path: `couplings.next[${mu}]`,
        value: following,
        limit: [0, memories - 1],
      });
    }
  }
}
