import { logGamma } from '../job/chi-square.js';

const TERMS = 500;
const EPSILON = 1e-15;
const TINY = 1e-300;

/**
 * P(F ≥ x) of Snedecor's F with m and n degrees of freedom: the incomplete beta function I(n/(n + m x); n/2, m/2) by its continued fraction
 * (Abramowitz & Stegun 26.6.2, 26.5.8; Lentz).
 */
export function fTail(x: number, m: number, n: number): number {
  if (!(x > 0)) return 1;
  return regularBeta(n / (n + m * x), n / 2, m / 2);
}

function regularBeta(x: number, a: number, b: number): number {
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  if (x >= 1) return 1;
  return x < (a + 1) / (a + b + 2)
    ? (front * fraction(x, a, b)) / a
    : 1 - (front * fraction(1 - x, b, a)) / b;
}

function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    value *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < EPSILON) break;
  }
  return value;
}

const nonZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
