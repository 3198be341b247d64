/**
 * Rows and columns that a pattern is shown in: the shape itself where it has two dimensions; the leading ones
 * run together where it has more; folded to a near-square where it has one.
 */
export function pictureShape(
  shape: readonly number[],
  size: number,
): [rows: number, columns: number] {
  if (shape.length >= 2) {
    const columns = shape[shape.length - 1]!;
    return [size / columns, columns];
  }
  const columns = Math.ceil(Math.sqrt(size));
  return [Math.ceil(size / columns), columns];
}
