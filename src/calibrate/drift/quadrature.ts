/** Gauss and Legendre's points and weights on [from, to], by Newton's method on Legendre's polynomial. */
export function gaussLegendre(
  count: number,
  from: number,
  to: number,
): { readonly points: number[]; readonly weights: number[] } {
  const points = new Array<number>(count);
  const weights = new Array<number>(count);
  const [centre, half] = [(to + from) / 2, (to - from) / 2];
  for (let i = 0; i < (count + 1) >> 1; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 0;
    for (let round = 0; round < 100; round++) {
      let [last, value] = [1, x];
      for (let k = 2; k <= count; k++) {
        [last, value] = [value, ((2 * k - 1) * x * value - (k - 1) * last) / k];
      }
      slope = (count * (x * value - last)) / (x * x - 1);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    const weight = (2 * half) / ((1 - x * x) * slope * slope);
    points[i] = centre - half * x;
    points[count - 1 - i] = centre + half * x;
    weights[i] = weights[count - 1 - i] = weight;
  }
  return { points, weights };
}
