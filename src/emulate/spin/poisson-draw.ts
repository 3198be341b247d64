import type { RandomStream } from '../../core/index.js';

const INVERSION_BELOW = 10;
const LOG_FACTORIALS = Float64Array.from({ length: 10 }, (_, k) => {
  let sum = 0;
  for (let i = 2; i <= k; i++) sum += Math.log(i);
  return sum;
});

/** ln of the Poisson probability of k at mean μ; from Stirling's series, without the cancellation of k ln μ − μ − ln k!. */
export function logPoisson(k: number, mean: number): number {
  if (k < LOG_FACTORIALS.length) return k * Math.log(mean) - mean - LOG_FACTORIALS[k]!;
  const excess = (mean - k) / k;
  const series = 1 / (12 * k) - 1 / (360 * k ** 3) + 1 / (1260 * k ** 5);
  return k * (Math.log1p(excess) - excess) - 0.5 * Math.log(2 * Math.PI * k) - series;
}

/**
 * A Poisson number, exactly distributed: by inversion for small means, else by transformed rejection (Hörmann 1993,
 * algorithm PTRS), whose cost does not grow with the mean.
 */
export function drawPoisson(mean: number, stream: RandomStream): number {
  if (mean < INVERSION_BELOW) {
    let rest = stream.uniform();
    let p = Math.exp(-mean);
    let k = 0;
    while (rest >= p && p > 0) {
      rest -= p;
      k++;
      p *= mean / k;
    }
    return k;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const hat = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = stream.uniform() - 0.5;
    const v = stream.uniformOpen();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (edge < 0.013 && v > edge)) continue;
    if (Math.log((v * hat) / (a / (edge * edge) + b)) <= logPoisson(k, mean)) return k;
  }
}
