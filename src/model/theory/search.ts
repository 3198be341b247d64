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
  if (!(atLow * atHigh < 0)) {
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
    if (value * atLow > 0) low = middle;
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
