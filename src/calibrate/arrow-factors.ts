import type { ArrowInformation } from './arrow-information.js';
import { lowerFactor, solveLower } from './linear/small-matrix.js';

/**
 * (F̃ + λ)⁻¹ where F̃ is an information scaled to a diagonal of 1: leaves are eliminated one by one (Schur's complement), so that no more
 * than the core is ever a full matrix. Parameters that are left out keep 0.
 */
export class ArrowFactors {
  private readonly scale: Float64Array;
  /** Cholesky's factors of the leaves and of what they leave of the core. */
  private readonly leaves: Float64Array[] = [];
  /** C⁻¹ Bᵀ of each leaf, members × feet. */
  private readonly reach: Float64Array[] = [];
  private readonly core: Float64Array;
  readonly isPositive: boolean;

  constructor(
    private readonly information: ArrowInformation,
    isMember: (parameter: number) => boolean,
    damping: number,
  ) {
    const { shape, own, cross } = information;
    const scale = (this.scale = new Float64Array(shape.size));
    for (let a = 0; a < shape.size; a++) {
      const diagonal = information.at(a, a);
      if (isMember(a) && diagonal > 0) scale[a] = 1 / Math.sqrt(diagonal);
    }
    const n = shape.core.length;
    const S = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      const left = scale[shape.core[i]!]!;
      for (let j = 0; j < n; j++) {
        S[i * n + j] = information.core[i * n + j]! * left * scale[shape.core[j]!]!;
      }
      S[i * n + i] = 1 + damping;
    }
    let isPositive = true;
    shape.leaves.forEach(({ members, feet }, k) => {
      const m = members.length;
      const f = feet.length;
      const C = new Float64Array(m * m);
      const W = new Float64Array(m * f);
      for (let i = 0; i < m; i++) {
        const left = scale[members[i]!]!;
        for (let j = 0; j < m; j++) C[i * m + j] = own[k]![i * m + j]! * left * scale[members[j]!]!;
        C[i * m + i] = 1 + damping;
        for (let j = 0; j < f; j++) {
          W[i * f + j] = cross[k]![i * f + j]! * left * scale[shape.core[feet[j]!]!]!;
        }
      }
      const B = W.slice();
      const L = new Float64Array(m * m);
      isPositive = lowerFactor(C, m, L, 0) && isPositive;
      solveLower(L, m, W, f);
      for (let i = 0; i < f; i++) {
        for (let j = 0; j < f; j++) {
          let sum = 0;
          for (let r = 0; r < m; r++) sum += B[r * f + i]! * W[r * f + j]!;
          S[feet[i]! * n + feet[j]!]! -= sum;
        }
      }
      this.leaves.push(L);
      this.reach.push(W);
    });
    this.core = new Float64Array(n * n);
    this.isPositive = lowerFactor(S, n, this.core, 0) && isPositive;
  }

  /** x of F x = g; and g x, twice what ln L has to gain. */
  solve(g: Float64Array): { readonly x: Float64Array; readonly gain: number } {
    const { information, scale, leaves, reach, core } = this;
    const { shape } = information;
    const n = shape.core.length;
    const scaled = g.map((v, a) => v * scale[a]!);
    const top = Float64Array.from(shape.core, (a) => scaled[a]!);
    shape.leaves.forEach(({ members, feet }, k) => {
      const W = reach[k]!;
      const f = feet.length;
      members.forEach((a, i) => {
        for (let j = 0; j < f; j++) top[feet[j]!]! -= W[i * f + j]! * scaled[a]!;
      });
    });
    solveLower(core, n, top, 1);
    const x = new Float64Array(shape.size);
    shape.core.forEach((a, i) => (x[a] = top[i]!));
    shape.leaves.forEach(({ members, feet }, k) => {
      const W = reach[k]!;
      const f = feet.length;
      const part = Float64Array.from(members, (a) => scaled[a]!);
      solveLower(leaves[k]!, members.length, part, 1);
      members.forEach((a, i) => {
        let sum = part[i]!;
        for (let j = 0; j < f; j++) sum -= W[i * f + j]! * top[feet[j]!]!;
        x[a] = sum;
      });
    });
    let gain = 0;
    for (let a = 0; a < x.length; a++) {
      gain += x[a]! * scaled[a]!;
      x[a] = x[a]! * scale[a]!;
    }
    return { x, gain };
  }
}
