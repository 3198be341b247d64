import type { FlipKernel } from './flip-kernels.js';

/** What was seen of one spin in a field, in shots that begin alike. */
export interface SingleSpinRun {
  readonly field: number;
  readonly interval: number;
  /** The state before the first sample, ±1; 0: either alike. */
  readonly start: number;
  /** Each `length` samples of ±1, `stride` apart from `offset`; 0: lost. */
  readonly shots: readonly Int8Array[];
  readonly offset: number;
  readonly stride: number;
}

/** Of the kernel's parameters, then the readout's error. */
export interface SingleSpinPoint {
  readonly value: number;
  readonly score: Float64Array;
  /** Fisher's, given what was seen before each sample. */
  readonly information: Float64Array;
  readonly count: number;
}

/** Told each sample: what was seen now and before, the probability of +1 given all before, and its slopes. */
export type Tally = (
  seen: number,
  before: number,
  longBefore: number,
  up: number,
  slopes: Float64Array,
) => void;

/** Probabilities below that are 0: nothing is learnt of what is sure. */
const SURE = 1e-30;

/**
 * The exact likelihood of one spin that flips at its kernel's two rates u (up) and d (down) and is read with errors: a hidden Markov chain of two
 * states, P(+|−) = u/(u + d) (1 − e^{−(u+d)τ}), followed by the forward recursion in one number, q = P(+ | what was seen), with derivatives. The
 * same as `spinLikelihood` has for one site, without its matrices.
 *
 * @param law coordinates of the kernel: ln rate, ln T, exponent; slopes are by them
 * @param error probability ε that a sample shows the spin reversed; slopes are by ε itself
 */
export function singleSpinLikelihood(
  kernel: FlipKernel,
  law: Float64Array,
  error: number,
  run: SingleSpinRun,
  tally?: Tally,
): SingleSpinPoint {
  const { field, interval, start, shots, offset, stride } = run;
  const m = law.length;
  const p = m + 1;
  const { rise, fall, dRise, dFall } = steps(kernel, law, field, interval);
  const keeps = 1 - rise - fall;
  const score = new Float64Array(p);
  const information = new Float64Array(p * p);
  const dq = new Float64Array(p);
  const da = new Float64Array(p);
  const dUp = new Float64Array(p);
  const shows = 1 - 2 * error;
  let value = 0;
  let count = 0;
  for (const shot of shots) {
    let q = 0.5 * (1 + start);
    dq.fill(0);
    let before = start;
    let longBefore = start;
    for (let k = offset; k < shot.length; k += stride) {
      let a = q;
      if (k === offset) da.fill(0);
      else {
        a = q * keeps + rise;
        for (let b = 0; b < m; b++) da[b] = dq[b]! * keeps + (1 - q) * dRise[b]! - q * dFall[b]!;
        da[m] = dq[m]! * keeps;
      }
      const seen = shot[k]!;
      if (seen === 0) {
        q = a;
        dq.set(da);
        before = longBefore = 0;
        continue;
      }
      const up = error + a * shows;
      for (let b = 0; b < p; b++) dUp[b] = da[b]! * shows;
      dUp[m] = dUp[m]! + 1 - 2 * a;
      tally?.(seen, before, longBefore, up, dUp);
      const chance = seen > 0 ? up : 1 - up;
      value += Math.log(chance);
      count++;
      const both = up * (1 - up);
      const weight = both > SURE ? 1 / both : 0;
      const sign = seen > 0 ? 1 / chance : -1 / chance;
      // q after: a (1 − ε)/P(+) or a ε/P(−).
      const right = seen > 0 ? 1 - error : error;
      const next = (a * right) / chance;
      for (let b = 0; b < p; b++) {
        const slope = dUp[b]!;
        score[b] = score[b]! + sign * slope;
        for (let c = 0; c <= b; c++) {
          information[b * p + c] = information[b * p + c]! + weight * slope * dUp[c]!;
        }
        const own = b === m ? (seen > 0 ? -a : a) : 0;
        dq[b] = (da[b]! * right + own) / chance - next * sign * slope;
      }
      q = next;
      longBefore = before;
      before = seen;
    }
  }
  for (let b = 0; b < p; b++)
    for (let c = 0; c < b; c++) information[c * p + b] = information[b * p + c]!;
  return { value, score, information, count };
}

/** P(+|−) and P(−|+) after an interval, with slopes by the kernel's coordinates. */
function steps(
  kernel: FlipKernel,
  law: Float64Array,
  field: number,
  interval: number,
): {
  readonly rise: number;
  readonly fall: number;
  readonly dRise: Float64Array;
  readonly dFall: Float64Array;
} {
  const m = law.length;
  const byUp = new Float64Array(m);
  const byDown = new Float64Array(m);
  const u = Math.exp(kernel.logRate(-2 * field, law, byUp));
  const d = Math.exp(kernel.logRate(2 * field, law, byDown));
  const total = u + d;
  const kept = Math.exp(-total * interval);
  const share = total > 0 ? -Math.expm1(-total * interval) / total : interval;
  // d/d(total) of (1 − e^{−Rτ})/R
  const bend = total > 0 ? (interval * kept - share) / total : -(interval * interval) / 2;
  const dRise = new Float64Array(m);
  const dFall = new Float64Array(m);
  for (let b = 0; b < m; b++) {
    const [du, dd] = [u * byUp[b]!, d * byDown[b]!];
    dRise[b] = du * share + u * bend * (du + dd);
    dFall[b] = dd * share + d * bend * (du + dd);
  }
  return { rise: u * share, fall: d * share, dRise, dFall };
}
