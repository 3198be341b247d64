/** Normal quantile of 97.5 %. */
const NORMAL_95 = 1.959963984540054;

/**
 * Half width of a 95 % interval in standard errors: the 97.5 % quantile of Student's t with `freedom` degrees of freedom, which
 * need not be an integer (Hill, Commun. ACM 13, 619 (1970), algorithm 396; good to five digits, exact for 1 and 2).
 * @param freedom > 0; NaN below
 */
export function student95(freedom: number): number {
  if (!(freedom > 0)) return NaN;
  if (freedom === Infinity) return NORMAL_95;
  const tails = 0.05;
  if (freedom === 2) return Math.sqrt(2 / (tails * (2 - tails)) - 2);
  if (freedom <= 1) return Math.cos((tails * Math.PI) / 2) / Math.sin((tails * Math.PI) / 2);
  const a = 1 / (freedom - 0.5);
  const b = 48 / (a * a);
  let c = ((20700 * a) / b - 98) * a - 16;
  c = c * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * freedom;
  let y = (d * tails) ** (2 / freedom);
  if (y > 0.05 + a) {
    const x = -NORMAL_95;
    y = x * x;
    if (freedom < 5) c += 0.3 * (freedom - 4.5) * (x + 0.6);
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = Math.expm1(a * y * y);
  } else {
    const inner = (freedom + 6) / (freedom * y) - 0.089 * d - 0.822;
    y =
      ((1 / (inner * (freedom + 2) * 3) + 0.5 / (freedom + 4)) * y - 1) *
        ((freedom + 1) / (freedom + 2)) +
      1 / y;
  }
  return Math.sqrt(freedom * y);
}

/** The 95 % interval of a mean with its standard error; Student's t where the error rests on few samples. */
export function interval95(
  mean: number,
  standardError: number,
  freedom = Infinity,
): readonly [number, number] {
  const half = student95(freedom) * standardError;
  return [mean - half, mean + half];
}
