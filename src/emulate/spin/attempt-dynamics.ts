import { RandomStream, type StreamPurpose } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { FlipRecord, type Engine } from '../../kernels/index.js';
import { plainArrays, type ModelArrays } from '../../model/index.js';
import type { ShotLedger } from '../../thermo/index.js';
import { bathsOf, type Baths } from '../baths.js';
import { EnergyChange, type EnergySystem } from './energy-change.js';
import { FlipRule } from './flip-rule.js';
import { Protocol } from './protocol.js';
import { protocolStretches, type ProtocolStretches } from './protocol-stretches.js';
import { SpinAccount, type AccountedSystem } from './spin-account.js';

/** Attempts at fractions of a sweep compare with readout times, which are computed in another way, to this. */
export const TIME_SLACK = 1e-9;
/** Calls to `onProgress` come once in so many attempts. */
export const ATTEMPTS_A_REPORT = 4096;

/** Sites with a state and an energy that a protocol acts on. */
export interface AttemptedSystem extends AccountedSystem, EnergySystem {
  readonly protocol: Protocol;
  readonly patterns: readonly Float64Array[];
  /** Static fields h. */
  readonly fields: Float64Array;
  /** Sites that attempts are made on, growing. */
  readonly free: Int32Array;
  couplingEnergy(): number;
  totalEnergy(): number;
}

/** What a loop of attempts on an engine's kernels works on: its record, and the protocol for it. */
export interface LoopRecord {
  readonly record: FlipRecord;
  readonly stretches: ProtocolStretches;
}

/** What dynamics of attempts at definite times share, shot after shot: their clock, burn-in, baths and account. */
export abstract class AttemptDynamics<System extends AttemptedSystem> {
  readonly system: System;
  onProgress: (t: number) => void = () => undefined;
  protected readonly protocol: Protocol;
  protected readonly baths: Baths;
  protected readonly account: SpinAccount;
  protected readonly rule: FlipRule;
  protected stream: RandomStream;
  protected attempts = 0;
  /** Time of the next attempt. */
  protected next = 0;
  private readonly energyChange: EnergyChange;
  private startEnergy = NaN;

  /**
   * @param hasHeat false for synchronous updates
   * @param arrays where the account is to be
   */
  constructor(
    protected readonly program: ResolvedProgram,
    systemOf: (protocol: Protocol) => System,
    hasHeat: boolean,
    arrays: ModelArrays = plainArrays,
  ) {
    this.baths = bathsOf(program);
    this.protocol = new Protocol(program, this.baths.temperature);
    this.system = systemOf(this.protocol);
    this.account = new SpinAccount(this.system, this.baths, hasHeat, arrays);
    this.energyChange = new EnergyChange(this.system);
    this.rule = new FlipRule(program);
    this.stream = RandomStream.of(program.seed, 'dynamics', 0);
  }

  /** Starts a shot: initial state, burn-in, and the account opened at t = 0⁻. */
  begin(shot: number): void {
    const { burnIn } = this;
    this.protocol.rewind();
    this.place(shot);
    if (burnIn > 0) {
      this.startClock('burnIn', shot);
      this.account.open();
      this.advance(burnIn, false);
    }
    this.startClock('dynamics', shot);
    this.account.open();
    this.startEnergy = this.system.totalEnergy();
    this.energyChange.start();
  }

  /** Runs to time t: everything at times up to and including t has happened, and all work is booked. */
  advanceTo(t: number): void {
    this.advance(t, true);
    this.protocol.advance(t);
    this.account.settle();
  }

  get state(): System['state'] {
    return this.system.state;
  }
  get work(): number {
    return this.account.work;
  }
  get heat(): number {
    return this.account.heat;
  }
  /** Total energy now; NaN where there is none. */
  get energy(): number {
    return this.startEnergy + this.account.work - this.account.heat;
  }

  /** The shot's totals; energies at both ends from scratch. */
  ledger(): ShotLedger {
    return this.account.close(this.energyChange.value);
  }

  /** Time of the burn-in before t = 0. */
  protected abstract readonly burnIn: number;
  /** Puts the system into the start of a shot, before any burn-in. */
  protected abstract place(shot: number): void;
  /** Counts the next attempt and sets its time. */
  protected abstract schedule(): void;
  /** @param live false during burn-in, when drives and controls keep their first values */
  protected abstract advance(until: number, live: boolean): void;

  /** Starts the clock with the random numbers of a shot. */
  protected startClock(purpose: StreamPurpose, shot: number): void {
    this.stream = RandomStream.of(this.program.seed, purpose, shot);
    this.attempts = 0;
    this.next = 0;
    this.schedule();
  }

  /**
   * A record of this program for a loop on an engine's kernels, which books into this account.
   * @param state that the record's own loops flip
   */
  protected recordOn(
    { scratch }: Engine,
    order: FlipRecord['parts']['order'],
    state: Int8Array,
    flipCost: number,
  ): LoopRecord {
    const { program, system, account, baths } = this;
    const { rule, ties } = program.dynamics;
    const cold =
      rule === 'zero-temperature' ||
      (program.controls.temperature === undefined && baths.temperature === 0);
    const stretches = protocolStretches(program, baths.temperature, (length) =>
      scratch.float64(length),
    );
    const record = new FlipRecord(scratch, {
      order,
      rule: cold ? 'none' : rule === 'metropolis' ? 'metropolis' : 'glauber',
      plus: ties === 'plus',
      free: system.free,
      fields: system.fields,
      patterns: system.patterns,
      projections: system.projections,
      booked: account.bookedAmplitudes,
      siteTemperature: baths.siteTemperature,
      siteBath: baths.siteBath,
      account: account.cells,
      state,
      followsCoupling: account.followsCoupling,
      flipCost,
    });
    return { record, stretches };
  }

  protected temperatureOf(site: number): number {
    const { siteTemperature } = this.baths;
    return siteTemperature === null ? this.protocol.temperature : siteTemperature[site]!;
  }

  protected bathOf(site: number): number {
    return this.baths.siteBath === null ? 0 : this.baths.siteBath[site]!;
  }
}
