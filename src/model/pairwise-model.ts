import { RelaxdError } from '../core/index.js';
import { checkState } from './check-patterns.js';
import { ALIGNED, denseRows, type DenseRows } from './dense-rows.js';
import { plainArrays, type FieldArray, type ModelArrays } from './model-arrays.js';
import type { SpinModel } from './spin-model.js';

/** Floating-point fields are summed afresh after this many flips, so that rounding cannot add up. */
export const FLIPS_PER_REFRESH = 1 << 20;
/**
 * On compiled kernels all fields of integer couplings from scratch cost as much as flips of a sixth (N = 64) to a half
 * (N = 1000) of the spins; those of floating-point couplings cost more than flips of all.
 */
const PART_OF_A_PRODUCT = 1 / 3;
/** Kernels read fields in vectors of sixteen from any site on. */
export const PADDING = 64;

/**
 * Dense pairwise couplings: E = −½ Σ_ij J_ij s_i s_j, b_i = Σ_j J_ij s_j (row i receives). Fields are cached and
 * updated along one contiguous column per flip; where J is asymmetric there is no energy and a transposed copy is
 * kept. Couplings on a lattice (Hebb, quantised banks) have exact integer fields, see {@link denseRows}.
 */
export class PairwiseModel implements SpinModel {
  readonly sites: number;
  readonly hasEnergy: boolean;
  readonly state: Int8Array;
  readonly overlaps = null;
  /** The couplings as they are kept. */
  readonly dense: DenseRows;
  /** b_i = unit · fields[i] */
  readonly unit: number;
  /** Cached fields in units of `unit`: int16 for int8 rows, int32 for int16 rows, float64 for others; padded. */
  readonly fields: FieldArray;
  /** Flips since fields were computed from scratch; a loop that flips by itself counts here. */
  flips = 0;
  private readonly sums: Float64Array;

  /**
   * @param couplings N×N, row-major, zero diagonal; kept, not copied, so not to be written afterwards
   * @param symmetric whether J_ij = J_ji exactly; checked
   * @param arrays where the model's arrays are to be
   * @throws RelaxdError `program-invalid`: not square, not finite, a diagonal entry, or not symmetric though said so
   */
  constructor(
    couplings: Float64Array,
    symmetric: boolean,
    private readonly arrays: ModelArrays = plainArrays,
  ) {
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
    this.dense = denseRows(couplings, sites, symmetric, arrays);
    this.unit = this.dense.unit;
    // The state is padded too.
    this.state = arrays
      .int8(sites + PADDING)
      .subarray(0, sites)
      .fill(1);
    const length = ALIGNED * Math.ceil(sites / ALIGNED) + PADDING;
    const { type } = this.dense;
    if (type === 'int8') this.fields = arrays.int16(length);
    else this.fields = type === 'int16' ? arrays.int32(length) : arrays.float64(length);
    this.sums = arrays.float64(sites);
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

  rawField(i: number): number {
    return this.fields[i]!;
  }

  flip(i: number): void {
    const { sites, state, fields, arrays } = this;
    const { columns, stride } = this.dense;
    const spin = -state[i]!;
    state[i] = spin;
    arrays.addRow(fields, columns, i * stride, sites, 2 * spin);
    this.flips++;
    if (this.isStale) this.refresh();
  }

  /**
   * Flips several spins at once: row by row, or, where they are many and fields are integers, with all fields from scratch.
   * @param sites the first `count` of them, no two the same
   */
  flipAll(sites: Int32Array, count: number): void {
    const { type } = this.dense;
    const integers = type === 'int8' || type === 'int16';
    if (!integers || count < PART_OF_A_PRODUCT * this.sites) {
      for (let k = 0; k < count; k++) this.flip(sites[k]!);
      return;
    }
    const { state } = this;
    for (let k = 0; k < count; k++) state[sites[k]!] = -state[sites[k]!]!;
    this.refresh();
  }

  /** Whether fields are to be computed from scratch. */
  get isStale(): boolean {
    return this.flips >= this.mostFlips;
  }

  /** Flips after which fields are computed from scratch; ∞ where they cannot drift. */
  get mostFlips(): number {
    return this.dense.exact ? Infinity : FLIPS_PER_REFRESH;
  }

  energy(): number {
    if (!this.hasEnergy) return NaN;
    this.sum();
    let sum = 0;
    for (let i = 0; i < this.sites; i++) sum += this.state[i]! * this.sums[i]!;
    return -0.5 * sum * this.unit;
  }

  /** {@link field} of all sites into `out` (N). */
  allFields(out: Float64Array): void {
    const { fields, unit, sites } = this;
    for (let i = 0; i < sites; i++) out[i] = fields[i]! * unit;
  }

  fieldsFromScratch(out: Float64Array): void {
    this.sum();
    for (let i = 0; i < this.sites; i++) out[i] = this.sums[i]! * this.unit;
  }

  /** Computes all fields from scratch. */
  refresh(): void {
    this.sum();
    for (let i = 0; i < this.sites; i++) this.fields[i] = this.sums[i]!;
    this.flips = 0;
  }

  /** Row sums of the present state. */
  private sum(): void {
    this.arrays.products(this.dense.rows, this.dense.stride, this.state, this.sums);
  }
}

function checkMatrix(couplings: Float64Array, sites: number, symmetric: boolean): void {
  const path = (at: number): string => `couplings.data[${at}]`;
  for (let i = 0; i < sites; i++) {
    if (couplings[i * sites + i] !== 0) {
      throw new RelaxdError(
        'program-invalid',
        `J[${i}][${i}] is ${couplings[i * sites + i]}: sites of ±1 need a zero diagonal`,
        { path: path(i * sites + i), value: couplings[i * sites + i], limit: 0 },
      );
    }
    for (let j = 0; j < sites; j++) {
      const forward = couplings[i * sites + j]!;
      if (!Number.isFinite(forward)) {
        throw new RelaxdError('program-invalid', `J[${i}][${j}] is not finite`, {
          path: path(i * sites + j),
          value: String(forward),
          limit: 'finite',
        });
      }
      if (symmetric && forward !== couplings[j * sites + i]) {
        throw new RelaxdError(
          'program-invalid',
          `J[${i}][${j}] = ${forward} but J[${j}][${i}] = ${couplings[j * sites + i]}: not symmetric`,
          { path: path(i * sites + j), value: forward, limit: couplings[j * sites + i] },
        );
      }
    }
  }
}
