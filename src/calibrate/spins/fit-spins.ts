import { Estimate } from '../estimate.js';
import {
  maximiseLikelihood,
  type LikelihoodPoint,
  type SearchOptions,
} from '../maximise-likelihood.js';
import type { Parameter } from '../parameter.js';
import type { FlipKernel } from './flip-kernels.js';
import { spinLikelihood, type SpinRun } from './spin-likelihood.js';

/** Of one site's readout. */
const READOUT_ERROR: Parameter = {
  name: 'readoutError',
  unit: '1',
  nominal: 0.01,
  coordinate: 'log',
  scale: 1,
};

/**
 * Fits rate, effective temperature, exponent (of the kernel `power`) and the readout's error of a device of spins to what a few of them
 * did: {@link spinLikelihood}. The temperature is in the program's unit of energy; times of the rate as those of `interval`.
 * @throws RelaxdError `did-not-converge`, `not-enumerable`, `invalid-input`
 */
export function fitSpins(
  kernel: FlipKernel,
  runs: readonly SpinRun[],
  options: Omit<SearchOptions, 'isFree'> = {},
): Estimate {
  const list = [...kernel.parameters, READOUT_ERROR];
  const p = list.length;
  const start = Float64Array.from(list, ({ coordinate, nominal }) =>
    coordinate === 'linear' ? nominal : 0,
  );
  start[p - 1] = Math.log(READOUT_ERROR.nominal);
  const evaluate = (at: Float64Array): LikelihoodPoint => {
    const sum = { value: 0, score: new Float64Array(p), information: new Float64Array(p * p) };
    for (const run of runs) {
      const { value, score, information } = spinLikelihood(kernel, run, at);
      sum.value += value;
      score.forEach((v, a) => (sum.score[a] = sum.score[a]! + v));
      information.forEach((v, a) => (sum.information[a] = sum.information[a]! + v));
    }
    return sum;
  };
  const { at, point } = maximiseLikelihood(evaluate, start, options);
  // The likelihood's own coordinates are ln ε and p; the list's count from their nominal values.
  const coordinates = at.map((v, a) =>
    a === p - 1
      ? v - Math.log(READOUT_ERROR.nominal)
      : list[a]!.coordinate === 'linear'
        ? v - list[a]!.nominal
        : v,
  );
  return new Estimate(list, coordinates, point.information, () => false);
}
