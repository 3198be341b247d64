import type { StreamPurpose } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import {
  Redraws,
  runRedraws,
  seedLanes,
  type Engine,
  type FlipRecord,
} from '../../kernels/index.js';
import {
  AttemptDynamics,
  ATTEMPTS_A_REPORT,
  TIME_SLACK,
  type LoopRecord,
} from './attempt-dynamics.js';
import { engineArrays } from './engine-arrays.js';
import { drawHidden, type HiddenUnit } from './hidden-unit.js';
import { ONE_BY_ONE } from './spin-dynamics.js';
import { VisibleHiddenStart } from './visible-hidden-start.js';
import { FLIPS_PER_REFRESH, VisibleHiddenSystem } from './visible-hidden-system.js';

/** The algorithm of the loop on kernels. */
export const REDRAWS = 'attempts-and-redraws';

/** Units of work that a call of the loop may do: some 20 ms of the slowest compiled engine. */
const BUDGET = 400_000;
/** A visible attempt sums over its hidden partners: so many of them cost what an attempt does without them. */
const PARTNERS_AN_ATTEMPT = 16;

/** Attempts and redraws on an engine's kernels: what they work on. */
interface Looped extends LoopRecord {
  readonly engine: Engine;
  readonly redraws: Redraws;
  /** Values of all sites where they fit. */
  readonly shown: Int8Array;
}

/**
 * Visible spins that flip by the program's rule, and hidden units that are redrawn from their law given the visible ones
 * (a heat bath), each `hiddenRate` times in the time in which a visible site attempts once. Both obey detailed balance
 * with the same energy, so that in one bath the visible sites have the marginal law at any rate; the rate decides how
 * closely the hidden units follow (physics page §2.8, items 1 and 4).
 *
 * Continuous time: visible sites attempt at rate 1, hidden units at `hiddenRate`. Random: one attempt after another at
 * equal steps, of a site or unit chosen in proportion to these rates. Sequential: visible attempt k at time k/N, all
 * hidden units in turn at the times j/`hiddenRate`, the visible attempt first where both come together.
 */
export class VisibleHiddenDynamics extends AttemptDynamics<VisibleHiddenSystem> {
  private readonly start: VisibleHiddenStart;
  private readonly plus: boolean;
  /** Attempts in a unit of time. */
  private readonly pace: number;
  private readonly drawn: Float64Array;
  private sweepsOfHidden = 0;
  private readonly looped: Looped | null;

  /**
   * @param hiddenRate redraws of a hidden unit in a unit of time, > 0
   * @param wanted one by one in plain TypeScript, or (null, or anything else) on the engine's kernels
   */
  constructor(
    program: ResolvedProgram,
    private readonly hiddenRate: number,
    engine: Engine,
    wanted: string | null,
  ) {
    const arrays = wanted === ONE_BY_ONE ? null : engineArrays(engine);
    super(
      program,
      (protocol) => new VisibleHiddenSystem(program, protocol, arrays),
      true,
      arrays ?? undefined,
    );
    this.start = new VisibleHiddenStart(
      program,
      this.system,
      (site) => this.temperatureOf(site),
      this.baths.siteTemperature === null,
    );
    this.plus = program.dynamics.ties === 'plus';
    const { free, units } = this.system;
    this.pace = free.length + hiddenRate * units.length;
    this.drawn = new Float64Array(Math.max(1, ...units.map(({ count }) => count)));
    this.looped = wanted === ONE_BY_ONE ? null : this.loopOn(engine);
  }

  /** How attempts are made, for the result's provenance. */
  get algorithm(): string {
    return this.looped === null ? ONE_BY_ONE : REDRAWS;
  }

  override get state(): VisibleHiddenSystem['state'] {
    const { system, looped } = this;
    if (looped === null || system.wide) return system.state;
    looped.shown.set(system.state);
    return looped.shown;
  }

  protected get burnIn(): number {
    return this.start.burnIn;
  }

  protected place(shot: number): void {
    this.start.place(shot);
  }

  protected override startClock(purpose: StreamPurpose, shot: number): void {
    super.startClock(purpose, shot);
    this.sweepsOfHidden = 0;
    if (this.looped === null) return;
    const { record, redraws, stretches } = this.looped;
    seedLanes(record.lanes, this.program.seed, purpose, shot);
    redraws.start(record);
    record.follow(purpose === 'burnIn' ? stretches.still : stretches.live, Infinity);
  }

  private loopOn(engine: Engine): Looped {
    const { program, system } = this;
    const { model, partners, visible } = system;
    const { scratch } = engine;
    const { record, stretches } = this.recordOn(
      engine,
      program.dynamics.order as FlipRecord['parts']['order'],
      scratch.int8(program.sites),
      1,
    );
    const redraws = new Redraws(scratch, {
      state: system.state as Float64Array,
      units: system.units,
      rate: this.hiddenRate,
      pace: this.pace,
      places: system.place,
      across: partners,
      sums: system.x,
      among: {
        unit: model.unit,
        state: model.state,
        fields: model.fields,
        starts: model.starts,
        ends: model.neighbours,
        couplings: model.couplings,
      },
      mostFlips: FLIPS_PER_REFRESH,
    });
    const each = partners.couplings.length / (2 * visible.length * PARTNERS_AN_ATTEMPT);
    record.set('budget', Math.ceil(BUDGET / (1 + each)));
    return { engine, record, redraws, stretches, shown: new Int8Array(program.sites) };
  }

  private advanceByLoop({ engine, record, redraws }: Looped, until: number, live: boolean): void {
    const exact = this.program.dynamics.order === 'continuous-time';
    const limit = exact ? until : until + TIME_SLACK;
    record.set('limit', limit);
    while (redraws.due(record) <= limit) {
      runRedraws(engine, record, redraws);
      if (redraws.flips >= FLIPS_PER_REFRESH) this.refresh(redraws);
      this.onProgress(live ? Math.min(redraws.due(record), until) : 0);
    }
  }

  private refresh(redraws: Redraws): void {
    this.system.refreshAll();
    redraws.flips = 0;
  }

  /** In sequential order the next attempt is the next visible one. */
  protected schedule(): void {
    this.attempts++;
    if (this.program.dynamics.order === 'continuous-time') {
      this.next += this.stream.exponential() / this.pace;
    } else if (this.program.dynamics.order === 'random') {
      this.next = this.attempts / this.pace;
    } else {
      const n = this.system.free.length;
      this.next = n === 0 ? Infinity : this.attempts / n;
    }
  }

  protected advance(until: number, live: boolean): void {
    if (this.looped !== null) this.advanceByLoop(this.looped, until, live);
    else if (this.program.dynamics.order === 'sequential') this.advanceInTurn(until, live);
    else this.advanceByChance(until, live);
  }

  private advanceByChance(until: number, live: boolean): void {
    const { system, hiddenRate, protocol } = this;
    const { free, units } = system;
    const n = free.length;
    const limit = this.program.dynamics.order === 'random' ? until + TIME_SLACK : until;
    while (this.next <= limit) {
      if (live) protocol.advance(this.next);
      const pick = this.stream.uniform() * this.pace;
      if (pick < n) this.attempt(free[Math.floor(pick)]!);
      else {
        const at = Math.floor((pick - n) / hiddenRate);
        this.relax(units[Math.min(at, units.length - 1)]!);
      }
      this.report(live);
      this.schedule();
    }
  }

  private advanceInTurn(until: number, live: boolean): void {
    const { system, hiddenRate, protocol } = this;
    const { free, units } = system;
    const limit = until + TIME_SLACK;
    for (;;) {
      const relaxation = (this.sweepsOfHidden + 1) / hiddenRate;
      if (Math.min(this.next, relaxation) > limit) return;
      if (this.next <= relaxation + TIME_SLACK) {
        if (live) protocol.advance(this.next);
        this.attempt(free[(this.attempts - 1) % free.length]!);
        this.report(live);
        this.schedule();
      } else {
        if (live) protocol.advance(relaxation);
        for (let u = 0; u < units.length; u++) this.relax(units[u]!);
        this.sweepsOfHidden++;
      }
    }
  }

  private report(live: boolean): void {
    if (this.attempts % ATTEMPTS_A_REPORT === 0) this.onProgress(live ? this.next : 0);
  }

  /** One attempt on a visible site. */
  private attempt(site: number): void {
    const { system, account } = this;
    const spin = system.state[site]!;
    const cost = 2 * spin * system.visibleField(site);
    const temperature = this.temperatureOf(site);
    if (!this.rule.accepts(cost, spin, temperature, this.stream)) return;
    account.settle();
    account.beforeFlip(site);
    account.addHeat(this.bathOf(site), -cost);
    account.addEntropy(-cost / temperature);
    system.flip(site);
  }

  /** Redraws a hidden unit. Its entropy given to the bath is Q/T; multiplicities of states are the unit's own entropy. */
  private relax(unit: HiddenUnit): void {
    const { system, account, drawn } = this;
    const temperature = this.temperatureOf(unit.first);
    for (let k = 0; k < unit.count; k++) drawn[k] = system.state[unit.first + k]!;
    drawHidden(unit, system.unitFields(unit), temperature, this.plus, this.stream, drawn);
    const change = system.unitChange(unit, drawn);
    account.settle();
    if (account.followsCoupling) account.addCoupling(system.unitCouplingChange(unit, drawn));
    account.addHeat(this.bathOf(unit.first), -change);
    account.addEntropy(-change / temperature);
    system.setUnit(unit, drawn);
  }
}
