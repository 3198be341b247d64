import type { Allocator } from '../arena.js';
import { LANE_STATE, LANES } from '../random/lanes.js';
import { FLIP_LAW, type FlipLawName, type FlipLawNumbers } from './flip-rates.js';

/** Sites are dealt to 16 lanes, i to lane i mod 16, and in blocks of this many (4 a lane), whose sums are kept. */
export const EVENT_BLOCK = 64;
/** Numbers of a {@link FlipLawNumbers} as they lie in memory. */
const LAW_NUMBERS = 6;

/** Where things stand in the `control` block, which is all that a compiled kernel is given: numbers of 64 bits first, … */
export const EVENT_NUMBER = {
  /** The sum of all rates. */
  total: 0,
  /** Time of the next event. */
  next: 1,
  /** Uniform below 1: what the next event's choice is made with. */
  pick: 2,
  /** Of fields in 64 bits. */
  scale: 3,
} as const;
const NUMBERS = 8;
/** … then integers of 32 bits: sizes and addresses. */
export const EVENT_INTEGER = {
  sites: 0,
  padded: 1,
  law: 2,
  /** One of {@link EVENT_KIND}. */
  kind: 3,
  /** Numbers from one row to the next. */
  stride: 4,
  /** Events that one call records at most. */
  most: 5,
  /** Of the 16 words at hand, how many are used. */
  wordsUsed: 6,
  rows: 7,
  fields: 8,
  external: 9,
  slopes: 10,
  weights: 11,
  rates: 12,
  blockSums: 13,
  laneSums: 14,
  state: 15,
  random: 16,
  words: 17,
  numbers: 18,
  sitesOut: 19,
  fieldsOut: 20,
  timesOut: 21,
} as const;
const INTEGERS = 32;
/** … and at last room for sums of the first 0, 1, … 16 of 16 numbers, twice: they start with a 0 that stays. */
const LADDERS = 2 * 17;

/** What fields and rows are of: both of 32 bits, or fields of 64 bits with a scale, external fields, and any rows. */
export const EVENT_KIND = { float32: 0, double: 1, single: 2, int16: 3, int8: 4 } as const;

export type EventRows = Int8Array | Int16Array | Float32Array | Float64Array;

function kindOf(rows: EventRows, double: boolean): keyof typeof EVENT_KIND {
  if (rows instanceof Int8Array) return 'int8';
  if (rows instanceof Int16Array) return 'int16';
  if (rows instanceof Float64Array) return 'double';
  return double ? 'single' : 'float32';
}

/** How many numbers a row has: rows are read in whole blocks. */
export function paddedSites(sites: number): number {
  return Math.ceil(sites / EVENT_BLOCK) * EVENT_BLOCK;
}

/**
 * Everything that rejection-free kinetics of N spins work on, in an arena. A spin's field is
 * scale·fields_i + external_i in 64 bits, and fields_i alone in 32 bits; flipping spin j adds 2 s_j' J_ij to fields_i.
 *
 * Whoever makes it fills `fields`, `state`, `slopes` (with the spins' signs), `weights` (0: held) and the law, then calls
 * `startEvents`.
 */
export class EventArrays {
  readonly padded: number;
  readonly control: Float64Array;
  private readonly integers: Int32Array;
  /** Fields in units of `scale`. */
  readonly fields: Float32Array | Float64Array;
  /** 64 bits only; else empty. */
  readonly external: Float64Array;
  /** ±; the field times this is what the law is a function of. */
  readonly slopes: Float32Array;
  /** Rates are these times the law's. */
  readonly weights: Float32Array;
  readonly rates: Float32Array;
  /** [block][lane] */
  readonly blockSums: Float32Array;
  readonly laneSums: Float32Array;
  readonly random: Uint32Array;
  readonly words: Uint32Array;
  readonly numbers: Float32Array;
  /** What happened in the last call of `runEvents`: which site, its `fields_i` before, when. */
  readonly sitesOut: Int32Array;
  readonly fieldsOut: Float64Array;
  readonly timesOut: Float64Array;

  /**
   * @param rows couplings as a flip of j reads them: row j has J_ij of all i, {@link paddedSites} numbers of which those
   *   beyond N are 0 (or belong to the next row, where `stride` is less: they are read, never counted)
   * @param state ±1, N of them, in the arena; flipped
   * @param most events that one call records at most
   * @param double whether fields are of 64 bits, as they are for all rows but those of 32-bit numbers
   */
  constructor(
    allocator: Allocator,
    readonly sites: number,
    readonly rows: EventRows,
    readonly stride: number,
    readonly state: Int8Array,
    readonly most: number,
    readonly double = !(rows instanceof Float32Array),
  ) {
    const padded = (this.padded = paddedSites(sites));
    this.fields = double ? allocator.float64(padded) : allocator.float32(padded);
    this.external = allocator.float64(double ? padded : 0);
    this.slopes = allocator.float32(padded);
    this.weights = allocator.float32(padded);
    this.rates = allocator.float32(padded);
    this.blockSums = allocator.float32((padded / EVENT_BLOCK) * LANES);
    this.laneSums = allocator.float32(LANES);
    this.random = allocator.uint32(LANE_STATE);
    this.words = allocator.uint32(LANES);
    this.numbers = allocator.float32(LAW_NUMBERS);
    this.sitesOut = allocator.int32(most);
    this.fieldsOut = allocator.float64(most);
    this.timesOut = allocator.float64(most);
    this.control = allocator.float64(NUMBERS + INTEGERS / 2 + LADDERS);
    this.integers = new Int32Array(
      this.control.buffer,
      this.control.byteOffset + 8 * NUMBERS,
      INTEGERS,
    );
    this.control[EVENT_NUMBER.scale] = 1;
    this.control[EVENT_NUMBER.next] = Infinity;
    this.put('sites', sites);
    this.put('padded', padded);
    this.put('kind', EVENT_KIND[kindOf(rows, double)]);
    this.put('stride', stride);
    this.put('most', most);
    this.put('rows', rows.byteOffset);
    this.put('state', state.byteOffset);
    for (const name of [
      'fields',
      'external',
      'slopes',
      'weights',
      'rates',
      'blockSums',
      'laneSums',
      'random',
      'words',
      'numbers',
      'sitesOut',
      'fieldsOut',
      'timesOut',
    ] as const) {
      this.put(name, this[name].byteOffset);
    }
    this.setLaw('glauber');
  }

  integer(cell: keyof typeof EVENT_INTEGER): number {
    return this.integers[EVENT_INTEGER[cell]]!;
  }

  put(cell: keyof typeof EVENT_INTEGER, value: number): void {
    this.integers[EVENT_INTEGER[cell]] = value;
  }

  /** Fields are in units of this, in 64 bits. */
  set scale(scale: number) {
    this.control[EVENT_NUMBER.scale] = scale;
  }
  get scale(): number {
    return this.control[EVENT_NUMBER.scale]!;
  }

  /** Fields of 32 bits have Glauber's law alone. */
  setLaw(law: FlipLawName, numbers: Partial<FlipLawNumbers> = {}): void {
    if (!this.double && law !== 'glauber') {
      throw new RangeError(`fields of 32 bits have the law glauber alone, not ${law}`);
    }
    this.put('law', FLIP_LAW[law]);
    const { a = 0, b = 0, c = 0, d = 0, rest = 0, ties = 0 } = numbers;
    this.numbers.set([a, b, c, d, rest, ties]);
  }

  /** c J s + external of a site, what its rate is a function of. */
  fieldOf(i: number): number {
    if (this.fields instanceof Float32Array) return this.fields[i]!;
    return this.fields[i]! * this.scale + this.external[i]!;
  }

  /** Time of the next event; Infinity: nothing can happen. */
  get next(): number {
    return this.control[EVENT_NUMBER.next]!;
  }
  /** The sum of all rates. */
  get total(): number {
    return this.control[EVENT_NUMBER.total]!;
  }
}
