import { GROUP } from '../../../kernels/index.js';

/** Place of row i of column c in groups of sixteen columns, `rows` rows each. */
export const placeOf = (rows: number, i: number, c: number): number =>
  (Math.floor(c / GROUP) * rows + i) * GROUP + (c % GROUP);

/** Groups that so many columns take. */
export const groupsOf = (columns: number): number => Math.ceil(columns / GROUP);

/** Copies a column out. */
export function readColumn(from: Float64Array, rows: number, c: number, out: Float64Array): void {
  const start = placeOf(rows, 0, c);
  for (let i = 0; i < rows; i++) out[i] = from[start + i * GROUP]!;
}

/** Copies a column in. */
export function writeColumn(to: Float64Array, rows: number, c: number, values: Float64Array): void {
  const start = placeOf(rows, 0, c);
  for (let i = 0; i < rows; i++) to[start + i * GROUP] = values[i]!;
}
