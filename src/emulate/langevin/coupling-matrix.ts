import { RelaxdError } from '../../core/index.js';
import type { Couplings } from '../../device/index.js';
import type { Engine } from '../../kernels/index.js';
import { MatrixVector } from './matrix-vector.js';

/** Σ_j matrix[offset + j]·x[j], four sums at a time (fixed order: the same bits every time). */
export function dot(matrix: Float64Array, offset: number, x: Float64Array, length: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = length & ~3;
  for (let j = 0; j < whole; j += 4) {
    const k = offset + j;
    a += matrix[k]! * x[j]!;
    b += matrix[k + 1]! * x[j + 1]!;
    c += matrix[k + 2]! * x[j + 2]!;
    d += matrix[k + 3]! * x[j + 3]!;
  }
  for (let j = whole; j < length; j++) a += matrix[offset + j]! * x[j]!;
  return a + b + (c + d);
}

/** A symmetric matrix of couplings in rows: where most are zero only the others are kept. */
export class CouplingMatrix {
  private kernel: MatrixVector | null = null;

  private constructor(
    readonly sites: number,
    /** N×N, row-major; null: only what is not zero is kept, in rows. */
    readonly dense: Float64Array | null,
    readonly starts: Int32Array,
    readonly columns: Int32Array,
    readonly values: Float64Array,
  ) {}

  /** @throws RelaxdError `not-supported` for couplings other than `dense` and `coo` */
  static of(couplings: Couplings, sites: number): CouplingMatrix {
    if (couplings.kind === 'dense') {
      return new CouplingMatrix(sites, couplings.data, NONE, NONE, EMPTY);
    }
    if (couplings.kind !== 'coo') {
      throw new RelaxdError('not-supported', `no circuit for couplings of kind ${couplings.kind}`, {
        path: 'couplings.kind',
        value: couplings.kind,
        limit: ['dense', 'coo'],
      });
    }
    const { entries } = couplings;
    const starts = new Int32Array(sites + 1);
    for (let k = 0; k < entries.length; k += 3) {
      starts[entries[k]! + 1]!++;
      starts[entries[k + 1]! + 1]!++;
    }
    for (let i = 0; i < sites; i++) starts[i + 1]! += starts[i]!;
    const next = starts.slice();
    const columns = new Int32Array(starts[sites]!);
    const values = new Float64Array(starts[sites]!);
    for (let k = 0; k < entries.length; k += 3) {
      const [i, j, J] = [entries[k]!, entries[k + 1]!, entries[k + 2]!];
      columns[next[i]!] = j;
      values[next[i]!++] = J;
      columns[next[j]!] = i;
      values[next[j]!++] = J;
    }
    return new CouplingMatrix(sites, null, starts, columns, values);
  }

  /** Takes products on an engine from now on, until its scratch is taken back. */
  accelerate(engine: Engine): void {
    const { dense, sites } = this;
    if (dense !== null) this.kernel = MatrixVector.of(engine, dense, sites, sites);
  }

  /** out = J x */
  product(x: Float64Array, out: Float64Array): void {
    if (this.kernel !== null) {
      this.kernel.product(x, out);
      return;
    }
    const { sites, dense, starts, columns, values } = this;
    if (dense !== null) {
      for (let i = 0; i < sites; i++) out[i] = dot(dense, i * sites, x, sites);
      return;
    }
    for (let i = 0; i < sites; i++) {
      let sum = 0;
      for (let k = starts[i]!; k < starts[i + 1]!; k++) sum += values[k]! * x[columns[k]!]!;
      out[i] = sum;
    }
  }

  /** Calls back for every coupling of row i that is not zero. */
  row(i: number, each: (j: number, J: number) => void): void {
    const { sites, dense, starts, columns, values } = this;
    if (dense !== null) {
      for (let j = 0; j < sites; j++) {
        const J = dense[i * sites + j]!;
        if (J !== 0) each(j, J);
      }
      return;
    }
    for (let k = starts[i]!; k < starts[i + 1]!; k++) each(columns[k]!, values[k]!);
  }

  /** The couplings among some sites only. The same object where these are all. */
  among(chosen: Int32Array): CouplingMatrix {
    if (chosen.length === this.sites) return this;
    const place = new Int32Array(this.sites).fill(-1);
    chosen.forEach((site, k) => (place[site] = k));
    const starts = new Int32Array(chosen.length + 1);
    const columns: number[] = [];
    const values: number[] = [];
    chosen.forEach((site, k) => {
      this.row(site, (j, J) => {
        if (place[j]! < 0) return;
        columns.push(place[j]!);
        values.push(J);
      });
      starts[k + 1] = columns.length;
    });
    const sparse = new CouplingMatrix(
      chosen.length,
      null,
      starts,
      Int32Array.from(columns),
      Float64Array.from(values),
    );
    if (columns.length < (chosen.length * chosen.length) / 4) return sparse;
    return new CouplingMatrix(chosen.length, sparse.toDense(), NONE, NONE, EMPTY);
  }

  /** The same pairs with other values, which may differ in the two directions. */
  map(each: (i: number, j: number, J: number) => number): CouplingMatrix {
    const { sites, dense, starts, columns } = this;
    const values = (dense ?? this.values).slice();
    for (let i = 0; i < sites; i++) {
      const [from, to] =
        dense === null ? [starts[i]!, starts[i + 1]!] : [i * sites, (i + 1) * sites];
      for (let k = from; k < to; k++) {
        values[k] = each(i, dense === null ? columns[k]! : k - from, values[k]!);
      }
    }
    return dense === null
      ? new CouplingMatrix(sites, null, starts, columns, values)
      : new CouplingMatrix(sites, values, NONE, NONE, EMPTY);
  }

  /** N×N, row-major; a copy. */
  toDense(): Float64Array {
    const out = new Float64Array(this.sites * this.sites);
    for (let i = 0; i < this.sites; i++) {
      this.row(i, (j, J) => {
        out[i * this.sites + j] = J;
      });
    }
    return out;
  }

  /** max_i Σ_j |J_ij|: a bound on the largest eigenvalue (Gershgorin). */
  largestRowSum(): number {
    let largest = 0;
    for (let i = 0; i < this.sites; i++) {
      let sum = 0;
      this.row(i, (_, J) => {
        sum += Math.abs(J);
      });
      largest = Math.max(largest, sum);
    }
    return largest;
  }
}

const NONE = new Int32Array(0);
const EMPTY = new Float64Array(0);
