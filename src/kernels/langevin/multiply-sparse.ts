import type { Engine } from '../engine.js';
import { GROUP, type Numbers } from '../matrix/panels.js';

/** A sparse matrix in rows: entries starts[i] … starts[i + 1] − 1 are those of row i. All in the arena. */
export interface SparseRows {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Int32Array;
  readonly columnOf: Int32Array;
  readonly values: Float64Array;
}

/** Y ← J X for columns in groups of sixteen, in double precision; sums run over a row's entries in order. */
export function multiplySparse(
  engine: Engine,
  { rows, columns, starts, columnOf, values }: SparseRows,
  x: Numbers,
  y: Numbers,
  groups: number,
): void {
  if (engine.raw !== null) {
    engine.raw.multiplySparse64(
      starts.byteOffset,
      columnOf.byteOffset,
      values.byteOffset,
      x.byteOffset,
      y.byteOffset,
      rows,
      columns,
      groups,
    );
    return;
  }
  y.fill(0);
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < rows; i++) {
      const to = (g * rows + i) * GROUP;
      for (let k = starts[i]!; k < starts[i + 1]!; k++) {
        const from = (g * columns + columnOf[k]!) * GROUP;
        for (let c = 0; c < GROUP; c++) y[to + c]! += values[k]! * x[from + c]!;
      }
    }
  }
}
