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

/** The sign that is drawn as ink: strokes are fewer than paper, in letters (+1) as in pictures (−1). */
export function inkSign(references: readonly ArrayLike<number>[]): 1 | -1 {
  let sum = 0;
  for (const pattern of references) for (let i = 0; i < pattern.length; i++) sum += pattern[i]!;
  return sum > 0 ? -1 : 1;
}
