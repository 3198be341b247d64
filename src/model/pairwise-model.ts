import { RelaxdError } from '../core/index.js';
import { checkState } from './check-patterns.js';
import { couplingLattice } from './coupling-lattice.js';
import { transposed } from './square-matrix.js';
import type { SpinModel } from './spin-model.js';

/** Floating-point fields are summed afresh after this many flips, so that rounding cannot add up. */
const FLIPS_PER_REFRESH = 1 << 20;

/**
 * Dense pairwise couplings: E = −½ Σ_ij J_ij s_i s_j, b_i = Σ_j J_ij s_j (row i receives). Fields are cached and
 * updated along one contiguous column per flip; where J is asymmetric there is no energy and a transposed copy is
 * kept. Couplings on a lattice (Hebb, quantised banks) have exact fields, see {@link couplingLattice}.
 */
export class PairwiseModel implements SpinModel {
  readonly sites: number;
  readonly hasEnergy: boolean;
  readonly state: Int8Array;
  readonly overlaps = null;
  private readonly rows: Float64Array;
  private readonly columns: Float64Array;
  private readonly unit: number;
  private readonly exact: boolean;
  /** Cached fields in units of `unit`. */
  private readonly fields: Float64Array;
  private flips = 0;

  /**
   * @param couplings N×N, row-major, zero diagonal; kept, not copied, so not to be written afterwards
   * @param symmetric whether J_ij = J_ji exactly; checked
   * @throws RelaxdError `program-invalid`: not square, not finite, a diagonal entry, or not symmetric though said so
   */
  constructor(couplings: Float64Array, symmetric: boolean) {
    const sites = Math.round(Math.sqrt(couplings.length));
    if (sites * sites !== couplings.length || sites === 0) {
      throw new RelaxdError(
        'program-invalid',
        `dense couplings have ${couplings.length} numbers, which is not N×N`,
        { path: 'couplings.data', value: couplings.length, limit: 'N×N' },
      );
    }
    checkMatrix(couplings, sites, symmetric);
    this.sites = sites;
    this.hasEnergy = symmetric;
    this.state = new Int8Array(sites).fill(1);
    const lattice = couplingLattice(couplings, sites);
    this.exact = lattice !== null;
    this.rows = lattice?.integers ?? couplings;
    this.unit = lattice?.unit ?? 1;
    this.columns = symmetric ? this.rows : transposed(this.rows, sites);
    this.fields = new Float64Array(sites);
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
    const { sites, state, fields, columns } = this;
    const spin = -state[i]!;
    state[i] = spin;
    const twice = 2 * spin;
    const base = i * sites;
    for (let j = 0; j < sites; j++) fields[j] = fields[j]! + twice * columns[base + j]!;
    this.flips++;
    if (!this.exact && this.flips >= FLIPS_PER_REFRESH) this.refresh();
  }

  energy(): number {
    if (!this.hasEnergy) return NaN;
    let sum = 0;
    for (let i = 0; i < this.sites; i++) sum += this.state[i]! * this.rowField(i);
    return -0.5 * sum * this.unit;
  }

  fieldsFromScratch(out: Float64Array): void {
    for (let i = 0; i < this.sites; i++) out[i] = this.rowField(i) * this.unit;
  }

  private rowField(i: number): number {
    const { sites, state, rows } = this;
    const base = i * sites;
    let sum = 0;
    for (let j = 0; j < sites; j++) sum += rows[base + j]! * state[j]!;
    return sum;
  }

  private refresh(): void {
    for (let i = 0; i < this.sites; i++) this.fields[i] = this.rowField(i);
    this.flips = 0;
  }
}

function checkMatrix(couplings: Float64Array, sites: number, symmetric: boolean): void {
  for (let i = 0; i < sites; i++) {
    if (couplings[i * sites + i] !== 0) {
      throw new RelaxdError(
        'program-invalid',
        `J[${i}][${i}] is ${couplings[i * sites + i]}: sites of ±1 need a zero diagonal`,
        { path: `couplings.data[${i * sites + i}]`, value: couplings[i * sites + i], limit: 0 },
      );
    }
    for (let j = 0; j < sites; j++) {
      const forward = couplings[i * sites + j]!;
      const path = `couplings.data[${i * sites + j}]`;
      if (!Number.isFinite(forward)) {
        throw new RelaxdError('program-invalid', `J[${i}][${j}] is not finite`, {
          path,
          value: String(forward),
          limit: 'finite',
        });
      }
      if (symmetric && forward !== couplings[j * sites + i]) {
        throw new RelaxdError(
          'program-invalid',
          `J[${i}][${j}] = ${forward} but J[${j}][${i}] = ${couplings[j * sites + i]}: not symmetric`,
          { path, value: forward, limit: couplings[j * sites + i] },
        );
      }
    }
  }
}
