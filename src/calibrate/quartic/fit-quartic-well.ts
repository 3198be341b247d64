import { Estimate } from '../estimate.js';
import { emptySystem, type SampledShots } from '../linear/linear-system.js';
import { maximiseLikelihood, type SearchOptions } from '../maximise-likelihood.js';
import { slopeOf, valueOf, type Parameter } from '../parameter.js';
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
  const linear = (name: string, unit: string, nominal: number, scale: number): Parameter => ({
    name,
    unit,
    nominal,
    coordinate: 'linear',
    scale,
  });
  const size = Math.abs(rate) + cubic;
  return [
    linear('rate', '1/t', rate, size),
    linear('cubic', '1/(t x²)', cubic, size),
    linear('push', 'x/t', push, size),
    { name: 'noise', unit: 'x²/t', nominal: noise, coordinate: 'log', scale: 1 },
  ];
}

/**
 * Fits one node in a quartic well to its samples: {@link quarticLikelihood}. A rate below 0 is a double well. A program's wells on a node of capacitance c and
 * readout gain g show as rate = 2q/c, cubic = 4r/(c g²), push = g h/c, noise = 2 T g²/c².
 * @throws RelaxdError `did-not-converge`
 */
export function fitQuarticWell(
  data: SampledShots,
  start: QuarticStart,
  options: Omit<SearchOptions, 'isFree'> = {},
): Estimate {
  const list = quarticParameters(start);
  const { at, point } = maximiseLikelihood(
    (x) => quarticLikelihood(quarticWell(list, x), data),
    new Float64Array(list.length),
    options,
  );
  return new Estimate(list, at, point.information, () => false);
}

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
