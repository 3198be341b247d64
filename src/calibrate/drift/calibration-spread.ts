import type { Calibration } from '../../device/index.js';
import { slopeOf, type Parameter } from '../parameter.js';

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
  const index = new Map(list.map(({ name }, a) => [name, a]));
  const placesOf = (names: readonly string[]): number[] =>
    names.map((name) => index.get(name) ?? p);
  const seen = new Set<number>();
  const blocks = calibration.covariance.map(({ parameters, lower, across = null }) => {
    const members = placesOf(parameters);
    // What stands in several blocks counts once.
    const isOwn = members.map((a) => !seen.has(a));
    members.forEach((a) => seen.add(a));
    const others = across === null ? [] : placesOf(across.parameters);
    return { members, lower, isOwn, others, rows: across?.rows ?? [] };
  });
  const slopes = list.map((parameter, a) => slopeOf(parameter, at[a]!));
  /** A row of F in the parameters' units; 0 behind it, for names that are none. */
  const row = new Float64Array(p + 1);
  return Float64Array.from({ length: p }, (_, k) => {
    const own = information.at(k, k);
    if (!(own > 0)) return 0;
    for (let a = 0; a < p; a++) row[a] = information.at(k, a) / slopes[a]!;
    let variance = 0;
    for (const { members, lower, isOwn, others, rows } of blocks) {
      members.forEach((a, i) => {
        const left = row[a]!;
        if (left === 0) return;
        const from = (i * (i + 1)) / 2;
        for (let j = 0; j <= i; j++) {
          if (!(isOwn[i]! || isOwn[j]!)) continue;
          variance += (j < i ? 2 : 1) * left * lower[from + j]! * row[members[j]!]!;
        }
        others.forEach((b, j) => {
          variance += 2 * left * rows[i * others.length + j]! * row[b]!;
        });
      });
    }
    return Math.sqrt(Math.max(0, variance) / own);
  });
}
