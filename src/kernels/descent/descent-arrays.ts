import type { Allocator } from '../arena.js';

/** Sites are read in whole groups of so many. */
const GROUP = 16;

/** Where the members of a block lie in its 32-bit words; the same in assembly/descent.ts and native/descent.h. */
const DESCENT_WORD = {
  ...{ sites: 0, kind: 1, stride: 2, rows: 3, fields: 4, state: 5, external: 6, barriers: 7 },
  ...{ pulls: 8, forces: 9, starts: 10, neighbours: 11, sitesOut: 12, fieldsOut: 13, numbers: 14 },
} as const;
const WORDS = 15;

/** Places in {@link DescentArrays.numbers}. */
export const DESCENT_NUMBER = { unit: 0, rest: 1, stiffness: 2 } as const;

/** Rows that a flip reads: none (others keep the fields), dense ones of four types, compressed ones. */
const DESCENT_KIND = {
  none: 0,
  int8: 1,
  int16: 2,
  float32: 3,
  float64: 4,
  sparse: 5,
} as const;

type DenseRowNumbers = Int8Array | Int16Array | Float32Array | Float64Array;

/** What flipping spin j adds to the fields: 2 s_j' J_ij, in units of `unit`. */
export type DescentRows =
  | { readonly kind: 'none' }
  | { readonly kind: 'dense'; readonly rows: DenseRowNumbers; readonly stride: number }
  | {
      readonly kind: 'sparse';
      readonly starts: Int32Array;
      readonly neighbours: Int32Array;
      readonly rows: Float64Array;
    };

/** Spins whose atoms move: forces on all of them, and what a flip of spin j adds to them, 2 s_j' times a row of 2N. */
export interface DescentForces {
  readonly pulls: Float64Array;
  /** N pairs, readable and writable 15 pairs beyond. */
  readonly forces: Float64Array;
  readonly stiffness: number;
}

/**
 * What descents of N spins work on, in an arena. Flipping spin i costs twice its margin
 *
 *     s_i (unit·fields_i + external_i) + barriers_i + (x_i² + y_i²)/stiffness,
 *
 * the last term where atoms move, (x, y) the force on atom i. A spin is unstable where the margin is below −`rest`. A
 * barrier of ∞ holds a spin.
 */
export class DescentArrays {
  readonly block: Uint32Array<SharedArrayBuffer>;
  readonly numbers: Float64Array;
  /** 0 until written. */
  readonly external: Float64Array;
  /** 0 until written; ∞ beyond the last site. */
  readonly barriers: Float64Array;
  /** Sites that have flipped, or can; and their `fields` before. */
  readonly sitesOut: Int32Array;
  readonly fieldsOut: Float64Array;

  /**
   * @param state ±1, N of them, readable 15 beyond; flipped
   * @param fields int16 for int8 rows, int32 for int16, else float64; readable and writable 15 beyond
   * @param most flips that one call records at most
   */
  constructor(
    allocator: Allocator,
    readonly sites: number,
    readonly state: Int8Array,
    readonly fields: Int16Array | Int32Array | Float64Array,
    readonly rows: DescentRows,
    unit: number,
    readonly most: number,
    readonly atoms: DescentForces | null = null,
  ) {
    const padded = GROUP * Math.ceil(sites / GROUP);
    this.block = allocator.uint32(WORDS);
    this.numbers = allocator.float64(3);
    this.external = allocator.float64(padded).subarray(0, sites);
    const barriers = allocator.float64(padded).fill(Infinity, sites);
    this.barriers = barriers.subarray(0, sites);
    this.sitesOut = allocator.int32(Math.max(padded, most));
    this.fieldsOut = allocator.float64(most);
    this.numbers[DESCENT_NUMBER.unit] = unit;
    this.numbers[DESCENT_NUMBER.stiffness] = atoms?.stiffness ?? 1;
    const { block } = this;
    const put = (word: keyof typeof DESCENT_WORD, value: number): void => {
      block[DESCENT_WORD[word]] = value;
    };
    put('sites', sites);
    put('kind', DESCENT_KIND[rows.kind === 'dense' ? typeOf(rows.rows) : rows.kind]);
    for (const name of ['fields', 'state', 'external', 'sitesOut', 'fieldsOut', 'numbers'] as const)
      put(name, this[name].byteOffset);
    put('barriers', barriers.byteOffset);
    if (rows.kind !== 'none') put('rows', rows.rows.byteOffset);
    if (rows.kind === 'dense') put('stride', rows.stride);
    if (rows.kind === 'sparse') {
      put('starts', rows.starts.byteOffset);
      put('neighbours', rows.neighbours.byteOffset);
    }
    if (atoms !== null) {
      put('pulls', atoms.pulls.byteOffset);
      put('forces', atoms.forces.byteOffset);
    }
  }

  /** Margins down to minus this count as none. */
  set rest(rest: number) {
    this.numbers[DESCENT_NUMBER.rest] = rest;
  }
}

function typeOf(rows: DenseRowNumbers): Exclude<keyof typeof DESCENT_KIND, 'none' | 'sparse'> {
  if (rows instanceof Int8Array) return 'int8';
  if (rows instanceof Int16Array) return 'int16';
  return rows instanceof Float32Array ? 'float32' : 'float64';
}
