/** A mean over correlated samples. */
export interface TimeAverage {
  readonly mean: number;
  /** Standard error of the mean, with the correlation of the samples; NaN for fewer than 4 samples. */
  readonly sem: number;
  /** Integrated autocorrelation time τ = ½ + Σ_{k ≥ 1} ρ(k), in samples: ½ where they are independent. */
  readonly correlationTime: number;
  /** Samples over 2τ: as many independent ones would have the same error. */
  readonly effectiveSamples: number;
  /** Degrees of freedom of `sem`, for an interval by Student's t. */
  readonly freedom: number;
}

/** Wolff's factor between the decay of the correlation and τ. */
const DECAY = 1.5;

/**
 * Mean of stationary series, one a shot, with a standard error that knows their autocorrelation: the Γ method (Wolff, Comput.
 * Phys. Commun. 156, 143 (2004)). The autocovariance Γ(k), pooled over the series about the common mean, is summed up to a
 * window W where what is cut off and the noise of what is kept are alike; σ² = [Γ(0) + 2 Σ_{k ≤ W} Γ(k)]/n, corrected for the
 * mean's own fluctuation by the factor 1 + (2W + 1)/n. Its relative error is √(2(2W + 1)/n), hence n/(2W + 1) degrees
 * of freedom. Samples that are not equally spaced, or a transient in them, make all of it wrong.
 * @param series values at equal intervals, one list a shot; of equal kind, not necessarily of equal length
 */
export function timeAverage(series: readonly ArrayLike<number>[]): TimeAverage {
  let count = 0;
  let sum = 0;
  let longest = 0;
  for (const values of series) {
    count += values.length;
    longest = Math.max(longest, values.length);
    for (let k = 0; k < values.length; k++) sum += values[k]!;
  }
  const mean = count === 0 ? NaN : sum / count;
  const none = { mean, sem: NaN, correlationTime: NaN, effectiveSamples: NaN, freedom: NaN };
  if (count < 4) return none;
  const covariance = (lag: number): number => {
    let total = 0;
    let pairs = 0;
    for (const values of series) {
      for (let k = 0; k + lag < values.length; k++) {
        total += (values[k]! - mean) * (values[k + lag]! - mean);
        pairs++;
      }
    }
    return pairs === 0 ? 0 : total / pairs;
  };
  const variance = covariance(0);
  if (!(variance > 0)) {
    return { mean, sem: 0, correlationTime: 0.5, effectiveSamples: count, freedom: count - 1 };
  }
  let total = 0.5;
  let window = 0;
  // Beyond half a series lags have too few pairs to say anything.
  const most = Math.floor(longest / 2);
  while (window < most) {
    window++;
    total += covariance(window) / variance;
    // Anticorrelated samples have τ < ½: their memory is as long as that of as much correlation.
    const memory = Math.max(1e-6, 2 * Math.abs(total - 0.5));
    const decay = DECAY / Math.log((memory + 2) / memory);
    if (Math.exp(-window / decay) - decay / Math.sqrt(window * count) < 0) break;
  }
  const correction = 1 + (2 * window + 1) / count;
  const correlationTime = Math.max(total, 1 / (2 * count)) * correction;
  return {
    mean,
    sem: Math.sqrt((2 * correlationTime * variance) / count),
    correlationTime,
    effectiveSamples: count / (2 * correlationTime),
    freedom: Math.max(1, count / (2 * window + 1) - 1),
  };
}

/**
 * Standard error of the mean of one correlated series by blocking (Flyvbjerg & Petersen, J. Chem. Phys. 91, 461 (1989)): pairs
 * of neighbours are averaged again and again; the error of the mean grows until blocks are independent and then stays. The
 * level is the first from which the estimates agree with all later ones within two of their own errors.
 * @returns NaN for fewer than 4 samples
 */
export function blockedError(values: ArrayLike<number>): number {
  const levels: { error: number; spread: number }[] = [];
  let blocks = Float64Array.from(values);
  while (blocks.length >= 4) {
    const n = blocks.length;
    let sum = 0;
    for (const x of blocks) sum += x;
    let squares = 0;
    for (const x of blocks) squares += (x - sum / n) ** 2;
    const error = Math.sqrt(squares / (n * (n - 1)));
    levels.push({ error, spread: error / Math.sqrt(2 * (n - 1)) });
    const half = new Float64Array(n >> 1);
    for (let k = 0; k < half.length; k++) half[k] = (blocks[2 * k]! + blocks[2 * k + 1]!) / 2;
    blocks = half;
  }
  for (let k = 0; k < levels.length; k++) {
    const { error } = levels[k]!;
    if (levels.slice(k + 1).every((later) => later.error - error <= 2 * later.spread)) return error;
  }
  return NaN;
}
