import type { Allocator } from '../arena.js';

/** Shots side by side. */
export const COLUMNS = 16;
/** Rows of coefficients of a node: what {@link BOARD_ROW} names for `heun`, μ, √(2μTh) and q for `euler`. */
export const HEUN_ROWS = 17;
export const EULER_ROWS = 3;
/**
 * A node's coefficients of one exponential-Heun step: what x, w and r become of the x, w, r at its start, of the couplings'
 * input u, of the sources f, of the input's rise over the step, and of the noises ξ (x's) and η (r's own).
 */
export const BOARD_ROW = {
  ...{ xx: 0, xw: 1, xu: 2, xf: 3, xRise: 4, xNoise: 5 },
  ...{ ww: 6, wu: 7, wRise: 8 },
  ...{ rx: 9, rw: 10, rr: 11, ru: 12, rf: 13, rRise: 14, rNoise: 15, rOwn: 16 },
} as const;

/** Sizes of a board's state, and where its parts begin (in rows; −1: not there): the `Layout` of the emulator. */
export interface BoardShape {
  readonly nodes: number;
  readonly size: number;
  readonly w: number;
  readonly r: number;
  readonly flicker: number;
  readonly poles: number;
  /** Baths that heat is told apart for; 0: it is not. */
  readonly baths: number;
  /** Numbers of couplings that are kept: all n², or those that are not zero, row by row. */
  readonly couplings: number;
  readonly sparse: boolean;
  /** Which steps it will take. */
  readonly scheme: 'heun' | 'dense' | 'euler';
  /** `dense`: every shot has matrices of its own. */
  readonly each: boolean;
  /** Most rows of noise that are given at once. */
  readonly noiseRows: number;
}

/** Where the members of a block lie in its 32-bit words; the same in assembly/board.ts and native/board.h. */
const WORD = {
  ...{ nodes: 0, size: 1, flags: 2, poles: 3, w: 4, r: 5, flicker: 6, baths: 7, clock: 8 },
  ...{ matrix: 9, starts: 10, columns: 11, z: 12, sum: 13, received: 14, held: 15, sources: 16 },
  ...{ bend: 17, coefficients: 18, strides: 19, decay: 20, spread: 21, quadratic: 22 },
  ...{ quartic: 23, coldness: 24, siteBath: 25, totals: 26, work: 27, numbers: 28, noise: 29 },
  ...{ pushed: 30, propagator: 31, factor: 32, live: 33 },
} as const;
const WORDS = 34;
const FLAG = { bent: 1, account: 2, each: 4 } as const;

/** Places in {@link BoardColumns.numbers}. */
export const BOARD_NUMBER = {
  ...{ coupling: 0, rail: 1, otaRange: 2 },
  // of Euler's scheme: the step, what is left of w and r after it, and the stiffest allowed 4 μ r x² h
  ...{ step: 3, wKept: 4, rKept: 5, stiffest: 6 },
} as const;

/**
 * Sixteen shots of one board in an arena, and everything that a step of them needs. [n][16] is row-major: node i of column c
 * (one shot) at 16 i + c.
 */
export class BoardColumns {
  /** u32: the members below by their addresses, for compiled code. */
  readonly block: Uint32Array<SharedArrayBuffer>;
  /** Steps since the 1/f processes were drawn. */
  readonly clock: Int32Array;
  /** Couplings among the free nodes, and (sparse) where rows begin and which columns they have. */
  readonly matrix: Float64Array;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  /** [size][16] */
  readonly z: Float64Array;
  /** 1/f current, what the couplings deliver, the part of it that comes from clamped sites: [n][16]. */
  readonly sum: Float64Array;
  readonly received: Float64Array;
  readonly held: Float64Array;
  /** [n] */
  readonly sources: Float64Array;
  /** x → x/√(1 + bend x²) is half a step in the quartic wells: [n][16]. */
  readonly bend: Float64Array;
  /** [n][rows][16] */
  readonly coefficients: Float64Array;
  /** Of each 1/f process: steps between two moves of it, and one such move. */
  readonly strides: Int32Array;
  readonly decay: Float64Array;
  readonly spread: Float64Array;
  /** Wells and 1/T of the account: [n][16], [n], [n][16]. */
  readonly quadratic: Float64Array;
  readonly quartic: Float64Array;
  readonly coldness: Float64Array;
  readonly siteBath: Int32Array;
  /** Sums over steps, a row each: heat, work of the 1/f currents, heat/T, then heat bath by bath. */
  readonly totals: Float64Array;
  readonly work: Float64Array;
  /** {@link BOARD_NUMBER} */
  readonly numbers: Float64Array;
  /** Standard normal numbers in rows of 16, as steps will use them up. */
  readonly noise: Float32Array<SharedArrayBuffer>;
  /** `dense`: z' = P z + L ξ + pushed; [size][16], and P and L size × size (× 16 with `each`). */
  readonly pushed: Float64Array;
  readonly propagator: Float64Array;
  readonly factor: Float64Array;

  constructor(
    arena: Allocator,
    readonly shape: BoardShape,
  ) {
    const { nodes: n, size, poles, baths, couplings, sparse, scheme, each } = shape;
    const dense = scheme === 'dense';
    this.block = arena.uint32(WORDS);
    this.clock = arena.int32(1);
    this.matrix = arena.float64(couplings);
    this.starts = arena.int32(sparse ? n + 1 : 1);
    this.columns = arena.int32(sparse ? couplings : 1);
    this.z = arena.float64(size * COLUMNS);
    const perNode = (): Float64Array<SharedArrayBuffer> => arena.float64(n * COLUMNS);
    this.sum = perNode();
    this.received = perNode();
    this.held = perNode();
    this.sources = arena.float64(n);
    this.bend = perNode();
    const rows = dense ? 0 : scheme === 'heun' ? HEUN_ROWS : EULER_ROWS;
    this.coefficients = arena.float64(n * rows * COLUMNS);
    this.strides = arena.int32(poles);
    this.decay = arena.float64(poles);
    this.spread = arena.float64(poles);
    this.quadratic = perNode();
    this.quartic = arena.float64(n);
    this.coldness = perNode();
    this.siteBath = arena.int32(n);
    this.totals = arena.float64((3 + baths) * COLUMNS);
    this.work = arena.float64((5 * n + 2 * size) * COLUMNS);
    this.numbers = arena.float64(Object.keys(BOARD_NUMBER).length);
    this.noise = arena.float32(shape.noiseRows * COLUMNS);
    this.pushed = arena.float64(dense ? size * COLUMNS : 0);
    const matrix = dense ? size * size * (each ? COLUMNS : 1) : 0;
    this.propagator = arena.float64(matrix);
    this.factor = arena.float64(matrix);
    this.fillBlock();
    this.set({ bent: false, account: true, live: COLUMNS });
  }

  /** @param options.live columns that are shots; those after them are run along and mean nothing */
  set(options: {
    readonly bent?: boolean;
    readonly account?: boolean;
    readonly live?: number;
  }): void {
    const { block, shape } = this;
    const flag = (bit: number, value: boolean | undefined): void => {
      if (value === undefined) return;
      block[WORD.flags] = value ? block[WORD.flags]! | bit : block[WORD.flags]! & ~bit;
    };
    flag(FLAG.bent, options.bent);
    flag(FLAG.account, options.account);
    flag(FLAG.each, shape.each);
    if (options.live !== undefined) block[WORD.live] = options.live;
  }
  get bent(): boolean {
    return (this.block[WORD.flags]! & FLAG.bent) !== 0;
  }
  get account(): boolean {
    return (this.block[WORD.flags]! & FLAG.account) !== 0;
  }
  get live(): number {
    return this.block[WORD.live]!;
  }

  private fillBlock(): void {
    const { block, shape } = this;
    for (const name of ['nodes', 'size', 'poles', 'w', 'r', 'flicker', 'baths'] as const) {
      block[WORD[name]] = shape[name];
    }
    const arrays = [
      ...(['clock', 'matrix', 'starts', 'columns', 'z', 'sum', 'received', 'held'] as const),
      ...(['sources', 'bend', 'coefficients', 'strides', 'decay', 'spread'] as const),
      ...(['quadratic', 'quartic', 'coldness', 'siteBath', 'totals', 'work'] as const),
      ...(['numbers', 'noise', 'pushed', 'propagator', 'factor'] as const),
    ] as const;
    for (const name of arrays) block[WORD[name]] = this[name].byteOffset;
    if (!shape.sparse) block[WORD.starts] = 0;
  }
}
