import type { Allocator } from '../arena.js';
import { COLUMNS } from '../board/board-columns.js';

/**
 * How spins and light move: `heun` and `strang` with the light eliminated, `wigner` with amplitudes of its own. The schemes
 * are those of `HeunSpins`, `StrangSpins` and `WignerSpins` of the emulator, where the equations are.
 */
export type LightScheme = 'heun' | 'strang' | 'wigner';

export interface LightShape {
  readonly scheme: LightScheme;
  readonly sites: number;
  /** Modes of the noise, or (`wigner`) of the light. */
  readonly modes: number;
  /** Whether spins feel the light's lag; and whether it is made of another matrix than its mean. */
  readonly lags: boolean;
  readonly apart: boolean;
  /** Whether the light shakes the spins (`wigner` has the noise in the light). */
  readonly noise: boolean;
  /** `strang`: whether the field is taken again at the middle of the step. */
  readonly middle: boolean;
  /** Most steps of one call. */
  readonly steps: number;
}

/** Where the members of a block lie in its 32-bit words; the same in assembly/light.ts and native/light.h. */
const WORD = {
  ...{ sites: 0, modes: 1, flags: 2, spins: 3, matrix: 4, positive: 5, coupling: 6 },
  ...{ projection: 7, strengths: 8, numbers: 9, controls: 10, fields: 11, noise: 12 },
  ...{ light: 13, work: 14, totals: 15, terms: 16, live: 17 },
} as const;
const WORDS = 18;
const FLAG = { lags: 1, apart: 2, fields: 4, middle: 8, noise: 16 } as const;

/** Places in {@link LightColumns.numbers}. */
export const LIGHT_NUMBER = {
  ...{ dt: 0, damping: 1, delay: 2, noisePower: 3 },
  // about z for half a step: cos, sin, tanh(α dt/2) and √(1 − tanh²)
  ...{ cos: 4, sin: 5, pull: 6, narrow: 7 },
  // of `wigner`: e^{λdt}, (e^{λdt} − 1)/λ, the noise of a quadrature, S and −Δ/S
  ...{ turnReal: 8, turnImaginary: 9, pushReal: 10, pushImaginary: 11, width: 12 },
  ...{ spinSize: 13, quantum: 14 },
} as const;

/** Sixteen shots of spins in one cavity, in an arena. [n][16] is row-major: spin i of column c (one shot) at 16 i + c. */
export class LightColumns {
  readonly block: Uint32Array<SharedArrayBuffer>;
  /** x, y and z of the spins: [3][N][16]. */
  readonly spins: Float64Array;
  /** Ĵ and Ĵ₊: N×N. */
  readonly matrix: Float64Array;
  readonly positive: Float64Array;
  /** N×modes: √ŝ_a v_ia of the noise, or 2 γ_m v_im of the light. */
  readonly coupling: Float64Array;
  /** `wigner`: v_mi, modes×N, and γ_m. */
  readonly projection: Float64Array;
  readonly strengths: Float64Array;
  /** {@link LIGHT_NUMBER} */
  readonly numbers: Float64Array;
  /** What the pump is in the energy before the first step and in every step: its power, or (`wigner`) its root. */
  readonly controls: Float64Array;
  /** Field h on each spin, in rows as `controls` where it changes; else one row. */
  readonly fields: Float64Array;
  /** Standard normal numbers: a row a mode and step; `wigner` two. */
  readonly noise: Float32Array<SharedArrayBuffer>;
  /** `wigner`: real and imaginary parts of the amplitudes, [2][modes][16]. */
  readonly light: Float64Array;
  readonly work: Float64Array;
  /** Sums over steps: work, heat. */
  readonly totals: Float64Array;
  /** Of the present state: what the pump's control multiplies, and the rest of the energy but the fields'. */
  readonly terms: Float64Array;

  constructor(
    arena: Allocator,
    readonly shape: LightShape,
  ) {
    const { sites: n, modes, scheme, lags, apart, middle, noise, steps } = shape;
    const wigner = scheme === 'wigner';
    this.block = arena.uint32(WORDS);
    this.spins = arena.float64(3 * n * COLUMNS);
    this.matrix = arena.float64(wigner ? 0 : n * n);
    this.positive = apart ? arena.float64(n * n) : this.matrix;
    this.coupling = arena.float64(n * modes);
    this.projection = arena.float64(wigner ? modes * n : 0);
    this.strengths = arena.float64(wigner ? modes : 0);
    this.numbers = arena.float64(Object.keys(LIGHT_NUMBER).length);
    this.controls = arena.float64(steps + 1);
    this.fields = arena.float64((steps + 1) * n);
    this.noise = arena.float32(this.noiseRows * steps * COLUMNS);
    this.light = arena.float64(wigner ? 2 * modes * COLUMNS : 0);
    this.work = arena.float64((11 * n + 2 * modes) * COLUMNS);
    this.totals = arena.float64(3 * COLUMNS);
    this.terms = arena.float64(3 * COLUMNS);
    const { block } = this;
    this.live = COLUMNS;
    block[WORD.sites] = n;
    block[WORD.modes] = modes;
    const flags = { lags, apart, middle, noise, fields: false };
    for (const name of Object.keys(FLAG) as (keyof typeof FLAG)[]) {
      if (flags[name]) block[WORD.flags]! |= FLAG[name];
    }
    for (const name of ['spins', 'matrix', 'positive', 'coupling', 'projection'] as const) {
      block[WORD[name]] = this[name].byteOffset;
    }
    for (const name of ['strengths', 'numbers', 'controls', 'fields', 'noise'] as const) {
      block[WORD[name]] = this[name].byteOffset;
    }
    for (const name of ['light', 'work', 'totals', 'terms'] as const) {
      block[WORD[name]] = this[name].byteOffset;
    }
  }

  /** Rows of noise a step, an even number: what is drawn does not depend on how many steps are taken at once. */
  get noiseRows(): number {
    const { scheme, modes, noise } = this.shape;
    return scheme === 'wigner' ? 2 * modes : noise ? modes + (modes % 2) : 0;
  }

  /** Columns that are shots; those after them may be left where they are. */
  set live(columns: number) {
    this.block[WORD.live] = columns;
  }

  /** Whether `fields` has a row before and in every step, or one row. */
  set fieldsChange(changes: boolean) {
    const { block } = this;
    this.live = COLUMNS;
    block[WORD.flags] = changes
      ? block[WORD.flags]! | FLAG.fields
      : block[WORD.flags]! & ~FLAG.fields;
  }
  get fieldsChange(): boolean {
    return (this.block[WORD.flags]! & FLAG.fields) !== 0;
  }
}
