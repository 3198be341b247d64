import { RelaxdError } from '../../../core/index.js';
import {
  addRow,
  multiply,
  openEngine,
  pack,
  pack64,
  workLength,
  type Engine,
  type Panels,
} from '../../../kernels/index.js';
import { over, type Complex } from '../complex.js';
import type { SpinLight } from './spin-light.js';

/** A dense complex matrix, row-major. */
interface Dense {
  readonly size: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The same in an engine's memory: its real parts, and its imaginary parts after them. */
interface Stacked extends Dense {
  readonly both: Float64Array;
}

const MOST_SITES = 5;

/**
 * The average over all homodyne records: ρ̇ = −i[H, ρ] + Σ_m (L ρ L† − ½{L†L, ρ}), with operators built as matrices from
 * the formulas of §4.3c one by one. The oracle of the trajectories; N ≤ 5, fourth-order Runge–Kutta steps.
 *
 * A step is products of real matrices on an engine's kernels: an operator A acts on a matrix of real over imaginary parts
 * as ((Re A, −Im A), (Im A, Re A)). The L stand above each other for Lρ, and side by side for Σ L (Lρ)† = Σ LρL†.
 */
export class LindbladAverage {
  readonly sites: number;
  readonly rho: Stacked;
  private readonly sz: readonly Dense[];
  private readonly sx: readonly Dense[];
  private readonly totalSz: Dense;
  /** At threshold. */
  private readonly interaction: Dense;
  private readonly loss: Dense;
  private readonly generator: Dense;
  private readonly generatorForm: Float64Array;
  private readonly generatorPanels: Panels<Float64Array>;
  /** All jumps above each other, and side by side. */
  private readonly jumpsAbove: Panels<Float64Array>;
  private readonly jumpsBeside: Panels<Float64Array>;
  private readonly slopes: readonly Stacked[];
  private readonly stage: Stacked;
  private readonly image: Stacked;
  /** L_m ρ of every jump, above each other, and their adjoints. */
  private readonly jumped: Float64Array;
  private readonly adjoints: Float64Array;
  private readonly work: Float64Array;

  /**
   * @param engine that steps are taken on
   * @throws RelaxdError `invalid-input` for more than 5 spins
   */
  constructor(
    system: SpinLight,
    private readonly engine: Engine = openEngine(),
  ) {
    const { sites, light, modes, modeCount } = system;
    if (sites > MOST_SITES) {
      throw new RelaxdError('invalid-input', `a density matrix of ${sites} spins is too large`, {
        path: 'sites',
        value: sites,
        limit: MOST_SITES,
      });
    }
    this.sites = sites;
    const size = 2 ** sites;
    const one = (s: number): boolean => s === 1;
    const lower = spins(sites, (row, column) => (!one(row) && one(column) ? 1 : 0));
    const raise = spins(sites, (row, column) => (one(row) && !one(column) ? 1 : 0));
    this.sz = spins(sites, (row, column) => (row === column ? row - 0.5 : 0));
    this.sx = spins(sites, (row, column) => (row === column ? 0 : 0.5));
    this.totalSz = dense(size);
    for (const one of this.sz) add(this.totalSz, one, [1, 0]);
    const minus = over([1, 0], [light.delta + 1, light.kappa]);
    const plus = over([1, 0], [light.delta - 1, light.kappa]);
    const half = (c: Complex, g: number): Complex => [0.5 * g * c[0], 0.5 * g * c[1]];
    this.interaction = dense(size);
    this.loss = dense(size);
    const jumps: Dense[] = [];
    for (let m = 0; m < modeCount; m++) {
      const A = dense(size);
      const G = dense(size);
      for (let i = 0; i < sites; i++) {
        const g = modes[m * sites + i]!;
        add(A, lower[i]!, half(minus, g));
        add(A, raise[i]!, half(plus, g));
        add(G, this.sx[i]!, [g, 0]);
      }
      add(this.interaction, product(adjoint(A), G), [0.5, 0]);
      add(this.interaction, product(G, A), [0.5, 0]);
      const L = dense(size);
      add(L, A, [Math.sqrt(2 * light.kappa), 0]);
      jumps.push(L);
      add(this.loss, product(adjoint(L), L), [1, 0]);
    }
    const { arena } = engine;
    const [rows, square] = [2 * size, 2 * size * size];
    this.generator = dense(size);
    this.generatorForm = new Float64Array(rows * rows);
    this.generatorPanels = pack64(arena, this.generatorForm, rows, rows);
    const above = new Float64Array(modeCount * rows * rows);
    const beside = new Float64Array(modeCount * rows * rows);
    jumps.forEach((L, m) => {
      putReal(L, above, m * rows * rows, rows);
      putReal(L, beside, m * rows, modeCount * rows);
    });
    this.jumpsAbove = pack64(arena, above, modeCount * rows, rows);
    this.jumpsBeside = pack64(arena, beside, rows, modeCount * rows);
    this.jumped = arena.float64(modeCount * square);
    this.adjoints = arena.float64(modeCount * square);
    this.work = arena.float64(workLength(this.jumpsAbove) + workLength(this.generatorPanels));
    const make = (): Stacked => stacked(arena.float64(square), size);
    this.rho = make();
    this.slopes = [0, 1, 2, 3].map(make);
    this.stage = make();
    this.image = make();
    this.begin(null);
  }

  /** All spins down, or along ±x with the given signs. */
  begin(signs: ArrayLike<number> | null): void {
    const { re, im, size } = this.rho;
    im.fill(0);
    re.fill(0);
    if (signs === null) {
      re[0] = 1;
      return;
    }
    const amplitude = (s: number): number => {
      let sign = 1;
      for (let i = 0; i < this.sites; i++) if (((s >> i) & 1) === 0 && signs[i]! < 0) sign = -sign;
      return sign / Math.sqrt(size);
    };
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) re[a * size + b] = amplitude(a) * amplitude(b);
    }
  }

  /** One Runge–Kutta step at constant pump and field. */
  step(dt: number, pump: number, field: ArrayLike<number>): void {
    const { rho, stage, slopes } = this;
    this.setGenerator(pump, field);
    const [k1, k2, k3, k4] = slopes as [Stacked, Stacked, Stacked, Stacked];
    this.slope(rho, pump, k1);
    this.ahead(k1, 0.5 * dt);
    this.slope(stage, pump, k2);
    this.ahead(k2, 0.5 * dt);
    this.slope(stage, pump, k3);
    this.ahead(k3, dt);
    this.slope(stage, pump, k4);
    for (const [k, share] of [
      [k1, dt / 6],
      [k2, dt / 3],
      [k3, dt / 3],
      [k4, dt / 6],
    ] as const) {
      addRow(this.engine, rho.both, k.both, 0, rho.both.length, share);
    }
  }

  /** Tr ρ S_i^z */
  meanSz(site: number): number {
    return expectation(this.rho, this.sz[site]!);
  }
  meanSx(site: number): number {
    return expectation(this.rho, this.sx[site]!);
  }
  /** Tr ρ S_i^x S_j^x */
  correlation(i: number, j: number): number {
    return expectation(this.rho, product(this.sx[i]!, this.sx[j]!));
  }
  /** Tr ρ H_int at threshold. */
  interactionEnergy(): number {
    return expectation(this.rho, this.interaction);
  }
  /** Tr ρ² */
  purity(): number {
    return expectation(this.rho, this.rho);
  }
  trace(): number {
    let sum = 0;
    for (let a = 0; a < this.rho.size; a++) sum += this.rho.re[a * this.rho.size + a]!;
    return sum;
  }

  private ahead({ both }: Stacked, dt: number): void {
    this.stage.both.set(this.rho.both);
    addRow(this.engine, this.stage.both, both, 0, both.length, dt);
  }

  /** −iH − ½ΣL†L */
  private setGenerator(pump: number, field: ArrayLike<number>): void {
    const { generator, interaction, loss, sx, totalSz } = this;
    generator.re.fill(0);
    generator.im.fill(0);
    add(generator, totalSz, [0, -1]);
    add(generator, interaction, [0, -pump]);
    add(generator, loss, [-0.5 * pump, 0]);
    sx.forEach((operator, i) => add(generator, operator, [0, field[i]!]));
    const { rows, columns, data } = this.generatorPanels;
    putReal(generator, this.generatorForm, 0, columns);
    pack(this.generatorForm, rows, columns, data);
  }

  /** out = Kρ + (Kρ)† + p Σ L ρ L† */
  private slope(rho: Stacked, pump: number, out: Stacked): void {
    const { engine, generatorPanels, jumpsAbove, jumpsBeside, image, jumped, adjoints, work } =
      this;
    const { size } = rho;
    multiply(engine, generatorPanels, rho.both, image.both, size, work);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) {
        const here = a * size + b;
        const there = b * size + a;
        out.re[here] = image.re[here]! + image.re[there]!;
        out.im[here] = image.im[here]! - image.im[there]!;
      }
    }
    if (jumped.length === 0) return;
    multiply(engine, jumpsAbove, rho.both, jumped, size, work);
    const square = size * size;
    for (let from = 0; from < jumped.length; from += 2 * square) {
      for (let a = 0; a < size; a++) {
        for (let b = 0; b < size; b++) {
          const here = from + a * size + b;
          const there = from + b * size + a;
          adjoints[here] = jumped[there]!;
          adjoints[here + square] = -jumped[there + square]!;
        }
      }
    }
    multiply(engine, jumpsBeside, adjoints, out.both, size, work, pump, 1);
  }
}

function stacked(both: Float64Array, size: number): Stacked {
  const square = size * size;
  return { size, both, re: both.subarray(0, square), im: both.subarray(square) };
}

/** Writes what an operator does to real over imaginary parts into a matrix with rows of `width` numbers. */
function putReal({ size, re, im }: Dense, out: Float64Array, start: number, width: number): void {
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      const [real, imaginary] = [re[a * size + b]!, im[a * size + b]!];
      const upper = start + a * width + b;
      const lower = upper + size * width;
      out[upper] = real;
      out[upper + size] = -imaginary;
      out[lower] = imaginary;
      out[lower + size] = real;
    }
  }
}

function dense(size: number): Dense {
  return { size, re: new Float64Array(size * size), im: new Float64Array(size * size) };
}

/** An operator on each spin by itself, from its 2×2 matrix (0 down, 1 up). */
function spins(sites: number, entry: (row: number, column: number) => number): Dense[] {
  const size = 2 ** sites;
  return Array.from({ length: sites }, (_, i) => {
    const out = dense(size);
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        if ((row ^ column) & ~(1 << i)) continue;
        out.re[row * size + column] = entry((row >> i) & 1, (column >> i) & 1);
      }
    }
    return out;
  });
}

/** target += factor · matrix */
function add(target: Dense, matrix: Dense, [re, im]: Complex): void {
  for (let k = 0; k < target.re.length; k++) {
    target.re[k] = target.re[k]! + re * matrix.re[k]! - im * matrix.im[k]!;
    target.im[k] = target.im[k]! + re * matrix.im[k]! + im * matrix.re[k]!;
  }
}

function adjoint({ size, re, im }: Dense): Dense {
  const out = dense(size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      out.re[a * size + b] = re[b * size + a]!;
      out.im[a * size + b] = -im[b * size + a]!;
    }
  }
  return out;
}

function product(A: Dense, B: Dense): Dense {
  const { size } = A;
  const out = dense(size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      let re = 0;
      let im = 0;
      for (let k = 0; k < size; k++) {
        const left = a * size + k;
        const right = k * size + b;
        re += A.re[left]! * B.re[right]! - A.im[left]! * B.im[right]!;
        im += A.re[left]! * B.im[right]! + A.im[left]! * B.re[right]!;
      }
      out.re[a * size + b] = re;
      out.im[a * size + b] = im;
    }
  }
  return out;
}

/** Re Tr AB */
function expectation(A: Dense, B: Dense): number {
  const { size } = A;
  let sum = 0;
  for (let a = 0; a < size; a++) {
    for (let k = 0; k < size; k++) {
      sum += A.re[a * size + k]! * B.re[k * size + a]! - A.im[a * size + k]! * B.im[k * size + a]!;
    }
  }
  return sum;
}
