import type { Calibration } from '../../device/index.js';
import { slopeOf, type Parameter } from '../parameter.js';
import { recordVariance } from '../record-variance.js';

/**
 * Standard deviation, over calibrations, of the mean of each z: F δ is the mean score where the calibrated coordinates are off by δ, and
 * δ has the calibration's covariance. What the calibration leaves open to no check's eye does not count: F has nothing there.
 * @param at coordinates of the calibration
 * @param information Fisher's of the check, by coordinates
 */
export function calibrationSpread(
  calibration: Calibration,
  list: readonly Parameter[],
  at: Float64Array,
  information: { at(a: number, b: number): number },
): Float64Array {
  const p = list.length;
  const varianceOf = recordVariance(
    calibration,
    list.map(({ name }) => name),
  );
  const slopes = list.map((parameter, a) => slopeOf(parameter, at[a]!));
  /** A row of F in the parameters' units. */
  const row = new Float64Array(p);
  return Float64Array.from({ length: p }, (_, k) => {
    const own = information.at(k, k);
    if (!(own > 0)) return 0;
    for (let a = 0; a < p; a++) row[a] = information.at(k, a) / slopes[a]!;
    return Math.sqrt(varianceOf(row) / own);
  });
}
