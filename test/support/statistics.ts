import { expect } from 'vitest';
import type { RunningMoments } from '../../src/thermo/index.js';

/** Standard error of a fraction p of n trials, kept away from zero at p = 0 and 1. */
export function fractionError(p: number, n: number): number {
  return Math.sqrt(Math.max(p * (1 - p), 0.5 / n) / n);
}

/** A mean agrees with an exact number within `errors` standard errors (4: a false alarm in 16,000). */
export function expectWithin(
  found: { readonly mean: number; readonly sem: number } | RunningMoments,
  exact: number,
  errors = 4,
): void {
  const off = Math.abs(found.mean - exact) / found.sem;
  expect(off, `${found.mean} ± ${found.sem} against ${exact}`).toBeLessThan(errors);
}

/** |found − expected| ≤ tolerance, with the numbers in the message. */
export function expectNear(found: number, expected: number, tolerance: number): void {
  expect(
    Math.abs(found - expected),
    `${found} against ${expected} ± ${tolerance}`,
  ).toBeLessThanOrEqual(tolerance);
}
