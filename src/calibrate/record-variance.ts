import type { Calibration } from '../device/index.js';

/** Sum of squares of errors of Σ row[a] × parameter a, the parameters in their units. */
export type RecordVariance = (row: Float64Array) => number;

/**
 * The covariance that a calibration record has, correlations kept, of parameters that stand in a list; those that it does not know count for
 * nothing. Blocks may share parameters: what stands in several counts once.
 * @returns variance of what is linear in the parameters; `row` is as long as the list
 */
export function recordVariance(
  calibration: Pick<Calibration, 'covariance'>,
  names: readonly string[],
): RecordVariance {
  const p = names.length;
  const index = new Map(names.map((name, a) => [name, a]));
  const placesOf = (list: readonly string[]): number[] => list.map((name) => index.get(name) ?? p);
  const seen = new Set<number>();
  const blocks = calibration.covariance.map(({ parameters, lower, across = null }) => {
    const members = placesOf(parameters);
    const isOwn = members.map((a) => !seen.has(a));
    members.forEach((a) => seen.add(a));
    const others = across === null ? [] : placesOf(across.parameters);
    return { members, lower, isOwn, others, rows: across?.rows ?? [] };
  });
  return (given) => {
    /** 0 behind it, for names that are none. */
    const row = new Float64Array(p + 1);
    row.set(given);
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
    return Math.max(0, variance);
  };
}
