import { expect, TestRunner } from 'vitest';

/** One measured quantity of an acceptance row; a line of docs/acceptance.md. */
export interface HeldQuantity {
  /** What was measured, short: `⟨W⟩, τ = 10`. */
  readonly quantity: string;
  readonly expected: number;
  readonly got: number;
  /** Of `got`; left out or null for deterministic values. */
  readonly standardError?: number | null;
  /** Absolute; the value holds where |got − expected| ≤ tolerance. */
  readonly tolerance: number;
  /** Of the expected value, as the physics pages class it. */
  readonly class: 'published' | 'exact' | 'reference' | 'recalled' | 'choice';
}

/** A line of the acceptance page, as it is carried in the test's `meta` to the report. */
export interface HeldLine {
  readonly quantity: string;
  readonly expected: number | string;
  readonly got: number;
  readonly standardError: number | null;
  readonly tolerance: number | null;
  readonly class: HeldQuantity['class'];
  readonly holds: boolean;
}

declare module 'vitest' {
  interface TaskMeta {
    held?: HeldLine[];
  }
}

/** Notes a line for the acceptance page without asserting anything. */
export function note(line: HeldLine): void {
  const test = TestRunner.getCurrentTest();
  if (test === undefined) throw new Error(`'${line.quantity}' was measured outside of a test`);
  (test.meta.held ??= []).push(line);
}

/** Notes a quantity for docs/acceptance.md and asserts |got − expected| ≤ tolerance. */
export function hold(held: HeldQuantity): void {
  const { quantity, expected, got, tolerance } = held;
  const standardError = held.standardError ?? null;
  const holds = Math.abs(got - expected) <= tolerance;
  note({ quantity, expected, got, standardError, tolerance, class: held.class, holds });
  const error = standardError === null ? '' : ` ± ${standardError} (s.e.)`;
  expect(holds, `${quantity}: ${got}${error}, expected ${expected} ± ${tolerance}`).toBe(true);
}

/** Notes and asserts a one-sided row: `got ≥ least`, or `got ≤ most`. */
export function holdBound(
  held: Omit<HeldQuantity, 'expected' | 'tolerance'> &
    ({ readonly least: number } | { readonly most: number }),
): void {
  const { quantity, got } = held;
  const [sign, bound] = 'least' in held ? ['≥', held.least] : ['≤', held.most];
  const holds = sign === '≥' ? got >= bound : got <= bound;
  note({
    quantity,
    expected: `${sign} ${bound}`,
    got,
    standardError: held.standardError ?? null,
    tolerance: null,
    class: held.class,
    holds,
  });
  expect(holds, `${quantity}: ${got}, expected ${sign} ${bound}`).toBe(true);
}
