/**
 * What the emulators know of an energy: fields, flips, energies of ±1 spins. Each implementation keeps the caches
 * that make `field` and `flip` cheap, and can recompute everything from the state alone, which is what tests and
 * audits compare the caches with.
 */
export interface SpinModel {
  readonly sites: number;
  /** False where couplings are asymmetric (or sequences): there is no energy, only a field. */
  readonly hasEnergy: boolean;
  /** Takes a state (copied) and computes every cache from scratch. */
  reset(state: Int8Array): void;
  /** The current state, ±1 per site; not to be written. */
  readonly state: Int8Array;
  /**
   * The field b_i with site i itself excluded: flip cost = 2 s_i b_i where there is an energy. Without static
   * fields h and drives, which the caller adds. O(1) pairwise, O(P) memories.
   */
  field(i: number): number;
  /** Flips spin i and updates the caches. O(N) pairwise, O(P) memories. */
  flip(i: number): void;
  /**
   * Energy of couplings or memories only, computed from the current state from scratch in float64 (memories: from
   * integer overlaps recomputed from scratch). NaN where `hasEnergy` is false.
   */
  energy(): number;
  /** All fields of the current state recomputed from scratch into `out` (N): oracle, and synchronous updates. */
  fieldsFromScratch(out: Float64Array): void;
  /** Integer overlaps x_μ = Σ_i ξ_i^μ s_i with the model's own memories; null for pairwise models. */
  readonly overlaps: Int32Array | null;
}

/** How memories act on the spins: F of the overlap (see the classes that implement each). */
export type MemoryInteraction =
  | { readonly kind: 'polynomial'; readonly degree: number; readonly rectified: boolean }
  | { readonly kind: 'log-sum-exp'; readonly beta: number }
  | { readonly kind: 'exponential' };

/** Couplings of ±1 spins as a plain document; `createSpinModel` makes the model. */
export type SpinCouplings =
  | {
      readonly kind: 'dense';
      /** N×N, row-major; row i receives. Zero diagonal. */
      readonly data: Float64Array;
    }
  | {
      readonly kind: 'coo';
      /** Three numbers an entry: i, j, J; each pair once, symmetric. */
      readonly entries: Float64Array;
    }
  | {
      readonly kind: 'memories';
      /** P patterns of N values ±1. */
      readonly patterns: readonly Int8Array[];
      /** P×P row-major, degree 2 only: J = (1/N) Ξᵀ W Ξ; null for the identity. */
      readonly weights: Float64Array | null;
      /** ξ^{next[μ]} is recalled after ξ^μ; null where nothing follows anything. */
      readonly next: Int32Array | null;
      readonly interaction: MemoryInteraction;
    };
