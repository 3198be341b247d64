const view = new DataView(new ArrayBuffer(8));
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/**
 * ln v for v > 0 and normal, the same bits on every engine, to about one unit in the last place: v = m·2^e,
 * √½ ≤ m < √2, ln m = 2 artanh s as a series in s² = ((m − 1)/(m + 1))².
 */
export function naturalLog(v: number): number {
  view.setFloat64(0, v);
  const high = view.getUint32(0);
  let e = (high >>> 20) - 1023;
  view.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let m = view.getFloat64(0);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e++;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  let p = 1 / 21;
  for (let odd = 19; odd >= 1; odd -= 2) p = p * z + 1 / odd;
  return e * LN2_HIGH + (2 * s * p + e * LN2_LOW);
}
