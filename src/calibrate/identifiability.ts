import { ArrowCovariance } from './arrow-covariance.js';
import { ArrowInformation } from './arrow-information.js';

/** What data say about parameters. */
export interface Identifiability {
  /** Covariance of the coordinates, in the directions that are identified. */
  readonly covariance: ArrowCovariance;
  /** Whether each coordinate is identified by itself. */
  readonly identified: readonly boolean[];
  /** Independent directions in which the coordinates can move without the data changing, each with few members. */
  readonly free: readonly Combination[];
  /** Of the scaled information, leaves eliminated, from the largest: how well the worst direction is known. */
  readonly eigenvalues: readonly number[];
  readonly rank: number;
}

/** Σ coefficient × coordinate, by the coordinates' places. */
export type Combination = ReadonlyMap<number, number>;

/** Share of a unit of a coordinate that lies in directions that are not identified, squared. */
const TOUCHED = 1e-6;
/** A coefficient that small is none. */
const NO_MEMBER = 1e-5;

/**
 * Identifiability by Fisher's information (Rothenberg, Econometrica 39, 577 (1971)): the null space of F, scaled to a diagonal of 1, is
 * what the data leave open. Coordinates outside of `members` (held fixed) are neither.
 */
export function identifiability(
  information: Float64Array | ArrowInformation,
  p: number,
  members: readonly number[],
): Identifiability {
  const F = information instanceof Float64Array ? ArrowInformation.of(information, p) : information;
  const isMember = new Uint8Array(p);
  for (const a of members) isMember[a] = 1;
  const covariance = new ArrowCovariance(F, (a) => isMember[a] === 1);
  const { open, scale, eigenvalues, rank } = covariance;
  const identified = new Array<boolean>(p).fill(false);
  for (const a of members) {
    let touched = 0;
    for (const direction of open) touched += direction[a]! ** 2;
    identified[a] = touched < TOUCHED;
  }
  // θ = D θ̃: directions of the scaled coordinates in those that they stand for.
  const directions = open.map((direction) => direction.map((v, a) => v * (scale[a]! || 1)));
  return {
    covariance,
    identified,
    free: sparse(directions).map(
      (direction) =>
        new Map(
          [...direction].flatMap((v, a): [number, number][] =>
            Math.abs(v) < NO_MEMBER ? [] : [[a, v]],
          ),
        ),
    ),
    eigenvalues,
    rank,
  };
}

/** The same space from directions with as many zeros as elimination makes; the largest coefficient of each is 1. */
function sparse(directions: readonly Float64Array[]): Float64Array[] {
  const rows = directions.map((d) => {
    const size = Math.sqrt(d.reduce((sum, v) => sum + v * v, 0));
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
