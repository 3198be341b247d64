import {
  BOARD_NUMBER,
  BOARD_ROW,
  COLUMNS,
  EULER_ROWS,
  HEUN_ROWS,
  type BoardColumns,
} from './board-columns.js';

/**
 * The steps of a board in plain TypeScript, all sixteen columns at once: the same as `HeunFlow`, `DenseFlow` and `EulerFlow`
 * of the emulator with `ImperfectAccount` make of one shot.
 */
export class BoardReference {
  /** Row of noise that comes next. */
  private at = 0;
  private readonly n: number;
  private readonly rows: number;
  /** Nodes, what couplings gave and 1/f currents at a step's start; limited nodes; the couplings' input; the rest. */
  private readonly working: readonly Float64Array[];
  private readonly next: Float64Array;

  constructor(private readonly s: BoardColumns) {
    this.n = s.shape.nodes;
    this.rows = this.n * COLUMNS;
    this.working = [0, 1, 2, 3, 4].map((k) => s.work.subarray(k * this.rows, (k + 1) * this.rows));
    this.next = s.work.subarray(5 * this.rows);
  }

  heun(): void {
    const { s, rows } = this;
    const { z, shape, received, sources, sum, coefficients, noise } = s;
    const [w, r] = [shape.w * COLUMNS, shape.r * COLUMNS];
    const coupling = s.numbers[BOARD_NUMBER.coupling]!;
    const u0 = this.working[4]!;
    if (s.account) this.depart(true);
    this.flicker();
    if (s.bent) {
      this.wells();
      this.receive();
    }
    const xi = this.at;
    const eta = this.at + rows;
    this.at += r < 0 ? rows : 2 * rows;
    for (let e = 0; e < rows; e++) {
      const q = coefficientsAt(e, HEUN_ROWS);
      const of = (row: number): number => coefficients[q + row * COLUMNS]!;
      const u = coupling * received[e]!;
      const f = sources[e >> 4]! + sum[e]!;
      const x = z[e]!;
      const wx = w < 0 ? 0 : z[w + e]!;
      u0[e] = u;
      z[e] =
        of(BOARD_ROW.xx) * x +
        of(BOARD_ROW.xw) * wx +
        of(BOARD_ROW.xu) * u +
        of(BOARD_ROW.xf) * f +
        of(BOARD_ROW.xNoise) * noise[xi + e]!;
      if (w >= 0) z[w + e] = of(BOARD_ROW.ww) * wx + of(BOARD_ROW.wu) * u;
      if (r < 0) continue;
      z[r + e] =
        of(BOARD_ROW.rx) * x +
        of(BOARD_ROW.rw) * wx +
        of(BOARD_ROW.rr) * z[r + e]! +
        of(BOARD_ROW.ru) * u +
        of(BOARD_ROW.rf) * f +
        of(BOARD_ROW.rNoise) * noise[xi + e]! +
        of(BOARD_ROW.rOwn) * noise[eta + e]!;
    }
    this.receive();
    for (let e = 0; e < rows; e++) {
      const q = coefficientsAt(e, HEUN_ROWS);
      const rise = coupling * received[e]! - u0[e]!;
      z[e]! += coefficients[q + BOARD_ROW.xRise * COLUMNS]! * rise;
      if (w >= 0) z[w + e]! += coefficients[q + BOARD_ROW.wRise * COLUMNS]! * rise;
      if (r >= 0) z[r + e]! += coefficients[q + BOARD_ROW.rRise * COLUMNS]! * rise;
    }
    if (s.bent) this.wells();
    this.finish(true);
  }

  dense(): void {
    const { s } = this;
    const { z, noise, pushed, propagator, factor } = s;
    const { size, each, poles } = s.shape;
    const { next } = this;
    if (s.account) this.depart(false);
    if (s.bent) this.wells();
    const share = each ? COLUMNS : 1;
    for (let i = 0; i < size; i++) {
      for (let c = 0; c < COLUMNS; c++) {
        const own = each ? c : 0;
        let value = pushed[i * COLUMNS + c]!;
        for (let j = 0; j < size; j++) {
          value += propagator[(i * size + j) * share + own]! * z[j * COLUMNS + c]!;
        }
        for (let j = 0; j <= i; j++) {
          value += factor[(i * size + j) * share + own]! * noise[this.at + j * COLUMNS + c]!;
        }
        next[i * COLUMNS + c] = value;
      }
    }
    this.at += size * COLUMNS;
    for (let e = 0; e < size * COLUMNS; e++) z[e] = next[e]!;
    if (s.bent) this.wells();
    if (poles > 0) this.sumUp();
    this.finish(false);
  }

  /** @returns −1, or 16·node + column of a shot that is too stiff: then nothing was done */
  euler(): number {
    const { s, rows } = this;
    const { z, shape, received, sources, sum, coefficients, noise, quartic, live } = s;
    const [w, r] = [shape.w * COLUMNS, shape.r * COLUMNS];
    const coupling = s.numbers[BOARD_NUMBER.coupling]!;
    const h = s.numbers[BOARD_NUMBER.step]!;
    const wKept = s.numbers[BOARD_NUMBER.wKept]!;
    const rKept = s.numbers[BOARD_NUMBER.rKept]!;
    const stiffest = s.numbers[BOARD_NUMBER.stiffest]!;
    for (let e = 0; e < rows; e++) {
      if (e % COLUMNS >= live) continue;
      const mobility = coefficients[coefficientsAt(e, EULER_ROWS)]!;
      if (4 * mobility * quartic[e >> 4]! * z[e]! * z[e]! * h > stiffest) return e;
    }
    if (s.account) this.depart(true);
    this.flicker();
    for (let e = 0; e < rows; e++) {
      const q = coefficientsAt(e, EULER_ROWS);
      const x = z[e]!;
      const u = coupling * received[e]!;
      const force =
        sources[e >> 4]! +
        sum[e]! +
        (w < 0 ? u : z[w + e]!) -
        (2 * coefficients[q + 2 * COLUMNS]! + 4 * quartic[e >> 4]! * x * x) * x;
      z[e] = x + h * coefficients[q]! * force + coefficients[q + COLUMNS]! * noise[this.at + e]!;
      if (w >= 0) z[w + e] = u + (z[w + e]! - u) * wKept;
      if (r >= 0) z[r + e] = x + (z[r + e]! - x) * rKept;
    }
    this.at += rows;
    this.finish(true);
    return -1;
  }

  /** Fills `received` from the nodes as they are. */
  receive(): void {
    const { s, n, rows } = this;
    const { z, received, held, matrix, starts, columns } = s;
    const range = s.numbers[BOARD_NUMBER.otaRange]!;
    let from = z;
    if (range > 0) {
      from = this.working[3]!;
      for (let e = 0; e < rows; e++) from[e] = range * Math.tanh(z[e]! / range);
    }
    for (let e = 0; e < rows; e++) received[e] = held[e]!;
    for (let i = 0; i < n; i++) {
      const [first, end] = s.shape.sparse ? [starts[i]!, starts[i + 1]!] : [i * n, (i + 1) * n];
      for (let k = first; k < end; k++) {
        const J = matrix[k]!;
        const j = (s.shape.sparse ? columns[k]! : k - first) * COLUMNS;
        for (let c = 0; c < COLUMNS; c++) received[i * COLUMNS + c]! += J * from[j + c]!;
      }
    }
  }

  private wells(): void {
    const { z, bend } = this.s;
    for (let e = 0; e < this.rows; e++) z[e]! /= Math.sqrt(1 + bend[e]! * z[e]! * z[e]!);
  }

  private flicker(): void {
    const { s, rows } = this;
    const { z, clock, strides, decay, spread, noise } = s;
    const step = ++clock[0]!;
    let moved = false;
    for (let k = 0; k < strides.length; k++) {
      if (step % strides[k]! !== 0) continue;
      moved = true;
      const first = s.shape.flicker * COLUMNS + k * rows;
      for (let e = 0; e < rows; e++) {
        z[first + e] = decay[k]! * z[first + e]! + spread[k]! * noise[this.at + e]!;
      }
      this.at += rows;
    }
    if (moved) this.sumUp();
  }

  private sumUp(): void {
    const { s, rows } = this;
    for (let e = 0; e < rows; e++) {
      let sum = 0;
      for (let k = 0; k < s.shape.poles; k++) sum += s.z[s.shape.flicker * COLUMNS + k * rows + e]!;
      s.sum[e] = sum;
    }
  }

  private coupled(e: number): number {
    const { s } = this;
    return s.shape.w < 0
      ? s.numbers[BOARD_NUMBER.coupling]! * s.received[e]!
      : s.z[s.shape.w * COLUMNS + e]!;
  }

  private depart(holdsFlicker: boolean): void {
    const [x0, coupled0, flicker0] = this.working as [Float64Array, Float64Array, Float64Array];
    for (let e = 0; e < this.rows; e++) {
      x0[e] = this.s.z[e]!;
      coupled0[e] = this.coupled(e);
      if (!holdsFlicker) flicker0[e] = this.s.sum[e]!;
    }
  }

  /** Wherever the flow has brought the nodes: walls, the couplings' fields there, the account. */
  private finish(holdsFlicker: boolean): void {
    const { s } = this;
    const rail = s.numbers[BOARD_NUMBER.rail]!;
    if (rail > 0) {
      for (let e = 0; e < this.rows; e++) {
        const beyond = Math.abs(s.z[e]!) - rail;
        if (beyond > 0) s.z[e] = Math.sign(s.z[e]!) * Math.max(0, rail - beyond);
      }
    }
    this.receive();
    if (s.account) this.arrive(holdsFlicker);
  }

  private arrive(holdsFlicker: boolean): void {
    const { s, rows } = this;
    const { z, sum, quadratic, quartic, sources, coldness, siteBath, totals, shape } = s;
    const [x0, coupled0, flicker0] = this.working as [Float64Array, Float64Array, Float64Array];
    const before = holdsFlicker ? sum : flicker0;
    for (let c = 0; c < COLUMNS; c++) {
      let total = 0;
      let flickerWork = 0;
      let entropy = 0;
      for (let e = c; e < rows; e += COLUMNS) {
        const i = e >> 4;
        const a = x0[e]!;
        const b = z[e]!;
        const own =
          (b - a) * ((a + b) * (quadratic[e]! + quartic[i]! * (a * a + b * b)) - sources[i]!);
        const fed = 0.5 * (before[e]! + sum[e]!) * (b - a);
        const heat = 0.5 * (coupled0[e]! + this.coupled(e)) * (b - a) + fed - own;
        total += heat;
        flickerWork += fed;
        entropy += heat * coldness[e]!;
        if (shape.baths > 0) totals[COLUMNS * (3 + siteBath[i]!) + c]! += heat;
      }
      totals[c]! += total;
      totals[COLUMNS + c]! += flickerWork;
      totals[2 * COLUMNS + c]! += entropy;
    }
  }
}

/** Of node and column e = 16 i + c. */
const coefficientsAt = (e: number, rows: number): number =>
  (e >> 4) * rows * COLUMNS + (e % COLUMNS);
