const SQRT_PI = Math.sqrt(Math.PI);
/** Where the continued fraction of erfc takes over from the series of erf. */
const SERIES_LIMIT = 2;

/**
 * The error function, to a few units in the last place: below 2 the series of positive terms
 * erf x = (2/√π) e^{−x²} Σ_k 2^k x^{2k+1}/(2k+1)!! (Abramowitz & Stegun 7.1.6).
 */
export function erf(x: number): number {
  if (Math.abs(x) >= SERIES_LIMIT) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > Math.abs(sum) * 1e-17; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * Math.exp(-x * x) * sum;
}

/**
 * 1 − erf(x) without cancellation for large x: the continued fraction
 * √π e^{x²} erfc x = 1/(x + ½/(x + 1/(x + (3/2)/(x + …)))) (Abramowitz & Stegun 7.1.14), from x = 2.
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < SERIES_LIMIT) return x > -SERIES_LIMIT ? 1 - erf(x) : 2 - erfc(-x);
  if (x > 28) return 0;
  // 200 levels: the fraction has converged to rounding at x = 2, where it is slowest.
  let fraction = x;
  for (let k = 200; k >= 1; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / (SQRT_PI * fraction);
}

/** The density of the standard normal law. */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** The probability that a standard normal number exceeds x. */
export function normalTail(x: number): number {
  return erfc(x / Math.SQRT2) / 2;
}
