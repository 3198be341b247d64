import { drawLanes, LANES } from '../random/lanes.js';

/** What a rule compares the cost of a flip with, in units of T. */
export type ThresholdRule = 'none' | 'metropolis' | 'glauber';

const words = new Uint32Array(LANES);
const f = Math.fround;
const LN2 = f(0.6931471805599453);
const [THIRD, FIFTH, SEVENTH, NINTH] = [f(1 / 3), f(1 / 5), f(1 / 7), f(1 / 9)] as const;
const scratch = new DataView(new ArrayBuffer(4));

/**
 * −ln x for a positive normal x, in float32 throughout: x = 2ᵉ m with m in [√½, √2), ln m = 2 artanh s with
 * s = (m − 1)/(m + 1), whose series to s⁹ is within 8·10⁻¹⁰. The same operations in the same order on every engine.
 */
export function minusLog(x: number): number {
  scratch.setFloat32(0, x);
  const bits = scratch.getInt32(0) - 0x3f3504f3;
  const e = bits >> 23;
  scratch.setInt32(0, (bits & 0x7fffff) + 0x3f3504f3);
  const m = scratch.getFloat32(0);
  const s = f(f(m - 1) / f(m + 1));
  const z = f(s * s);
  let p = f(f(NINTH * z) + SEVENTH);
  p = f(f(p * z) + FIFTH);
  p = f(f(p * z) + THIRD);
  p = f(f(p * z) + 1);
  return f(-f(f(e * LN2) + f(f(s + s) * p)));
}

/** Smallest threshold of Metropolis' rule: a flip that costs nothing is accepted at any T > 0. */
const LEAST = f(2 ** -60);

/**
 * What a rule's threshold is for 31 random bits k, u = (k + ½)·2⁻³¹: a flip is accepted where cost < T · threshold.
 * Metropolis: −ln u, so that P = min(1, e^{−cost/T}); Glauber: ln((1 − u)/u), so that P = 1/(1 + e^{cost/T}).
 */
export function thresholdOf(rule: ThresholdRule, word: number): number {
  const k = word >>> 1;
  const a = f(f(k) + 0.5);
  if (rule === 'metropolis') return Math.max(minusLog(f(a * f(2 ** -31))), LEAST);
  return minusLog(f(a / f(f(0x7fffffff - k) + 0.5)));
}

/**
 * Draws for the next sixteen attempts, one a lane: a vector of thresholds (not for the rule `none`), then one of picks
 * (not in sequential order), then one of waiting times (continuous time only), each of one draw of the lanes.
 * @param picks whole numbers in 0 … n − 1: ⌊w n/2³²⌋ of a word w
 * @param waits exponential numbers with mean 1
 */
export function drawAttempts(
  lanes: Uint32Array,
  rule: ThresholdRule,
  n: number,
  thresholds: Float32Array,
  picks: Uint32Array | null,
  waits: Float32Array | null,
): void {
  if (rule !== 'none') {
    drawLanes(lanes, words);
    for (let l = 0; l < LANES; l++) thresholds[l] = thresholdOf(rule, words[l]!);
  }
  if (picks !== null) {
    drawLanes(lanes, words);
    for (let l = 0; l < LANES; l++) picks[l] = Math.floor((words[l]! * n) / 2 ** 32);
  }
  if (waits !== null) {
    drawLanes(lanes, words);
    for (let l = 0; l < LANES; l++) waits[l] = thresholdOf('metropolis', words[l]!);
  }
}
