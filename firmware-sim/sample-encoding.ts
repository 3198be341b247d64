import { Encoding } from './messages.js';

/** How the values of a batch are packed: proto/board.proto, enum Encoding. */
export type StateEncoding = 'BITS' | 'I8' | 'I12P' | 'I16';

const BITS_A_VALUE: Record<StateEncoding, number> = { BITS: 1, I8: 8, I12P: 12, I16: 16 };

/** What packs all codes of a row in the fewest bits. */
export function encodingFor(codes: Int16Array): StateEncoding {
  let least = 0;
  let most = 0;
  let signs = true;
  for (const code of codes) {
    if (code < least) least = code;
    if (code > most) most = code;
    signs &&= code === 1 || code === -1;
  }
  if (signs) return 'BITS';
  if (least >= -128 && most <= 127) return 'I8';
  return least >= -2048 && most <= 2047 ? 'I12P' : 'I16';
}

export const widerOf = (a: StateEncoding, b: StateEncoding): StateEncoding =>
  BITS_A_VALUE[a] >= BITS_A_VALUE[b] ? a : b;

/** Bytes of so many values; there is no padding between rows. */
export const encodedBytes = (encoding: StateEncoding, values: number): number =>
  Math.ceil((BITS_A_VALUE[encoding] * values) / 8);

export const encodingNumber = (encoding: StateEncoding): number => Encoding[encoding];

/** @param rows each [n] */
export function encodeRows(rows: readonly Int16Array[], encoding: StateEncoding): Uint8Array {
  const n = rows[0]?.length ?? 0;
  const out = new Uint8Array(encodedBytes(encoding, n * rows.length));
  const width = BITS_A_VALUE[encoding];
  let bit = 0;
  for (const row of rows) {
    for (const code of row) {
      const value = encoding === 'BITS' ? Number(code > 0) : code & ((1 << width) - 1);
      // Low bits first: a value touches at most three bytes.
      let left = value << (bit & 7);
      for (let at = bit >>> 3; left !== 0; at++) {
        out[at] = out[at]! | (left & 0xff);
        left >>>= 8;
      }
      bit += width;
    }
  }
  return out;
}
