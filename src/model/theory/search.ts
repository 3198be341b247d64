import { RelaxdError } from '../../core/index.js';

/**
 * A zero of f between two points of opposite sign, by bisection down to the spacing of doubles.
 * @throws RelaxdError `invalid-input` where the signs do not differ
 */
export function findRoot(f: (x: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  const atLow = f(low);
  const atHigh = f(high);
  if (atLow === 0) return low;
  if (atHigh === 0) return high;
  // A product of both might be 0 to rounding.
  if (!(Math.sign(atLow) * Math.sign(atHigh) < 0)) {
    throw new RelaxdError('invalid-input', `no change of sign between ${from} and ${to}`, {
      value: [atLow, atHigh],
      limit: 'values of opposite sign',
    });
  }
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= Math.min(low, high) || middle >= Math.max(low, high)) return middle;
    const value = f(middle);
    if (value === 0) return middle;
    if (Math.sign(value) * Math.sign(atLow) > 0) low = middle;
    else high = middle;
  }
}

/** Where a function with one maximum in [from, to] has it (golden section; the argument is good to about 1e-8). */
export function findMaximum(f: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = from;
  let high = to;
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let atLeft = f(left);
  let atRight = f(right);
  while (high - low > 1e-10 * (Math.abs(low) + Math.abs(high))) {
    if (atLeft > atRight) {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - ratio * (high - low);
      atLeft = f(left);
    } else {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + ratio * (high - low);
      atRight = f(right);
    }
  }
  return (low + high) / 2;
}

/**
 * Where a predicate that is false below some x > 0 and true above becomes true: doubling from `first`, then bisection.
 *
 * @param search.most null is the answer where it is false up to here
 * @param search.precision of the bracket, relative to its upper end
 * @returns a bracket: false at `low` (or 0), true at `high`
 */
export function findThreshold(
  reached: (x: number) => boolean,
  search: { readonly first: number; readonly most: number; readonly precision: number },
): { readonly low: number; readonly high: number } | null {
  let [low, high] = [0, search.first];
  while (!reached(high)) {
    low = high;
    high *= 2;
    if (high > search.most) return null;
  }
  while (high - low > search.precision * high) {
    const middle = (low + high) / 2;
    if (reached(middle)) high = middle;
    else low = middle;
  }
  return { low, high };
}
