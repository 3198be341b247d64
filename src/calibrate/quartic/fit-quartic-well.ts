import { Estimate } from '../estimate.js';
import { constantInputs, emptySystem, type SampledShots } from '../linear/linear-system.js';
import {
  maximiseLikelihood,
  summedLikelihood,
  type DensePoint,
  type SearchOptions,
} from '../maximise-likelihood.js';
import { linearParameter, logParameter, slopeOf, valueOf, type Parameter } from '../parameter.js';
import { quarticLikelihood, type QuarticSystem } from './quartic-likelihood.js';

/** Where a search starts: a program's 2q, 4r, h, 2T in the coordinates of what is shown. */
export interface QuarticStart {
  readonly rate: number;
  readonly cubic: number;
  readonly push: number;
  readonly noise: number;
}

/** dx = (push − rate x − cubic x³) dt + √noise dW, in what is shown and the time that samples are counted in; coordinates count from the start. */
export function quarticParameters({ rate, cubic, push, noise }: QuarticStart): Parameter[] {
  const size = Math.abs(rate) + cubic;
  return [
    linearParameter('rate', '1/t', rate, size),
    linearParameter('cubic', '1/(t x²)', cubic, size),
    linearParameter('push', 'x/t', push, size),
    logParameter('noise', 'x²/t', noise),
  ];
}

/** Samples of one node at equal intervals, what is shown; NaN: lost. */
export interface QuarticSamples {
  readonly interval: number;
  readonly shots: readonly Float64Array[];
}

/**
 * Fits one node in a quartic well to its samples: {@link quarticLikelihood}, at the samples' interval and at twice of it (every second sample, from the first
 * and from the second on), extrapolated to interval 0: (4 θ(h) − θ(2h))/3 takes off the scheme's bias of order h², which at h = 0.02 of a unit well is 4 % of
 * the quartic force. Errors are those of the finer fit. A rate below 0 is a double well. A program's wells on a node of capacitance c and readout gain
 * g show as rate = 2q/c, cubic = 4r/(c g²), push = g h/c, noise = 2 T g²/c².
 * @throws RelaxdError `did-not-converge`
 */
export function fitQuarticWell(
  { interval, shots }: QuarticSamples,
  start: QuarticStart,
  options: Omit<SearchOptions, 'isFree'> = {},
): Estimate {
  const list = quarticParameters(start);
  const fit = (data: readonly SampledShots[], from: Float64Array) =>
    maximiseLikelihood((x) => summed(data, quarticWell(list, x)), from, options);
  const fine = fit(
    shots.map((shot) => dataOf(interval, shot)),
    new Float64Array(list.length),
  );
  const halves = shots.flatMap((shot) =>
    [0, 1].map((phase) =>
      dataOf(
        2 * interval,
        shot.filter((_, s) => s % 2 === phase),
      ),
    ),
  );
  const coarse = fit(halves, fine.at);
  const at = fine.at.map((v, a) => (4 * v - coarse.at[a]!) / 3);
  return new Estimate(list, at, fine.point.information, () => false);
}

const dataOf = (interval: number, shot: Float64Array): SampledShots => ({
  course: constantInputs([1], interval, shot.length),
  start: { kind: 'known', mean: new Float64Array(1) },
  shots: [shot],
});

const summed = (data: readonly SampledShots[], system: QuarticSystem): DensePoint =>
  summedLikelihood(
    data.map((each) => quarticLikelihood(system, each)),
    system.linear.parameters,
  );

function quarticWell(list: readonly Parameter[], at: Float64Array): QuarticSystem {
  const [rate, cubic, push, noise] = list.map((parameter, a) => valueOf(parameter, at[a]!));
  const slopes = list.map((parameter, a) => slopeOf(parameter, at[a]!));
  const linear = emptySystem(1, 1, 1, list.length);
  linear.A[0] = rate!;
  linear.dA[0]![0] = slopes[0]!;
  linear.B[0] = push!;
  linear.dB[2]![0] = slopes[2]!;
  linear.D[0] = noise!;
  linear.dD[3]![0] = slopes[3]!;
  const dCubic = list.map((_, a) => Float64Array.of(a === 1 ? slopes[1]! : 0));
  return { linear, cubic: Float64Array.of(cubic!), dCubic };
}
