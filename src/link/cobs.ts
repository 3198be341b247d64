/**
 * Consistent overhead byte stuffing (Cheshire & Baker, IEEE/ACM Trans. Networking 7, 159 (1999)): docs/link-protocol.md,
 * section Frames. Both ways in one pass over typed arrays.
 */

/** Longest that `length` bytes can become. */
export const longestStuffed = (length: number): number =>
  Math.max(1, length + Math.ceil(length / 254));

/**
 * Stuffs `source[0 … length)` into `target` from `at` on.
 *
 * @returns where the stuffed bytes end in `target`, which needs room for {@link longestStuffed}
 */
export function stuff(source: Uint8Array, length: number, target: Uint8Array, at: number): number {
  let codeAt = at++;
  let code = 1;
  for (let i = 0; i < length; i++) {
    const byte = source[i]!;
    if (byte === 0) {
      target[codeAt] = code;
      codeAt = at++;
      code = 1;
      continue;
    }
    target[at++] = byte;
    if (++code === 255) {
      target[codeAt] = 255;
      // No empty block after a full one at the end.
      if (i + 1 === length) return at;
      codeAt = at++;
      code = 1;
    }
  }
  target[codeAt] = code;
  return at;
}

/**
 * Undoes it for `source[from … to)`, a frame without its delimiters.
 *
 * @param target room for to − from bytes; not `source` itself
 * @returns how many bytes came out, or −1 where the blocks do not end with the frame or a byte is zero
 */
export function unstuff(source: Uint8Array, from: number, to: number, target: Uint8Array): number {
  let at = 0;
  while (from < to) {
    const code = source[from++]!;
    const end = from + code - 1;
    if (code === 0 || end > to) return -1;
    while (from < end) {
      const byte = source[from++]!;
      if (byte === 0) return -1;
      target[at++] = byte;
    }
    if (code < 255 && from < to) target[at++] = 0;
  }
  return at;
}
