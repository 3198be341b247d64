/** 1/n!, n = 0 … 13 */
const INVERSES = memory.data<f64>([
  1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0, 1.0 / 40320.0, 1.0 / 362880.0,
  1.0 / 3628800.0, 1.0 / 39916800.0, 1.0 / 479001600.0, 1.0 / 6227020800.0,
]);

/** eˣ: see ../random/natural-exponential.ts. */
export function naturalExponential(x: f64): f64 {
  if (x < -708) return 0;
  const y = x > 709 ? 709 : x;
  const k = floor<f64>(y * 1.4426950408889634 + 0.5);
  const r = y - k * 0.6931471803691238 - k * 1.9082149292705877e-10;
  const z = r * r;
  let odd = load<f64>(INVERSES, 104);
  let even = load<f64>(INVERSES, 96);
  for (let n: usize = 80; ; n -= 16) {
    odd = odd * z + load<f64>(INVERSES + n, 8);
    even = even * z + load<f64>(INVERSES + n);
    if (n === 0) break;
  }
  return (even + r * odd) * reinterpret<f64>(<u64>(<i64>k + 1023) << 52);
}
