const view = new DataView(new ArrayBuffer(8));
const LOG2_E = 1.4426950408889634;
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const DEGREE = 13;
const FACTORIALS = Float64Array.from({ length: DEGREE + 1 }, (_, n) => {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return product;
});

/**
 * eˣ, the same bits on every engine, to about one unit in the last place: x = k ln 2 + r, |r| ≤ ½ ln 2, e^r as the series of its even
 * and odd parts.
 * Zero below −708, and no more than e^709.
 */
export function naturalExponential(x: number): number {
  if (x < -708) return 0;
  const y = x > 709 ? 709 : x;
  const k = Math.floor(y * LOG2_E + 0.5);
  const r = y - k * LN2_HIGH - k * LN2_LOW;
  const z = r * r;
  let odd = 1 / FACTORIALS[DEGREE]!;
  let even = 1 / FACTORIALS[DEGREE - 1]!;
  for (let n = DEGREE - 3; n >= 0; n -= 2) {
    odd = odd * z + 1 / FACTORIALS[n + 1]!;
    even = even * z + 1 / FACTORIALS[n]!;
  }
  view.setUint32(0, (k + 1023) << 20);
  view.setUint32(4, 0);
  return (even + r * odd) * view.getFloat64(0);
}
