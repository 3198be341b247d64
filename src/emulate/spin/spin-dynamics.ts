import type { StreamPurpose } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { seedLanes, type Engine } from '../../kernels/index.js';
import { PairwiseModel } from '../../model/index.js';
import {
  AttemptDynamics,
  ATTEMPTS_A_REPORT,
  TIME_SLACK,
  type LoopRecord,
} from './attempt-dynamics.js';
import { engineArrays } from './engine-arrays.js';
import {
  EVENTS,
  EventsOrAttempts,
  hasStillStretch,
  isStillThroughout,
  windowOf,
} from './events-or-attempts.js';
import { flipLoopOf, type FlipLoop } from './flip-loop.js';
import { InitialStates, startOf } from './initial-state.js';
import { memoriesOnKernels } from './memory-algorithm.js';
import { logTwoCosh } from './log-two-cosh.js';
import { SpinEvents } from './spin-events.js';
import { SpinSystem } from './spin-system.js';

/** Attempts with a loop of their own: what it works on. */
interface LoopedAttempts extends LoopRecord {
  readonly loop: FlipLoop;
}

/** The algorithm where there is no loop for a model. */
export const ONE_BY_ONE = 'attempts-one-by-one';

/**
 * ±1 spins under Glauber, Metropolis or zero-temperature dynamics, shot after shot.
 *
 * Continuous time: every free spin attempts at rate 1, accepted with the rule's probability at that very moment, which
 * is exact for fields and temperatures that change in time (uniformisation). Random and sequential: attempt k at
 * time k/N_free. Synchronous: all free spins at the integer times 1, 2, …, each from the state before. What happens at
 * a time t sees the protocol after its jumps at t.
 *
 * Asynchronous attempts are made by a {@link FlipLoop} where the model has one.
 */
export class SpinDynamics extends AttemptDynamics<SpinSystem> {
  /** What could run this program. */
  readonly algorithms = new Set<string>([ONE_BY_ONE]);
  protected readonly burnIn: number;
  private readonly starts: InitialStates;
  private readonly looped: LoopedAttempts | null;
  private readonly mixed: EventsOrAttempts | null;
  private sinceFlip = 0;
  /** At T = 0 with nothing left to change: no free spin will ever flip again. */
  private still = false;
  // Synchronous updates only.
  private readonly modelFields: Float64Array;
  private readonly fieldsBefore: Float64Array;
  private readonly fieldsAfter: Float64Array;
  private readonly temperatures: Float64Array;
  /** Of the free sites, b/T before and after, and their ln 2cosh. */
  private readonly ratios: readonly [Float64Array, Float64Array];
  private readonly logarithms: readonly [Float64Array, Float64Array];
  private readonly previous: Int8Array;
  private readonly flipping: Int32Array;

  /** @param wanted one of {@link algorithms}, or one for memories; null, or another: the fastest */
  constructor(program: ResolvedProgram, engine: Engine, wanted: string | null = null) {
    const looped = wanted !== ONE_BY_ONE;
    const synchronous = program.dynamics.order === 'synchronous';
    const arrays = engineArrays(engine);
    super(
      program,
      (protocol) =>
        new SpinSystem(
          program,
          protocol,
          (looped ? memoriesOnKernels(program, engine, wanted) : null) ?? undefined,
          arrays,
        ),
      !synchronous,
      arrays,
    );
    this.looped = wanted !== ONE_BY_ONE && !synchronous ? this.loopOn(engine) : null;
    this.mixed = this.looped === null ? null : this.eventsOn(engine, this.looped, wanted);
    const sameTemperature = this.baths.siteTemperature === null;
    const start = startOf(program, this.system, sameTemperature);
    this.burnIn = start.burnIn;
    this.starts = new InitialStates(program, this.system, start.exact, this.protocol.temperature);
    const size = synchronous ? program.sites : 0;
    this.modelFields = arrays.float64(size);
    this.fieldsBefore = new Float64Array(size);
    this.fieldsAfter = new Float64Array(size);
    this.temperatures = this.baths.siteTemperature?.slice() ?? new Float64Array(size);
    this.ratios = [new Float64Array(size), new Float64Array(size)];
    this.logarithms = [new Float64Array(size), new Float64Array(size)];
    this.previous = new Int8Array(size);
    this.flipping = new Int32Array(size);
  }

  override get energy(): number {
    if (!this.system.hasEnergy) return NaN;
    if (this.program.dynamics.order === 'synchronous') return this.system.totalEnergy();
    return super.energy;
  }

  protected place(shot: number): void {
    this.starts.place(shot);
  }

  /** How attempts are made, for the result's provenance. */
  get algorithm(): string {
    if (this.program.dynamics.order === 'synchronous') return 'all-at-once';
    return this.mixed?.algorithm ?? this.looped?.loop.algorithm ?? ONE_BY_ONE;
  }

  protected override startClock(purpose: StreamPurpose, shot: number): void {
    super.startClock(purpose, shot);
    if (this.looped !== null) {
      const { record, stretches } = this.looped;
      seedLanes(record.lanes, this.program.seed, purpose, shot);
      record.start();
      if (purpose === 'burnIn') record.follow(stretches.still, -Infinity);
      else {
        // With synapses that have a memory fields move on by themselves: nothing is ever settled.
        const settledAt = this.system.synapses === null ? this.protocol.settledAt : Infinity;
        record.follow(stretches.live, settledAt);
      }
      this.mixed?.begin(this.program.seed, purpose, shot);
    }
    this.sinceFlip = 0;
    this.still = this.system.free.length === 0;
    if (this.program.dynamics.order === 'synchronous') this.readFields();
  }

  protected schedule(): void {
    this.attempts++;
    const n = this.system.free.length;
    switch (this.program.dynamics.order) {
      case 'continuous-time':
        this.next += this.stream.exponential() / n;
        return;
      case 'synchronous':
        this.next = this.attempts;
        return;
      case 'random':
      case 'sequential':
        this.next = this.attempts / n;
    }
  }

  protected advance(until: number, live: boolean): void {
    if (this.program.dynamics.order === 'synchronous') this.advanceTogether(until, live);
    else if (this.mixed !== null) this.mixed.advance(until, (t) => this.onProgress(live ? t : 0));
    else if (this.looped !== null) this.advanceByLoop(this.looped, until, live);
    else this.advanceSingly(until, live);
  }

  private loopOn(engine: Engine): LoopedAttempts | null {
    const { program, system } = this;
    const { order } = program.dynamics;
    const loop = flipLoopOf(engine, system.model);
    if (loop === null || order === 'synchronous') return null;
    return { loop, ...this.recordOn(engine, order, system.state, loop.flipCost) };
  }

  /** Rejection-free events beside attempts, where the model and the protocol have them and they are wanted or may pay. */
  private eventsOn(
    engine: Engine,
    { loop, record, stretches }: LoopedAttempts,
    wanted: string | null,
  ): EventsOrAttempts | null {
    const { program, system, baths, account, protocol, algorithms } = this;
    const { dynamics, duration } = program;
    const { model } = system;
    algorithms.add(loop.algorithm);
    if (dynamics.order !== 'continuous-time' || !(model instanceof PairwiseModel)) return null;
    const drives = system.patterns.length;
    if (!hasStillStretch(stretches, drives) || baths.siteTemperature?.includes(0)) return null;
    const events = new SpinEvents(engine, system, model, baths, account, {
      metropolis: dynamics.rule === 'metropolis',
      plus: dynamics.ties === 'plus',
    });
    const mixed = (always: boolean): EventsOrAttempts =>
      new EventsOrAttempts(loop, record, stretches, events, protocol, account, always);
    const adaptive = mixed(false);
    algorithms.add(adaptive.algorithm);
    if (isStillThroughout(stretches, drives)) algorithms.add(EVENTS);
    if (wanted === EVENTS && algorithms.has(EVENTS)) return mixed(true);
    if (wanted === adaptive.algorithm) return adaptive;
    const pays = duration + (dynamics.burnIn ?? 0) >= 2 * windowOf(system.free.length);
    return wanted === null && pays ? adaptive : null;
  }

  private advanceByLoop({ loop, record }: LoopedAttempts, until: number, live: boolean): void {
    const exact = this.program.dynamics.order === 'continuous-time';
    record.set('limit', exact ? until : until + TIME_SLACK);
    while (!record.done) {
      loop.run(record);
      this.onProgress(live ? Math.min(record.get('next'), until) : 0);
    }
  }

  private advanceSingly(until: number, live: boolean): void {
    const { system, protocol, program } = this;
    const { free } = system;
    const n = free.length;
    const sequential = program.dynamics.order === 'sequential';
    const limit = program.dynamics.order === 'continuous-time' ? until : until + TIME_SLACK;
    const settledAt = live ? protocol.settledAt : -Infinity;
    while (!this.still && this.next <= limit) {
      const t = this.next;
      if (live) protocol.advance(t);
      system.synapses?.advance(t);
      const k = sequential ? (this.attempts - 1) % n : Math.floor(this.stream.uniform() * n);
      if (this.attempt(free[k]!)) this.sinceFlip = 0;
      else if (++this.sinceFlip >= n && t >= settledAt) this.lookForStillness();
      this.schedule();
      if (this.attempts % ATTEMPTS_A_REPORT === 0) this.onProgress(live ? t : 0);
    }
  }

  /** One attempt on a site; true where it flipped. */
  private attempt(site: number): boolean {
    const { system, account } = this;
    const spin = system.state[site]!;
    const field = system.totalField(site);
    const cost = 2 * spin * field;
    const temperature = this.temperatureOf(site);
    if (!this.rule.accepts(cost, spin, temperature, this.stream)) return false;
    account.settle();
    account.beforeFlip(site);
    const heat = -2 * spin * system.energyField(site);
    account.addHeat(this.bathOf(site), heat);
    account.addEntropy(heat / temperature);
    system.flip(site);
    return true;
  }

  /** After a sweep without a flip at T = 0 and with a protocol that is over: is any free spin unstable? */
  private lookForStillness(): void {
    this.sinceFlip = 0;
    const { system, baths } = this;
    if (system.synapses !== null) return; // fields move on by themselves
    if (baths.siteTemperature !== null || this.protocol.temperature > 0) return;
    for (let k = 0; k < system.free.length; k++) {
      const site = system.free[k]!;
      const spin = system.state[site]!;
      if (this.rule.accepts(2 * spin * system.totalField(site), spin, 0, this.stream)) return;
    }
    this.still = true;
  }

  private advanceTogether(until: number, live: boolean): void {
    const settledAt = live ? this.protocol.settledAt : -Infinity;
    while (!this.still && this.next <= until + TIME_SLACK) {
      const t = this.next;
      if (live) this.protocol.advance(t);
      this.account.settle();
      if (!this.updateTogether() && t >= settledAt) this.lookForStillness();
      this.schedule();
      this.onProgress(live ? t : 0);
    }
  }

  private readFields(): void {
    this.system.couplingFields(this.modelFields);
  }

  /** One synchronous update; true where any spin flipped. */
  private updateTogether(): boolean {
    const { system, protocol, previous, fieldsBefore, flipping, temperatures } = this;
    const { free, state } = system;
    previous.set(state);
    if (this.baths.siteTemperature === null) temperatures.fill(protocol.temperature);
    system.totalFields(this.modelFields, fieldsBefore);
    const flips = this.rule.acceptsAll(
      free,
      fieldsBefore,
      state,
      temperatures,
      this.stream,
      flipping,
    );
    if (flips === 0) return false;
    if (this.account.followsCoupling) this.flipInTurn(flips);
    else system.flipAll(flipping, flips);
    this.readFields();
    this.account.addEntropy(this.pathEntropy());
    return true;
  }

  /** The energy of the couplings is told flip by flip. */
  private flipInTurn(flips: number): void {
    for (let k = 0; k < flips; k++) {
      this.account.beforeFlip(this.flipping[k]!);
      this.system.flip(this.flipping[k]!);
    }
  }

  /**
   * The log ratio of the last synchronous step and its reverse under the same fields (Peretto 1984):
   * Σ_i [s_i' b_i(s) − s_i b_i(s')]/T − ln cosh(b_i(s)/T) + ln cosh(b_i(s')/T), s before and s' after. Its stationary
   * mean is β Σ_ij (J_ij − J_ji) ⟨s_i(t) s_j(t−1)⟩. NaN at T = 0.
   */
  private pathEntropy(): number {
    const { system, previous, fieldsBefore, fieldsAfter, temperatures } = this;
    const { free, state } = system;
    const [before, after] = this.ratios;
    const [logBefore, logAfter] = this.logarithms;
    system.totalFields(this.modelFields, fieldsAfter);
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      before[k] = fieldsBefore[site]! / temperatures[site]!;
      after[k] = fieldsAfter[site]! / temperatures[site]!;
    }
    logTwoCosh(before, logBefore, free.length);
    logTwoCosh(after, logAfter, free.length);
    let sum = 0;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      sum += state[site]! * before[k]! - previous[site]! * after[k]!;
      sum += logAfter[k]! - logBefore[k]!;
    }
    return sum;
  }
}
