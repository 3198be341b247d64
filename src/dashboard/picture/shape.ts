/**
 * Rows and columns of a picture of N sites: as the memory set says, or else as near to a square as N's divisors allow
 * (a prime number of sites is one line).
 */
export function pictureShape(
  sites: number,
  known: readonly number[] | null,
): { readonly rows: number; readonly columns: number } {
  const [rows, columns] = known ?? [];
  if (rows !== undefined && columns !== undefined && rows * columns === sites) {
    return { rows, columns };
  }
  for (let side = Math.floor(Math.sqrt(sites)); side > 1; side--) {
    if (sites % side === 0) return { rows: side, columns: sites / side };
  }
  return { rows: 1, columns: Math.max(1, sites) };
}

/** Patterns with a mean above this are drawings on a light ground. */
const LIGHT_GROUND = 0.2;

/**
 * The sign that is drawn as ink: +1, a lit site, but −1 in sets that have by far more of +1, such as drawings on white
 * paper.
 */
export function inkSign(patterns: readonly ArrayLike<number>[]): 1 | -1 {
  let sum = 0;
  let sites = 0;
  for (const pattern of patterns) {
    for (let i = 0; i < pattern.length; i++) sum += pattern[i]!;
    sites += pattern.length;
  }
  return sum > LIGHT_GROUND * sites ? -1 : 1;
}
