/** Numbers of couplings, as wide as they need to be. */
export type CouplingArray = Int8Array | Int16Array | Float32Array | Float64Array;
export type CouplingType = 'int8' | 'int16' | 'float32' | 'float64';

/**
 * Where a model's arrays come from: ordinary ones, or arrays in a memory that compiled kernels work on and threads share.
 */
export interface ModelArrays {
  int8(length: number): Int8Array;
  int16(length: number): Int16Array;
  int32(length: number): Int32Array;
  float32(length: number): Float32Array;
  float64(length: number): Float64Array;
  /**
   * An array that follows from another one, once for all who share it.
   * @param source of the program
   * @param form number of what is made of it, one of {@link DERIVED}
   * @param fill writes it; it is zero before
   */
  derived(
    source: Float64Array | Int8Array,
    form: number,
    type: CouplingType,
    length: number,
    fill: (out: CouplingArray) => void,
  ): CouplingArray;
  /** out_i = Σ_j rows[i·stride + j] s_j, summed as {@link rowProducts} does. */
  products(rows: CouplingArray, stride: number, state: Int8Array, out: Float64Array): void;
  /** y_j ← y_j + factor · rows[from + j], j < count. */
  addRow(y: FieldArray, rows: CouplingArray, from: number, count: number, factor: number): void;
  /** y_j ← factor · y_j */
  scale(y: Float64Array, factor: number): void;
}

/** Fields in the units of their couplings: int16 for int8, int32 for int16, float64 for others. */
export type FieldArray = Int16Array | Int32Array | Float64Array;

/** Forms of arrays that follow from others; numbers from 100 on are free for other rooms. */
export const DERIVED = {
  rowsInt8: 1,
  rowsInt16: 2,
  rowsFloat32: 3,
  rowsFloat64: 4,
  columnsInt8: 5,
  columnsInt16: 6,
  columnsFloat32: 7,
  columnsFloat64: 8,
} as const;

const TYPES = {
  int8: Int8Array,
  int16: Int16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

const LANES = 16;

/**
 * out_i = Σ_j rows[i·stride + j] s_j. Sixteen partial sums, of j mod 16, added by halves: the order in which kernels do it.
 */
export function rowProducts(
  rows: CouplingArray,
  stride: number,
  state: Int8Array,
  out: Float64Array,
): void {
  const sums = new Float64Array(LANES);
  const sites = state.length;
  for (let i = 0; i < sites; i++) {
    const base = i * stride;
    sums.fill(0);
    for (let j = 0; j < sites; j++) {
      sums[j & 15] = sums[j & 15]! + rows[base + j]! * state[j]!;
    }
    for (let half = LANES / 2; half >= 1; half /= 2) {
      for (let l = 0; l < half; l++) sums[l] = sums[l]! + sums[l + half]!;
    }
    out[i] = sums[0]!;
  }
}

/** Ordinary arrays of one thread. */
export const plainArrays: ModelArrays = {
  int8: (length) => new Int8Array(length),
  int16: (length) => new Int16Array(length),
  int32: (length) => new Int32Array(length),
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  derived: (_source, _form, type, length, fill) => {
    const out = new TYPES[type](length);
    fill(out);
    return out;
  },
  products: rowProducts,
  addRow: (y, rows, from, count, factor) => {
    for (let j = 0; j < count; j++) y[j] = y[j]! + factor * rows[from + j]!;
  },
  scale: (y, factor) => {
    for (let j = 0; j < y.length; j++) y[j] = factor * y[j]!;
  },
};
