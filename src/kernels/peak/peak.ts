import type { Engine } from '../engine.js';

/** Numbers that {@link spinFma} works on: a in 0 … 3, b in 4 … 7, the start in 8 … 11, the result from 16. */
export const PEAK_NUMBERS = 32;
const CHAINS = 8;

/**
 * Nothing but independent chains x ← x·a + b on the engine's widest vectors: what arithmetic costs at least.
 * @param numbers {@link PEAK_NUMBERS}, in the engine's arena; |a| < 1 keeps them finite
 * @returns operations that were done, two a multiplication and addition
 */
export function spinFma(engine: Engine, numbers: Float32Array, rounds: number): number {
  if (engine.raw !== null) return engine.raw.peakFma(numbers.byteOffset, rounds);
  const a = numbers[0]!;
  const b = numbers[4]!;
  let [x0, x1, x2, x3, x4, x5, x6, x7] = Array<number>(CHAINS).fill(numbers[8]!) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let k = 0; k < rounds; k++) {
    x0 = x0 * a + b;
    x1 = x1 * a + b;
    x2 = x2 * a + b;
    x3 = x3 * a + b;
    x4 = x4 * a + b;
    x5 = x5 * a + b;
    x6 = x6 * a + b;
    x7 = x7 * a + b;
  }
  numbers[16] = x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7;
  return 2 * CHAINS * rounds;
}

/**
 * Reads all of an array once.
 * @param words in the engine's arena, their number a multiple of 64
 * @returns their sum modulo 2³²
 */
export function readAll(engine: Engine, words: Int32Array): number {
  if (engine.raw !== null) return engine.raw.peakRead(words.byteOffset, words.length) | 0;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < words.length; i += 4) {
    s0 = (s0 + words[i]!) | 0;
    s1 = (s1 + words[i + 1]!) | 0;
    s2 = (s2 + words[i + 2]!) | 0;
    s3 = (s3 + words[i + 3]!) | 0;
  }
  return (s0 + s1 + s2 + s3) | 0;
}
