/** Largest integer table sum that doubles hold exactly, halves included. */
const EXACT_LIMIT = 2 ** 52;

/**
 * Field contributions of one memory by integer overlap: field = scale · Σ_μ ξ_i^μ values[y_μ + N], where
 * y = x_μ − ξ_i^μ s_i is the overlap without site i, |y| ≤ N − 1.
 */
export interface OverlapTable {
  readonly values: Float64Array;
  readonly scale: number;
  /** True where values are integers (or halves) and any sum of P of them is exact, so that ties are exact zeros. */
  readonly exact: boolean;
}

/**
 * D(y) = (N/2)[F((y+1)/N) − F((y−1)/N)] for F(m) = mⁿ/n, rectified: F = 0 for m ≤ 0.
 *
 * Where P·D fits into 53 bits the table holds the integers ((y+1)ⁿ − (y−1)ⁿ)/2 and scale = 1/(n N^{n−1}); else it
 * holds D itself from y/N in a form without cancellation or overflow (HZ2, HZ3):
 * D = (N/2n) ((y+1)/N)ⁿ (1 − ((y−1)/(y+1))ⁿ), y ≥ 1.
 * @param degree n, integer ≥ 2
 */
export function differenceTable(
  sites: number,
  memories: number,
  degree: number,
  rectified: boolean,
): OverlapTable {
  const exact = memories * degree * sites ** (degree - 1) * 2 <= EXACT_LIMIT;
  const difference = exact ? integerDifference : scaledDifference;
  const values = new Float64Array(2 * sites + 1);
  const parity = degree % 2 === 0 ? -1 : 1;
  for (let y = 1; y < sites; y++) {
    const value = difference(y, degree, sites);
    values[sites + y] = value;
    values[sites - y] = rectified ? 0 : parity * value;
  }
  // At y = 0 the plain power gives 1 for odd n and cancels for even n; of the rectified one, half is left.
  const unit = exact ? 1 : sites ** (1 - degree) / degree;
  values[sites] = rectified ? unit / 2 : degree % 2 === 1 ? unit : 0;
  return { values, scale: exact ? 1 / (degree * sites ** (degree - 1)) : 1, exact };
}

function integerDifference(y: number, degree: number): number {
  const n = BigInt(degree);
  return Number((BigInt(y + 1) ** n - BigInt(y - 1) ** n) / 2n);
}

function scaledDifference(y: number, degree: number, sites: number): number {
  const share = -Math.expm1(degree * Math.log1p(-2 / (y + 1)));
  return (sites / (2 * degree)) * ((y + 1) / sites) ** degree * share;
}

/** f(y) = (y/N)^{n−1}, as integers y^{n−1} with scale N^{1−n} where any sum of P of them is exact. */
export function powerTable(
  sites: number,
  memories: number,
  degree: number,
  rectified: boolean,
): OverlapTable {
  const power = degree - 1;
  const exact = memories * sites ** power <= EXACT_LIMIT;
  const values = new Float64Array(2 * sites + 1);
  for (let y = 1; y <= sites; y++) {
    const value = exact ? Number(BigInt(y) ** BigInt(power)) : (y / sites) ** power;
    values[sites + y] = value;
    values[sites - y] = rectified ? 0 : power % 2 === 0 ? value : -value;
  }
  return { values, scale: exact ? sites ** -power : 1, exact };
}
