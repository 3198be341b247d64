import {
  isSymmetric,
  plainArrays,
  type CouplingArray,
  type ModelArrays,
  type SpinCouplings,
  type SpinModel,
} from '../../model/index.js';

/** Number of what is derived from a program's couplings here. */
const COLUMNS_FORM = 111;

/**
 * Fields of graded synapses: b_i = Σ_j J_ij (2 x_j − 1), x_j = ε(t − t_j) of the latest spike of j, which is 1 at the
 * spike and decays by one factor a step (a synapse saturates: a new spike brings it to 1 and not above). Couplings of
 * pairs only. Clamped sites count as they are held.
 */
export class TraceFields {
  /** x_j of the free sites. */
  private readonly traces: Float64Array;
  private readonly factors: Factors;
  /** Fields of the state with every free site at −1. */
  private readonly base: Float64Array;

  constructor(
    couplings: SpinCouplings,
    private readonly model: SpinModel,
    private readonly free: Int32Array,
    private readonly decay: number,
    private readonly arrays: ModelArrays = plainArrays,
  ) {
    this.traces = arrays.float64(model.sites);
    this.base = new Float64Array(model.sites);
    this.factors = factorsOf(couplings, model.sites, arrays);
  }

  /**
   * Starts with the model's present state.
   * @param traces x_j of the free sites; others are not read
   */
  reset(traces: Float64Array): void {
    const { model, free, factors } = this;
    const state = model.state.slice();
    const silent = state.slice();
    for (let k = 0; k < free.length; k++) silent[free[k]!] = -1;
    model.reset(silent);
    model.fieldsFromScratch(this.base);
    model.reset(state);
    this.traces.fill(0);
    factors.clear();
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      this.traces[site] = traces[site]!;
      factors.add(site, traces[site]!);
    }
  }

  /** One step passes. */
  fade(): void {
    this.arrays.scale(this.traces, this.decay);
    this.factors.scale(this.decay);
  }

  spike(site: number): void {
    this.factors.add(site, 1 - this.traces[site]!);
    this.traces[site] = 1;
  }

  field(site: number): number {
    return 2 * this.factors.sum(site, this.traces[site]!) + this.base[site]!;
  }
}

/** Σ_j J_ij x_j, kept as what a spike changes. */
interface Factors {
  clear(): void;
  /** x_j grows by `amount`. */
  add(j: number, amount: number): void;
  scale(factor: number): void;
  /** @param own x_i, which is left out */
  sum(i: number, own: number): number;
}

function factorsOf(couplings: SpinCouplings, sites: number, arrays: ModelArrays): Factors {
  switch (couplings.kind) {
    case 'dense':
      return new DenseFactors(couplings.data, sites, arrays);
    case 'coo': {
      const rows: [number, number][][] = Array.from({ length: sites }, () => []);
      for (let k = 0; k < couplings.entries.length; k += 3) {
        const [i, j, J] = couplings.entries.subarray(k, k + 3) as unknown as [
          number,
          number,
          number,
        ];
        rows[i]!.push([j, J]);
        rows[j]!.push([i, J]);
      }
      return new PairFactors(sites, (j, visit) => {
        for (const [i, J] of rows[j]!) visit(i, J);
      });
    }
    case 'memories':
      return new MemoryFactors(couplings, sites, arrays);
  }
}

class PairFactors implements Factors {
  private readonly sums: Float64Array;

  constructor(
    sites: number,
    private readonly eachOf: (j: number, visit: (i: number, J: number) => void) => void,
  ) {
    this.sums = new Float64Array(sites);
  }

  clear(): void {
    this.sums.fill(0);
  }
  add(j: number, amount: number): void {
    const { sums } = this;
    this.eachOf(j, (i, J) => {
      sums[i] = sums[i]! + J * amount;
    });
  }
  scale(factor: number): void {
    const { sums } = this;
    for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! * factor;
  }
  sum(i: number): number {
    return this.sums[i]!;
  }
}

/** A column of J is added with a spike, O(N). */
class DenseFactors implements Factors {
  private readonly sums: Float64Array;
  /** [j·N + i] = J_ij */
  private readonly columns: CouplingArray;

  constructor(
    couplings: Float64Array,
    private readonly sites: number,
    private readonly arrays: ModelArrays,
  ) {
    this.sums = arrays.float64(sites);
    const transpose = (out: CouplingArray): void => {
      for (let i = 0; i < sites; i++) {
        for (let j = 0; j < sites; j++) out[j * sites + i] = couplings[i * sites + j]!;
      }
    };
    this.columns = isSymmetric(couplings, sites)
      ? couplings
      : arrays.derived(couplings, COLUMNS_FORM, 'float64', sites * sites, transpose);
  }

  clear(): void {
    this.sums.fill(0);
  }
  add(j: number, amount: number): void {
    const { sums, columns, sites } = this;
    this.arrays.addRow(sums, columns, j * sites, sites, amount);
  }
  scale(factor: number): void {
    this.arrays.scale(this.sums, factor);
  }
  sum(i: number): number {
    return this.sums[i]!;
  }
}

/**
 * J = (1/N) Σ_μ a_i^μ ξ_j^μ without its diagonal; a is ξ, Ξ W, or the memory that follows. O(P) a spike, and O(N P) for the
 * fields of all sites, once for all of them.
 */
class MemoryFactors implements Factors {
  private readonly memories: number;
  /** [site·P + μ] */
  private readonly signs: Int8Array;
  /** [μ·N + site]: a, for sums over memories of all sites at once. */
  private readonly receivers: Float64Array;
  /** Σ_μ a_i^μ ξ_i^μ */
  private readonly diagonal: Float64Array;
  /** Σ_j ξ_j^μ x_j */
  private readonly overlaps: Float64Array;
  /** Σ_μ a_i^μ times the overlaps. */
  private readonly sums: Float64Array;
  private summed = false;

  constructor(
    couplings: Extract<SpinCouplings, { kind: 'memories' }>,
    private readonly sites: number,
    private readonly arrays: ModelArrays,
  ) {
    const { patterns, weights, next } = couplings;
    const P = patterns.length;
    this.memories = P;
    this.signs = new Int8Array(sites * P);
    this.receivers = arrays.float64(sites * P);
    this.diagonal = new Float64Array(sites);
    this.overlaps = new Float64Array(P);
    this.sums = arrays.float64(sites);
    for (let i = 0; i < sites; i++) {
      for (let mu = 0; mu < P; mu++) {
        const sign = patterns[mu]![i]!;
        this.signs[i * P + mu] = sign;
        let receiver = patterns[next === null ? mu : next[mu]!]![i]!;
        if (weights !== null) {
          receiver = 0;
          for (let nu = 0; nu < P; nu++) receiver += patterns[nu]![i]! * weights[nu * P + mu]!;
        }
        this.receivers[mu * sites + i] = receiver;
        this.diagonal[i] = this.diagonal[i]! + receiver * sign;
      }
    }
  }

  clear(): void {
    this.overlaps.fill(0);
    this.summed = false;
  }
  add(j: number, amount: number): void {
    const { memories, overlaps, signs } = this;
    for (let mu = 0; mu < memories; mu++) {
      overlaps[mu] = overlaps[mu]! + signs[j * memories + mu]! * amount;
    }
    this.summed = false;
  }
  scale(factor: number): void {
    const { memories, overlaps } = this;
    for (let mu = 0; mu < memories; mu++) overlaps[mu] = overlaps[mu]! * factor;
    this.summed = false;
  }
  sum(i: number, own: number): number {
    if (!this.summed) this.sumAll();
    return (this.sums[i]! - this.diagonal[i]! * own) / this.sites;
  }

  private sumAll(): void {
    const { arrays, sums, receivers, overlaps, sites, memories } = this;
    sums.fill(0);
    for (let mu = 0; mu < memories; mu++) {
      arrays.addRow(sums, receivers, mu * sites, sites, overlaps[mu]!);
    }
    this.summed = true;
  }
}
