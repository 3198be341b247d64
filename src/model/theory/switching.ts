import { RelaxdError } from '../../core/index.js';
import { checkParameter } from './check-parameter.js';
import { denseRetrievalOverlap } from './dense-mean-field.js';
import {
  atOtherMemory,
  drivenOverlapDynamics,
  type DrivenOverlapCourse,
} from './overlap-dynamics.js';
import { findThreshold } from './search.js';

/** What it takes to drive the system from one memory into another by a corrupted cue. */
export interface Switching {
  /** The least step height that switches. */
  readonly field: number;
  /** Work and entropy production per spin at 1.05 times that field, relaxation included. */
  readonly work: number;
  readonly entropyProduction: number;
  /** From the start of that step until the overlap with the new memory exceeds that with the old one. */
  readonly time: number;
}

/** Time after release at which the outcome is read, and the overlap that counts as switched (physics page §2.4, P3). */
const RELAXATION = 30;
const SWITCHED = 0.5;
/** To which a transition time is resolved. */
const TIME_STEP = 0.01;
/** Step heights beyond this are not searched: the cue then holds every spin. */
const STRONGEST = 64;

/**
 * The least field of a step cue of length `hold` that takes a dense memory from equilibrium at ξ² to ξ¹, by bisection
 * over the exact overlap dynamics (protocol P3, physics page §2.4). Null where no field does: for n ≥ 3 a strong cue
 * leaves m₁ = c, which must exceed the basin edge.
 * @param degree n ≥ 2
 * @param temperature T, below the spinodal
 * @param cueAccuracy c, 0 … 1
 * @param hold length of the step > 0
 * @throws RelaxdError `invalid-input`
 */
export function switchingField(
  degree: number,
  temperature: number,
  cueAccuracy: number,
  hold: number,
): Switching | null {
  checkParameter('hold', hold, (t) => t > 0, '> 0');
  const m = denseRetrievalOverlap(degree, temperature);
  if (m === 0) {
    throw new RelaxdError('invalid-input', 'nothing is stored above the spinodal temperature', {
      path: 'temperature',
      value: temperature,
    });
  }
  const follow = (h: number, every?: number): DrivenOverlapCourse =>
    drivenOverlapDynamics({
      degree,
      temperature,
      cueAccuracy,
      field: [
        [0, h],
        [hold, h],
        [hold, 0],
      ],
      duration: hold + RELAXATION,
      initial: atOtherMemory(m),
      dt: TIME_STEP,
      ...(every === undefined ? {} : { every }),
    });
  const switches = (h: number): boolean => follow(h).target.at(-1)! > SWITCHED;
  const found = findThreshold(switches, { first: 0.25, most: STRONGEST, precision: 1e-6 });
  if (found === null) return null;
  const { high } = found;
  const course = follow(1.05 * high, TIME_STEP);
  const crossing = course.target.findIndex((overlap, k) => overlap > course.other[k]!);
  return {
    field: high,
    work: course.work.at(-1)!,
    entropyProduction: course.entropyProduction.at(-1)!,
    time: course.t[crossing]!,
  };
}
