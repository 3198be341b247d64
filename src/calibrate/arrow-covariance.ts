import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { ArrowInformation, ArrowShape } from './arrow-information.js';

/** Of the largest eigenvalue, of the information scaled to a diagonal of 1: less is rounding. */
const NOTHING = 1e-10;

/**
 * The inverse of an information in the directions in which there is any (Moore and Penrose's of it scaled to a diagonal of 1), leaves
 * eliminated. Entries are worked out where they are asked for: of thousands of parameters no full matrix is ever formed.
 */
export class ArrowCovariance {
  /** Independent directions of the scaled coordinates in which there is no information, orthonormal, of all coordinates. */
  readonly open: readonly Float64Array[];
  /** 1/√F of each; 0 where it is not a member, or there is none. */
  readonly scale: Float64Array;
  /** Of the scaled core with the leaves eliminated, and of the leaves; from the largest. */
  readonly eigenvalues: readonly number[];
  readonly rank: number;
  /** Inverse of the scaled core with the leaves eliminated; of each leaf C⁻¹ and C⁻¹ Bᵀ, members × feet. */
  private readonly core: Float64Array;
  private readonly own: Float64Array[] = [];
  private readonly reach: Float64Array[] = [];
  /** G of each open direction, and their products: what takes them out of G. */
  private readonly moved: readonly Float64Array[];
  private readonly among: readonly Float64Array[];

  constructor(
    private readonly information: ArrowInformation,
    isMember: (parameter: number) => boolean,
  ) {
    const { shape } = information;
    const { core } = shape;
    const scale = (this.scale = new Float64Array(shape.size));
    for (let a = 0; a < shape.size; a++) {
      const diagonal = information.at(a, a);
      if (isMember(a) && diagonal > 0) scale[a] = 1 / Math.sqrt(diagonal);
    }
    const n = core.length;
    const S = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        S[i * n + j] = information.core[i * n + j]! * scale[core[i]!]! * scale[core[j]!]!;
      }
    }
    const values: number[] = [];
    const open: Float64Array[] = [];
    shape.leaves.forEach(({ members, feet }, k) => {
      const [m, f] = [members.length, feet.length];
      const C = new Float64Array(m * m);
      const B = new Float64Array(m * f);
      for (let i = 0; i < m; i++) {
        const left = scale[members[i]!]!;
        for (let j = 0; j < m; j++)
          C[i * m + j] = information.own[k]![i * m + j]! * left * scale[members[j]!]!;
        for (let j = 0; j < f; j++)
          B[i * f + j] = information.cross[k]![i * f + j]! * left * scale[core[feet[j]!]!]!;
      }
      const inverse = pseudoInverse(C, m, (i) => isMember(members[i]!));
      values.push(...inverse.values);
      for (const direction of inverse.open) {
        const whole = new Float64Array(shape.size);
        members.forEach((a, i) => (whole[a] = direction[i]!));
        open.push(whole);
      }
      const W = new Float64Array(m * f);
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < f; j++) {
          let sum = 0;
          for (let r = 0; r < m; r++) sum += inverse.matrix[i * m + r]! * B[r * f + j]!;
          W[i * f + j] = sum;
        }
      }
      for (let i = 0; i < f; i++) {
        for (let j = 0; j < f; j++) {
          let sum = 0;
          for (let r = 0; r < m; r++) sum += B[r * f + i]! * W[r * f + j]!;
          const at = feet[i]! * n + feet[j]!;
          S[at] = S[at]! - sum;
        }
      }
      this.own.push(inverse.matrix);
      this.reach.push(W);
    });
    const inverse = pseudoInverse(S, n, (i) => isMember(core[i]!));
    this.core = inverse.matrix;
    for (const direction of inverse.open) {
      // What the leaves do where the core moves like this, for nothing to change.
      const whole = new Float64Array(shape.size);
      core.forEach((a, i) => (whole[a] = direction[i]!));
      shape.leaves.forEach(({ members, feet }, k) => {
        members.forEach((a, i) => {
          let sum = 0;
          for (let j = 0; j < feet.length; j++)
            sum -= this.reach[k]![i * feet.length + j]! * direction[feet[j]!]!;
          whole[a] = sum;
        });
      });
      open.push(whole);
    }
    this.eigenvalues = [...values, ...inverse.values].sort((a, b) => b - a);
    this.open = orthonormal(open);
    this.rank = this.eigenvalues.length - this.open.length;
    // Without leaves the inverse has nothing in these directions already.
    const outside = shape.leaves.length === 0 ? [] : this.open;
    this.moved = outside.map((direction) => this.inverted(direction));
    this.among = outside.map((left) => Float64Array.from(this.moved, (right) => dot(left, right)));
  }

  get shape(): ArrowShape {
    return this.information.shape;
  }

  /** Covariance of two coordinates; 0 of those that are not members. */
  at(a: number, b: number): number {
    const { scale, open, moved, among } = this;
    const both = scale[a]! * scale[b]!;
    if (both === 0) return 0;
    let entry = this.entry(a, b);
    moved.forEach((right, k) => {
      entry -= open[k]![a]! * right[b]! + right[a]! * open[k]![b]!;
      for (let l = 0; l < moved.length; l++) {
        entry += open[k]![a]! * among[k]![l]! * open[l]![b]!;
      }
    });
    return both * entry;
  }

  /** Variance of Σ slope × coordinate. */
  variance(slopes: Float64Array): number {
    const u = slopes.map((v, a) => v * this.scale[a]!);
    if (this.moved.length > 0) {
      for (const direction of this.open) {
        const along = dot(direction, u);
        for (let a = 0; a < u.length; a++) u[a] = u[a]! - along * direction[a]!;
      }
    }
    return dot(u, this.inverted(u));
  }

  /** An entry of G, F̃ G F̃ = F̃. */
  private entry(a: number, b: number): number {
    const { shape } = this.information;
    const { coreAt, leafAt, placeAt, leaves, core } = shape;
    const n = core.length;
    const [i, j] = [coreAt[a]!, coreAt[b]!];
    if (i >= 0 && j >= 0) return this.core[i * n + j]!;
    if (i >= 0) return this.entry(b, a);
    const k = leafAt[a]!;
    const { feet, members } = leaves[k]!;
    const W = this.reach[k]!;
    const row = placeAt[a]! * feet.length;
    if (j >= 0) {
      let sum = 0;
      for (let r = 0; r < feet.length; r++) sum -= W[row + r]! * this.core[feet[r]! * n + j]!;
      return sum;
    }
    const l = leafAt[b]!;
    const other = leaves[l]!;
    const V = this.reach[l]!;
    const place = placeAt[b]! * other.feet.length;
    let sum = k === l ? this.own[k]![placeAt[a]! * members.length + placeAt[b]!]! : 0;
    for (let r = 0; r < feet.length; r++) {
      const left = W[row + r]!;
      if (left === 0) continue;
      const from = feet[r]! * n;
      for (let s = 0; s < other.feet.length; s++) {
        sum += left * this.core[from + other.feet[s]!]! * V[place + s]!;
      }
    }
    return sum;
  }

  /** G v */
  private inverted(v: Float64Array): Float64Array {
    const { shape } = this.information;
    const n = shape.core.length;
    const top = Float64Array.from(shape.core, (a) => v[a]!);
    shape.leaves.forEach(({ members, feet }, k) => {
      members.forEach((a, i) => {
        if (v[a] === 0) return;
        for (let j = 0; j < feet.length; j++) {
          top[feet[j]!] = top[feet[j]!]! - this.reach[k]![i * feet.length + j]! * v[a]!;
        }
      });
    });
    const solved = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += this.core[i * n + j]! * top[j]!;
      solved[i] = sum;
    }
    const out = new Float64Array(shape.size);
    shape.core.forEach((a, i) => (out[a] = solved[i]!));
    shape.leaves.forEach(({ members, feet }, k) => {
      const m = members.length;
      members.forEach((a, i) => {
        let sum = 0;
        for (let r = 0; r < m; r++) sum += this.own[k]![i * m + r]! * v[members[r]!]!;
        for (let j = 0; j < feet.length; j++)
          sum -= this.reach[k]![i * feet.length + j]! * solved[feet[j]!]!;
        out[a] = sum;
      });
    });
    return out;
  }
}

/** Inverse of a symmetric matrix where it is not 0, the directions in which it is, and its eigenvalues; of members only. */
function pseudoInverse(
  S: Float64Array,
  size: number,
  isMember: (place: number) => boolean,
): { readonly matrix: Float64Array; readonly open: Float64Array[]; readonly values: number[] } {
  const members: number[] = [];
  for (let i = 0; i < size; i++) if (isMember(i)) members.push(i);
  const n = members.length;
  const matrix = new Float64Array(size * size);
  const open: Float64Array[] = [];
  if (n === 0) return { matrix, open, values: [] };
  const M = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) M.set(i, j, S[members[i]! * size + members[j]!]!);
  }
  const evd = new EigenvalueDecomposition(M, { assumeSymmetric: true });
  const values = evd.realEigenvalues;
  const V = evd.eigenvectorMatrix.to1DArray();
  const largest = values.reduce((most, v) => Math.max(most, v), 0);
  for (let k = 0; k < n; k++) {
    if (!(values[k]! > NOTHING * largest)) {
      const direction = new Float64Array(size);
      for (let i = 0; i < n; i++) direction[members[i]!] = V[i * n + k]!;
      open.push(direction);
      continue;
    }
    const weight = 1 / values[k]!;
    for (let i = 0; i < n; i++) {
      const left = weight * V[i * n + k]!;
      if (left === 0) continue;
      const row = members[i]! * size;
      for (let j = 0; j < n; j++) {
        const at = row + members[j]!;
        matrix[at] = matrix[at]! + left * V[j * n + k]!;
      }
    }
  }
  return { matrix, open, values };
}

/** The same space, by Gram and Schmidt, twice for rounding. */
function orthonormal(directions: readonly Float64Array[]): Float64Array[] {
  const found: Float64Array[] = [];
  for (const direction of directions) {
    const v = direction.slice();
    for (let turn = 0; turn < 2; turn++) {
      for (const other of found) {
        const along = dot(v, other);
        for (let a = 0; a < v.length; a++) v[a] = v[a]! - along * other[a]!;
      }
      const size = Math.sqrt(dot(v, v));
      for (let a = 0; a < v.length; a++) v[a] = v[a]! / size;
    }
    found.push(v);
  }
  return found;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
