import { RelaxdError } from '../../../core/index.js';
import type { SpinCouplings } from '../../../model/index.js';

/**
 * Pairwise couplings of magnetisations −1 ≤ m_i ≤ 1: E = −½ Σ_{i≠j} J_ij m_i m_j − ½ Σ D_i m_i² + a constant,
 * b_i = Σ_{j≠i} J_ij m_j + D_i m_i. D is zero but where a diagonal is given. The constant is such that at m = ±1 (D = 0)
 * the energy is that of the spin model: −½ tr J for memories, which count it, else 0. Memories stay memories.
 */
export class MagnetisationModel {
  readonly constant: number;
  private readonly dense: Float64Array | null = null;
  private readonly memories: Memories | null = null;
  private readonly sparse: Sparse | null = null;

  /**
   * @param diagonal D, N values, or null for none
   * @throws RelaxdError `not-supported` for couplings that are not pairwise
   */
  constructor(
    couplings: SpinCouplings,
    readonly sites: number,
    private readonly diagonal: Float64Array | null,
  ) {
    let constant = 0;
    if (couplings.kind === 'dense') this.dense = couplings.data;
    else if (couplings.kind === 'coo') this.sparse = sparseOf(couplings.entries, sites);
    else {
      const { interaction, weights, patterns, next } = couplings;
      if (
        interaction.kind !== 'polynomial' ||
        interaction.degree !== 2 ||
        interaction.rectified ||
        next !== null
      ) {
        throw new RelaxdError('not-supported', 'magnetisations need pairwise couplings', {
          path: 'couplings.interaction',
          value: interaction,
          limit: 'polynomial of degree 2',
        });
      }
      this.memories = memoriesOf(patterns, weights);
      for (let i = 0; i < sites; i++) constant -= 0.5 * this.memories.self[i]!;
    }
    this.constant = constant;
  }

  /** b of magnetisations m into `out`. */
  fields(m: Float64Array, out: Float64Array): void {
    const { sites, dense, memories, sparse, diagonal } = this;
    if (dense !== null) {
      for (let i = 0; i < sites; i++) {
        const base = i * sites;
        let sum = 0;
        for (let j = 0; j < sites; j++) sum += dense[base + j]! * m[j]!;
        out[i] = sum;
      }
    } else if (sparse !== null) {
      for (let i = 0; i < sites; i++) {
        let sum = 0;
        for (let k = sparse.starts[i]!; k < sparse.starts[i + 1]!; k++) {
          sum += sparse.values[k]! * m[sparse.columns[k]!]!;
        }
        out[i] = sum;
      }
    } else memories!.fields(m, out);
    if (diagonal !== null) {
      for (let i = 0; i < sites; i++) out[i] = out[i]! + diagonal[i]! * m[i]!;
    }
  }

  /** Adds to b what a change of m_j alone changes: column j times `change`. O(N), O(degree), O(NP). */
  addColumn(j: number, change: number, out: Float64Array): void {
    const { sites, dense, memories, sparse, diagonal } = this;
    if (dense !== null) {
      const base = j * sites; // symmetric: row j is column j
      for (let i = 0; i < sites; i++) out[i] = out[i]! + change * dense[base + i]!;
    } else if (sparse !== null) {
      for (let k = sparse.starts[j]!; k < sparse.starts[j + 1]!; k++) {
        const i = sparse.columns[k]!;
        out[i] = out[i]! + change * sparse.values[k]!;
      }
    } else memories!.addColumn(j, change, out);
    if (diagonal !== null) out[j] = out[j]! + change * diagonal[j]!;
  }

  /** Energy of couplings from magnetisations and their fields. */
  energy(m: Float64Array, fields: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.sites; i++) sum += m[i]! * fields[i]!;
    return this.constant - 0.5 * sum;
  }

  /** J_jj as {@link addColumn} counts it: 0 without a diagonal. */
  self(j: number): number {
    return this.diagonal === null ? 0 : this.diagonal[j]!;
  }
}

interface Sparse {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

function sparseOf(entries: Float64Array, sites: number): Sparse {
  const starts = new Int32Array(sites + 1);
  const pairs = entries.length / 3;
  for (let k = 0; k < pairs; k++) {
    starts[entries[3 * k]! + 1]!++;
    starts[entries[3 * k + 1]! + 1]!++;
  }
  for (let i = 0; i < sites; i++) starts[i + 1]! += starts[i]!;
  const at = starts.slice();
  const columns = new Int32Array(2 * pairs);
  const values = new Float64Array(2 * pairs);
  for (let k = 0; k < pairs; k++) {
    const [i, j] = [entries[3 * k]!, entries[3 * k + 1]!];
    for (const [row, column] of [
      [i, j],
      [j, i],
    ] as const) {
      columns[at[row]!] = column;
      values[at[row]!] = entries[3 * k + 2]!;
      at[row]!++;
    }
  }
  return { starts, columns, values };
}

/** J = (1/N) Ξᵀ W Ξ without its diagonal. */
class Memories {
  /** J_ii. */
  readonly self: Float64Array;
  private readonly overlaps: Float64Array;
  private readonly mixed: Float64Array;

  constructor(
    private readonly signs: Int8Array,
    private readonly count: number,
    private readonly weights: Float64Array | null,
    private readonly sites: number,
  ) {
    this.overlaps = new Float64Array(count);
    this.mixed = new Float64Array(count);
    this.self = new Float64Array(sites);
    for (let i = 0; i < sites; i++) {
      for (let mu = 0; mu < count; mu++) this.overlaps[mu] = signs[mu * sites + i]!;
      const mixed = this.mix();
      let sum = 0;
      for (let mu = 0; mu < count; mu++) sum += signs[mu * sites + i]! * mixed[mu]!;
      this.self[i] = sum / sites;
    }
  }

  fields(m: Float64Array, out: Float64Array): void {
    const { signs, count, sites, overlaps, self } = this;
    for (let mu = 0; mu < count; mu++) {
      const base = mu * sites;
      let sum = 0;
      for (let i = 0; i < sites; i++) sum += signs[base + i]! * m[i]!;
      overlaps[mu] = sum;
    }
    for (let i = 0; i < sites; i++) out[i] = -self[i]! * m[i]!;
    this.addMixed(1, out);
  }

  addColumn(j: number, change: number, out: Float64Array): void {
    const { signs, count, sites, overlaps, self } = this;
    for (let mu = 0; mu < count; mu++) overlaps[mu] = signs[mu * sites + j]!;
    this.addMixed(change, out);
    out[j] = out[j]! - change * self[j]!;
  }

  /** out += (factor/N) Ξᵀ W x for the overlaps x at hand. */
  private addMixed(factor: number, out: Float64Array): void {
    const { signs, count, sites } = this;
    const mixed = this.mix();
    for (let mu = 0; mu < count; mu++) {
      const base = mu * sites;
      const weight = (factor * mixed[mu]!) / sites;
      for (let i = 0; i < sites; i++) out[i] = out[i]! + weight * signs[base + i]!;
    }
  }

  private mix(): Float64Array {
    const { weights, count, overlaps, mixed } = this;
    if (weights === null) return overlaps;
    for (let mu = 0; mu < count; mu++) {
      let sum = 0;
      for (let nu = 0; nu < count; nu++) sum += weights[mu * count + nu]! * overlaps[nu]!;
      mixed[mu] = sum;
    }
    return mixed;
  }
}

function memoriesOf(patterns: readonly Int8Array[], weights: Float64Array | null): Memories {
  const sites = patterns[0]!.length;
  const signs = new Int8Array(patterns.length * sites);
  patterns.forEach((pattern, mu) => signs.set(pattern, mu * sites));
  return new Memories(signs, patterns.length, weights, sites);
}
