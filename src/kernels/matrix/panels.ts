import type { Allocator } from '../arena.js';

/** Rows side by side in a panel. */
export const PANEL = 8;
/** Columns side by side in a group: {@link multiplyGroups}. */
export const GROUP = 16;

/** Numbers of one precision. */
export type Numbers = Float32Array | Float64Array;

/**
 * A matrix as its products want it: eight rows side by side, `data[(⌊i/8⌋·columns + k)·8 + i mod 8]` = A_ik, the last panel
 * filled up with rows of zeros. Float32 or Float64.
 */
export interface Panels<A extends Numbers = Numbers> {
  readonly rows: number;
  readonly columns: number;
  readonly data: A;
}

/** Numbers that the panels of a matrix hold. */
export const panelsLength = (rows: number, columns: number): number =>
  Math.ceil(rows / PANEL) * PANEL * columns;

/** Packs a row-major matrix (rows × columns) into `data` of {@link panelsLength}, at its precision. */
export function pack<A extends Numbers>(
  a: Numbers,
  rows: number,
  columns: number,
  data: A,
): Panels<A> {
  data.fill(0);
  for (let i = 0; i < rows; i++) {
    const from = i * columns;
    const to = Math.floor(i / PANEL) * PANEL * columns + (i % PANEL);
    for (let k = 0; k < columns; k++) data[to + k * PANEL] = a[from + k]!;
  }
  return { rows, columns, data };
}

/** Packs into a new array of the arena, or of this thread's scratch. */
export function pack64(
  where: Allocator,
  a: Numbers,
  rows: number,
  columns: number,
): Panels<Float64Array> {
  return pack(a, rows, columns, where.float64(panelsLength(rows, columns)));
}
export function pack32(
  where: Allocator,
  a: Numbers,
  rows: number,
  columns: number,
): Panels<Float32Array> {
  return pack(a, rows, columns, where.float32(panelsLength(rows, columns)));
}

/** Packs the transpose of a row-major matrix (rows × columns). */
export function packTransposed64(
  where: Allocator,
  a: Numbers,
  rows: number,
  columns: number,
): Panels<Float64Array> {
  const data = where.float64(panelsLength(columns, rows));
  for (let i = 0; i < columns; i++) {
    const to = Math.floor(i / PANEL) * PANEL * rows + (i % PANEL);
    for (let k = 0; k < rows; k++) data[to + k * PANEL] = a[k * columns + i]!;
  }
  return { rows: columns, columns: rows, data };
}
