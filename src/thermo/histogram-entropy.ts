import { RelaxdError } from '../core/index.js';
import { CompensatedSum } from './statistics.js';

/** Entropy of a law of which only a sample's histogram is known, nats. */
export interface HistogramEntropy {
  readonly samples: number;
  /** Number of bins with at least one sample. */
  readonly observed: number;
  /** −Σ p̂ ln p̂ of the frequencies themselves: biased low, by (bins of the law − 1)/2n to leading order. */
  readonly plugIn: number;
  /**
   * Plug-in + (observed − 1)/2n (Miller 1955): corrects the leading bias where all bins have been seen; still low where
   * many have not.
   */
  readonly millerMadow: number;
  /** Of either, by the delta method: √[(Σ p̂ ln² p̂ − H²)/n]. It knows nothing of the bias. */
  readonly standardError: number;
}

/**
 * @param counts how often each bin was seen; bins never seen may be left out
 * @throws RelaxdError `invalid-input`: a count that is negative or not an integer, or none above zero
 */
export function histogramEntropy(counts: Iterable<number>): HistogramEntropy {
  const seen: number[] = [];
  let samples = 0;
  for (const count of counts) {
    if (!Number.isInteger(count) || count < 0) {
      throw new RelaxdError('invalid-input', `${count} is not a number of samples`, {
        path: 'counts',
        value: count,
        limit: 'integers ≥ 0',
      });
    }
    samples += count;
    if (count > 0) seen.push(count);
  }
  if (samples === 0) {
    throw new RelaxdError('invalid-input', 'a histogram without samples has no entropy', {
      path: 'counts',
      value: 0,
      limit: 'at least one sample',
    });
  }
  const first = new CompensatedSum();
  const second = new CompensatedSum();
  for (const count of seen) {
    const p = count / samples;
    const surprise = -Math.log(p);
    first.add(p * surprise);
    second.add(p * surprise * surprise);
  }
  const plugIn = Math.max(0, first.value);
  return {
    samples,
    observed: seen.length,
    plugIn,
    millerMadow: plugIn + (seen.length - 1) / (2 * samples),
    standardError: Math.sqrt(Math.max(0, second.value - plugIn * plugIn) / samples),
  };
}
