/**
 * Standard normal and exponential numbers from random words, in 32-bit floating point and with polynomials of our own, each
 * operation rounded once: the other engines do the same operations in the same order, and get the same bits.
 *
 * Box & Muller (1958): radius √(−2 ln u) and angle θ, cos and sin of it. u = (k + ½)·2⁻³¹ with k the upper 31 bits of a word,
 * rounded to a float, so that numbers reach ±6.66 σ; θ has 31 bits of another word, and its sign bit the sign of the cosine.
 */

const f = Math.fround;

const MINUS_TWO_LOG_2 = -1.3862943649291992;
/** Bits of the float 2/3, and with 31 added to its exponent. */
const TWO_THIRDS = 0x3f2aaaab;
const TWO_THIRDS_UP_31 = TWO_THIRDS + (31 << 23);
/** π·2⁻³². */
const ANGLE = 7.31459059988282e-10;

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** −2 ln(1 + x)/x on |x| ≤ 1/3: least maximum of the relative error, 2·10⁻⁷. */
function minusTwoLogRatio(x: number): number {
  let p = f(f(0.3073139488697052 * x) - 0.34222376346588135);
  p = f(f(p * x) + 0.32840171456336975);
  p = f(f(p * x) - 0.3959007263183594);
  p = f(f(p * x) + 0.5001524090766907);
  p = f(f(p * x) - 0.6667597889900208);
  p = f(f(p * x) + 0.9999987483024597);
  return f(f(p * x) - 1.9999996423721313);
}

/** −2 ln u ≥ 0 with u = (k + ½)·2⁻³¹, k the upper 31 bits of the word. */
export function minusTwoLog(word: number): number {
  float[0] = f(f(word >>> 1) + 0.5);
  // float = 2^(31 + e)·(1 + x), |x| ≤ 1/3
  const above = (bits[0]! - TWO_THIRDS_UP_31) | 0;
  const e = above >> 23;
  bits[0] = (above & 0x7fffff) + TWO_THIRDS;
  const x = f(float[0] - 1);
  return f(f(f(e) * MINUS_TWO_LOG_2) + f(x * minusTwoLogRatio(x)));
}

/** −ln u with the u of {@link minusTwoLog}: mean 1. */
export const exponential = (word: number): number => f(0.5 * minusTwoLog(word));

/** √(−2 ln u) with the u of {@link minusTwoLog}. */
export const normalRadius = (word: number): number => f(Math.sqrt(minusTwoLog(word)));

/** Cosine of the angle that a word makes: a polynomial of x² on |x| ≤ π/2 with the least maximum of its error, 5·10⁻⁸. */
export function normalCosine(word: number): number {
  const x = f(f((word << 1) | 0) * ANGLE);
  const y = f(x * x);
  let p = f(f(2.3153950678533874e-5 * y) - 0.0013853705022484064);
  p = f(f(p * y) + 0.04166358336806297);
  p = f(f(p * y) - 0.4999990463256836);
  p = f(f(p * y) + 0.9999999403953552);
  return word >>> 31 === 1 ? -p : p;
}

/** Sine of the angle that a word makes: a polynomial on |x| ≤ π/2 with the least maximum of its error, 6·10⁻⁷. */
export function normalSine(word: number): number {
  const x = f(f((word << 1) | 0) * ANGLE);
  const y = f(x * x);
  let p = f(f(-0.00018363652634434402 * y) + 0.008306325413286686);
  p = f(f(p * y) - 0.1666482836008072);
  p = f(f(p * y) + 0.9999966025352478);
  return f(x * p);
}
