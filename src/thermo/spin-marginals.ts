import type { EndEntropy } from './end-entropy.js';

/** Parts that the shots are dealt to, for errors by leaving one out. */
export const MARGINAL_PARTS = 10;
/** More sites are not followed. */
const MOST_SITES = 4096;

/** Entropy of a spin of mean m, nats: −Σ p ln p with p = (1 ± m)/2. */
export function spinEntropy(m: number): number {
  const part = (p: number): number => (p > 0 ? -p * Math.log(p) : 0);
  return part((1 + m) / 2) + part((1 - m) / 2);
}

/** Mean spins of final states, from which the entropy at the end is bounded: S ≤ Σ_i S₂(⟨σ_i⟩), entropy being subadditive. */
export class SpinMarginals implements EndEntropy {
  readonly how = 'entropies of the single sites at the end';
  /** [part][site] how often a spin was up. */
  private readonly ups: Int32Array;
  private readonly counts = new Int32Array(MARGINAL_PARTS);
  private shots = 0;

  private constructor(readonly sites: number) {
    this.ups = new Int32Array(MARGINAL_PARTS * sites);
  }

  /** Null for so many sites that they are not followed. */
  static of(sites: number): SpinMarginals | null {
    return sites <= MOST_SITES ? new SpinMarginals(sites) : null;
  }

  /** The final state of the next shot, ±1, from `at` on. */
  add(states: ArrayLike<number>, at = 0): void {
    const part = this.shots++ % MARGINAL_PARTS;
    this.counts[part]!++;
    for (let i = 0; i < this.sites; i++) {
      if (states[at + i]! > 0) this.ups[part * this.sites + i]!++;
    }
  }

  get count(): number {
    return this.shots;
  }

  /** The largest |⟨σ_i⟩| of a site; 0 without shots. */
  farthest(): number {
    const { sites, ups, shots } = this;
    let most = 0;
    for (let i = 0; i < sites && shots > 0; i++) {
      let up = 0;
      for (let p = 0; p < MARGINAL_PARTS; p++) up += ups[p * sites + i]!;
      most = Math.max(most, Math.abs((2 * up) / shots - 1));
    }
    return most;
  }

  /**
   * Σ_i S₂(⟨σ_i⟩), nats, each site's plug-in entropy with Miller's correction of its bias, 1/2n where both values were seen.
   * @param without a part of the shots that is left out; null: none
   */
  entropyBound(without: number | null = null): number {
    const { sites, ups, counts } = this;
    let n = 0;
    for (let p = 0; p < MARGINAL_PARTS; p++) if (p !== without) n += counts[p]!;
    if (n === 0) return NaN;
    let sum = 0;
    for (let i = 0; i < sites; i++) {
      let up = 0;
      for (let p = 0; p < MARGINAL_PARTS; p++) if (p !== without) up += ups[p * sites + i]!;
      if (up === 0 || up === n) continue;
      sum += Math.min(Math.LN2, spinEntropy((2 * up) / n - 1) + 1 / (2 * n));
    }
    return sum;
  }
}
