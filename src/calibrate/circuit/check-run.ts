import { RelaxdError } from '../../core/index.js';
import { CircuitLikelihood, type CircuitPoint } from './circuit-likelihood.js';
import type { CircuitRun } from './circuit-run.js';
import type { CircuitParameters } from './circuit-parameters.js';

/** What a check-run says of one parameter that may have drifted. */
export interface Deviation {
  readonly parameter: string;
  /** Standard normal while the calibration holds: what control charts take. */
  readonly z: number;
  /** Mean of z a unit of the coordinate: for a change by the factor e^x it is x times this. */
  readonly perUnit: number;
}

/**
 * Compares a short run with a calibration, parameter by parameter: Rao's score z = (∂ ln L/∂θ)/√F at the calibrated coordinates, without a fit. A
 * drift of one parameter by δ has the mean √F δ, and shows in others as far as the run confuses them.
 * @param at coordinates of the calibration
 * @param watched names; those that the run says nothing about have NaN
 * @throws RelaxdError `unknown-parameter` (or `invalid-input` for a run that cannot be used)
 */
export function scoreCheck(
  parameters: CircuitParameters,
  at: Float64Array,
  runs: readonly CircuitRun[],
  watched: readonly string[],
): Deviation[] {
  const point = new CircuitLikelihood(parameters, runs, []).evaluate(at);
  return watched.map((name) => {
    const k = parameters.list.findIndex((parameter) => parameter.name === name);
    if (k < 0) {
      throw new RelaxdError('unknown-parameter', `the calibration has no parameter '${name}'`, {
        path: 'watched',
        value: name,
      });
    }
    return { parameter: name, ...deviationAt(point, k) };
  });
}

/** Of the parameter that stands there, where the calibrated coordinates are the point's. */
export function deviationAt(
  { score, information }: Pick<CircuitPoint, 'score' | 'information'>,
  k: number,
): Omit<Deviation, 'parameter'> {
  const F = information.at(k, k);
  return F > 0 ? { z: score[k]! / Math.sqrt(F), perUnit: Math.sqrt(F) } : { z: NaN, perUnit: 0 };
}
