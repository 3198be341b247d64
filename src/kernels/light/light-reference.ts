import { COLUMNS } from '../board/board-columns.js';
import { LIGHT_NUMBER, type LightColumns } from './light-columns.js';

/** The steps of spins in light in plain TypeScript, all sixteen columns at once. */
export class LightReference {
  private readonly n: number;
  private readonly rows: number;
  private readonly x: Float64Array;
  private readonly y: Float64Array;
  private readonly z: Float64Array;
  private readonly direct: Float64Array;
  private readonly lagged: Float64Array;
  private readonly shake: Float64Array;
  private readonly along: Float64Array;
  private readonly wide: Float64Array;
  private readonly slopes: readonly Float64Array[];
  private readonly ahead: readonly Float64Array[];
  private readonly energy: Float64Array;
  /** Number of noise that comes next, and row of fields that holds. */
  private at = 0;
  private row = 0;

  constructor(private readonly s: LightColumns) {
    const { sites, modes } = s.shape;
    this.n = sites;
    const rows = sites * COLUMNS;
    this.rows = rows;
    [this.x, this.y, this.z] = [0, 1, 2].map((k) => s.spins.subarray(k * rows, (k + 1) * rows)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    let from = 0;
    const take = (length: number): Float64Array => s.work.subarray(from, (from += length));
    this.direct = take(rows);
    this.lagged = take(rows);
    this.shake = take(rows);
    this.along = take(rows);
    this.wide = take(2 * modes * COLUMNS);
    this.slopes = [take(rows), take(rows), take(rows)];
    this.ahead = [take(rows), take(rows), take(rows)];
    this.energy = s.terms.subarray(2 * COLUMNS);
  }

  run(steps: number): void {
    const { scheme } = this.s.shape;
    this.takeTerms();
    for (let k = 0; k < steps; k++) {
      this.before(k);
      const control = this.s.controls[k + 1]!;
      if (scheme === 'heun') this.heun(control);
      else if (scheme === 'strang') this.strang(control);
      else this.wigner(control);
      this.takeTerms();
      this.after(k);
    }
  }

  private number(name: keyof typeof LIGHT_NUMBER): number {
    return this.s.numbers[LIGHT_NUMBER[name]]!;
  }
  private field(e: number): number {
    return this.s.fields[this.row * this.n + (e >> 4)]!;
  }

  private heun(pump: number): void {
    const { x, y, z, rows, direct, lagged, shake, along } = this;
    const [p, q, r] = this.slopes as [Float64Array, Float64Array, Float64Array];
    const [u, v, w] = this.ahead as [Float64Array, Float64Array, Float64Array];
    const [dt, damping, delay] = [this.number('dt'), this.number('damping'), this.number('delay')];
    this.drawShake(pump);
    for (let e = 0; e < rows; e++) {
      const b = shake[e]! - this.field(e) - pump * (direct[e]! + delay * lagged[e]!);
      const toward = x[e]! * b + z[e]!;
      p[e] = -y[e]! + damping * (x[e]! * toward - b);
      q[e] = x[e]! - b * z[e]! + damping * y[e]! * toward;
      r[e] = b * y[e]! + damping * (z[e]! * toward - 1);
      u[e] = x[e]! + dt * p[e]!;
      v[e] = y[e]! + dt * q[e]!;
      w[e] = z[e]! + dt * r[e]!;
    }
    this.fieldOf(u, v, pump);
    const half = 0.5 * dt;
    for (let e = 0; e < rows; e++) {
      const b = along[e]!;
      const toward = u[e]! * b + w[e]!;
      const a = x[e]! + half * (p[e]! - v[e]! + damping * (u[e]! * toward - b));
      const c = y[e]! + half * (q[e]! + u[e]! - b * w[e]! + damping * v[e]! * toward);
      const d = z[e]! + half * (r[e]! + b * v[e]! + damping * (w[e]! * toward - 1));
      const scale = 1 / Math.sqrt(a * a + c * c + d * d);
      x[e] = scale * a;
      y[e] = scale * c;
      z[e] = scale * d;
    }
  }

  private strang(pump: number): void {
    const { x, y, z } = this;
    const [u, v, w] = this.ahead as [Float64Array, Float64Array, Float64Array];
    this.drawShake(pump);
    this.aboutZ();
    this.fieldOf(x, y, pump);
    if (this.s.shape.middle) {
      this.aboutX(0.5 * this.number('dt'), u, v, w);
      this.fieldOf(u, v, pump);
    }
    this.aboutX(this.number('dt'), x, y, z);
    this.aboutZ();
  }

  private wigner(root: number): void {
    const { s, x, y, z, wide } = this;
    const { modes } = s.shape;
    const half = 0.5 * this.number('dt');
    this.aboutZ();
    this.gather(root);
    this.aboutX(half, x, y, z);
    this.project();
    const width = this.number('width');
    for (let m = 0; m < modes; m++) {
      const scale = root * this.number('spinSize') * s.strengths[m]!;
      for (let c = 0; c < COLUMNS; c++) {
        const re = m * COLUMNS + c;
        const im = re + modes * COLUMNS;
        const force = scale * wide[re]!;
        const [a, b] = [s.light[re]!, s.light[im]!];
        s.light[re] =
          this.number('turnReal') * a -
          this.number('turnImaginary') * b +
          force * this.number('pushImaginary') +
          width * s.noise[this.at + 2 * m * COLUMNS + c]!;
        s.light[im] =
          this.number('turnReal') * b +
          this.number('turnImaginary') * a -
          force * this.number('pushReal') +
          width * s.noise[this.at + (2 * m + 1) * COLUMNS + c]!;
      }
    }
    this.at += 2 * modes * COLUMNS;
    this.gather(root);
    this.aboutX(half, x, y, z);
    this.aboutZ();
  }

  /** along ← shake − field − pump (Ĵx + delay Ĵ₊y) */
  private fieldOf(x: Float64Array, y: Float64Array, pump: number): void {
    const { s, n, along, lagged, shake, rows } = this;
    const delay = this.number('delay');
    multiply(s.matrix, n, n, x, along);
    if (s.shape.lags) multiply(s.positive, n, n, y, lagged);
    for (let e = 0; e < rows; e++) {
      along[e] = shake[e]! - this.field(e) - pump * (along[e]! + delay * lagged[e]!);
    }
  }

  /** along ← −field + √p · 2 Σ γ Re α v */
  private gather(root: number): void {
    const { s, n, along, rows } = this;
    multiply(s.coupling, n, s.shape.modes, s.light, along);
    for (let e = 0; e < rows; e++) along[e] = root * along[e]! - this.field(e);
  }

  private project(): void {
    const { s, n, x, wide } = this;
    multiply(s.projection, s.shape.modes, n, x, wide);
  }

  private drawShake(pump: number): void {
    const { s, n, wide, shake } = this;
    const { modes, noise } = s.shape;
    if (!noise) return;
    const width = Math.sqrt((this.number('noisePower') * pump) / this.number('dt'));
    for (let k = 0; k < modes * COLUMNS; k++) wide[k] = width * s.noise[this.at + k]!;
    this.at += (modes + (modes % 2)) * COLUMNS;
    multiply(s.coupling, n, modes, wide, shake);
  }

  private aboutZ(): void {
    const { x, y, z, rows } = this;
    const [cos, sin, pull, narrow] = (['cos', 'sin', 'pull', 'narrow'] as const).map((name) =>
      this.number(name),
    ) as [number, number, number, number];
    for (let e = 0; e < rows; e++) {
      const shrink = 1 / (1 - z[e]! * pull);
      const a = narrow * shrink * x[e]!;
      const b = narrow * shrink * y[e]!;
      x[e] = a * cos - b * sin;
      y[e] = a * sin + b * cos;
      z[e] = (z[e]! - pull) * shrink;
    }
  }

  private aboutX(h: number, outX: Float64Array, outY: Float64Array, outZ: Float64Array): void {
    const { x, y, z, along, rows } = this;
    const damping = this.number('damping');
    for (let e = 0; e < rows; e++) {
      const angle = along[e]! * h;
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      const pull = Math.tanh(damping * angle);
      const shrink = 1 / (1 - x[e]! * pull);
      const across = Math.sqrt(1 - pull * pull) * shrink;
      const b = across * y[e]!;
      const c = across * z[e]!;
      outX[e] = (x[e]! - pull) * shrink;
      outY[e] = b * cos - c * sin;
      outZ[e] = b * sin + c * cos;
    }
  }

  private takeTerms(): void {
    const { s, n, x, y, z, direct, lagged, wide } = this;
    const { scheme, modes, lags } = s.shape;
    if (scheme === 'wigner') this.project();
    else {
      multiply(s.matrix, n, n, x, direct);
      if (scheme === 'heun' && lags) multiply(s.positive, n, n, y, lagged);
    }
    for (let c = 0; c < COLUMNS; c++) {
      let term = 0;
      let rest = 0;
      for (let e = c; e < this.rows; e += COLUMNS) rest += z[e]!;
      if (scheme === 'wigner') {
        let quanta = -0.5 * modes;
        for (let m = 0; m < modes; m++) {
          const re = s.light[m * COLUMNS + c]!;
          const im = s.light[(modes + m) * COLUMNS + c]!;
          term += 2 * s.strengths[m]! * re * wide[m * COLUMNS + c]!;
          quanta += re * re + im * im;
        }
        rest += this.number('quantum') * quanta;
      } else for (let e = c; e < this.rows; e += COLUMNS) term -= 0.5 * x[e]! * direct[e]!;
      s.terms[c] = term;
      s.terms[COLUMNS + c] = rest;
    }
  }

  /** The controls go to those of a step: work. */
  private before(k: number): void {
    const { s, n, x, energy } = this;
    const old = this.row;
    if (s.fieldsChange) this.row++;
    const change = s.controls[k + 1]! - s.controls[k]!;
    for (let c = 0; c < COLUMNS; c++) {
      let work = change * s.terms[c]!;
      s.totals[2 * COLUMNS + c]! += work;
      for (let i = 0; i < n; i++) {
        const moved = s.fields[this.row * n + i]! - s.fields[old * n + i]!;
        work -= moved * x[i * COLUMNS + c]!;
      }
      s.totals[c]! += work;
      energy[c] = this.energyOf(c, s.controls[k + 1]!);
    }
  }

  /** The state has moved at these controls: heat is what its energy has fallen by. */
  private after(k: number): void {
    const { s, energy } = this;
    for (let c = 0; c < COLUMNS; c++) {
      s.totals[COLUMNS + c]! += energy[c]! - this.energyOf(c, s.controls[k + 1]!);
    }
  }

  private energyOf(column: number, control: number): number {
    const { s, n, x } = this;
    let energy = control * s.terms[column]! + s.terms[COLUMNS + column]!;
    for (let i = 0; i < n; i++) energy -= s.fields[this.row * n + i]! * x[i * COLUMNS + column]!;
    return energy;
  }
}

/** out[rows][16] = A in[inner][16] */
function multiply(
  a: Float64Array,
  rows: number,
  inner: number,
  x: Float64Array,
  out: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const to = i * COLUMNS;
    for (let c = 0; c < COLUMNS; c++) out[to + c] = 0;
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k]!;
      for (let c = 0; c < COLUMNS; c++) out[to + c]! += factor * x[k * COLUMNS + c]!;
    }
  }
}
