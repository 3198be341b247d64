import { crc32 } from 'node:zlib';

/**
 * Rows that can be told from one another and from nonsense: everything in a row follows from seed, shot and step, and its energy is
 * the checksum of all the rest.
 */
const head = Buffer.alloc(16);

/** A number of 32 bits for each row. */
function rowMark(seed: number, shot: number, step: number): number {
  head.writeBigUInt64LE(BigInt(seed), 0);
  head.writeUInt32LE(shot, 8);
  head.writeUInt32LE(step, 12);
  return crc32(head);
}

/** Writes the row's state, and gives the numbers of its channels. */
export function witnessRow(
  seed: number,
  shot: number,
  step: number,
  state: Int8Array,
): { readonly energy: number; readonly work: number; readonly heat: number } {
  const mark = rowMark(seed, shot, step);
  let x = mark | 1;
  for (let i = 0; i < state.length; i++) {
    // xorshift32 (Marsaglia, J. Stat. Softw. 8 (2003), 14)
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    state[i] = (x & 1) === 0 ? 1 : -1;
  }
  return { energy: crc32(state, mark), work: mark, heat: step };
}
