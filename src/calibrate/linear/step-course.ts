import { inputPushes, type LinearStep, type StepDerivative } from './linear-step.js';
import type { InputCourse, LinearSystem } from './linear-system.js';

/** What one interval does to the deviation of a state from its mean, and what that depends on. */
export interface IntervalStep {
  /** m × m */
  readonly E: Float64Array;
  readonly Q: Float64Array;
  /** One a parameter; null: the parameter moves neither. */
  readonly d: readonly (Pick<StepDerivative, 'E' | 'Q' | 'movesCovariance'> | null)[];
}

/** Gaussian steps from sample to sample, x ← E x + push + noise of covariance Q: what a Kalman filter goes by. */
export interface StepCourse {
  /** Of the interval after a sample. */
  at(sample: number): IntervalStep;
  /** From this sample on all steps are the same one. */
  readonly restsFrom: number;
  /** (length − 1) × m, and of each parameter; null: the parameter does not move it. */
  readonly push: Float64Array;
  readonly dPush: readonly (Float64Array | null)[];
}

/** Steps of a linear system, which are all alike, under its inputs. */
export function linearCourse(
  { states: m, inputs: q }: LinearSystem,
  step: LinearStep,
  course: InputCourse,
): StepCourse {
  return {
    at: () => step,
    restsFrom: 0,
    push: inputPushes(step, course, m, q),
    dPush: step.d.map((d) => (d === null ? null : inputPushes(d, course, m, q))),
  };
}
