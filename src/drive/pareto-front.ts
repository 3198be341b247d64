/**
 * Indices of the points that no other point is better than: no worse in every coordinate and better in one. All coordinates
 * are to be small; points that are equal stay together.
 */
export function paretoFront(points: readonly (readonly number[])[]): number[] {
  const beats = (a: readonly number[], b: readonly number[]): boolean =>
    a.every((v, k) => v <= b[k]!) && a.some((v, k) => v < b[k]!);
  return points.flatMap((point, k) =>
    point.every(Number.isFinite) && !points.some((other) => beats(other, point)) ? [k] : [],
  );
}
