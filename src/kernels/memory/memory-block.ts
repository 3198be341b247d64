import type { Allocator } from '../arena.js';
import type { Engine } from '../engine.js';
import { packColumns, packRows } from './pack-signs.js';

/** Memories in vectors: their number is rounded up to whole groups of so many. */
export const MEMORY_GROUP = 64;
/** Sums of floating-point terms run in so many strided lanes, which are then added in pairs: 8, 4, 2, 1 apart. */
export const SUM_LANES = 16;
/** Table entries beyond |y| = N, so that memories that fill up a group have a place to look at. */
export const TABLE_MARGIN = 4;

/** How fields come from overlaps. */
export type MemoryKernelKind =
  'integers' | 'powers' | 'log-sum-exp' | 'sequence' | 'weights' | 'exponential';
export const MEMORY_KINDS: Readonly<Record<MemoryKernelKind, number>> = {
  integers: 1,
  powers: 2,
  'log-sum-exp': 3,
  sequence: 4,
  weights: 5,
  exponential: 7,
};

/** Words of a block, as all engines read them. */
export const WORD = {
  kind: 0,
  sites: 1,
  memories: 2,
  /** Memories rounded up to {@link MEMORY_GROUP}. */
  lanes: 3,
  /** u32[N][lanes/32]: bit μ of row i is set where ξ_i^μ = +1. */
  rows: 4,
  /** i8[N] */
  state: 5,
  /** i32[lanes] */
  overlaps: 6,
  /** f64[lanes] (integers: i32[lanes], what {@link WORD.below} and {@link WORD.above} would sum to). */
  below: 7,
  above: 8,
  /** f64[2N + 1 + 2 margins], or decays, behind which exponential memories have their sizes. */
  table: 9,
  /** u32 as `rows`: bit μ is set where the memory that follows μ is +1. */
  nextRows: 10,
  /** f64[N][lanes]: V_i = Ξ_iᵀ W. */
  weights: 11,
  /** u32[P][columnWords]: bit i of row μ is set where ξ_i^μ = +1. */
  columns: 12,
  columnWords: 13,
  /** u32[columnWords]: the state in bits. */
  packed: 14,
  /** Integers: so many memories are summed in 32 bits before lanes could overflow. */
  run: 15,
  degree: 16,
  rectified: 17,
  /** Integers: terms are counted in units of 2^−doubled. */
  doubled: 18,
  /** u32[lanes/32]: bits of the memories that there are. */
  valid: 19,
  /** Short integers: how many memories stand in `outliers`, i32[lanes][2] of memory and term. */
  outlierCount: 20,
  outliers: 21,
  /** Exponential: i32[2N + 1], zeros between calls: memories by y + N, agreeing less opposed. */
  counts: 22,
} as const;
const WORDS = 32;

/** Numbers of a block, after its words. */
export const NUMBER = {
  /** Integers: Σ A and Σ D(x+1), in units. */
  total: 0,
  constant: 1,
  scale: 2,
  /** Log-sum-exp: b, exp(−2b) and 1 − exp(−2b). */
  beta: 3,
  decay: 4,
  share: 5,
  /** Exponential: sinh(1)·e^{top + 1}, and what part of a sum rounding may have in a difference. */
  size: 6,
  slack: 7,
} as const;
const NUMBERS = 8;

/** Memories and how they act, for a kernel. Arrays of patterns lie in the arena. */
export interface MemoryLayout {
  readonly kind: MemoryKernelKind;
  readonly sites: number;
  /** P × N, ±1. */
  readonly patterns: readonly Int8Array[];
  /**
   * Powers, sequences: by y + N, 2N + 1 of them; log-sum-exp: exp(−2bd), d = 0 … N + 1; exponential: these at b = 1, then
   * sinh(1)·e^{x + 1} by (x + N)/2, N + 1 of them; else null.
   */
  readonly table: Float64Array | null;
  /** A field is so many times what is summed. */
  readonly scale: number;
  /** Integers: 2 or 3. */
  readonly degree?: number;
  readonly rectified?: boolean;
  readonly beta?: number;
  readonly next?: Int32Array | null;
  /** P×P, row-major. */
  readonly weights?: Float64Array | null;
}

/** A thread's memories with their state, in the arena. */
export interface MemoryBlock {
  readonly engine: Engine;
  readonly layout: MemoryLayout;
  readonly address: number;
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  readonly lanes: number;
  readonly state: Int8Array;
  /** The P that there are. */
  readonly overlaps: Int32Array;
}

/** Largest |A|, A = D(x−1) + D(x+1) in the units of the integers kernel. */
export function largestInteger(sites: number, degree: number, doubled: boolean): number {
  const y = sites + 1;
  return (doubled ? 2 : 1) * 2 * (degree === 2 ? 2 * y : 3 * y * y + 1);
}

/** Compiled kernels' kind for integers of 16 bits: below i16[lanes] terms A, above i16[lanes] x/2. */
const SHORT_INTEGERS = 6;
/** Terms 6z² + 2 of z = x/2 fit to |z| = 73, which is 3 standard deviations of random memories here. */
const MOST_SHORT_SITES = 2400;

/**
 * Units in which the terms of even overlaps fit into 16 bits, but for a few outliers: 4 for F = x³, 2 for F = x² (not
 * rectified); null where they do not.
 */
function shortUnit({ kind, sites, degree, rectified }: MemoryLayout): number | null {
  if (kind !== 'integers' || sites % 2 === 1) return null;
  if (degree === 3) return sites <= MOST_SHORT_SITES ? 4 : null;
  return rectified === true || sites > 2 ** 14 - 4 ? null : 2;
}

/** Engines that add products of 16 bits: WebAssembly and AVX-512. The others work with 32 bits. */
const hasShortSums = ({ kind, name }: Engine): boolean =>
  kind === 'wasm' || name === 'native-avx512';

/** Places that a kind's table has beyond |y| = N. */
export const marginOf = (kind: MemoryKernelKind): number =>
  kind === 'powers' || kind === 'sequence' ? TABLE_MARGIN : 0;

/** Whether halves come up: rectified powers at y = 0, which an odd number of sites reaches. */
export const hasHalves = (sites: number, rectified: boolean): boolean =>
  rectified && sites % 2 === 1;

/**
 * Lays memories out for a kernel: signs in bits by site and by memory (made once for all threads), overlaps and what
 * is kept of them in this thread's scratch.
 * @param layout patterns in the arena are packed once for all threads, others for this one
 */
export function createMemoryBlock(engine: Engine, layout: MemoryLayout): MemoryBlock {
  const { scratch } = engine;
  const { sites, patterns, kind } = layout;
  const memories = patterns.length;
  const lanes = Math.ceil(memories / MEMORY_GROUP) * MEMORY_GROUP;
  const columnWords = 2 * Math.ceil(sites / 64);
  const words = scratch.int32(WORDS + 2 * NUMBERS);
  const numbers = new Float64Array(words.buffer, words.byteOffset + 4 * WORDS, NUMBERS);
  const doubled = kind === 'integers' && hasHalves(sites, layout.rectified === true);
  const overlaps = scratch.int32(lanes);
  // Zeros follow up to a whole word of bits.
  const state = scratch
    .int8(32 * columnWords)
    .subarray(0, sites)
    .fill(1);
  const valid = scratch.uint32(lanes / 32);
  for (let mu = 0; mu < memories; mu++) valid[mu >> 5] = valid[mu >> 5]! | (1 << (mu & 31));
  const short = hasShortSums(engine) ? shortUnit(layout) : null;
  words[WORD.kind] = short === null ? MEMORY_KINDS[kind] : SHORT_INTEGERS;
  words[WORD.sites] = sites;
  words[WORD.memories] = memories;
  words[WORD.lanes] = lanes;
  const derive = (form: number, build: (from: Allocator) => number): number =>
    packedOnce(engine, patterns, form, build);
  words[WORD.rows] = derive(FORM.rows, (from) => packRows(from, patterns, lanes, null));
  words[WORD.columns] = derive(FORM.columns, (from) => packColumns(from, patterns, columnWords));
  words[WORD.columnWords] = columnWords;
  words[WORD.packed] = scratch.uint32(columnWords).byteOffset;
  words[WORD.state] = state.byteOffset;
  words[WORD.overlaps] = overlaps.byteOffset;
  words[WORD.valid] = valid.byteOffset;
  if (short !== null) {
    words[WORD.below] = scratch.int16(lanes).byteOffset;
    words[WORD.above] = scratch.int16(lanes).byteOffset;
    words[WORD.outliers] = scratch.int32(2 * lanes).byteOffset;
  } else if (kind === 'integers') {
    words[WORD.below] = scratch.int32(lanes).byteOffset;
    const most = Math.floor((2 ** 31 - 1) / largestInteger(sites, layout.degree!, doubled));
    words[WORD.run] = Math.max(MEMORY_GROUP, Math.min(lanes, most * SUM_LANES) & -MEMORY_GROUP);
  } else if (kind !== 'weights') {
    words[WORD.below] = scratch.float64(lanes).byteOffset;
    words[WORD.above] = scratch.float64(lanes).byteOffset;
  }
  if (layout.table !== null) {
    const margin = marginOf(kind);
    const table = scratch.float64(layout.table.length + 2 * margin);
    table.set(layout.table, margin);
    words[WORD.table] = table.byteOffset;
  }
  const { next, weights } = layout;
  if (kind === 'sequence') {
    words[WORD.nextRows] = derive(FORM.nextRows, (from) => packRows(from, patterns, lanes, next!));
  }
  if (kind === 'weights') {
    words[WORD.weights] = derive(FORM.weights, (from) =>
      weightedRows(from, layout, weights!, lanes),
    );
  }
  words[WORD.degree] = layout.degree ?? 0;
  words[WORD.rectified] = layout.rectified === true ? 1 : 0;
  words[WORD.doubled] = doubled ? 1 : 0;
  numbers[NUMBER.scale] = layout.scale * (short ?? (doubled ? 0.5 : 1));
  const beta = layout.beta ?? 0;
  numbers[NUMBER.beta] = beta;
  numbers[NUMBER.decay] = Math.exp(-2 * beta);
  numbers[NUMBER.share] = -Math.expm1(-2 * beta);
  if (kind === 'exponential') {
    words[WORD.counts] = scratch.int32(2 * sites + 1).byteOffset;
    numbers[NUMBER.slack] = (memories + 4) * Number.EPSILON;
  }
  return {
    engine,
    layout,
    address: words.byteOffset,
    words,
    numbers,
    lanes,
    state,
    overlaps: overlaps.subarray(0, memories),
  };
}

/** Numbers of the forms that are derived from a program's memories. */
export const FORM = { rows: 101, columns: 102, nextRows: 103, weights: 104 } as const;

/**
 * Where what follows from memories lies: made once for all threads where they are in the arena, else for this one.
 * @param form one of {@link FORM}
 */
export function packedOnce(
  { arena, scratch }: Engine,
  patterns: readonly Int8Array[],
  form: number,
  build: (from: Allocator) => number,
): number {
  const key = patterns[0]!;
  return key.buffer instanceof SharedArrayBuffer
    ? arena.derived(key as Int8Array<SharedArrayBuffer>, form, () => build(arena))
    : build(scratch);
}

/** V_i = Ξ_iᵀ W, f64[N][lanes]. */
function weightedRows(
  from: Allocator,
  { sites, patterns }: MemoryLayout,
  weights: Float64Array,
  lanes: number,
): number {
  const memories = patterns.length;
  const rows = from.float64(sites * lanes);
  for (let i = 0; i < sites; i++) {
    for (let mu = 0; mu < memories; mu++) {
      const sign = patterns[mu]![i]!;
      for (let nu = 0; nu < memories; nu++) {
        const at = i * lanes + nu;
        rows[at] = rows[at]! + sign * weights[mu * memories + nu]!;
      }
    }
  }
  return rows.byteOffset;
}
