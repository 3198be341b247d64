import type { EndEntropy } from './end-entropy.js';
import { MARGINAL_PARTS } from './spin-marginals.js';

/** More sites than this are bounded one by one, */
const MOST_TOGETHER = 64;
/** and so are they where fewer shots a site have ended. */
const SHOTS_A_SITE = 20;
/** More sites are not followed. */
const MOST_SITES = 4096;

/**
 * The differential entropy of continuous final states is at most that of a Gaussian of the same covariance,
 * h ≤ ½ ln det(2πe C), and that at most the sum of the sites', ½ ln(2πe C_ii) (Cover & Thomas, ch. 8 and 17). The whole covariance is taken
 * where there are at least 20 shots a site and no more than 64 sites.
 *
 * The logarithm of a sample's determinant is biased: of n Gaussian states
 * ⟨ln det S⟩ = ln det C + Σ_{i=1}^{N} ψ((n − i)/2) + N ln(2/(n − 1)), which is taken off (Anderson 2003, §7.5). Error by leaving out tenths.
 */
export class GaussianEnds implements EndEntropy {
  private readonly together: boolean;
  /** [part] sums of x − origin, and of its products: all pairs j ≤ i, or squares only. */
  private readonly sums: Float64Array;
  private readonly products: Float64Array;
  private readonly counts = new Int32Array(MARGINAL_PARTS);
  private readonly origin: Float64Array;
  private readonly pairs: number;
  private shots = 0;

  private constructor(readonly sites: number) {
    this.together = sites <= MOST_TOGETHER;
    this.pairs = this.together ? (sites * (sites + 1)) / 2 : sites;
    this.sums = new Float64Array(MARGINAL_PARTS * sites);
    this.products = new Float64Array(MARGINAL_PARTS * this.pairs);
    this.origin = new Float64Array(sites);
  }

  /** Null for so many sites that they are not followed. */
  static of(sites: number): GaussianEnds | null {
    return sites <= MOST_SITES ? new GaussianEnds(sites) : null;
  }

  get count(): number {
    return this.shots;
  }

  get how(): string {
    return this.takesAll(this.shots)
      ? 'entropy of a Gaussian of the covariance at the end'
      : 'entropies of Gaussians of the single sites’ variances at the end';
  }

  add(states: ArrayLike<number>, at = 0): void {
    const { sites, origin, sums, products, pairs } = this;
    if (this.shots === 0) for (let i = 0; i < sites; i++) origin[i] = states[at + i]!;
    const part = this.shots++ % MARGINAL_PARTS;
    this.counts[part]!++;
    let pair = part * pairs;
    for (let i = 0; i < sites; i++) {
      const x = states[at + i]! - origin[i]!;
      sums[part * sites + i]! += x;
      for (let j = this.together ? 0 : i; j <= i; j++) {
        products[pair++]! += x * (states[at + j]! - origin[j]!);
      }
    }
  }

  entropyBound(without: number | null = null): number {
    const { sites, together } = this;
    const n = this.countWithout(without);
    if (n < 4) return NaN;
    const mean = Float64Array.from(
      { length: sites },
      (_, i) => this.total(this.sums, sites, i, without) / n,
    );
    const covariance = (i: number, j: number): number => {
      const pair = together ? (i * (i + 1)) / 2 + j : i;
      const product = this.total(this.products, this.pairs, pair, without);
      return (product - n * mean[i]! * mean[j]!) / (n - 1);
    };
    const constant = 0.5 * sites * Math.log(2 * Math.PI * Math.E);
    if (this.takesAll(this.shots)) {
      const log = logDeterminant(sites, covariance);
      return constant + 0.5 * (log - logBias(sites, n));
    }
    let sum = 0;
    for (let i = 0; i < sites; i++) sum += Math.log(covariance(i, i));
    const bound = constant + 0.5 * (sum - sites * logBias(1, n));
    return Number.isFinite(bound) ? bound : NaN;
  }

  /**
   * Σ_i (Δ⟨x_i⟩)² + (Δσ_i)² between the states at the shots' starts and these: at most the square of the L² Wasserstein distance W₂ of the
   * two distributions, of whatever shape (Gelbrich 1990, of the single sites), and W₂² where Gaussian sites are independent.
   * @param starts of the same shots
   * @param without a part of the shots that is left out; null: none
   */
  squaredWayFrom(starts: GaussianEnds, without: number | null = null): number {
    let sum = 0;
    for (let i = 0; i < this.sites; i++) {
      const [from, to] = [starts.siteMoments(i, without), this.siteMoments(i, without)];
      sum += (to.mean - from.mean) ** 2 + (to.deviation - from.deviation) ** 2;
    }
    return sum;
  }

  private siteMoments(i: number, without: number | null): { mean: number; deviation: number } {
    const n = this.countWithout(without);
    const pair = this.together ? (i * (i + 1)) / 2 + i : i;
    const mean = this.total(this.sums, this.sites, i, without) / n;
    const square = this.total(this.products, this.pairs, pair, without) / n;
    return {
      mean: this.origin[i]! + mean,
      deviation: Math.sqrt(Math.max(0, square - mean * mean)),
    };
  }

  private countWithout(without: number | null): number {
    let n = 0;
    for (let p = 0; p < MARGINAL_PARTS; p++) if (p !== without) n += this.counts[p]!;
    return n;
  }

  /** Alike for all shots and for those that a part is left out of. */
  private takesAll(shots: number): boolean {
    return this.together && shots >= SHOTS_A_SITE * this.sites;
  }

  private total(of: Float64Array, width: number, at: number, without: number | null): number {
    let sum = 0;
    for (let p = 0; p < MARGINAL_PARTS; p++) if (p !== without) sum += of[p * width + at]!;
    return sum;
  }
}

/** ln det of a symmetric matrix by Cholesky's factor; NaN where it is not positive definite. */
function logDeterminant(n: number, of: (i: number, j: number) => number): number {
  const lower = new Float64Array(n * n);
  let log = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = of(i, j);
      for (let k = 0; k < j; k++) rest -= lower[i * n + k]! * lower[j * n + k]!;
      if (j < i) lower[i * n + j] = rest / lower[j * n + j]!;
      else if (rest > 0) lower[i * n + i] = Math.sqrt(rest);
      else return NaN;
    }
    log += 2 * Math.log(lower[i * n + i]!);
  }
  return log;
}

/** ⟨ln det S⟩ − ln det C of n Gaussian states of N sites. */
function logBias(sites: number, n: number): number {
  let sum = sites * Math.log(2 / (n - 1));
  for (let i = 1; i <= sites; i++) sum += digamma((n - i) / 2);
  return sum;
}

/** ψ(x), x > 0: by recurrence to x ≥ 8, then the asymptotic series to x⁻¹⁰ (DLMF 5.5.2, 5.11.2). */
function digamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 8; y++) shift -= 1 / y;
  const z = 1 / (y * y);
  const series = z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z / 132))));
  return shift + Math.log(y) - 0.5 / y - series;
}
