/** out_k = ln(2 cosh x_k) without overflow, for the first `count`: an array at a time, so that no number is passed as an object. */
export function logTwoCosh(x: Float64Array, out: Float64Array, count: number): void {
  for (let k = 0; k < count; k++) {
    const size = Math.abs(x[k]!);
    out[k] = size + Math.log1p(Math.exp(-2 * size));
  }
}
