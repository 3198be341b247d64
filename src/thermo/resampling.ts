import type { RandomStream } from '../core/index.js';
import { moments } from './statistics.js';

/** A statistic of independent samples (one a disorder, say) with its error. */
export interface ResampledStatistic {
  /** The statistic of all samples. */
  readonly estimate: number;
  /** Estimated bias; `estimate − bias` is free of it to leading order. */
  readonly bias: number;
  readonly standardError: number;
}

/**
 * The delete-one jackknife (Tukey 1958): exact for means, good for smooth functions of means, wrong for medians and
 * other quantiles ({@link bootstrap}). NaN errors for fewer than two samples.
 */
export function jackknife<T>(
  samples: readonly T[],
  statistic: (samples: readonly T[]) => number,
): ResampledStatistic {
  const n = samples.length;
  const estimate = statistic(samples);
  if (n < 2) return { estimate, bias: NaN, standardError: NaN };
  const left = moments(
    samples.map((_, k) => statistic([...samples.slice(0, k), ...samples.slice(k + 1)])),
  );
  return {
    estimate,
    bias: (n - 1) * (left.mean - estimate),
    standardError: Math.sqrt(((n - 1) * (n - 1) * left.variance) / n),
  };
}

/**
 * The jackknife over equal parts of the samples: for statistics that are not to be computed once a sample.
 *
 * @param statistic of the samples without one part; null: of all
 */
export function groupedJackknife(
  parts: number,
  statistic: (without: number | null) => number,
): ResampledStatistic {
  const left = moments(Array.from({ length: parts }, (_, part) => statistic(part)));
  const estimate = statistic(null);
  return {
    estimate,
    bias: (parts - 1) * (left.mean - estimate),
    standardError: ((parts - 1) / Math.sqrt(parts)) * Math.sqrt(left.variance),
  };
}

/** The bootstrap (Efron 1979): `resamples` drawn with replacement. */
export function bootstrap<T>(
  samples: readonly T[],
  statistic: (samples: readonly T[]) => number,
  resamples: number,
  stream: RandomStream,
): ResampledStatistic {
  const estimate = statistic(samples);
  const redrawn = moments(
    Array.from({ length: resamples }, () =>
      statistic(samples.map(() => samples[stream.integer(samples.length)]!)),
    ),
  );
  return {
    estimate,
    bias: redrawn.mean - estimate,
    standardError: Math.sqrt(redrawn.variance),
  };
}
