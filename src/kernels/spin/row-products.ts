import type { Engine } from '../engine.js';

type Couplings = Int8Array | Int16Array | Float32Array | Float64Array;

/**
 * Row sums out_i = Σ_j rows[i·stride + j] s_j: sixteen partial sums, of j mod 16, added by halves, the same bits on every
 * engine and in `rowProducts` of src/model.
 * @param state ±1, in the arena, readable 63 numbers beyond its end
 * @returns false where the engine has no compiled form
 */
export function compiledRowProducts(
  { raw }: Engine,
  rows: Couplings,
  stride: number,
  state: Int8Array,
  out: Float64Array,
): boolean {
  if (raw === null) return false;
  const args = [rows.byteOffset, stride, state.byteOffset, state.length, out.byteOffset] as const;
  if (rows instanceof Int8Array) raw.productsInt8(...args);
  else if (rows instanceof Int16Array) raw.productsInt16(...args);
  else if (rows instanceof Float32Array) raw.productsFloat32(...args);
  else raw.productsFloat64(...args);
  return true;
}
