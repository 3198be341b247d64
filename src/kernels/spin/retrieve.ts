import type { Allocator } from '../arena.js';
import type { Engine } from '../engine.js';

/** Rows are whole blocks of 256 sites and 64 more: they do not all fall into the same sets of the cache. */
const BLOCK = 256;
const MORE = 64;
/** Memories whose signs on a site make one code, and so one entry of a table of 16 sums. */
const TOGETHER = 4;

/**
 * A Hopfield network with whole-number couplings N J = Σ_μ ξ ξ, zero diagonal, in int8, and its memories in the forms that
 * make the fields of a cue: bits for overlaps, codes of four memories for sums of ±x. A sign −1 is a bit 1.
 */
export interface HopfieldNetwork {
  readonly sites: number;
  readonly memories: number;
  /** Numbers from row to row; padding is 0. */
  readonly stride: number;
  /** sites × stride */
  readonly couplings: Int8Array;
  /** memories × stride/8 bytes */
  readonly bits: Uint8Array;
  /** ⌈memories/4⌉ × stride */
  readonly codes: Uint8Array;
  /** Working memory of the compiled forms. */
  readonly scratch: Uint8Array;
  readonly logSize: number;
  /** Whether the sum of two couplings fits into 8 bits. */
  readonly pairs: boolean;
}

/**
 * @param patterns P × N, ±1
 * @throws RangeError where couplings do not fit into 8 bits or fields into 16
 */
export function hopfieldNetwork(
  allocator: Allocator,
  patterns: readonly Int8Array[],
): HopfieldNetwork {
  const sites = patterns[0]!.length;
  const memories = patterns.length;
  const stride = BLOCK * Math.ceil(sites / BLOCK) + MORE;
  const couplings = allocator.int8(sites * stride);
  const row = new Int32Array(sites);
  let largest = 0;
  for (let i = 0; i < sites; i++) {
    row.fill(0);
    for (const pattern of patterns) {
      for (let j = 0; j < sites; j++) row[j] = row[j]! + pattern[i]! * pattern[j]!;
    }
    row[i] = 0;
    const sum = row.reduce((total, j) => total + Math.abs(j), 0);
    if (row.some((j) => Math.abs(j) > 127) || sum > 0x7fff || sites > 0x1fff) {
      throw new RangeError(`couplings of ${memories} memories of ${sites} sites are not small`);
    }
    couplings.set(row, i * stride);
    largest = row.reduce((most, j) => Math.max(most, Math.abs(j)), largest);
  }
  const groups = Math.ceil(memories / TOGETHER);
  const bits = allocator.uint8((memories * stride) / 8);
  const codes = allocator.uint8(groups * stride);
  patterns.forEach((pattern, mu) => {
    const group = Math.floor(mu / TOGETHER) * stride;
    for (let i = 0; i < sites; i++) {
      if (pattern[i]! > 0) continue;
      bits[(mu * stride) / 8 + (i >> 3)]! |= 1 << (i & 7);
      codes[group + i]! |= 1 << (mu % TOGETHER);
    }
  });
  const logSize = 2 ** Math.ceil(Math.log2(stride + BLOCK));
  // Fields and parities i16, bits of the state, tables, two logs, places: see assembly/retrieve.ts.
  const scratch = allocator.uint8(5 * stride + 64 * groups + 8 * logSize + 8 * stride + 256);
  return {
    sites,
    memories,
    stride,
    couplings,
    bits,
    codes,
    scratch,
    logSize,
    pairs: largest <= 63,
  };
}

/**
 * Zero-temperature retrieval from cues: sweeps over all sites in turn, each spin along its field, until a sweep without a
 * flip or `mostSweeps`.
 *
 * The compiled forms keep G = ⌊F/2⌋ in int16, F = Σ_j (N J_ij) s_j, whose parity does not change: a flip adds ±(N J). They
 * take blocks of sites: the block's fields take what has flipped since its last turn, then follow flip by flip.
 * @param states cues × stride, ±1, padding +1; overwritten by where they end
 * @param plus at a field 0 a spin goes to +1; else it stays
 * @param sweeps of each cue; written
 */
export function retrieve(
  engine: Engine,
  network: HopfieldNetwork,
  states: Int8Array,
  plus: boolean,
  mostSweeps: number,
  sweeps: Int32Array,
): void {
  const { sites, memories, stride, couplings, bits, codes, scratch, logSize, pairs } = network;
  if (engine.raw !== null) {
    engine.raw.retrieve(
      couplings.byteOffset,
      sites,
      stride,
      bits.byteOffset,
      codes.byteOffset,
      memories,
      states.byteOffset,
      sweeps.length,
      Number(plus),
      mostSweeps,
      scratch.byteOffset,
      logSize,
      sweeps.byteOffset,
      Number(pairs),
    );
    return;
  }
  const fields = new Int32Array(sites);
  for (let cue = 0; cue < sweeps.length; cue++) {
    const state = states.subarray(cue * stride, cue * stride + sites);
    for (let i = 0; i < sites; i++) {
      let sum = 0;
      for (let j = 0; j < sites; j++) sum += couplings[i * stride + j]! * state[j]!;
      fields[i] = sum;
    }
    let [sweep, flips] = [0, 1];
    for (; flips > 0 && sweep < mostSweeps; sweep++) {
      flips = 0;
      for (let i = 0; i < sites; i++) {
        const field = fields[i]!;
        const spin = field === 0 ? (plus ? 1 : state[i]!) : Math.sign(field);
        if (spin === state[i]) continue;
        state[i] = spin;
        flips++;
        for (let j = 0; j < sites; j++) {
          fields[j] = fields[j]! + 2 * spin * couplings[i * stride + j]!;
        }
      }
    }
    sweeps[cue] = sweep;
  }
}
