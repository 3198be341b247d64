import type { Engine } from '../engine.js';
import { FORM, MEMORY_GROUP, packedOnce, SUM_LANES } from '../memory/memory-block.js';
import { packRows } from '../memory/pack-signs.js';
import { naturalExponential } from '../random/natural-exponential.js';
import { FLIP_MODEL } from './flip-layout.js';
import type { FlippingModel } from './flip-reference.js';
import { SYNAPSE_KERNEL, SYNAPSES } from './synapse-layout.js';

/** Attempts at multiples of 1/N and the delay are computed in different ways: their times compare to this. */
const TIME_SLACK = 1e-9;
const FIRST_RING = 1024;
/** Flips that loops without a ring may make. */
const NEVER = 2 ** 53;

/**
 * Memories held by Hebb's couplings and led on through synapses with memory (physics page; Sompolinsky & Kanter 1986;
 * Kleinfeld 1986): b_i = (1/N) [Σ_μ ξ_i^μ x_μ − P s_i + λ (Σ_μ ξ_i^{next μ} x̄_μ − c_i s̄_i)], c_i = Σ_μ ξ_i^{next μ} ξ_i^μ,
 * x̄ and s̄ the past of overlaps and spins through the kernel, as SlowSequence has them:
 * - delay: those of τ ago;
 * - box: x̄ = [∫ + (x − x of τ ago)·(t − t_w)]/τ, ∫ the integral over τ at t_w, when it was written;
 * - exponential: x̄ = x + (x̄ − x)_w e^{−(t − t_w)/τ}.
 * Sums over memories run in {@link SUM_LANES} strided lanes, added in pairs 8, 4, 2, 1 apart. The methods are the reference of
 * the compiled loop, which works on the same arrays.
 */
export class Synapses implements FlippingModel {
  readonly unit = 1;
  readonly isStale = false;
  readonly slots: Float64Array;
  readonly state: Int8Array;
  private readonly kernel: keyof typeof SYNAPSE_KERNEL;
  private readonly rows: Uint32Array;
  private readonly nextRows: Uint32Array;
  private readonly own: Float64Array;
  private readonly x: Float64Array;
  private readonly past: Float64Array;
  private readonly filtered: Float64Array;
  private readonly pastState: Int8Array;
  private readonly siteFiltered: Float64Array;
  private readonly siteWritten: Float64Array;
  private times: Float64Array;
  private flips: Int32Array;
  private readonly width: number;
  private readonly sums = new Float64Array(SUM_LANES);

  /**
   * @param patterns P × N, ±1; in the arena they are packed once for all threads
   * @param next of each memory the one that follows it
   */
  constructor(
    private readonly engine: Engine,
    private readonly sites: number,
    private readonly patterns: readonly Int8Array[],
    next: Int32Array,
    synapse: {
      readonly kernel: keyof typeof SYNAPSE_KERNEL;
      readonly tau: number;
      readonly lambda: number;
    },
  ) {
    const { scratch, arena } = engine;
    const memories = patterns.length;
    const lanes = Math.ceil(memories / MEMORY_GROUP) * MEMORY_GROUP;
    this.width = lanes / 32;
    this.kernel = synapse.kernel;
    const packed = (form: number, order: Int32Array | null): number =>
      packedOnce(engine, patterns, form, (from) => packRows(from, patterns, lanes, order));
    const rows = packed(FORM.rows, null);
    const nextRows = packed(FORM.nextRows, next);
    this.rows = new Uint32Array(arena.buffer, rows, sites * this.width);
    this.nextRows = new Uint32Array(arena.buffer, nextRows, sites * this.width);
    this.own = scratch.float64(sites);
    for (let mu = 0; mu < memories; mu++) {
      const [one, other] = [patterns[mu]!, patterns[next[mu]!]!];
      for (let i = 0; i < sites; i++) this.own[i] = this.own[i]! + one[i]! * other[i]!;
    }
    this.x = scratch.float64(lanes);
    this.past = scratch.float64(lanes);
    this.filtered = scratch.float64(lanes);
    this.state = scratch.int8(sites).fill(1);
    this.pastState = scratch.int8(sites);
    this.siteFiltered = scratch.float64(sites);
    this.siteWritten = scratch.float64(sites);
    this.times = scratch.float64(FIRST_RING);
    this.flips = scratch.int32(FIRST_RING);
    this.slots = scratch.float64(SYNAPSES.slots);
    this.slots[FLIP_MODEL.unit] = 1;
    this.put({
      kernel: SYNAPSE_KERNEL[synapse.kernel],
      tau: synapse.tau,
      lambda: synapse.lambda,
      sites,
      memories,
      lanes,
      rows,
      nextRows,
      valid: scratch.float64(lanes).fill(1, 0, memories).byteOffset,
      own: this.own.byteOffset,
      overlaps: this.x.byteOffset,
      past: this.past.byteOffset,
      filtered: this.filtered.byteOffset,
      state: this.state.byteOffset,
      pastState: this.pastState.byteOffset,
      siteFiltered: this.siteFiltered.byteOffset,
      siteWritten: this.siteWritten.byteOffset,
    });
    this.reset(this.state.slice());
  }

  /** Overlaps of the present spins. */
  get overlaps(): Int32Array {
    return Int32Array.from(this.x.subarray(0, this.patterns.length));
  }

  /** Starts at t = 0; before, the spins were what they are. */
  reset(state: Int8Array): void {
    const tau = this.get('tau');
    this.state.set(state);
    this.pastState.set(state);
    this.patterns.forEach((pattern, mu) => {
      let x = 0;
      for (let i = 0; i < this.sites; i++) x += pattern[i]! * state[i]!;
      this.x[mu] = x;
      this.past[mu] = this.kernel === 'delay' ? x : 0;
      this.filtered[mu] = this.kernel === 'box' ? tau * x : 0;
    });
    for (let i = 0; i < this.sites; i++) {
      this.siteFiltered[i] = (this.kernel === 'box' ? tau : 1) * state[i]!;
    }
    this.siteWritten.fill(0);
    this.put({ written: 0, now: 0, oldest: 0, count: 0 });
    this.makeRoom();
  }

  /**
   * Gets ready for flips of a loop, which counts them and ends where the ring might be full.
   * @returns how many there may be
   */
  makeRoom(): void {
    const size = this.times.length;
    const count = this.get('count');
    if (4 * (size - count) < size) this.grow();
    this.put({
      times: this.times.byteOffset,
      flips: this.flips.byteOffset,
      mask: this.times.length - 1,
    });
    this.slots[FLIP_MODEL.flips] = 0;
    this.slots[FLIP_MODEL.mostFlips] =
      this.kernel === 'exponential' ? NEVER : this.times.length - count;
  }

  /** Time goes on to t ≥ all before. */
  advance(t: number): void {
    if (this.kernel !== 'exponential') {
      const tau = this.get('tau');
      const past = t - tau + TIME_SLACK;
      while (this.get('count') > 0 && this.times[this.get('oldest')]! <= past) {
        const oldest = this.get('oldest');
        const site = this.flips[oldest]!;
        this.put({
          now: this.times[oldest]! + tau,
          oldest: (oldest + 1) & (this.times.length - 1),
          count: this.get('count') - 1,
        });
        this.repeat(site);
      }
    }
    this.put({ now: t });
  }

  rawField(i: number): number {
    const { sites, x, past, filtered, rows, nextRows } = this;
    const [tau, now] = [this.get('tau'), this.get('now')];
    const spin = this.state[i]!;
    const fast = (this.signedSum(i, rows, x) - this.patterns.length * spin) / sites;
    const since = now - this.siteWritten[i]!;
    const elapsed = now - this.get('written');
    let sum: number;
    let own: number;
    if (this.kernel === 'delay') {
      sum = this.signedSum(i, nextRows, past);
      own = this.pastState[i]!;
    } else if (this.kernel === 'box') {
      const kept = this.signedSum(i, nextRows, filtered);
      sum = (kept + this.signedSum(i, nextRows, past) * elapsed) / tau;
      own = (this.siteFiltered[i]! + (spin - this.pastState[i]!) * since) / tau;
    } else {
      const share = naturalExponential(-elapsed / tau);
      const kept = this.signedSum(i, nextRows, x);
      sum = kept + this.signedSum(i, nextRows, filtered) * share;
      own = spin + (this.siteFiltered[i]! - spin) * naturalExponential(-since / tau);
    }
    return fast + (this.get('lambda') * (sum - this.own[i]! * own)) / sites;
  }

  flip(i: number): void {
    if (this.kernel !== 'delay') this.write(i);
    if (this.kernel !== 'exponential') {
      if (this.get('count') === this.times.length) this.makeRoom();
      const at = (this.get('oldest') + this.get('count')) & (this.times.length - 1);
      this.times[at] = this.get('now');
      this.flips[at] = i;
      this.put({ count: this.get('count') + 1 });
    }
    const spin = -this.state[i]!;
    this.state[i] = spin;
    this.turn(this.x, i, 2 * spin);
    if (this.kernel === 'box') this.turn(this.past, i, 2 * spin);
    if (this.kernel === 'exponential') this.turn(this.filtered, i, -2 * spin);
  }

  /** The flip of a site τ ago. */
  private repeat(site: number): void {
    if (this.kernel === 'box') this.write(site);
    const spin = -this.pastState[site]!;
    this.pastState[site] = spin;
    this.turn(this.past, site, this.kernel === 'box' ? -2 * spin : 2 * spin);
  }

  /** Brings what is filtered to the present, of all overlaps and of a site, before that site's state changes. */
  private write(site: number): void {
    const { filtered, past, siteFiltered, siteWritten } = this;
    const [tau, now] = [this.get('tau'), this.get('now')];
    const elapsed = now - this.get('written');
    const since = now - siteWritten[site]!;
    const spin = this.state[site]!;
    const memories = this.patterns.length;
    if (this.kernel === 'box') {
      for (let mu = 0; mu < memories; mu++) filtered[mu] = filtered[mu]! + past[mu]! * elapsed;
      siteFiltered[site] = siteFiltered[site]! + (spin - this.pastState[site]!) * since;
    } else {
      const share = naturalExponential(-elapsed / tau);
      for (let mu = 0; mu < memories; mu++) filtered[mu] = filtered[mu]! * share;
      const fade = naturalExponential(-since / tau);
      siteFiltered[site] = spin + (siteFiltered[site]! - spin) * fade;
    }
    siteWritten[site] = now;
    this.put({ written: now });
  }

  /** Σ_μ ± values_μ with the signs of a site. */
  private signedSum(i: number, rows: Uint32Array, values: Float64Array): number {
    const { sums, width } = this;
    sums.fill(0);
    for (let mu = 0; mu < this.patterns.length; mu++) {
      const up = (rows[i * width + (mu >> 5)]! >>> (mu & 31)) & 1;
      const lane = mu % SUM_LANES;
      sums[lane] = sums[lane]! + (up === 1 ? values[mu]! : -values[mu]!);
    }
    for (let apart = SUM_LANES / 2; apart >= 1; apart /= 2) {
      for (let lane = 0; lane < apart; lane++) sums[lane] = sums[lane]! + sums[lane + apart]!;
    }
    return sums[0]!;
  }

  /** Overlaps change by `change` times the signs of site i. */
  private turn(overlaps: Float64Array, i: number, change: number): void {
    for (let mu = 0; mu < this.patterns.length; mu++) {
      overlaps[mu] = overlaps[mu]! + change * this.patterns[mu]![i]!;
    }
  }

  private grow(): void {
    const { scratch } = this.engine;
    const size = this.times.length;
    const times = scratch.float64(2 * size);
    const flips = scratch.int32(2 * size);
    const oldest = this.get('oldest');
    for (let k = 0; k < this.get('count'); k++) {
      const at = (oldest + k) & (size - 1);
      times[k] = this.times[at]!;
      flips[k] = this.flips[at]!;
    }
    this.times = times;
    this.flips = flips;
    this.put({ oldest: 0 });
  }

  private get(slot: keyof typeof SYNAPSES): number {
    return this.slots[SYNAPSES[slot]]!;
  }
  private put(values: Partial<Record<keyof typeof SYNAPSES, number>>): void {
    for (const [slot, value] of Object.entries(values)) {
      this.slots[SYNAPSES[slot as keyof typeof SYNAPSES]] = value;
    }
  }
}
