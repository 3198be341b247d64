import { RelaxdError } from '../core/index.js';
import { checkState } from './check-patterns.js';
import { couplingLattice } from './coupling-lattice.js';
import type { SpinModel } from './spin-model.js';

const FLIPS_PER_REFRESH = 1 << 20;

/**
 * Sparse symmetric couplings in compressed rows: E = −Σ_pairs J_ij s_i s_j, b_i = Σ_j J_ij s_j. `field` is O(1),
 * `flip` O(neighbours).
 */
export class SparseModel implements SpinModel {
  readonly sites: number;
  readonly hasEnergy = true;
  readonly state: Int8Array;
  readonly overlaps = null;
  private readonly starts: Int32Array;
  private readonly neighbours: Int32Array;
  private readonly couplings: Float64Array;
  private readonly unit: number;
  private readonly exact: boolean;
  private readonly fields: Float64Array;
  private flips = 0;

  /**
   * @param sites N
   * @param entries three numbers an entry, i, j, J, each pair once in either order
   * @throws RelaxdError `program-invalid`: an index outside 0 … N − 1, i = j, a pair twice, J not finite
   */
  constructor(sites: number, entries: Float64Array) {
    checkEntries(sites, entries);
    this.sites = sites;
    this.state = new Int8Array(sites).fill(1);
    this.fields = new Float64Array(sites);
    const pairs = entries.length / 3;
    const starts = new Int32Array(sites + 1);
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
    const inUnits = lattice?.integers ?? strengths;
    const cursor = starts.slice(0, sites);
    this.neighbours = new Int32Array(2 * pairs);
    this.couplings = new Float64Array(2 * pairs);
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
    if (!this.exact && this.flips >= FLIPS_PER_REFRESH) this.refresh();
  }

  energy(): number {
    let sum = 0;
    for (let i = 0; i < this.sites; i++) sum += this.state[i]! * this.rowField(i);
    return -0.5 * sum * this.unit;
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

  private refresh(): void {
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
