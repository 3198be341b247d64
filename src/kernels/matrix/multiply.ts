import type { Engine } from '../engine.js';
import { GROUP, PANEL, type Numbers, type Panels } from './panels.js';

/** Numbers of the working array that {@link multiply} wants for a matrix. */
export const workLength = ({ rows, columns }: Panels): number => (rows + columns) * 2 * GROUP;

/**
 * Y ← alpha·A·X + beta·Y for X (M × R) and Y (N × R), row-major; with `beta` 0 what Y holds does not matter. All arrays have the
 * panels' precision and lie in the engine's arena. Every sum runs over A's columns in order, so that a column of Y is the same
 * bits whichever other columns it is computed with, R = 1 included.
 *
 * @param work of {@link workLength} numbers, overwritten; not used for one column
 */
export function multiply<A extends Numbers>(
  engine: Engine,
  a: Panels<A>,
  x: A,
  y: A,
  r: number,
  work: A | null,
  alpha = 1,
  beta = 0,
): void {
  const { rows, columns, data } = a;
  const { raw } = engine;
  if (raw !== null) {
    const run = data instanceof Float64Array ? raw.multiplyRows64 : raw.multiplyRows32;
    const at = work?.byteOffset ?? 0;
    run(data.byteOffset, x.byteOffset, y.byteOffset, rows, columns, r, alpha, beta, at);
    return;
  }
  for (let i = 0; i < rows; i++) {
    const first = Math.floor(i / PANEL) * PANEL * columns + (i % PANEL);
    for (let c0 = 0; c0 < r; c0 += GROUP) {
      // Along the rows of x, so many columns at once.
      const width = Math.min(GROUP, r - c0);
      sums.fill(0);
      for (let k = 0; k < columns; k++) {
        const factor = data[first + k * PANEL]!;
        const from = k * r + c0;
        for (let c = 0; c < width; c++) sums[c]! += factor * x[from + c]!;
      }
      const to = i * r + c0;
      for (let c = 0; c < width; c++) {
        y[to + c] = beta === 0 ? alpha * sums[c]! : alpha * sums[c]! + beta * y[to + c]!;
      }
    }
  }
}

/**
 * The same for columns in groups of sixteen: X is groups × M × 16, Y groups × N × 16. This is the layout in which many
 * replicas move: nothing is copied.
 */
export function multiplyGroups<A extends Numbers>(
  engine: Engine,
  a: Panels<A>,
  x: A,
  y: A,
  groups: number,
  alpha = 1,
  beta = 0,
): void {
  const { rows, columns, data } = a;
  const { raw } = engine;
  if (raw !== null) {
    const run = data instanceof Float64Array ? raw.multiplyGroups64 : raw.multiplyGroups32;
    run(data.byteOffset, x.byteOffset, y.byteOffset, rows, columns, groups, alpha, beta);
    return;
  }
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < rows; i++) {
      const to = (g * rows + i) * GROUP;
      const first = Math.floor(i / PANEL) * PANEL * columns + (i % PANEL);
      sums.fill(0);
      for (let k = 0; k < columns; k++) {
        const factor = data[first + k * PANEL]!;
        const from = (g * columns + k) * GROUP;
        for (let c = 0; c < GROUP; c++) sums[c]! += factor * x[from + c]!;
      }
      for (let c = 0; c < GROUP; c++) {
        y[to + c] = beta === 0 ? alpha * sums[c]! : alpha * sums[c]! + beta * y[to + c]!;
      }
    }
  }
}

const sums = new Float64Array(GROUP);
