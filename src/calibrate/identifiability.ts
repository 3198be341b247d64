import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** What data say about parameters. */
export interface Identifiability {
  /** Covariance of the coordinates, p × p, in the directions that are identified. */
  readonly covariance: Float64Array;
  /** Whether each coordinate is identified by itself. */
  readonly identified: readonly boolean[];
  /** Independent directions in which the coordinates can move without the data changing, each with few members. */
  readonly free: readonly Combination[];
  /** Of the scaled information, from the largest: how well the worst direction is known. */
  readonly eigenvalues: readonly number[];
  readonly rank: number;
}

/** Σ coefficient × coordinate, by the coordinates' places. */
export type Combination = ReadonlyMap<number, number>;

/** Of the largest eigenvalue, of the information scaled to a diagonal of 1: less is rounding. */
const NOTHING = 1e-10;
/** Share of a unit of a coordinate that lies in directions that are not identified, squared. */
const TOUCHED = 1e-6;
/** A coefficient that small is none. */
const NO_MEMBER = 1e-5;

/**
 * Identifiability by Fisher's information (Rothenberg, Econometrica 39, 577 (1971)): the null space of F, scaled to a diagonal of 1, is
 * what the data leave open. Coordinates outside of `members` (held fixed) are neither.
 */
export function identifiability(
  information: Float64Array,
  p: number,
  members: readonly number[],
): Identifiability {
  const n = members.length;
  const scale = members.map((a) => {
    const own = information[a * p + a]!;
    return own > 0 ? 1 / Math.sqrt(own) : 0;
  });
  const F = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      F.set(i, j, information[members[i]! * p + members[j]!]! * scale[i]! * scale[j]!);
    }
  }
  const evd = new EigenvalueDecomposition(F, { assumeSymmetric: true });
  const values = evd.realEigenvalues;
  const V = evd.eigenvectorMatrix;
  const largest = values.reduce((most, v) => Math.max(most, v), 0);
  const isNull = values.map((v) => !(v > NOTHING * largest));
  const covariance = new Float64Array(p * p);
  const touched = new Float64Array(n);
  const directions: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    if (isNull[k]!) {
      // θ = D θ̃: a direction of the scaled coordinates in those that they stand for.
      const direction = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        touched[i] = touched[i]! + V.get(i, k) ** 2;
        direction[i] = V.get(i, k) * (scale[i]! || 1);
      }
      directions.push(direction);
      continue;
    }
    const weight = 1 / values[k]!;
    for (let i = 0; i < n; i++) {
      const left = weight * V.get(i, k) * scale[i]!;
      if (left === 0) continue;
      const row = members[i]! * p;
      for (let j = 0; j < n; j++) {
        const at = row + members[j]!;
        covariance[at] = covariance[at]! + left * V.get(j, k) * scale[j]!;
      }
    }
  }
  const identified = new Array<boolean>(p).fill(false);
  for (let i = 0; i < n; i++) identified[members[i]!] = touched[i]! < TOUCHED;
  return {
    covariance,
    identified,
    free: sparse(directions).map(
      (direction) =>
        new Map(
          [...direction].flatMap((v, i): [number, number][] =>
            Math.abs(v) < NO_MEMBER ? [] : [[members[i]!, v]],
          ),
        ),
    ),
    eigenvalues: [...values].sort((a, b) => b - a),
    rank: isNull.filter((v) => !v).length,
  };
}

/** The same space from directions with as many zeros as elimination makes; the largest coefficient of each is 1. */
function sparse(directions: readonly Float64Array[]): Float64Array[] {
  const rows = directions.map((d) => {
    const size = Math.hypot(...d);
    return d.map((v) => v / size);
  });
  const n = rows[0]?.length ?? 0;
  const taken = new Set<number>();
  for (let r = 0; r < rows.length; r++) {
    let best = -1;
    for (let i = 0; i < n; i++) {
      if (taken.has(i)) continue;
      if (best < 0 || Math.abs(rows[r]![i]!) > Math.abs(rows[r]![best]!)) best = i;
    }
    taken.add(best);
    const pivot = rows[r]![best]!;
    rows[r] = rows[r]!.map((v) => v / pivot);
    for (let other = 0; other < rows.length; other++) {
      if (other === r) continue;
      const factor = rows[other]![best]!;
      rows[other] = rows[other]!.map((v, i) => v - factor * rows[r]![i]!);
    }
  }
  return rows.map((row) => {
    const most = row.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    const sign = Math.sign(row.find((v) => Math.abs(v) > NO_MEMBER * most) ?? 1);
    return row.map((v) => (sign * v) / most);
  });
}
