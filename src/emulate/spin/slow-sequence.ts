import type { MemoryCouplings } from '../../device/index.js';

/**
 * The sequence's part of a field through synapses with memory: J^L s̄, J^L = (1/N) Σ_μ ξ^{next μ} ξ^{μᵀ} with a zero
 * diagonal and s̄ a filtered past of the spins (Sompolinsky & Kanter 1986; Kleinfeld 1986). Kept as overlaps of s̄ with
 * the memories: O(P) a field and a flip. Before t = 0 the spins were what they are at t = 0.
 */
export abstract class SlowSequence {
  protected readonly sites: number;
  protected readonly memories: number;
  /** Of memory μ on site i, and of the memory that follows it: [i·P + μ]. */
  protected readonly signs: Int8Array;
  private readonly following: Int8Array;
  /** Overlaps of the present spins with the memories; the spins themselves. */
  protected readonly overlaps: Int32Array;
  protected readonly state: Int8Array;
  /** The present. */
  protected now = 0;

  constructor(couplings: MemoryCouplings, sites: number) {
    const { patterns } = couplings;
    const next = couplings.next!;
    const P = patterns.length;
    this.sites = sites;
    this.memories = P;
    this.signs = new Int8Array(sites * P);
    this.following = new Int8Array(sites * P);
    for (let mu = 0; mu < P; mu++) {
      for (let i = 0; i < sites; i++) {
        this.signs[i * P + mu] = patterns[mu]![i]!;
        this.following[i * P + mu] = patterns[next[mu]!]![i]!;
      }
    }
    this.overlaps = new Int32Array(P);
    this.state = new Int8Array(sites);
  }

  /** Starts at t = 0. */
  reset(state: Int8Array): void {
    this.now = 0;
    this.state.set(state);
    this.overlaps.fill(0);
    for (let i = 0; i < this.sites; i++) this.turn(this.overlaps, i, state[i]!);
  }

  /** Time goes on to t. */
  advance(t: number): void {
    this.now = t;
  }

  /** Spin i flips now. */
  flip(i: number): void {
    const spin = -this.state[i]!;
    this.state[i] = spin;
    this.turn(this.overlaps, i, 2 * spin);
  }

  /** The field on site i now, without its own past. */
  field(i: number): number {
    const { memories, signs, following } = this;
    const base = i * memories;
    const own = this.filteredSpin(i);
    const share = this.share();
    let sum = 0;
    for (let mu = 0; mu < memories; mu++) {
      const y = this.filteredOverlap(mu, share) - signs[base + mu]! * own;
      sum += following[base + mu]! * y;
    }
    return sum / this.sites;
  }

  /** x̄_μ now. @param share {@link share} */
  protected abstract filteredOverlap(mu: number, share: number): number;
  /** s̄_i now. */
  protected abstract filteredSpin(i: number): number;
  /** What the overlaps have in common at this moment: how far they are from where they were last written down. */
  protected abstract share(): number;

  /** Overlaps change by `change` times the signs of site i. */
  protected turn(overlaps: Int32Array, i: number, change: number): void {
    const { memories, signs } = this;
    const base = i * memories;
    for (let mu = 0; mu < memories; mu++) overlaps[mu] = overlaps[mu]! + change * signs[base + mu]!;
  }
}

/** Attempts at multiples of 1/N and the delay are computed in different ways: their times compare to this. */
const TIME_SLACK = 1e-9;

/** s̄(t) = s(t − τ): flips are kept for τ and then repeated. */
export class DelayedSequence extends SlowSequence {
  protected readonly pastOverlaps: Int32Array;
  protected readonly pastState: Int8Array;
  // A ring of flips, oldest first; its size is a power of two and doubles when it is full.
  private times = new Float64Array(1024);
  private flips = new Int32Array(1024);
  private oldest = 0;
  private count = 0;

  constructor(
    couplings: MemoryCouplings,
    sites: number,
    protected readonly tau: number,
  ) {
    super(couplings, sites);
    this.pastOverlaps = new Int32Array(couplings.patterns.length);
    this.pastState = new Int8Array(sites);
  }

  override reset(state: Int8Array): void {
    super.reset(state);
    this.pastOverlaps.set(this.overlaps);
    this.pastState.set(state);
    this.oldest = 0;
    this.count = 0;
  }

  override advance(t: number): void {
    const past = t - this.tau + TIME_SLACK;
    while (this.count > 0 && this.times[this.oldest]! <= past) {
      const site = this.flips[this.oldest]!;
      this.now = this.times[this.oldest]! + this.tau;
      this.oldest = (this.oldest + 1) & (this.times.length - 1);
      this.count--;
      this.repeat(site);
    }
    super.advance(t);
  }

  override flip(i: number): void {
    if (this.count === this.times.length) this.grow();
    const at = (this.oldest + this.count) & (this.times.length - 1);
    this.times[at] = this.now;
    this.flips[at] = i;
    this.count++;
    super.flip(i);
  }

  /** The flip of a site τ ago. */
  protected repeat(site: number): void {
    const spin = -this.pastState[site]!;
    this.pastState[site] = spin;
    this.turn(this.pastOverlaps, site, 2 * spin);
  }

  protected filteredOverlap(mu: number, _share: number): number {
    return this.pastOverlaps[mu]!;
  }
  protected filteredSpin(i: number): number {
    return this.pastState[i]!;
  }
  protected share(): number {
    return 0;
  }

  private grow(): void {
    const size = this.times.length;
    const times = new Float64Array(2 * size);
    const flips = new Int32Array(2 * size);
    for (let k = 0; k < size; k++) {
      const at = (this.oldest + k) & (size - 1);
      times[k] = this.times[at]!;
      flips[k] = this.flips[at]!;
    }
    this.times = times;
    this.flips = flips;
    this.oldest = 0;
  }
}

/**
 * s̄(t) = (1/τ) ∫_{t−τ}^t s dt′: integrals that grow with the present state and shrink with that of τ ago, exact between
 * flips. They are written down at each flip and at each flip of τ ago.
 */
export class AveragedSequence extends DelayedSequence {
  /** ∫ x_μ over the window that ended at `written`. */
  private readonly integrals: Float64Array;
  private written = 0;
  /** ∫ s_i over the window that ended at `siteWritten`. */
  private readonly siteIntegrals: Float64Array;
  private readonly siteWritten: Float64Array;

  constructor(couplings: MemoryCouplings, sites: number, tau: number) {
    super(couplings, sites, tau);
    this.integrals = new Float64Array(couplings.patterns.length);
    this.siteIntegrals = new Float64Array(sites);
    this.siteWritten = new Float64Array(sites);
  }

  override reset(state: Int8Array): void {
    super.reset(state);
    this.written = 0;
    for (let mu = 0; mu < this.memories; mu++) this.integrals[mu] = this.tau * this.overlaps[mu]!;
    for (let i = 0; i < this.sites; i++) this.siteIntegrals[i] = this.tau * state[i]!;
    this.siteWritten.fill(0);
  }

  override flip(i: number): void {
    this.write(i);
    super.flip(i);
  }

  protected override repeat(site: number): void {
    this.write(site);
    super.repeat(site);
  }

  /** Brings the integrals to the present, before a state changes. */
  private write(site: number): void {
    const share = this.share();
    for (let mu = 0; mu < this.memories; mu++) {
      this.integrals[mu] = this.tau * this.filteredOverlap(mu, share);
    }
    this.siteIntegrals[site] = this.tau * this.filteredSpin(site);
    this.written = this.now;
    this.siteWritten[site] = this.now;
  }

  protected override filteredOverlap(mu: number, share: number): number {
    const rate = this.overlaps[mu]! - this.pastOverlaps[mu]!;
    return (this.integrals[mu]! + rate * share) / this.tau;
  }
  protected override filteredSpin(i: number): number {
    const rate = this.state[i]! - this.pastState[i]!;
    return (this.siteIntegrals[i]! + rate * (this.now - this.siteWritten[i]!)) / this.tau;
  }
  protected override share(): number {
    return this.now - this.written;
  }
}

/** s̄ relaxes to s with the time constant τ: in closed form between flips, no past is kept. */
export class RelaxingSequence extends SlowSequence {
  /** x̄_μ at `written`, and s̄_i at `siteWritten`. */
  private readonly filtered: Float64Array;
  private written = 0;
  private readonly siteFiltered: Float64Array;
  private readonly siteWritten: Float64Array;

  constructor(
    couplings: MemoryCouplings,
    sites: number,
    private readonly tau: number,
  ) {
    super(couplings, sites);
    this.filtered = new Float64Array(couplings.patterns.length);
    this.siteFiltered = new Float64Array(sites);
    this.siteWritten = new Float64Array(sites);
  }

  override reset(state: Int8Array): void {
    super.reset(state);
    this.filtered.set(this.overlaps);
    this.siteFiltered.set(state);
    this.written = 0;
    this.siteWritten.fill(0);
  }

  override flip(i: number): void {
    const share = this.share();
    for (let mu = 0; mu < this.memories; mu++) {
      this.filtered[mu] = this.filteredOverlap(mu, share);
    }
    this.siteFiltered[i] = this.filteredSpin(i);
    this.written = this.now;
    this.siteWritten[i] = this.now;
    super.flip(i);
  }

  protected filteredOverlap(mu: number, share: number): number {
    const x = this.overlaps[mu]!;
    return x + (this.filtered[mu]! - x) * share;
  }
  protected filteredSpin(i: number): number {
    const spin = this.state[i]!;
    const fade = Math.exp(-(this.now - this.siteWritten[i]!) / this.tau);
    return spin + (this.siteFiltered[i]! - spin) * fade;
  }
  protected share(): number {
    return Math.exp(-(this.now - this.written) / this.tau);
  }
}
