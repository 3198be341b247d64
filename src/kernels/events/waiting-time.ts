const bits = new Int32Array(2);
const value = new Float64Array(bits.buffer);
/** Where the upper word of a 64-bit number stands. */
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** 1, 1/3, 1/5 …: ln m = 2s (1 + s²/3 + s⁴/5 + …), s = (m − 1)/(m + 1). */
const TERMS = 9;

/**
 * −ln u of 0 < u < 1, the same bits on every engine (which Math.log is not): u = 2^e m, m in [√½, √2).
 * Relative error below 1e-15 away from u = 1.
 */
export function minusLog(u: number): number {
  value[0] = u;
  let exponent = ((bits[HIGH]! >>> 20) & 0x7ff) - 1023;
  bits[HIGH] = (bits[HIGH]! & 0xfffff) | 0x3ff00000;
  let m = value[0];
  if (m > Math.SQRT2) {
    m *= 0.5;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 1 / (2 * TERMS + 1);
  for (let n = TERMS - 1; n >= 0; n--) sum = sum * square + 1 / (2 * n + 1);
  return -(exponent * Math.LN2 + 2 * s * sum);
}

/** Uniform on [0, 1) of 52 bits. */
export function fraction(high: number, low: number): number {
  return (high * 1048576 + (low >>> 12)) * 2 ** -52;
}

/** Uniform on (0, 1): the same half a step up. */
export function fractionInside(high: number, low: number): number {
  return (high * 1048576 + (low >>> 12) + 0.5) * 2 ** -52;
}
