import { Estimate } from '../estimate.js';
import { maximiseLikelihood, type SearchOptions } from '../maximise-likelihood.js';
import { coordinateOf, leastCoordinate, type Reference } from '../parameter.js';
import { CircuitLikelihood, type CircuitRun, type RunResidual } from './circuit-likelihood.js';
import type { CircuitParameters } from './circuit-parameters.js';

/** A board as its runs show it. */
export interface CircuitFit {
  readonly parameters: CircuitParameters;
  readonly estimate: Estimate;
  readonly logLikelihood: number;
  readonly rounds: number;
  /** How well each run is explained: Σ e²/variance against as many numbers. */
  readonly runs: readonly RunResidual[];
}

/** ln of the readout's noise over its nominal one, where a search starts. */
const NOISY = 3;

/**
 * Estimates a board's parameters from its runs by maximum likelihood: exact for linear wells.
 * @param references what is known from elsewhere: a standard error of 0 holds a parameter, another one weighs in as a measurement would
 * @throws RelaxdError `did-not-converge`, `invalid-input`, `wrong-size`, `aborted`
 */
export function fitCircuit(
  parameters: CircuitParameters,
  runs: readonly CircuitRun[],
  references: readonly Reference[] = [],
  options: Omit<SearchOptions, 'isFree' | 'leastOf'> = {},
): CircuitFit {
  const likelihood = new CircuitLikelihood(parameters, runs, references);
  const start = new Float64Array(parameters.count);
  // A readout that is taken for noisy forgives what nominal parts do not explain: the way to the maximum is shorter.
  for (let i = 0; i < parameters.sites; i++) start[parameters.node('readoutNoise', i)] = NOISY;
  const held = new Set<number>();
  for (const reference of references) {
    const at = parameters.named(reference.name);
    start[at] = coordinateOf(parameters.list[at]!, reference.value);
    if (reference.standardError === 0) held.add(at);
  }
  const { at, point, rounds } = maximiseLikelihood((x) => likelihood.evaluate(x), start, {
    ...options,
    isFree: (a) => !held.has(a),
    leastOf: (a) => leastCoordinate(parameters.list[a]!),
  });
  return {
    parameters,
    estimate: new Estimate(parameters.list, at, point.information, (a) => held.has(a)),
    logLikelihood: point.value,
    rounds,
    runs: point.runs,
  };
}
