/**
 * Seeded random streams. Philox4x32-10 (counter-based, Salmon et al., SC'11) turns (seed, stream) into a
 * starting state; xoshiro128++ (Blackman & Vigna, 2021) is the stream itself, in 32-bit integer arithmetic.
 * Any number of streams can be made for one seed, in any order and on any thread, so results do not depend on
 * the number of threads. A stream can also jump 2^64 draws ahead.
 */

const PHILOX_M0 = 0xd2511f53;
const PHILOX_M1 = 0xcd9e8d57;
const PHILOX_W0 = 0x9e3779b9;
const PHILOX_W1 = 0xbb67ae85;

/** High 32 bits of the product of two unsigned 32-bit integers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const mid = aHigh * bLow + (low >>> 16);
  const mid2 = aLow * bHigh + (mid & 0xffff);
  return (aHigh * bHigh + Math.floor(mid / 0x10000) + (mid2 >>> 16)) >>> 0;
}

/** Philox4x32-10: a block of four 32-bit words for a 128-bit counter and a 64-bit key. */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(PHILOX_M0, c0);
    const low0 = Math.imul(PHILOX_M0, c0) >>> 0;
    const high1 = mulHigh(PHILOX_M1, c2);
    const low1 = Math.imul(PHILOX_M1, c2) >>> 0;
    const n0 = (high1 ^ c1 ^ k0) >>> 0;
    const n2 = (high0 ^ c3 ^ k1) >>> 0;
    c0 = n0;
    c1 = low1;
    c2 = n2;
    c3 = low0;
    k0 = (k0 + PHILOX_W0) >>> 0;
    k1 = (k1 + PHILOX_W1) >>> 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** What a stream is for; streams of different purposes never overlap for the same seed and index. */
export const STREAM_PURPOSE = {
  dynamics: 0,
  initial: 1,
  cue: 2,
  learning: 3,
  disorder: 4,
  readout: 5,
  burnIn: 6,
  bootstrap: 7,
  velocity: 8,
  point: 9,
} as const;
export type StreamPurpose = keyof typeof STREAM_PURPOSE;

const JUMP = [0x8764000b, 0xf542d2d3, 0x6fa035c3, 0x77f2db5b] as const;
/** Two uniform numbers on their way to two normal ones; of all streams, since a stream is made for each shot. */
const PAIR = new Float64Array(2);

export class RandomStream {
  private s0: number;
  private s1: number;
  private s2: number;
  private s3: number;
  private spare = 0;
  private hasSpare = false;

  private constructor(state: readonly [number, number, number, number]) {
    [this.s0, this.s1, this.s2, this.s3] = state;
    if ((this.s0 | this.s1 | this.s2 | this.s3) === 0) this.s0 = 1;
  }

  /**
   * @param seed integer 0 … 2^53 − 1
   * @param index which stream of that purpose (a shot's number, say), 0 … 2^53 − 1
   */
  static of(seed: number, purpose: StreamPurpose = 'dynamics', index = 0): RandomStream {
    const low = (n: number): number => n >>> 0;
    const high = (n: number): number => Math.floor(n / 0x100000000) >>> 0;
    return new RandomStream(
      philox4x32([low(index), high(index), STREAM_PURPOSE[purpose], 0], [low(seed), high(seed)]),
    );
  }

  /** The next 32-bit unsigned integer (xoshiro128++). */
  uint32(): number {
    const sum = (this.s0 + this.s3) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + this.s0) >>> 0;
    const t = this.s1 << 9;
    this.s2 ^= this.s0;
    this.s3 ^= this.s1;
    this.s1 ^= this.s2;
    this.s0 ^= this.s3;
    this.s2 ^= t;
    this.s3 = (this.s3 << 11) | (this.s3 >>> 21);
    return result;
  }

  /** Uniform on [0, 1) with 53 bits. */
  uniform(): number {
    const a = this.uint32() >>> 5;
    const b = this.uint32() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  /** The next `count` numbers of {@link uniform} into an array, none of them an object on the way. */
  fillUniform(out: Float64Array, count: number): void {
    for (let k = 0; k < count; k++) {
      const a = this.uint32() >>> 5;
      const b = this.uint32() >>> 6;
      out[k] = (a * 67108864 + b) / 9007199254740992;
    }
  }

  /** Uniform on (0, 1] with 53 bits: safe under a logarithm. */
  uniformOpen(): number {
    return 1 - this.uniform();
  }

  /** Uniform integer in 0 … n − 1, unbiased, n ≤ 2^32. */
  integer(n: number): number {
    const limit = 0x100000000 - (0x100000000 % n);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % n;
  }

  /** −1 or +1 with equal probability. */
  sign(): 1 | -1 {
    return this.uint32() >>> 31 === 0 ? -1 : 1;
  }

  /** Standard normal number (Box–Muller, float64). */
  normal(): number {
    if (this.hasSpare) {
      this.hasSpare = false;
      return this.spare;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniformOpen()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    this.hasSpare = true;
    return radius * Math.cos(angle);
  }

  /** The next `count` numbers of {@link normal} into an array, none of them an object on the way. */
  fillNormal(out: Float64Array, count: number): void {
    let k = 0;
    if (this.hasSpare && count > 0) {
      this.hasSpare = false;
      out[k++] = this.spare;
    }
    while (k < count) {
      this.fillUniform(PAIR, 2);
      const radius = Math.sqrt(-2 * Math.log(1 - PAIR[0]!));
      const angle = 2 * Math.PI * PAIR[1]!;
      out[k++] = radius * Math.cos(angle);
      if (k < count) out[k++] = radius * Math.sin(angle);
      else {
        this.spare = radius * Math.sin(angle);
        this.hasSpare = true;
      }
    }
  }

  /** Exponentially distributed number with mean 1. */
  exponential(): number {
    return -Math.log(this.uniformOpen());
  }

  /** `count` different integers of 0 … n − 1, in random order (partial Fisher–Yates). */
  sample(n: number, count: number): Int32Array {
    const all = Int32Array.from({ length: n }, (_, i) => i);
    for (let k = 0; k < count; k++) {
      const j = k + this.integer(n - k);
      const swap = all[k]!;
      all[k] = all[j]!;
      all[j] = swap;
    }
    return all.slice(0, count);
  }

  /** Moves this stream 2^64 draws of 32 bits ahead. */
  jump(): void {
    let j0 = 0;
    let j1 = 0;
    let j2 = 0;
    let j3 = 0;
    for (const word of JUMP) {
      for (let bit = 0; bit < 32; bit++) {
        if ((word >>> bit) & 1) {
          j0 ^= this.s0;
          j1 ^= this.s1;
          j2 ^= this.s2;
          j3 ^= this.s3;
        }
        this.uint32();
      }
    }
    this.s0 = j0;
    this.s1 = j1;
    this.s2 = j2;
    this.s3 = j3;
    this.hasSpare = false;
  }
}
