import type { Engine } from '../engine.js';

/** A row of couplings and the sums that it is added to: int8 to int16, int16 to int32, float32 and float64 to float64. */
export type RowNumbers = Int8Array | Int16Array | Float32Array | Float64Array;
export type RowSums = Int16Array | Int32Array | Float64Array;

/** Below so many numbers a loop here is done before a call of compiled code has begun. */
const FEWEST = 64;

/**
 * y_j ← y_j + factor · rows[from + j] for the first `count` numbers: what a flip or a spike does to all fields. A product
 * rounded, then a sum rounded, number by number: the same bits on every engine. Integers wrap around.
 *
 * @param y in the arena; wide enough for the numbers of `rows` as {@link RowSums} says
 * @param rows in the arena, or anywhere with fewer than 64 numbers to add
 * @param factor an integer of 15 bits where the numbers are integers
 */
export function addRow(
  { raw }: Engine,
  y: RowSums,
  rows: RowNumbers,
  from: number,
  count: number,
  factor: number,
): void {
  if (raw === null || count < FEWEST) {
    addRowReference(y, rows, from, count, factor);
    return;
  }
  const at = rows.byteOffset + from * rows.BYTES_PER_ELEMENT;
  if (rows instanceof Int8Array) raw.addRowInt8(y.byteOffset, at, count, factor);
  else if (rows instanceof Int16Array) raw.addRowInt16(y.byteOffset, at, count, factor);
  else if (rows instanceof Float32Array) raw.addRowFloat32(y.byteOffset, at, count, factor);
  else raw.addRowFloat64(y.byteOffset, at, count, factor);
}

export function addRowReference(
  y: RowSums,
  rows: RowNumbers,
  from: number,
  count: number,
  factor: number,
): void {
  for (let j = 0; j < count; j++) y[j] = y[j]! + factor * rows[from + j]!;
}

/** y_j ← factor · y_j: one step of a decay. @param y in the arena */
export function scaleRow({ raw }: Engine, y: Float64Array, factor: number): void {
  if (raw !== null && y.length >= FEWEST) {
    raw.scaleRow64(y.byteOffset, y.length, factor);
    return;
  }
  for (let j = 0; j < y.length; j++) y[j] = factor * y[j]!;
}
