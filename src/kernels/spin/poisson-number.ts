import { naturalLog } from '../memory/natural-log.js';
import { naturalExponential } from '../random/natural-exponential.js';

const INVERSION_BELOW = 10;
const HALF_LOG_TWO_PI = 0.9189385332046727;
/** ln k! of k < 10. */
const LOG_FACTORIALS = Float64Array.of(
  0,
  0,
  0.6931471805599453,
  1.791759469228055,
  3.1780538303479458,
  4.787491742782046,
  6.579251212010101,
  8.525161361065415,
  10.60460290274525,
  12.801827480081469,
);

/** ln of the Poisson probability of k at mean μ ≥ 10; from Stirling's series, without the cancellation of k ln μ − μ − ln k!. */
function logProbability(k: number, mean: number): number {
  if (k < 10) return k * naturalLog(mean) - mean - LOG_FACTORIALS[k]!;
  const excess = (mean - k) / k;
  const u = 1 + excess;
  const log = u === 1 ? excess : naturalLog(u) * (excess / (u - 1));
  const k2 = k * k;
  const series = 1 / (12 * k) - 1 / (360 * k * k2) + 1 / (1260 * k * k2 * k2);
  return k * (log - excess) - (HALF_LOG_TWO_PI + 0.5 * naturalLog(k)) - series;
}

/**
 * A Poisson number: by inversion for small means, else by transformed rejection (Hörmann 1993, algorithm PTRS), whose
 * cost does not grow with the mean.
 * @param uniform numbers (w + ½)·2⁻³²
 */
export function poissonNumber(mean: number, uniform: () => number): number {
  if (mean < INVERSION_BELOW) {
    let rest = uniform();
    let p = naturalExponential(-mean);
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
    const u = uniform() - 0.5;
    const v = uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (edge < 0.013 && v > edge)) continue;
    if (naturalLog((v * hat) / (a / (edge * edge) + b)) <= logProbability(k, mean)) return k;
  }
}
