import { expect } from 'vitest';
import { hold, lineNames, type LineNames, type MeanEstimate } from './hold.js';

/** Standard error of a fraction p of n trials, kept away from zero at p = 0 and 1. */
export function fractionError(p: number, n: number): number {
  return Math.sqrt(Math.max(p * (1 - p), 0.5 / n) / n);
}

/** Notes and asserts that a mean agrees with an exact number within `errors` standard errors (4: a false alarm in 16,000). */
export function expectWithin(
  found: MeanEstimate,
  exact: number,
  errors = 4,
  names: LineNames = {},
): void {
  const { mean, sem } = found;
  expect(sem, `standard error of ${mean}`).toBeGreaterThan(0);
  hold({
    ...lineNames(names),
    expected: exact,
    got: mean,
    standardError: sem,
    tolerance: errors * sem,
  });
}

/** Notes and asserts |found − expected| ≤ tolerance; a mean comes with its standard error. */
export function expectNear(
  found: number | MeanEstimate,
  expected: number,
  tolerance: number,
  names: LineNames = {},
): void {
  const { mean, sem } = typeof found === 'number' ? { mean: found, sem: null } : found;
  hold({ ...lineNames(names), expected, got: mean, standardError: sem, tolerance });
}

/** Standard error of the mean of a correlated series, from `blocks` blocks that should be much longer than its memory. */
export function blockError(series: readonly number[], blocks = 20): number {
  const length = Math.floor(series.length / blocks);
  const means = Array.from({ length: blocks }, (_, k) =>
    series.slice(k * length, (k + 1) * length).reduce((sum, x) => sum + x / length, 0),
  );
  const mean = means.reduce((sum, x) => sum + x / blocks, 0);
  const squares = means.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return Math.sqrt(squares / (blocks - 1) / blocks);
}

/** A share of n trials with its standard error. */
export const shareOf = (share: number, n: number): MeanEstimate => ({
  mean: share,
  sem: fractionError(share, n),
});
