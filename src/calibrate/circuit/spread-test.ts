import { ArrowCovariance } from '../arrow-covariance.js';
import type { ArrowInformation } from '../arrow-information.js';
import { chiSquareTail } from '../job/chi-square.js';
import type { CircuitPoint } from './circuit-likelihood.js';

/** Whether the prediction errors of all probes spread as the model says. */
export interface SpreadTest {
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  /** null: nothing is left to be judged. */
  readonly pValue: number | null;
  /** Of each run of states that takes part. */
  readonly runs: readonly RunSpread[];
}

/** A run's Σ e²/variance over its count: 1 on average, with the error that the fit leaves it. */
export interface RunSpread {
  readonly run: number;
  readonly count: number;
  readonly ratio: number;
  readonly standardError: number;
}

/** Share of a parameter's information: what is left of it beside the factors is rounding. */
const NOTHING = 1e-6;

/**
 * Rao's score test of factors λ_k of the variances of each group k of each run, all 1, and of each mean heat
 * (docs/decisions/0064-fits-are-judged-between-probes.md). With r_k = Σ e²/variance − count, over its spread √(2 count), and z of each heat, the
 * covariance at the maximum of ln L is 1 − B F⁻¹ Bᵀ, so that
 *
 *     χ² = r (1 − B F⁻¹ Bᵀ)⁺ r = r r + Bᵀr (F − BᵀB)⁺ Bᵀr
 *
 * and no matrix is larger than F, nor of another shape.
 *
 * @param point where ln L is largest
 * @param isFree parameters that the fit has moved: neither held nor at their least
 */
export function spreadTest(
  point: Pick<CircuitPoint, 'information' | 'groups' | 'heats'>,
  isFree: (parameter: number) => boolean,
): SpreadTest {
  const { information, heats } = point;
  const size = information.size;
  const groups = point.groups.filter(({ count }) => count > 0);
  const left = withoutSpread(information, groups, heats);
  const isLeft = (a: number): boolean =>
    isFree(a) && left.at(a, a) > NOTHING * information.at(a, a);
  const whole = new ArrowCovariance(information, isFree);
  const beside = new ArrowCovariance(left, isLeft);
  const pull = new Float64Array(size);
  let chiSquare = 0;
  for (const { count, squares, slopes, members } of groups) {
    const r = squares - count;
    chiSquare += (r * r) / (2 * count);
    members.forEach((a, k) => (pull[a] = pull[a]! + (r * slopes[k]!) / (2 * count)));
  }
  for (const { z, slopes } of heats) {
    chiSquare += z * z;
    for (let a = 0; a < size; a++) pull[a] = pull[a]! + z * slopes[a]!;
  }
  chiSquare += beside.variance(pull);
  const degreesOfFreedom = groups.length + heats.length - (whole.rank - beside.rank);
  return {
    chiSquare,
    degreesOfFreedom,
    pValue: degreesOfFreedom > 0 ? chiSquareTail(chiSquare, degreesOfFreedom) : null,
    runs: spreadsOf(groups, whole),
  };
}

/** F − BᵀB: what would be known if the variances of each group had a factor of their own, and each heat were anything. */
function withoutSpread(
  information: ArrowInformation,
  groups: CircuitPoint['groups'],
  heats: CircuitPoint['heats'],
): ArrowInformation {
  const left = information.copy();
  for (const { members, slopes, count } of groups) {
    const p = members.length;
    const square = new Float64Array(p * p);
    for (let a = 0; a < p; a++) {
      for (let b = 0; b < p; b++) square[a * p + b] = (-slopes[a]! * slopes[b]!) / (2 * count);
    }
    left.add(members, square);
  }
  for (const { slopes } of heats) left.addSquare(slopes, -1);
  return left;
}

function spreadsOf(groups: CircuitPoint['groups'], covariance: ArrowCovariance): RunSpread[] {
  const byRun = new Map<number, { count: number; squares: number; slopes: Float64Array }>();
  for (const { run, count, squares, slopes, members } of groups) {
    const sum = byRun.get(run) ?? {
      count: 0,
      squares: 0,
      slopes: new Float64Array(covariance.shape.size),
    };
    byRun.set(run, sum);
    sum.count += count;
    sum.squares += squares;
    members.forEach((a, k) => (sum.slopes[a] = sum.slopes[a]! + slopes[k]!));
  }
  return [...byRun].map(([run, { count, squares, slopes }]) => ({
    run,
    count,
    ratio: squares / count,
    standardError: Math.sqrt(Math.max(0, 2 * count - covariance.variance(slopes))) / count,
  }));
}
