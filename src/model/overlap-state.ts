import { RelaxdError } from '../core/index.js';
import { checkPatterns, checkState } from './check-patterns.js';

/** Overlaps are counted afresh after this many flips, and must be what they are (physics page, HZ1). */
export const FLIPS_PER_AUDIT = 1 << 20;

/**
 * Spins and their integer overlaps x_μ = Σ_i ξ_i^μ s_i with P memories: the part that every memory model shares.
 * Patterns are stored neuron-major (the P signs of one site together), so that a flip reads one contiguous row.
 */
export class OverlapState {
  readonly sites: number;
  readonly memories: number;
  /** N×P: the sign of memory μ on site i is signs[i·P + μ]. */
  readonly signs: Int8Array;
  readonly state: Int8Array;
  readonly overlaps: Int32Array;
  private flips = 0;

  constructor(patterns: readonly Int8Array[]) {
    this.sites = checkPatterns(patterns);
    this.memories = patterns.length;
    this.signs = new Int8Array(this.sites * this.memories);
    for (const [mu, pattern] of patterns.entries()) {
      for (let i = 0; i < this.sites; i++) this.signs[i * this.memories + mu] = pattern[i]!;
    }
    this.state = new Int8Array(this.sites).fill(1);
    this.overlaps = new Int32Array(this.memories);
    this.count(this.overlaps);
  }

  reset(state: Int8Array): void {
    checkState(state, this.sites);
    this.state.set(state);
    this.count(this.overlaps);
  }

  flip(i: number): void {
    const { state, overlaps, signs, memories } = this;
    const spin = -state[i]!;
    state[i] = spin;
    const twice = 2 * spin;
    const base = i * memories;
    for (let mu = 0; mu < memories; mu++) overlaps[mu] = overlaps[mu]! + twice * signs[base + mu]!;
    if (++this.flips >= FLIPS_PER_AUDIT) this.audit();
  }

  /** @throws RelaxdError `internal` where an overlap is not what the state says: integers do not drift */
  private audit(): void {
    this.flips = 0;
    const counted = new Int32Array(this.memories);
    this.count(counted);
    const wrong = counted.findIndex((x, mu) => x !== this.overlaps[mu]);
    if (wrong < 0) return;
    throw new RelaxdError('internal', `the overlap with memory ${wrong} was lost count of`, {
      value: this.overlaps[wrong],
      limit: counted[wrong],
    });
  }

  /** Counts all overlaps of the current state afresh, into `out` (P). */
  count(out: Int32Array): void {
    const { sites, memories, signs, state } = this;
    out.fill(0);
    for (let i = 0; i < sites; i++) {
      const spin = state[i]!;
      const base = i * memories;
      for (let mu = 0; mu < memories; mu++) out[mu] = out[mu]! + spin * signs[base + mu]!;
    }
  }
}
