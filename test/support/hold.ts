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
  /** The acceptance row, `MT-A12`, where it is not the one that the test's title begins with. */
  readonly row?: string;
  /** Size and seed of the sample, for the message of a failure. */
  readonly sample?: string;
}

/** How helpers name what they hold: by the test's title, as exact, and in the title's row where nothing else is said. */
export type LineNames = Partial<Pick<HeldQuantity, 'quantity' | 'class' | 'row'>>;

/** A sample's mean with its standard error. */
export interface MeanEstimate {
  readonly mean: number;
  readonly sem: number;
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
  readonly row?: string;
  /**
   * Why the expected number, or its tolerance, is held to be wrong, where it does not hold and that has been shown in two
   * independent ways; the page says so and does not count it as a failure.
   */
  readonly disputed?: string;
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

/** The class and row as a line carries them. */
const placed = (
  held: Pick<HeldQuantity, 'class' | 'row'>,
): Pick<HeldLine, 'class'> & { row?: string } =>
  held.row === undefined ? { class: held.class } : { class: held.class, row: held.row };

/** What was measured, for the message of a failure. */
function measurement(held: Omit<HeldQuantity, 'expected' | 'tolerance'>): string {
  const error = held.standardError == null ? '' : ` ± ${held.standardError} (s.e.)`;
  const sample = held.sample === undefined ? '' : ` (${held.sample})`;
  return `${held.quantity}: ${held.got}${error}${sample}`;
}

/** Notes a quantity for docs/acceptance.md and asserts |got − expected| ≤ tolerance. */
export function hold(held: HeldQuantity): void {
  const { quantity, expected, got, tolerance } = held;
  const standardError = held.standardError ?? null;
  const holds = Math.abs(got - expected) <= tolerance;
  note({ quantity, expected, got, standardError, tolerance, holds, ...placed(held) });
  expect(holds, `${measurement(held)}, expected ${expected} ± ${tolerance}`).toBe(true);
}

/** One side of a bound: `got ≥ least`, `got ≤ most`, `got > above` or `got < below`. */
type Bound =
  | { readonly least: number }
  | { readonly most: number }
  | { readonly above: number }
  | { readonly below: number };

function compare(bound: Bound, got: number): { said: string; holds: boolean } {
  if ('least' in bound) return { said: `≥ ${bound.least}`, holds: got >= bound.least };
  if ('most' in bound) return { said: `≤ ${bound.most}`, holds: got <= bound.most };
  if ('above' in bound) return { said: `> ${bound.above}`, holds: got > bound.above };
  return { said: `< ${bound.below}`, holds: got < bound.below };
}

/** Notes and asserts a one-sided row. */
export function holdBound(held: Omit<HeldQuantity, 'expected' | 'tolerance'> & Bound): void {
  const { quantity, got } = held;
  const { said, holds } = compare(held, got);
  note({
    quantity,
    expected: said,
    got,
    standardError: held.standardError ?? null,
    tolerance: null,
    holds,
    ...placed(held),
  });
  expect(holds, `${measurement(held)}, expected ${said}`).toBe(true);
}

/** The names of a line, with what the test's title says where they say nothing. */
export function lineNames(names: LineNames): Pick<HeldQuantity, 'quantity' | 'class' | 'row'> {
  const title = TestRunner.getCurrentTest()?.name ?? 'outside of a test';
  const sentence = title.replace(/^(?:(?:MT|CQ|TC)-[A-Z]*\d+[a-z]?[,:]?\s+)+/, '');
  const quantity = names.quantity ?? sentence;
  const rating = names.class ?? 'exact';
  return names.row === undefined
    ? { quantity, class: rating }
    : { quantity, class: rating, row: names.row };
}
