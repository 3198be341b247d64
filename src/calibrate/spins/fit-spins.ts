import { Estimate } from '../estimate.js';
import {
  maximiseLikelihood,
  summedLikelihood,
  type DensePoint,
  type SearchOptions,
} from '../maximise-likelihood.js';
import { logParameter } from '../parameter.js';
import type { FlipKernel } from './flip-kernels.js';
import { spinLikelihood, type SpinRun } from './spin-likelihood.js';

/** Of one site's readout. */
const READOUT_ERROR = logParameter('readoutError', '1', 0.01);

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
  const evaluate = (at: Float64Array): DensePoint =>
    summedLikelihood(
      runs.map((run) => spinLikelihood(kernel, run, at)),
      p,
    );
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
