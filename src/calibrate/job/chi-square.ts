import { normalTail } from '../../model/index.js';

const TERMS = 500;
const EPSILON = 1e-15;
/** From so many degrees of freedom on Wilson and Hilferty's cube root is within 1e-4 of the tail. */
const MANY = 400;

/**
 * P(χ² ≥ x) for ν degrees of freedom: the incomplete gamma function Q(ν/2, x/2) by its series or its continued fraction (Abramowitz & Stegun
 * 6.5.29, 6.5.31; Lentz); for many degrees of freedom by Wilson & Hilferty, PNAS 17, 684 (1931).
 */
export function chiSquareTail(x: number, degreesOfFreedom: number): number {
  if (!(x > 0)) return 1;
  const a = degreesOfFreedom / 2;
  const h = x / 2;
  if (degreesOfFreedom > MANY) {
    const spread = 2 / (9 * degreesOfFreedom);
    return normalTail((Math.cbrt(x / degreesOfFreedom) - (1 - spread)) / Math.sqrt(spread));
  }
  const front = Math.exp(a * Math.log(h) - h - logGamma(a));
  return h < a + 1 ? Math.max(0, 1 - front * lowerSeries(a, h)) : front * upperFraction(a, h);
}

function lowerSeries(a: number, h: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < TERMS; n++) {
    term *= h / (a + n);
    sum += term;
    if (term < EPSILON * sum) break;
  }
  return sum;
}

function upperFraction(a: number, h: number): number {
  let b = h + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < TERMS; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < EPSILON) break;
  }
  return value;
}

/** Lanczos, 1e-13 off. */
export function logGamma(z: number): number {
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z);
  const c = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const x = z - 1;
  const sum = c.reduce((s, ck, k) => s + ck / (x + k + 1), 0.99999999999980993);
  const t = x + c.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}
