import { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import type { ShotLedger } from '../../../thermo/index.js';
import type { Baths } from '../../baths.js';
import { enumerateEnergies, gibbsProbabilities, StateSampler } from '../../spin/gibbs-table.js';
import type { Protocol } from '../../spin/protocol.js';
import { SpinAccount } from '../../spin/spin-account.js';
import type { SpinSystem } from '../../spin/spin-system.js';
import { drawInitialSpins } from '../initial-spins.js';
import { CourseSegments } from './course-segments.js';
import type { FlipLaw } from './flip-law.js';
import { bathTemperature, kineticSystem } from './kinetic-program.js';
import type { KineticMotion } from './kinetic-motion.js';
import type { ParamagnetStart } from './paramagnet-start.js';

/** Summed fields carry rounding of this part of the largest: a spin in no field must not count as unstable. */
const ROUNDING = 1e-13;
/** While something ramps, rates are bounded over windows of this many expected events, … */
const EVENTS_A_WINDOW = 4;
/** … of at least and at most these parts of the ramp. */
const LEAST_WINDOW = 1 / 256;
const MOST_WINDOW = 1 / 16;

/**
 * Spins that flip as a whole in continuous time, at rate f(ΔE_i): Gillespie's direct method, so that no attempt is
 * rejected while nothing is ramped. While couplings, drives or the temperature change, costs are linear in time between
 * the knots; each rate is bounded over a short window by its law's values at the window's ends, candidates come at the
 * sum of the bounds and are kept with the probability of the true rate (thinning: Lewis & Shedler 1979). Both are exact.
 * Windows do not depend on when the spins are looked at.
 */
export class FlipMotion implements KineticMotion {
  onProgress: (t: number) => void = () => undefined;
  private readonly system: SpinSystem;
  private readonly protocol: Protocol;
  private readonly account: SpinAccount;
  private readonly segments: CourseSegments;
  private readonly initial: Int8Array;
  private readonly costs: Float64Array;
  private readonly rates: Float64Array;
  private readonly ahead: Float64Array;
  private readonly exactFields: boolean;
  private stream = RandomStream.of(0);
  private sampler: StateSampler | null = null;
  private largest = 0;
  private startEnergy = NaN;
  /** Total of `rates` at the time they were computed. */
  private total = 0;
  /** Rate of candidates up to `windowEnd`; the true total where nothing changes. */
  private bound = 0;
  private windowEnd = 0;
  private steady = false;
  /** Time of the next candidate, or of the window's end. */
  private next = 0;
  private isCandidate = false;
  private events = 0;
  private grown = true;

  /** @param start how spins leave the paramagnet; null where they are ordered from the start */
  constructor(
    private readonly program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
    private readonly law: FlipLaw,
    baths: Baths,
    private readonly start: ParamagnetStart | null,
  ) {
    const { system, protocol, model } = kineticSystem(program, parameters);
    this.system = system;
    this.protocol = protocol;
    this.account = new SpinAccount(system, baths, true);
    this.segments = new CourseSegments(program, bathTemperature(program));
    this.initial = new Int8Array(program.sites);
    this.costs = new Float64Array(system.free.length);
    this.rates = new Float64Array(system.free.length);
    this.ahead = new Float64Array(this.segments.columns);
    this.exactFields = model.overlaps !== null;
  }

  begin(shot: number): void {
    const { program, system, protocol } = this;
    protocol.rewind();
    this.segments.rewind();
    drawInitialSpins(program, shot, this.initial);
    this.stream = RandomStream.of(program.seed, 'dynamics', shot);
    system.reset(this.initial);
    if (program.initial.kind === 'equilibrium') this.drawEquilibrium(shot);
    this.events = 0;
    this.largest = 0;
    this.grown = this.start === null;
    if (this.start !== null) {
      this.start.begin(this.initial, this.stream);
      this.startEnergy = this.start.startEnergy;
      return;
    }
    this.account.open();
    this.startEnergy = system.totalEnergy();
    protocol.advance(0);
    this.plan(0);
  }

  advanceTo(until: number): void {
    if (!this.grown && !this.leaveParamagnet(until)) return;
    const { protocol } = this;
    while (this.next <= until) {
      const t = this.next;
      protocol.advance(t);
      if (!this.isCandidate) this.plan(t);
      else this.consider(t);
      if (++this.events % 4096 === 0) this.onProgress(t);
    }
    protocol.advance(until);
    this.account.settle();
  }

  get values(): ArrayLike<number> {
    return this.grown ? this.system.state : this.start!.values;
  }
  get work(): number {
    return (this.start?.work ?? 0) + (this.grown ? this.account.work : 0);
  }
  get heat(): number {
    return this.grown ? (this.start?.heat ?? 0) + this.account.heat : 0;
  }
  get energy(): number {
    return this.startEnergy + this.work - this.heat;
  }

  ledger(): ShotLedger {
    const end = this.grown ? this.system.totalEnergy() : this.start!.energy;
    const account = this.account.close(end - this.startEnergy);
    return {
      ...account,
      work: this.work,
      heat: this.heat,
      bathHeat: [this.heat],
      mediumEntropy: this.start === null ? account.mediumEntropy : NaN,
    };
  }

  /** Runs the paramagnet to `until`, or to where it orders; true once the spins are what they are. */
  private leaveParamagnet(until: number): boolean {
    const start = this.start!;
    if (!start.advanceTo(until)) return false;
    const { system, protocol, initial } = this;
    const { free } = system;
    for (let k = 0; k < free.length; k++) {
      initial[free[k]!] = start.values[free[k]!]! < 0 ? -1 : 1;
    }
    protocol.advance(start.time);
    system.reset(initial);
    start.handOver(system.totalEnergy());
    this.account.open();
    this.grown = true;
    this.plan(start.time);
    return true;
  }

  private drawEquilibrium(shot: number): void {
    if (this.sampler === null || this.program.inputs.length > 1) {
      const energies = enumerateEnergies(this.system);
      this.sampler = new StateSampler(gibbsProbabilities(energies, this.protocol.temperature));
      this.system.reset(this.initial);
    }
    const stream = RandomStream.of(this.program.seed, 'initial', shot);
    this.system.setCode(this.sampler.draw(stream));
  }

  /** A candidate at time t: drawn at the bounds, kept at the rates. */
  private consider(t: number): void {
    if (!this.steady) this.readRates();
    const draw = this.stream.uniform() * this.bound;
    if (draw >= this.total) return this.schedule(t);
    this.flip(this.choose(draw));
    this.plan(t);
  }

  /** The site that a number below the total rate falls to. */
  private choose(draw: number): number {
    const { rates, costs } = this;
    const n = rates.length;
    if (this.law.steepest) {
      let best = 0;
      for (let k = 1; k < n; k++) if (costs[k]! < costs[best]!) best = k;
      return best;
    }
    let sum = 0;
    let last = 0;
    for (let k = 0; k < n; k++) {
      if (rates[k] === 0) continue;
      sum += rates[k]!;
      last = k;
      if (draw < sum) return k;
    }
    return last; // the sum's own rounding
  }

  private flip(k: number): void {
    const { system, account, protocol } = this;
    const site = system.free[k]!;
    const cost = 2 * system.state[site]! * system.totalField(site);
    account.settle();
    account.beforeFlip(site);
    account.addHeat(0, -cost);
    account.addEntropy(this.law.entropy(cost, protocol.temperature));
    system.flip(site);
  }

  /** Rates at the protocol's present values into `rates`; their sum into `total`. */
  private readRates(): void {
    const { system, costs, rates, law } = this;
    const { free, state } = system;
    const { temperature } = this.protocol;
    const rest = this.exactFields ? 0 : ROUNDING * this.largest;
    let total = 0;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      let cost = 2 * state[site]! * system.totalField(site);
      const size = Math.abs(cost);
      if (size > this.largest) this.largest = size;
      if (size <= rest) cost = 0;
      costs[k] = cost;
      const rate = law.rate(cost, temperature);
      rates[k] = rate;
      total += rate;
    }
    this.total = total;
  }

  /** Opens a window at time t, where the protocol stands, and draws the first candidate in it. */
  private plan(t: number): void {
    const { segments } = this;
    const segment = segments.at(t);
    const end = segments.end(segment);
    this.readRates();
    this.steady = segments.isStill(segment) || t >= end;
    if (this.steady) {
      this.windowEnd = end;
      this.bound = this.total;
    } else {
      const length = end - segments.times[segment]!;
      const wanted = this.total > 0 ? EVENTS_A_WINDOW / this.total : Infinity;
      const width = Math.max(LEAST_WINDOW * length, Math.min(MOST_WINDOW * length, wanted));
      this.windowEnd = t + width >= end - 1e-12 * length ? end : t + width;
      this.bound = this.boundUntil(segment, this.windowEnd);
    }
    this.schedule(t);
  }

  private schedule(t: number): void {
    this.next = this.bound > 0 ? t + this.stream.exponential() / this.bound : Infinity;
    this.isCandidate = this.next < this.windowEnd;
    if (this.isCandidate) return;
    this.next = this.windowEnd < this.program.duration ? this.windowEnd : Infinity;
  }

  /** Σ of the largest rates between now and a later time of the segment: costs are linear in between. */
  private boundUntil(segment: number, time: number): number {
    const { system, ahead, costs, law, segments, protocol } = this;
    const { free, state, fields, patterns, model } = system;
    segments.valuesAt(segment, time, ahead);
    const temperature = Math.max(protocol.temperature, ahead[1]!);
    let sum = 0;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      let field = ahead[0]! * model.field(site) + fields[site]!;
      for (let d = 0; d < patterns.length; d++) field += ahead[2 + d]! * patterns[d]![site]!;
      const now = costs[k]!;
      const then = 2 * state[site]! * field;
      // A hair of slack for rounding of the ends.
      const slack = 1e-12 * (Math.abs(now) + Math.abs(then));
      sum += law.bound(Math.min(now, then) - slack, Math.max(now, then) + slack, temperature);
    }
    return sum;
  }
}
