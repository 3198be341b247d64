/** What kind of number an expected value is: printed in a paper, a closed form, an independent simulation's, or recalled. */
export type ExpectationClass = 'published' | 'exact' | 'reference' | 'recalled';

/** One number of a reproduction, with what it is compared with. */
export interface Quantity {
  readonly name: string;
  readonly value: number | null;
  readonly standardError: number | null;
  readonly expected: number | null;
  /** Absolute; `holds` where |value − expected| ≤ tolerance. */
  readonly tolerance: number | null;
  readonly class: ExpectationClass;
  /** Where the expected value comes from, and whether its definition is inferred. */
  readonly source: string;
  readonly holds: boolean | null;
}

/** How many standard errors a reduced sample may be off on top of nothing else. */
const ERRORS = 4;

/**
 * Compares a value with what is expected of it.
 *
 * @param given.tolerance of the full sample; a reduced one (`quick`) may be off by 4 standard errors where that is more
 */
export function quantity(
  given: Omit<Quantity, 'holds' | 'standardError'> & { readonly standardError?: number | null },
  quick = false,
): Quantity {
  const { name, value, expected, source } = given;
  const standardError = given.standardError ?? null;
  const tolerance =
    given.tolerance !== null && quick && standardError !== null
      ? Math.max(given.tolerance, ERRORS * standardError)
      : given.tolerance;
  const holds =
    value === null || expected === null || tolerance === null
      ? null
      : Math.abs(value - expected) <= tolerance;
  return {
    name,
    value,
    standardError,
    expected,
    tolerance,
    class: given.class,
    source,
    holds,
  };
}

/** Mean and standard error of a sample. */
export function meanOf(sample: readonly number[]): { readonly mean: number; readonly sem: number } {
  const n = sample.length;
  const mean = sample.reduce((a, b) => a + b, 0) / n;
  const squares = sample.reduce((a, b) => a + (b - mean) ** 2, 0);
  return { mean, sem: n < 2 ? NaN : Math.sqrt(squares / (n - 1) / n) };
}

/** A share k of n, with its binomial standard error (kept off zero at k = 0 and k = n). */
export function shareOf(k: number, n: number): { readonly mean: number; readonly sem: number } {
  const p = k / n;
  return { mean: p, sem: Math.sqrt(Math.max(p * (1 - p), 0.5 / n) / n) };
}
