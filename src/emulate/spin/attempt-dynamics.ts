import { RandomStream, type StreamPurpose } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { plainArrays, type ModelArrays } from '../../model/index.js';
import type { ShotLedger } from '../../thermo/index.js';
import { bathsOf, type Baths } from '../baths.js';
import { EnergyChange, type EnergySystem } from './energy-change.js';
import { FlipRule } from './flip-rule.js';
import { Protocol } from './protocol.js';
import { SpinAccount, type AccountedSystem } from './spin-account.js';

/** Attempts at fractions of a sweep compare with readout times, which are computed in another way, to this. */
export const TIME_SLACK = 1e-9;
/** Calls to `onProgress` come once in so many attempts. */
export const ATTEMPTS_A_REPORT = 4096;

/** Sites with a state and an energy that a protocol acts on. */
export interface AttemptedSystem extends AccountedSystem, EnergySystem {
  readonly protocol: Protocol;
  readonly patterns: readonly Float64Array[];
  couplingEnergy(): number;
  totalEnergy(): number;
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

  protected temperatureOf(site: number): number {
    const { siteTemperature } = this.baths;
    return siteTemperature === null ? this.protocol.temperature : siteTemperature[site]!;
  }

  protected bathOf(site: number): number {
    return this.baths.siteBath === null ? 0 : this.baths.siteBath[site]!;
  }
}
