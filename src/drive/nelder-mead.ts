/**
 * Nelder & Mead's simplex (1965) in a box, with restarts: a deterministic search without derivatives for a few variables.
 * Expansion, contraction and shrinking go with the number of variables (Gao & Han 2012).
 */
export interface BoxSearch {
  /** [least, most] of each variable. */
  readonly box: readonly (readonly [number, number])[];
  /** First simplex: the start, and the start moved by this share of the box along each variable. */
  readonly size?: number;
  readonly evaluations: number;
  /** New simplices around the best point, each of half the size and of the other sign. */
  readonly restarts?: number;
  /** A simplex has converged where its values differ by no more. */
  readonly tolerance?: number;
}

export interface Minimum {
  readonly at: readonly number[];
  readonly value: number;
  readonly evaluations: number;
}

interface Vertex {
  readonly x: readonly number[];
  readonly f: number;
}

/** @param f is never asked outside the box */
export function minimise(
  f: (x: readonly number[]) => number,
  start: readonly number[],
  search: BoxSearch,
): Minimum {
  const { box, evaluations, restarts = 3, tolerance = 1e-9 } = search;
  let used = 0;
  const vertex = (x: readonly number[]): Vertex => {
    const inside = x.map((v, k) => Math.max(box[k]![0], Math.min(box[k]![1], v)));
    used++;
    return { x: inside, f: f(inside) };
  };
  let best = vertex(start);
  for (let round = 0; round <= restarts && used < evaluations; round++) {
    const size = (search.size ?? 0.25) * 0.5 ** round * (round % 2 === 0 ? 1 : -1);
    const simplex = [best, ...box.map((_, k) => vertex(moved(best.x, k, size, box)))];
    while (used < evaluations) {
      simplex.sort((a, b) => a.f - b.f);
      if (simplex.at(-1)!.f - simplex[0]!.f <= tolerance) break;
      improve(simplex, vertex);
    }
    simplex.sort((a, b) => a.f - b.f);
    if (simplex[0]!.f < best.f) best = simplex[0]!;
  }
  return { at: best.x, value: best.f, evaluations: used };
}

/** A point moved along one variable; the other way where the box ends. */
function moved(
  x: readonly number[],
  k: number,
  size: number,
  box: BoxSearch['box'],
): readonly number[] {
  const [least, most] = box[k]!;
  const by = size * (most - least);
  const inside = x[k]! + by >= least && x[k]! + by <= most;
  return x.map((v, j) => (j === k ? v + (inside ? by : -by) : v));
}

/** One step of a simplex in the order of its values. */
function improve(simplex: Vertex[], vertex: (x: readonly number[]) => Vertex): void {
  const n = simplex.length - 1;
  const worst = simplex[n]!;
  const centre = worst.x.map((_, k) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += simplex[j]!.x[k]!;
    return sum / n;
  });
  const along = (by: number): Vertex => vertex(centre.map((c, k) => c + by * (c - worst.x[k]!)));
  const reflected = along(1);
  if (reflected.f < simplex[0]!.f) {
    const expanded = along(1 + 2 / n);
    simplex[n] = expanded.f < reflected.f ? expanded : reflected;
    return;
  }
  if (reflected.f < simplex[n - 1]!.f) {
    simplex[n] = reflected;
    return;
  }
  const by = Math.max(0.25, 0.75 - 1 / (2 * n));
  const contracted = along(reflected.f < worst.f ? by : -by);
  if (contracted.f < Math.min(reflected.f, worst.f)) {
    simplex[n] = contracted;
    return;
  }
  const share = Math.max(0.25, 1 - 1 / n);
  const first = simplex[0]!;
  for (let j = 1; j <= n; j++) {
    simplex[j] = vertex(simplex[j]!.x.map((v, k) => first.x[k]! + share * (v - first.x[k]!)));
  }
}
