import type { Violation } from '../../core/index.js';
import type { Curve, Program } from '../../device/index.js';

/** A stretch of time divided into equal steps, none of which has a readout or a knot of a curve inside. */
export interface Stretch {
  readonly t0: number;
  readonly t1: number;
  readonly steps: number;
  /** Length of a step. */
  readonly dt: number;
  /** Number of the readout at t1, or −1. */
  readonly readout: number;
}

/** Steps of one shot, at most: weeks of one core. */
const MOST_STEPS = 1e11;

/** Shots of more steps than can be waited for. */
export function stepViolations(
  { duration, dynamics }: Pick<Program, 'duration' | 'dynamics'>,
  step: number,
): Violation[] {
  const steps = duration / (dynamics.dt ?? step);
  if (steps <= MOST_STEPS) return [];
  return [
    {
      code: 'program-refused',
      path: dynamics.dt === null ? 'duration' : 'dynamics.dt',
      message: `a shot would take ${steps} steps, more than ${MOST_STEPS}; ${
        dynamics.dt === null
          ? 'run it for a shorter time, or with weaker fields'
          : 'leave dynamics.dt out, or choose a longer one'
      }`,
      value: steps,
      limit: MOST_STEPS,
    },
  ];
}

/** Knots closer than this share of the duration to another event are taken for that event. */
const SAME_TIME = 1e-9;

/**
 * Divides a run at its readouts and at the knots of its curves.
 * @param times readout times, the first 0, the last the duration
 * @param longest longest step
 */
export function planSteps(
  times: Float64Array,
  curves: readonly Curve[],
  longest: number,
): Stretch[] {
  const duration = times[times.length - 1]!;
  const near = SAME_TIME * duration;
  const knots: number[] = [];
  for (const curve of curves) {
    for (let k = 0; k < curve.length; k += 2) {
      if (curve[k]! > near && curve[k]! < duration - near) knots.push(curve[k]!);
    }
  }
  knots.sort((a, b) => a - b);
  const plan: Stretch[] = [];
  let knot = 0;
  let t0 = 0;
  const add = (t1: number, readout: number): void => {
    const steps = Math.max(1, Math.ceil((t1 - t0) / longest - 1e-9));
    plan.push({ t0, t1, steps, dt: (t1 - t0) / steps, readout });
    t0 = t1;
  };
  for (let r = 1; r < times.length; r++) {
    const t1 = times[r]!;
    while (knot < knots.length && knots[knot]! < t1 - near) {
      const t = knots[knot++]!;
      if (t - t0 > near) add(t, -1);
    }
    while (knot < knots.length && knots[knot]! <= t1 + near) knot++;
    add(t1, r);
  }
  return plan;
}
