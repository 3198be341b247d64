import { RelaxdError } from '../core/index.js';
import { checkState } from './check-patterns.js';
import { couplingLattice } from './coupling-lattice.js';
import { plainArrays, type ModelArrays } from './model-arrays.js';
import { FLIPS_PER_REFRESH, PADDING } from './pairwise-model.js';
import type { SpinModel } from './spin-model.js';

/**
 * Sparse symmetric couplings in compressed rows: E = −Σ_pairs J_ij s_i s_j, b_i = Σ_j J_ij s_j. `field` is O(1),
 * `flip` O(neighbours).
 */
export class SparseModel implements SpinModel {
  readonly sites: number;
  readonly hasEnergy = true;
  readonly state: Int8Array;
  readonly overlaps = null;
  /** Row i is at starts[i] … starts[i + 1] − 1 of neighbours and couplings. */
  readonly starts: Int32Array;
  readonly neighbours: Int32Array;
  readonly couplings: Float64Array;
  /** b_i = unit · fields[i] */
  readonly unit: number;
  /** Cached fields in units of `unit`. */
  readonly fields: Float64Array;
  /** Flips since fields were computed from scratch; a loop that flips by itself counts here. */
  flips = 0;
  private readonly exact: boolean;

  /**
   * @param sites N
   * @param entries three numbers an entry, i, j, J, each pair once in either order
   * @param arrays where the model's arrays are to be
   * @throws RelaxdError `program-invalid`: an index outside 0 … N − 1, i = j, a pair twice, J not finite
   */
  constructor(sites: number, entries: Float64Array, arrays: ModelArrays = plainArrays) {
    checkEntries(sites, entries);
    this.sites = sites;
    this.state = arrays
      .int8(sites + PADDING)
      .subarray(0, sites)
      .fill(1);
    this.fields = arrays.float64(sites + PADDING);
    const pairs = entries.length / 3;
    const starts = arrays.int32(sites + 1);
    const strengths = new Float64Array(pairs);
    for (let k = 0; k < pairs; k++) {
      for (const end of [entries[3 * k]!, entries[3 * k + 1]!])
        starts[end + 1] = starts[end + 1]! + 1;
      strengths[k] = entries[3 * k + 2]!;
    }
    for (let i = 0; i < sites; i++) starts[i + 1] = starts[i + 1]! + starts[i]!;
    const lattice = couplingLattice(strengths, sites);
    this.exact = lattice !== null;
    this.unit = lattice?.unit ?? 1;
    const inUnits = lattice === null ? strengths : strengths.map(lattice.integerOf);
    const cursor = starts.slice(0, sites);
    this.neighbours = arrays.int32(2 * pairs);
    this.couplings = arrays.float64(2 * pairs);
    for (let k = 0; k < pairs; k++) {
      const i = entries[3 * k]!;
      const j = entries[3 * k + 1]!;
      this.place(cursor, i, j, inUnits[k]!);
      this.place(cursor, j, i, inUnits[k]!);
    }
    this.starts = starts;
    this.refresh();
  }

  reset(state: Int8Array): void {
    checkState(state, this.sites);
    this.state.set(state);
    this.refresh();
  }

  field(i: number): number {
    return this.fields[i]! * this.unit;
  }

  flip(i: number): void {
    const { state, fields, neighbours, couplings } = this;
    const spin = -state[i]!;
    state[i] = spin;
    const end = this.starts[i + 1]!;
    for (let k = this.starts[i]!; k < end; k++) {
      const j = neighbours[k]!;
      fields[j] = fields[j]! + 2 * spin * couplings[k]!;
    }
    this.flips++;
    if (this.isStale) this.refresh();
  }

  rawField(i: number): number {
    return this.fields[i]!;
  }

  /** Whether fields are to be computed from scratch. */
  get isStale(): boolean {
    return this.flips >= this.mostFlips;
  }

  /** Flips after which fields are computed from scratch; ∞ where they cannot drift. */
  get mostFlips(): number {
    return this.exact ? Infinity : FLIPS_PER_REFRESH;
  }

  energy(): number {
    let sum = 0;
    for (let i = 0; i < this.sites; i++) sum += this.state[i]! * this.rowField(i);
    return -0.5 * sum * this.unit;
  }

  /** {@link field} of all sites into `out` (N). */
  allFields(out: Float64Array): void {
    const { fields, unit, sites } = this;
    for (let i = 0; i < sites; i++) out[i] = fields[i]! * unit;
  }

  fieldsFromScratch(out: Float64Array): void {
    for (let i = 0; i < this.sites; i++) out[i] = this.rowField(i) * this.unit;
  }

  private place(cursor: Int32Array, i: number, j: number, coupling: number): void {
    const slot = cursor[i]!;
    this.neighbours[slot] = j;
    this.couplings[slot] = coupling;
    cursor[i] = slot + 1;
  }

  private rowField(i: number): number {
    let sum = 0;
    const end = this.starts[i + 1]!;
    for (let k = this.starts[i]!; k < end; k++) {
      sum += this.couplings[k]! * this.state[this.neighbours[k]!]!;
    }
    return sum;
  }

  /** Computes all fields from scratch. */
  refresh(): void {
    for (let i = 0; i < this.sites; i++) this.fields[i] = this.rowField(i);
    this.flips = 0;
  }
}

function checkEntries(sites: number, entries: Float64Array): void {
  if (entries.length % 3 !== 0) {
    throw new RelaxdError('program-invalid', 'an entry of sparse couplings is [i, j, J]', {
      path: 'couplings.entries',
      value: entries.length,
      limit: 'a multiple of 3 numbers',
    });
  }
  const seen = new Set<number>();
  for (let k = 0; k < entries.length / 3; k++) {
    const path = `couplings.entries[${k}]`;
    const i = entries[3 * k]!;
    const j = entries[3 * k + 1]!;
    const value = [i, j, entries[3 * k + 2]!];
    for (const index of [i, j]) {
      if (!Number.isInteger(index) || index < 0 || index >= sites) {
        throw new RelaxdError('program-invalid', `${path} names site ${index}, of ${sites}`, {
          path,
          value,
          limit: [0, sites - 1],
        });
      }
    }
    if (i === j) {
      throw new RelaxdError('program-invalid', `${path} couples site ${i} to itself`, {
        path,
        value,
        limit: 'i ≠ j',
      });
    }
    if (!Number.isFinite(entries[3 * k + 2]!)) {
      throw new RelaxdError('program-invalid', `${path} has a coupling that is not finite`, {
        path,
        value: value.map(String),
        limit: 'finite',
      });
    }
    const key = Math.min(i, j) * sites + Math.max(i, j);
    if (seen.has(key)) {
      throw new RelaxdError('program-invalid', `${path} names the pair ${i}, ${j} a second time`, {
        path,
        value,
        limit: 'each pair once',
      });
    }
    seen.add(key);
  }
}
