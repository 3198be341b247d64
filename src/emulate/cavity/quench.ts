import type { RandomStream } from '../../core/index.js';
import type { Plasticity } from './plasticity.js';
import type { DiscreteRule } from './recall.js';

/** Dense couplings and a state that is quenched in place: the bare loop, for statistics over very many quenches. */
export class Quench {
  readonly state: Float64Array;
  private readonly fields: Float64Array;
  private readonly unstable: Int32Array;

  /**
   * @param couplings N×N row-major, symmetric, zero diagonal; kept, not copied
   * @param plasticity atoms that move: `couplings` are its own then, and energies those of relaxed atoms
   */
  constructor(
    private readonly couplings: Float64Array,
    readonly sites: number,
    private readonly plasticity: Plasticity | null = null,
  ) {
    this.state = new Float64Array(sites);
    this.fields = new Float64Array(sites);
    this.unstable = new Int32Array(sites);
  }

  /** Starts from ±1 values (copied). */
  start(state: ArrayLike<number>): void {
    this.state.set(state);
    this.refresh();
  }

  startRandom(stream: RandomStream): void {
    for (let i = 0; i < this.sites; i++) this.state[i] = stream.sign();
    this.refresh();
  }

  /** Runs to a stable state; `stream` is needed for `zero-temperature`. @returns the number of flips */
  run(rule: DiscreteRule, stream: RandomStream): number {
    let flips = 0;
    for (;;) {
      const site = rule === 'steepest-descent' ? this.steepest() : this.random(stream);
      if (site < 0) return flips;
      this.flip(site);
      flips++;
    }
  }

  /** Energy, pairs once. */
  energy(): number {
    let sum = 0;
    for (let i = 0; i < this.sites; i++) sum += this.state[i]! * this.fields[i]!;
    return (this.plasticity?.energyOffset ?? 0) - 0.5 * sum;
  }

  flip(site: number): void {
    const { state, fields, couplings, sites } = this;
    const spin = -state[site]!;
    state[site] = spin;
    const base = site * sites;
    for (let j = 0; j < sites; j++) fields[j] = fields[j]! + 2 * spin * couplings[base + j]!;
    this.plasticity?.flip(site);
  }

  /** Cost of flipping a site; at frozen displacements, where atoms move. */
  cost(site: number): number {
    return 2 * this.margin(site);
  }

  private margin(site: number): number {
    const bare = this.state[site]! * this.fields[site]!;
    return this.plasticity === null ? bare : bare + this.plasticity.barrier(site);
  }

  private steepest(): number {
    const { sites } = this;
    let least = -REST;
    let site = -1;
    for (let i = 0; i < sites; i++) {
      const margin = this.margin(i);
      if (margin < least) {
        least = margin;
        site = i;
      }
    }
    return site;
  }

  private random(stream: RandomStream): number {
    const { sites, unstable } = this;
    let count = 0;
    for (let i = 0; i < sites; i++) if (this.margin(i) < -REST) unstable[count++] = i;
    return count === 0 ? -1 : unstable[stream.integer(count)]!;
  }

  private refresh(): void {
    const { state, fields, couplings, sites } = this;
    for (let i = 0; i < sites; i++) {
      let sum = 0;
      const base = i * sites;
      for (let j = 0; j < sites; j++) sum += couplings[base + j]! * state[j]!;
      fields[i] = sum;
    }
    this.plasticity?.reset(state);
  }
}

/** Rounding of fields of order one: a margin below this is a tie, which does not flip. */
const REST = 1e-12;
