import type { IntervalStep, StepCourse } from '../linear/step-course.js';
import type { InputCourse } from '../linear/linear-system.js';
import type { QuarticSystem } from './quartic-likelihood.js';
import { KNOBS, WellInterval } from './well-interval.js';
import { AT, WellMoments, type WellLaw } from './well-moments.js';

/** A relative change from interval to interval that is rounding. */
const AT_REST = 1e-9;

/** What a knob of {@link WellInterval} does, a unit of each parameter. */
type Chain = readonly Float64Array[];

/**
 * One node in a quartic well, seen at equal intervals, as Gaussian steps: its mean and variance by closed moments ({@link WellMoments}), its deviations
 * by the decay that goes with them. Nothing in it depends on the data, so that all shots share it; exact without a cubic force.
 *
 * @param system one node, and what is behind its readout's low-pass where there is one; one input, 1
 * @param start of the node, and of what is behind the low-pass
 */
export function momentCourse(
  { linear, cubic, dCubic }: QuarticSystem,
  { interval, length }: Pick<InputCourse, 'interval' | 'length'>,
  start: Float64Array,
): StepCourse {
  const { states: m, parameters: p, A, B, D } = linear;
  const hasPole = m === 2;
  const law: WellLaw = { a: A[0]!, b: cubic[0]!, u: B[0]!, D: D[0]! };
  const tau = hasPole ? 1 / A[3]! : null;
  const chain = Array.from({ length: p }, (_, a) =>
    Float64Array.of(
      linear.dA[a]![0]!,
      dCubic[a]![0]!,
      linear.dB[a]![0]!,
      linear.dD[a]![0]!,
      tau === null ? 0 : -linear.dA[a]![3]! * tau * tau,
    ),
  );
  const steps = WellMoments.stepsOf(law, start[0]!, interval);
  const moments = new WellMoments(law, start[0]!);
  const well = new WellInterval(law, tau, interval / steps, moments, start[m - 1]!);
  const isMoved = chain.map((row) => row.some((v) => v !== 0));
  const push = new Float64Array(Math.max(0, length - 1) * m);
  const dPush = isMoved.map((moved) => (moved ? new Float64Array(push.length) : null));
  const found: IntervalStep[] = [];
  let means = meansOf(moments, well, m);
  let before: Float64Array | null = null;
  for (let s = 0; s + 1 < length; s++) {
    well.begin();
    for (let k = 0; k < steps; k++) well.step();
    const step = intervalStep(well, m, chain, isMoved);
    const next = meansOf(moments, well, m);
    pushInto(push, dPush, s, { step, means, next }, m, chain);
    found.push(step);
    const now = numbersOf(well, next);
    if (before !== null && isSame(now, before)) {
      for (let later = s + 1; later + 1 < length; later++) repeat(push, dPush, later, m);
      break;
    }
    before = now;
    means = next;
  }
  const restsFrom = Math.max(0, found.length - 1);
  return { at: (s) => found[Math.min(s, restsFrom)]!, restsFrom, push, dPush };
}

/** Mean of each state with its slopes by the knobs. */
type Means = readonly { readonly value: number; readonly d: Float64Array }[];

function meansOf({ at }: WellMoments, { z }: WellInterval, states: number): Means {
  const d = new Float64Array(KNOBS);
  d.set(at.subarray(AT.dm, AT.dP));
  const x = { value: at[AT.m]!, d };
  return states === 1 ? [x] : [x, { value: z.value, d: z.d.slice() }];
}

function intervalStep(
  { xx, zx, zz, Qxx, Qxz, Qzz }: WellInterval,
  m: number,
  chain: Chain,
  isMoved: readonly boolean[],
): IntervalStep {
  const nothing = { value: 0, d: new Float64Array(KNOBS) };
  const E = m === 1 ? [xx] : [xx, nothing, zx, zz];
  const Q = m === 1 ? [Qxx] : [Qxx, Qxz, Qxz, Qzz];
  const d = chain.map((row, a): IntervalStep['d'][number] => {
    if (!isMoved[a]!) return null;
    const slopes = {
      E: new Float64Array(m * m),
      Q: new Float64Array(m * m),
      movesCovariance: true,
    };
    for (let i = 0; i < m * m; i++) {
      slopes.E[i] = dot(E[i]!.d, row);
      slopes.Q[i] = dot(Q[i]!.d, row);
    }
    return slopes;
  });
  const step = { E: new Float64Array(m * m), Q: new Float64Array(m * m), d };
  for (let i = 0; i < m * m; i++) {
    step.E[i] = E[i]!.value;
    step.Q[i] = Q[i]!.value;
  }
  return step;
}

/** The push is what the mean goes beside E times what it was. */
function pushInto(
  push: Float64Array,
  dPush: readonly (Float64Array | null)[],
  sample: number,
  {
    step,
    means,
    next,
  }: { readonly step: IntervalStep; readonly means: Means; readonly next: Means },
  m: number,
  chain: Chain,
): void {
  for (let i = 0; i < m; i++) {
    const at = sample * m + i;
    push[at] = next[i]!.value;
    for (let j = 0; j < m; j++) push[at] = push[at] - step.E[i * m + j]! * means[j]!.value;
    dPush.forEach((list, a) => {
      if (list === null) return;
      const row = chain[a]!;
      let sum = dot(next[i]!.d, row);
      for (let j = 0; j < m; j++) {
        sum -= step.d[a]!.E[i * m + j]! * means[j]!.value;
        sum -= step.E[i * m + j]! * dot(means[j]!.d, row);
      }
      list[at] = sum;
    });
  }
}

function repeat(
  push: Float64Array,
  dPush: readonly (Float64Array | null)[],
  sample: number,
  m: number,
): void {
  for (const list of [push, ...dPush]) {
    list?.copyWithin(sample * m, (sample - 1) * m, sample * m);
  }
}

function numbersOf({ xx, zx, zz, Qxx, Qxz, Qzz }: WellInterval, means: Means): Float64Array {
  const all = [xx, zx, zz, Qxx, Qxz, Qzz, ...means];
  const width = 1 + KNOBS;
  const numbers = new Float64Array(all.length * width);
  all.forEach(({ value, d }, k) => {
    numbers[k * width] = value;
    numbers.set(d, k * width + 1);
  });
  return numbers;
}

/** Each number beside the largest of its own and of its slopes. */
function isSame(now: Float64Array, before: Float64Array): boolean {
  const width = 1 + KNOBS;
  for (let from = 0; from < now.length; from += width) {
    let most = 0;
    let change = 0;
    for (let k = from; k < from + width; k++) {
      most = Math.max(most, Math.abs(now[k]!));
      change = Math.max(change, Math.abs(now[k]! - before[k]!));
    }
    if (change > AT_REST * most) return false;
  }
  return true;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
