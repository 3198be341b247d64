import { POPULATION_SIGNS, spinEntropy } from '../model/index.js';

const { other: S_OTHER, cue: S_CUE } = POPULATION_SIGNS;

export type Four = readonly [number, number, number, number];

/**
 * The four populations of sites of a driven retrieval: ξ² = ±ξ¹, η = ±ξ¹. Their magnetisations are combinations of four
 * overlaps: with ξ¹, ξ², η and ξ¹ξ²η. Without another memory they are two, ξ² counts as orthogonal to everything.
 */
export class Populations {
  /** Patterns that overlaps are taken with: [ξ¹, ξ², η, ξ¹ξ²η], or [ξ¹, η]. */
  readonly references: readonly Int8Array[];
  /** Of the sites, [A right, A wrong, B right, B wrong]. */
  readonly shares: Four;

  constructor(target: Int8Array, other: Int8Array | null, cue: Int8Array) {
    const N = target.length;
    this.references =
      other === null
        ? [target, cue]
        : [target, other, cue, Int8Array.from(target, (s, i) => s * other[i]! * cue[i]!)];
    const count: [number, number, number, number] = [0, 0, 0, 0];
    for (let i = 0; i < N; i++) {
      const right = cue[i] === target[i] ? 0 : 1;
      if (other === null) {
        count[right] += 0.5;
        count[2 + right]! += 0.5;
      } else count[(other[i] === target[i] ? 0 : 2) + right]! += 1;
    }
    this.shares = count.map((n) => n / N) as unknown as Four;
  }

  get hasOther(): boolean {
    return this.references.length === 4;
  }

  /** ⟨ξ¹s⟩ of each population, from the overlaps with {@link references}; 0 for an empty one. */
  magnetisations(overlaps: ArrayLike<number>, from = 0): [number, number, number, number] {
    return magnetisations(this.shares, this.hasOther, overlaps, from);
  }
}

/** As {@link Populations.magnetisations}, for what crosses threads. */
export function magnetisations(
  shares: Four,
  hasOther: boolean,
  overlaps: ArrayLike<number>,
  from = 0,
): [number, number, number, number] {
  const at = (k: number): number => overlaps[from + k]!;
  return S_CUE.map((sCue, k) => {
    const share = shares[k]!;
    if (share === 0) return 0;
    const sum = hasOther
      ? at(0) + S_OTHER[k]! * at(1) + sCue * at(2) + S_OTHER[k]! * sCue * at(3)
      : at(0) + sCue * at(1);
    // A population's own sites are a quarter of the sum; without ξ² A and B are halves of one.
    return Math.max(-1, Math.min(1, sum / 4 / share));
  }) as [number, number, number, number];
}

/** Entropy of a site, in nats, of spins that are independent within their populations: at least that of the state. */
export function populationEntropy(shares: Four, x: ArrayLike<number>): number {
  return shares.reduce((sum, share, k) => sum + share * spinEntropy(x[k]!), 0);
}
