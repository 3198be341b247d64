import { exponentialAverage } from './fluctuation.js';

/** ΔF from work by Jarzynski's equality, with what is needed to know whether to believe it. */
export interface FreeEnergyEstimate {
  /** −T ln⟨e^{−βW}⟩ less its estimated bias. */
  readonly freeEnergy: number;
  /** Standard error by the jackknife. */
  readonly standardError: number;
  /**
   * What has been taken off: a finite sample's −T ln of a mean lies too high, by T·r²/2n to leading order with r the relative
   * deviation of e^{−βW} (Zuckerman & Woolf, PRL 89, 180602 (2002)); here by the jackknife, which knows the next order too.
   */
  readonly bias: number;
  /** Standard deviation of e^{−βW} over its mean. */
  readonly relativeDeviation: number;
  /** (Σw)²/Σw² of the weights w = e^{−βW}: shots that count (Kish 1965). */
  readonly effectiveSamples: number;
  /** Share of the largest weight in their sum. */
  readonly largestShare: number;
  /** Whether the average rests on enough shots. */
  readonly trusted: boolean;
  /** Why not; null where it is. */
  readonly reason: string | null;
}

/** An average of exponentials is believed from so many shots that count … */
export const LEAST_EFFECTIVE = 100;
/** … of which none makes up more than this share. */
export const LARGEST_SHARE = 0.05;

/** Exponentials that vary so little over their mean may be few. */
const LITTLE_VARIATION = 0.1;

/** Why an average of exponentials is not to be believed; null where it is. */
export function whyNotTrusted(exponents: ArrayLike<number>): string | null {
  const { effectiveSamples, largestShare } = weightsOf(exponents);
  // r² = n/(effective samples) − 1 is the relative variance.
  const n = exponents.length;
  if (n >= 2 && n / effectiveSamples - 1 <= LITTLE_VARIATION ** 2) return null;
  if (!(effectiveSamples >= LEAST_EFFECTIVE)) {
    return `only ${shown(effectiveSamples)} of ${n} shots count in the average of exponentials (${LEAST_EFFECTIVE} are needed): rare shots dominate it`;
  }
  if (largestShare > LARGEST_SHARE) {
    return `one shot makes up ${shown(100 * largestShare)} % of the average of exponentials (at most ${100 * LARGEST_SHARE} %)`;
  }
  return null;
}

const shown = (x: number): string => (Number.isFinite(x) ? String(Number(x.toPrecision(3))) : '0');

/** How evenly e^{x} is spread over samples. */
export function weightsOf(exponents: ArrayLike<number>): {
  readonly effectiveSamples: number;
  readonly largestShare: number;
} {
  let largest = -Infinity;
  for (let k = 0; k < exponents.length; k++) largest = Math.max(largest, exponents[k]!);
  if (!Number.isFinite(largest)) return { effectiveSamples: NaN, largestShare: NaN };
  let [sum, squares] = [0, 0];
  for (let k = 0; k < exponents.length; k++) {
    const w = Math.exp(exponents[k]! - largest);
    sum += w;
    squares += w * w;
  }
  return { effectiveSamples: (sum * sum) / squares, largestShare: 1 / sum };
}

/**
 * ΔF = −T ln⟨e^{−βW}⟩ (Jarzynski, PRL 78, 2690 (1997)) from works out of an equilibrium start, in the unit of the works. The
 * delete-one jackknife gives bias and error in O(shots). Not trusted where fewer than {@link LEAST_EFFECTIVE} shots count
 * or one of them is more than {@link LARGEST_SHARE} of the sum: then the shots that would matter have not been seen, the value
 * lies too high and its error is too small. NaN for fewer than two shots.
 * @param beta 1/T, > 0
 */
export function freeEnergyFromWork(work: ArrayLike<number>, beta: number): FreeEnergyEstimate {
  const n = work.length;
  const exponents = Float64Array.from(work, (w) => -beta * w);
  const { logMean, relativeDeviation } = exponentialAverage(exponents);
  const { effectiveSamples, largestShare } = weightsOf(exponents);
  const reason = whyNotTrusted(exponents);
  const plain = (0 - logMean) / beta;
  const rest = { relativeDeviation, effectiveSamples, largestShare };
  if (!(n >= 2) || !Number.isFinite(logMean)) {
    return {
      freeEnergy: plain,
      standardError: NaN,
      bias: NaN,
      ...rest,
      trusted: false,
      reason: reason ?? 'there are fewer than two shots',
    };
  }
  // ln of the mean without shot k is logMean + ln(1 − w_k/Σw) + ln(n/(n − 1)).
  let [mean, squares] = [0, 0];
  for (let k = 0; k < n; k++) {
    const share = Math.min(1, Math.exp(exponents[k]! - logMean) / n);
    // A shot that is all of the average leaves nothing behind: the jackknife has no value then.
    const left = share < 1 ? -Math.log1p(-share) : Infinity;
    const delta = left - mean;
    mean += delta / (k + 1);
    squares += delta * (left - mean);
  }
  const without = (mean - Math.log(n / (n - 1))) / beta;
  const bias = (n - 1) * without;
  const standardError = Math.sqrt(((n - 1) / n) * squares) / beta;
  return {
    freeEnergy: Number.isFinite(bias) ? plain - bias : plain,
    standardError: Number.isFinite(standardError) ? standardError : NaN,
    bias: Number.isFinite(bias) ? bias : NaN,
    ...rest,
    trusted: reason === null,
    reason,
  };
}
