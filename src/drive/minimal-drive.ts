import { RelaxdError } from '../core/index.js';
import { findThreshold } from '../model/index.js';
import { predictDrive, SUCCESS_ABOVE, type DriveModel } from './predict-drive.js';
import { readProtocol, step } from './protocol.js';
import { fitThreshold, type Threshold, type Trial } from './fit-threshold.js';

/** The least step that brings the target back. */
export interface MinimalDrive {
  readonly measured: Threshold;
  readonly trials: readonly Trial[];
  /** Of the overlap equations; null: they say nothing, or no field does it. */
  readonly theory: number | null;
  /** (measured − theory) in standard errors. */
  readonly deviation: number | null;
}

/** Fields beyond this are not searched: the cue then holds every spin. */
const STRONGEST = 64;
const FIRST = 0.25;
/** Bisections of the measured bracket, and of theory's. */
const HALVINGS = 6;
const PRECISION = 1e-7;

/**
 * The least height of a step of length `hold` that succeeds in theory, by bisection; null where none does.
 *
 * @param relax time from the release to the end
 */
export function theoreticalMinimum(model: DriveModel, hold: number, relax: number): number | null {
  const succeeds = (h: number): boolean =>
    predictDrive(model, readProtocol(step(h, hold), null).points, {
      release: hold,
      duration: hold + relax,
      every: hold + relax,
    }).overlap > SUCCESS_ABOVE;
  const found = findThreshold(succeeds, { first: FIRST, most: STRONGEST, precision: PRECISION });
  return found === null ? null : (found.low + found.high) / 2;
}

/**
 * Measures the least step by bisection over runs: doubling until most shots succeed, then halving, each run with a seed of
 * its own; the field where half of the shots succeed and its error come from a logistic fit to all of them.
 *
 * @param run how many of the shots succeed at a height; the run's number makes its seed
 * @throws RelaxdError `invalid-input` where no height up to 64 does it
 */
export async function measureMinimum(
  run: (height: number, number: number) => Promise<Omit<Trial, 'field'>>,
  theory: number | null,
): Promise<MinimalDrive> {
  const trials: Trial[] = [];
  const most = async (field: number): Promise<boolean> => {
    const { succeeded, shots } = await run(field, trials.length);
    trials.push({ field, succeeded, shots });
    return 2 * succeeded > shots;
  };
  let [low, high] = [0, FIRST];
  while (!(await most(high))) {
    low = high;
    high *= 2;
    if (high <= STRONGEST) continue;
    throw new RelaxdError('invalid-input', `no step up to ${STRONGEST} brings the target back`, {
      path: 'protocol',
      value: high,
      limit: STRONGEST,
      hint: 'raise the accuracy of the cue or the duration, or lower the temperature or the order',
    });
  }
  if (low === 0) trials.push({ field: 0, ...(await run(0, trials.length)) });
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2;
    if (await most(middle)) high = middle;
    else low = middle;
  }
  const failing = trials.some((t) => 2 * t.succeeded <= t.shots);
  if (!failing) {
    throw new RelaxdError('invalid-input', 'the target comes back without a drive', {
      path: 'protocol',
      value: 0,
      limit: 'a start from which it does not',
      hint: 'start from another memory',
    });
  }
  const measured = fitThreshold(trials);
  const known = theory !== null && measured.standardError > 0;
  return {
    measured,
    trials,
    theory,
    deviation: known ? (measured.field - theory) / measured.standardError : null,
  };
}
