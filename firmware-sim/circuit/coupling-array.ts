/** Transconductors between nodes: currents from voltages. Dense where most pairs are coupled, else row by row of those that are. */
export class CouplingArray {
  private readonly starts: Int32Array | null;
  private readonly columns: Int32Array;
  private readonly values: Float64Array;
  readonly isEmpty: boolean;
  /** Every pair alike in both directions. */
  readonly isSymmetric: boolean;

  /** @param matrix n × n siemens, I_i = Σ_j matrix[i n + j] V_j; kept, not copied, where it is dense */
  constructor(
    readonly n: number,
    private readonly matrix: Float64Array,
  ) {
    let count = 0;
    let isSymmetric = true;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const value = matrix[i * n + j]!;
        if (value !== 0) count++;
        if (value !== matrix[j * n + i]!) isSymmetric = false;
      }
    }
    this.isEmpty = count === 0;
    this.isSymmetric = isSymmetric;
    if (count > 0.3 * n * n) {
      this.starts = null;
      this.columns = new Int32Array(0);
      this.values = matrix;
      return;
    }
    this.starts = new Int32Array(n + 1);
    this.columns = new Int32Array(count);
    this.values = new Float64Array(count);
    let at = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const value = matrix[i * n + j]!;
        if (value === 0) continue;
        this.columns[at] = j;
        this.values[at++] = value;
      }
      this.starts[i + 1] = at;
    }
  }

  /** out_i = Σ_j g_ij v_j, amperes */
  currents(v: Float64Array, out: Float64Array): void {
    const { n, starts, columns, values } = this;
    if (starts !== null) {
      for (let i = 0; i < n; i++) {
        let sum = 0;
        const end = starts[i + 1]!;
        for (let k = starts[i]!; k < end; k++) sum += values[k]! * v[columns[k]!]!;
        out[i] = sum;
      }
      return;
    }
    const whole = n - (n % 4);
    for (let i = 0; i < n; i++) {
      const row = i * n;
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let j = 0; j < whole; j += 4) {
        a += values[row + j]! * v[j]!;
        b += values[row + j + 1]! * v[j + 1]!;
        c += values[row + j + 2]! * v[j + 2]!;
        d += values[row + j + 3]! * v[j + 3]!;
      }
      for (let j = whole; j < n; j++) a += values[row + j]! * v[j]!;
      out[i] = a + b + (c + d);
    }
  }

  /**
   * out_i = Σ_j g_ij (g_ij s_j / C_i − g_ji s_i / C_j): the power, at the beginning of a step, of currents that noise makes between nodes
   * and that the ends of a step do not show, per s of it.
   *
   * @param s noise of the voltages, V²/s
   */
  areaRates(s: Float64Array, capacitanceF: Float64Array, out: Float64Array): void {
    const { n, matrix } = this;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) {
        const there = matrix[i * n + j]!;
        if (there === 0) continue;
        const back = matrix[j * n + i]!;
        sum += there * ((there * s[j]!) / capacitanceF[i]! - (back * s[i]!) / capacitanceF[j]!);
      }
      out[i] = sum;
    }
  }

  /** Σ_j |g_ij| of a row, siemens. */
  rowSum(i: number): number {
    const from = this.starts === null ? i * this.n : this.starts[i]!;
    const to = this.starts === null ? from + this.n : this.starts[i + 1]!;
    let sum = 0;
    for (let k = from; k < to; k++) sum += Math.abs(this.values[k]!);
    return sum;
  }

  /** About the largest singular value, siemens: a few steps of power iteration, which is at most some per cent low. */
  norm(): number {
    if (this.isEmpty) return 0;
    let v = Float64Array.from({ length: this.n }, (_, i) => 1 + 0.5 * Math.sin(1 + i * i));
    let out = new Float64Array(this.n);
    let size = 0;
    for (let k = 0; k < 30; k++) {
      const length = Math.hypot(...v);
      if (length === 0) return size;
      for (let i = 0; i < this.n; i++) v[i] = v[i]! / length;
      this.currents(v, out);
      size = Math.max(size, Math.hypot(...out));
      [v, out] = [out, v];
    }
    return size;
  }
}
