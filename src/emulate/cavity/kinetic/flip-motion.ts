import { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import type { Engine } from '../../../kernels/index.js';
import type { ShotLedger } from '../../../thermo/index.js';
import type { Baths } from '../../baths.js';
import { enumerateEnergies, gibbsProbabilities, StateSampler } from '../../spin/gibbs-table.js';
import type { Protocol } from '../../spin/protocol.js';
import { SpinAccount } from '../../spin/spin-account.js';
import type { SpinSystem } from '../../spin/spin-system.js';
import { FlipEvents } from '../flip-events.js';
import { drawInitialSpins } from '../initial-spins.js';
import { CourseSegments } from './course-segments.js';
import { EventClock, type Jumps } from './event-clock.js';
import type { FlipLaw } from './flip-law.js';
import type { KineticMotion } from './kinetic-motion.js';
import { bathTemperature, kineticSystem } from './kinetic-program.js';
import type { ParamagnetStart } from './paramagnet-start.js';

/** Summed fields carry rounding of this part of the largest: a spin in no field must not count as unstable. */
const ROUNDING = 1e-13;

/** Names of algorithms: a kernel's events, or the ones of {@link EventClock}. */
export const EVENTS = 'events';
export const EVENTS_ONE_BY_ONE = 'events-one-by-one';

/**
 * Spins that flip as a whole in continuous time, at rate f(ΔE_i), exactly: see {@link EventClock}. Between the knots of
 * a protocol costs are linear in time, so that a law's bound between the costs at both ends of a window bounds its rate.
 */
export class FlipMotion implements KineticMotion, Jumps {
  onProgress: (t: number) => void = () => undefined;
  private readonly system: SpinSystem;
  private readonly protocol: Protocol;
  private readonly account: SpinAccount;
  private readonly segments: CourseSegments;
  private readonly clock: EventClock;
  private readonly initial: Int8Array;
  private readonly costs: Float64Array;
  private readonly rates: Float64Array;
  private readonly ahead: Float64Array;
  private readonly exactFields: boolean;
  private stream = RandomStream.of(0);
  private sampler: StateSampler | null = null;
  private largest = 0;
  private startEnergy = NaN;
  private ordered = true;
  /** Events by a kernel, where couplings and the law have one; used wherever the protocol stands still. */
  private readonly events: FlipEvents | null;
  private byKernel = false;
  /** Up to where all has happened. */
  private now = 0;

  /**
   * @param start how spins leave the paramagnet; null where they are ordered from the start
   * @param events whether a kernel may draw flips; fields are kept up to date by kernels in any case
   */
  constructor(
    private readonly program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
    private readonly law: FlipLaw,
    baths: Baths,
    private readonly start: ParamagnetStart | null,
    engine: Engine,
    events: boolean,
  ) {
    const { system, protocol, model } = kineticSystem(program, parameters, engine);
    this.system = system;
    this.protocol = protocol;
    this.account = new SpinAccount(system, baths, true);
    this.segments = new CourseSegments(program, bathTemperature(program));
    this.clock = new EventClock(this, this.segments, program.duration);
    this.initial = new Int8Array(program.sites);
    this.costs = new Float64Array(system.free.length);
    this.rates = new Float64Array(system.free.length);
    this.ahead = new Float64Array(this.segments.columns);
    this.exactFields = model.overlaps !== null;
    const compiled = law.compiled(this.protocol.temperature) !== null;
    this.events = compiled && events ? FlipEvents.of(engine, program, model) : null;
  }

  /** How flips are drawn, for the result's provenance. */
  get algorithm(): string {
    return this.events === null ? EVENTS_ONE_BY_ONE : EVENTS;
  }

  begin(shot: number): void {
    const { program, system, protocol } = this;
    protocol.rewind();
    drawInitialSpins(program, shot, this.initial);
    this.stream = RandomStream.of(program.seed, 'dynamics', shot);
    system.reset(this.initial);
    this.largest = 0;
    this.ordered = this.start === null;
    this.byKernel = false;
    this.events?.begin(program.seed, shot);
    if (this.start !== null) {
      this.start.begin(this.initial, this.stream);
      this.startEnergy = this.start.startEnergy;
      return;
    }
    if (program.initial.kind === 'equilibrium') this.drawEquilibrium(shot);
    this.account.open();
    this.startEnergy = system.totalEnergy();
    protocol.advance(0);
    this.startClock(0);
  }

  advanceTo(until: number): void {
    if (!this.ordered && !this.leaveParamagnet(until)) return;
    const { segments, program } = this;
    for (;;) {
      const knot = segments.end(segments.at(this.now));
      const end = Math.min(until, knot);
      if (this.byKernel) this.advanceByKernel(end);
      else this.clock.advanceTo(end, this.onProgress);
      this.now = end;
      if (end === knot && knot < program.duration) this.enterSegment();
      if (end >= until) break;
    }
    this.protocol.advance(until);
    this.account.settle();
  }

  get values(): ArrayLike<number> {
    return this.ordered ? this.system.state : this.start!.values;
  }
  get work(): number {
    return (this.start?.work ?? 0) + (this.ordered ? this.account.work : 0);
  }
  get heat(): number {
    return (this.start?.heat ?? 0) + (this.ordered ? this.account.heat : 0);
  }
  get energy(): number {
    return this.startEnergy + this.work - this.heat;
  }

  ledger(): ShotLedger {
    const end = this.ordered ? this.system.totalEnergy() : this.start!.energy;
    const account = this.account.close(end - this.startEnergy);
    const controlWork =
      (this.start?.controlWork ?? 0) + (this.ordered ? this.account.controlWork : 0);
    return {
      ...account,
      work: this.work,
      driveWork: this.work - controlWork,
      controlWork,
      heat: this.heat,
      bathHeat: [this.heat],
      mediumEntropy: this.start === null ? account.mediumEntropy : NaN,
    };
  }

  private startClock(t: number): void {
    this.now = t;
    this.clock.start(t, this.stream);
    this.enterSegment();
  }

  /** At a knot: events by the kernel while nothing changes, else by the clock. */
  private enterSegment(): void {
    const { events, segments, protocol, account, system, law, now } = this;
    if (events === null) return;
    if (this.byKernel) events.stop();
    protocol.advance(now);
    account.settle();
    const compiled = law.compiled(protocol.temperature);
    const still = compiled !== null && segments.isStill(segments.at(now));
    if (still) {
      const rest = this.exactFields ? 0 : ROUNDING;
      const external = (i: number): number => system.externalField(i);
      events.start(now, compiled, system.free, protocol.coupling, external, rest);
    } else if (this.byKernel) this.clock.start(now, this.stream);
    this.byKernel = still;
  }

  private advanceByKernel(until: number): void {
    const { events, onFlip } = this;
    events!.advance(until, Infinity, onFlip);
    this.onProgress(Math.min(until, events!.next));
  }

  /** Books a flip that has happened. */
  private readonly onFlip = (site: number, spin: number, field: number): void => {
    const { system, account, protocol, law } = this;
    const cost = 2 * spin * (protocol.coupling * field + system.externalField(site));
    if (account.followsCoupling) account.addCoupling(2 * spin * field);
    account.addHeat(0, -cost);
    account.addEntropy(law.entropy(cost, protocol.temperature));
    const { patterns, projections } = system;
    for (let d = 0; d < patterns.length; d++) {
      projections[d] = projections[d]! - 2 * spin * patterns[d]![site]!;
    }
  };

  moveTo(t: number): void {
    this.protocol.advance(t);
  }

  readRates(): number {
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
    return total;
  }

  boundUntil(segment: number, time: number): number {
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
      // A hair of slack for the rounding of both ends.
      const slack = 1e-12 * (Math.abs(now) + Math.abs(then));
      sum += law.bound(Math.min(now, then) - slack, Math.max(now, then) + slack, temperature);
    }
    return sum * (1 + 1e-12);
  }

  jump(draw: number): void {
    const { system, account, protocol } = this;
    const site = system.free[this.choose(draw)]!;
    const cost = 2 * system.state[site]! * system.totalField(site);
    account.settle();
    account.beforeFlip(site);
    account.addHeat(0, -cost);
    account.addEntropy(this.law.entropy(cost, protocol.temperature));
    system.flip(site);
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
    this.ordered = true;
    this.startClock(start.time);
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

  /** The free site that a number below the total rate falls to. */
  private choose(draw: number): number {
    const { rates, costs } = this;
    const n = rates.length;
    let chosen = 0;
    if (this.law.steepest) {
      for (let k = 1; k < n; k++) if (costs[k]! < costs[chosen]!) chosen = k;
      return chosen;
    }
    let sum = 0;
    for (let k = 0; k < n; k++) {
      if (rates[k] === 0) continue;
      sum += rates[k]!;
      chosen = k;
      if (draw < sum) break;
    }
    return chosen; // the last that can flip, where the sum's own rounding leaves none
  }
}
