/**
 * Consistent overhead byte stuffing (Cheshire & Baker, IEEE/ACM Trans. Netw. 7, 1999), as docs/link-protocol.md, section
 * Frames, says it: what comes out has no zero byte, so that a zero can end a frame.
 */

/** Most that `length` bytes, at least one, become when they are stuffed. */
export const stuffedLimit = (length: number): number => length + Math.ceil(length / 254);

/** @returns the stuffed bytes, without delimiters */
export function stuff(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + Math.floor(bytes.length / 254) + 1);
  let code = 0;
  let at = 1;
  let run = 1;
  for (let k = 0; k < bytes.length; k++) {
    const byte = bytes[k]!;
    if (byte !== 0) {
      out[at++] = byte;
      run++;
      if (run < 255) continue;
      out[code] = 255;
      // No empty block after a full one at the end.
      if (k === bytes.length - 1) return out.subarray(0, at);
    } else {
      out[code] = run;
    }
    code = at++;
    run = 1;
  }
  out[code] = run;
  return out.subarray(0, at);
}

/** @returns what was stuffed, or null where the stuffing does not end with the bytes or there is a zero among them */
export function unstuff(bytes: Uint8Array): Uint8Array | null {
  const out = new Uint8Array(bytes.length);
  let at = 0;
  let k = 0;
  while (k < bytes.length) {
    const code = bytes[k++]!;
    if (code === 0 || k + code - 1 > bytes.length) return null;
    for (let left = code - 1; left > 0; left--) {
      const byte = bytes[k++]!;
      if (byte === 0) return null;
      out[at++] = byte;
    }
    if (code < 255 && k < bytes.length) out[at++] = 0;
  }
  return out.subarray(0, at);
}
