/**
 * Slots of memories led on by synapses with memory, as the loop of attempts sees them (f64 each; addresses are byte offsets
 * into the arena), after those of FLIP_MODEL. Signs are in bits as those of a memory block.
 */
export const SYNAPSES = {
  /** {@link SYNAPSE_KERNEL} */
  kernel: 3,
  tau: 4,
  lambda: 5,
  sites: 6,
  memories: 7,
  /** Memories rounded up, as rows of bits have them. */
  lanes: 8,
  /** u32[N][lanes/32]: signs of the memories, and of those that follow them */
  rows: 9,
  nextRows: 10,
  /** f64[lanes]: 1 of a memory that there is, else 0 */
  valid: 11,
  /** f64[N]: Σ_μ ξ_i^{next μ} ξ_i^μ, how a site would act on itself */
  own: 12,
  /** f64[lanes]: overlaps x; those of τ ago (box: how far x is from them); box: ∫ x over τ, exponential: x̄ − x, when written */
  overlaps: 13,
  past: 14,
  filtered: 15,
  /** i8[N]: spins, and those of τ ago */
  state: 16,
  pastState: 17,
  /** f64[N]: box: ∫ s over τ, exponential: s̄, when written; and when that was */
  siteFiltered: 18,
  siteWritten: 19,
  /** When overlaps were written, and the present */
  written: 20,
  now: 21,
  /** A ring of flips: f64 times, i32 sites, its size (a power of two) less 1, the oldest one's place, how many */
  times: 22,
  flips: 23,
  mask: 24,
  oldest: 25,
  count: 26,
  slots: 27,
} as const;

export const SYNAPSE_KERNEL = { delay: 0, box: 1, exponential: 2 } as const;
