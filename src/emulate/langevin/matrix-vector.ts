import {
  multiply,
  pack64,
  packTransposed64,
  type Engine,
  type Panels,
} from '../../kernels/index.js';

/** Smaller matrices are as fast without a kernel. */
const LEAST_SITES = 24;

/** A dense matrix times one vector on an engine's kernel; vectors may lie anywhere. */
export class MatrixVector {
  private readonly x: Float64Array;
  private readonly y: Float64Array;

  private constructor(
    private readonly engine: Engine,
    private readonly panels: Panels<Float64Array>,
  ) {
    this.x = engine.scratch.float64(panels.columns);
    this.y = engine.scratch.float64(panels.rows);
  }

  /**
   * @param matrix rows × columns, row-major
   * @returns null where plain code is as fast
   */
  static of(
    engine: Engine,
    matrix: Float64Array,
    rows: number,
    columns: number,
    transposed = false,
  ): MatrixVector | null {
    if (engine.raw === null || columns < LEAST_SITES || rows === 0) return null;
    const packed = transposed
      ? packTransposed64(engine.scratch, matrix, rows, columns)
      : pack64(engine.scratch, matrix, rows, columns);
    return new MatrixVector(engine, packed);
  }

  /** out ← A x */
  product(x: Float64Array, out: Float64Array): void {
    this.x.set(x);
    multiply(this.engine, this.panels, this.x, this.y, 1, null);
    out.set(this.y);
  }

  /** out ← out + A x */
  add(x: Float64Array, out: Float64Array): void {
    this.x.set(x);
    this.y.set(out);
    multiply(this.engine, this.panels, this.x, this.y, 1, null, 1, 1);
    out.set(this.y);
  }
}
