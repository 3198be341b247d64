/**
 * Arbitrary-precision oracle for the model tests: fixed-point numbers with 400 binary places as BigInt. Only what the
 * tests need: e^{−r} and ln of rationals.
 */
const BITS = 400n;
const ONE = 1n << BITS;

/** A number as an integer count of 2^−400. */
export type Fixed = bigint;

export function fixedRatio(numerator: bigint, denominator: bigint): Fixed {
  return (numerator << BITS) / denominator;
}

/** e^{−n/d} for n ≥ 0: series after halving the argument below one. */
export function fixedExpNegative(numerator: bigint, denominator: bigint): Fixed {
  let halvings = 0n;
  while (numerator > denominator << halvings) halvings++;
  const x = fixedRatio(numerator, denominator << halvings);
  let term = ONE;
  let sum = 0n;
  for (let k = 1n; term !== 0n; k++) {
    sum += term;
    term = -(term * x) / (ONE * k);
  }
  for (let k = 0n; k < halvings; k++) sum = (sum * sum) >> BITS;
  return sum;
}

/** ln of a positive number: halved or doubled into [1, 2), then 2 artanh((x − 1)/(x + 1)). */
export function fixedLog(value: Fixed): Fixed {
  let x = value;
  let doublings = 0n;
  while (x >= 2n * ONE) {
    x >>= 1n;
    doublings++;
  }
  while (x < ONE) {
    x <<= 1n;
    doublings--;
  }
  return artanhTwice(x) + doublings * artanhTwice(2n * ONE);
}

function artanhTwice(x: Fixed): Fixed {
  const u = ((x - ONE) << BITS) / (x + ONE);
  const square = (u * u) >> BITS;
  let power = u;
  let sum = 0n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power = (power * square) >> BITS;
  }
  return 2n * sum;
}

/** The nearest double, to within rounding of its last place. */
export function fixedToNumber(value: Fixed): number {
  return quotientToNumber(value, ONE);
}

/** a/b as a double however large a and b are, to within rounding of the last place. */
export function quotientToNumber(a: bigint, b: bigint): number {
  if (a === 0n) return 0;
  const sign = a < 0n === b < 0n ? 1 : -1;
  const top = a < 0n ? -a : a;
  const bottom = b < 0n ? -b : b;
  const shift = BigInt(bottom.toString(2).length - top.toString(2).length + 64);
  const quotient = shift > 0n ? (top << shift) / bottom : top / (bottom << -shift);
  // Two steps keep the power of two inside the range of doubles.
  const half = Math.trunc(Number(shift) / 2);
  return sign * Number(quotient) * 2 ** -half * 2 ** (half - Number(shift));
}

/** ln Σ e^{b x} for b = numerator/denominator and integers x: a double, from fixed-point arithmetic throughout. */
export function exactLogSumExp(
  exponents: readonly number[],
  numerator: bigint,
  denominator: bigint,
): Fixed {
  const largest = BigInt(Math.max(...exponents));
  let sum = 0n;
  for (const x of exponents)
    sum += fixedExpNegative((largest - BigInt(x)) * numerator, denominator);
  return fixedRatio(largest * numerator, denominator) + fixedLog(sum);
}
