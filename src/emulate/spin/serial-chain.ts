import { curveValue, type ResolvedProgram } from '../../device/index.js';
import { momentOrders, type CentralTable } from './central-moments.js';
import { JointMoments, type WorkHeatMoments } from './joint-moments.js';
import { sameValues, workOf } from './protocol-values.js';
import type { SpinEnsemble } from './spin-ensemble.js';
import { hasConstantProtocol, spinDefinitions } from './spin-thermodynamics.js';
import type { SpaceUnit } from './space-units.js';
import type { ProtocolValues, StateSpace } from './state-space.js';
import { TransitionRates, type RateRule } from './transition-rates.js';

/** Attempts at fractions of a sweep compare with readout times to this, as in the simulator. */
const TIME_SLACK = 1e-9;

/**
 * One attempt after another, exactly: an attempt at a unit chosen at random moves the distribution by 1/pace of what all
 * rates would do in a unit of time; one at a given unit by its own rates over its speed. The times of the attempts are
 * the simulator's.
 */
export class SerialChain implements SpinEnsemble {
  private readonly joint: JointMoments;
  private readonly constant: boolean;
  private readonly works: boolean;
  private readonly rates: TransitionRates;
  private readonly change: Float64Array;
  private readonly visible: readonly SpaceUnit[];
  private readonly hidden: readonly SpaceUnit[];
  private readonly random: boolean;
  private readonly pace: number;
  private values: ProtocolValues;
  /** The values that all rates were computed for. */
  private ratesOf: ProtocolValues | null = null;
  private attempts = 0;
  private hiddenSweeps = 0;

  constructor(
    readonly space: StateSpace,
    program: ResolvedProgram,
    rule: RateRule,
    start: Float64Array,
    beta: number | null,
    orders: number,
  ) {
    this.constant = hasConstantProtocol(program);
    this.works = space.hasEnergy && !this.constant;
    this.joint = new JointMoments(
      space,
      start,
      this.works,
      beta,
      true,
      spinDefinitions(program).noEntropy === null,
      momentOrders(space, program, orders, this.works),
    );
    this.rates = new TransitionRates(space, rule);
    this.change = new Float64Array(this.joint.y.length);
    const moving = space.units.filter((unit) => unit.moves);
    this.visible = moving.filter((unit) => !unit.hidden);
    this.hidden = moving.filter((unit) => unit.hidden);
    this.random = program.dynamics.order === 'random';
    this.pace = space.pace;
    this.values = space.startValues();
  }

  get probabilities(): Float64Array {
    return this.joint.probabilities;
  }
  get protocolValues(): ProtocolValues {
    return this.values;
  }
  get moments(): WorkHeatMoments {
    return this.joint.moments;
  }
  get centralTable(): CentralTable | null {
    return this.joint.centralTable;
  }
  get mediumEntropy(): number {
    return this.joint.mediumEntropy;
  }
  get jumps(): number {
    return this.joint.jumps;
  }
  energyProduct(): number {
    return NaN;
  }

  advanceTo(t: number): void {
    if (this.random) this.advanceAtRandom(t + TIME_SLACK);
    else this.advanceInTurn(t + TIME_SLACK);
    this.follow(t);
  }

  private advanceAtRandom(limit: number): void {
    if (this.pace === 0) return;
    while ((this.attempts + 1) / this.pace <= limit) {
      this.attempts++;
      this.follow(this.attempts / this.pace);
      this.computeRates();
      this.step(1 / this.pace, 0, this.space.channels.length);
    }
  }

  private advanceInTurn(limit: number): void {
    const { visible, hidden } = this;
    const n = visible.length;
    for (;;) {
      const next = n === 0 ? Infinity : (this.attempts + 1) / n;
      const relaxation =
        hidden.length === 0 ? Infinity : (this.hiddenSweeps + 1) / hidden[0]!.speed;
      if (!(Math.min(next, relaxation) <= limit)) return;
      if (next <= relaxation + TIME_SLACK) {
        this.follow(next);
        this.stepUnit(visible[this.attempts % n]!);
        this.attempts++;
      } else {
        this.follow(relaxation);
        for (const unit of hidden) this.stepUnit(unit);
        this.hiddenSweeps++;
      }
    }
  }

  private stepUnit(unit: SpaceUnit): void {
    if (this.constant) this.computeRates();
    else this.rates.computeUnit(unit, this.values);
    const channels = (unit.levels * (unit.levels - 1)) / 2;
    this.step(1 / unit.speed, unit.firstChannel, unit.firstChannel + channels);
  }

  private computeRates(): void {
    if (this.ratesOf !== null && sameValues(this.ratesOf, this.values)) return;
    this.rates.compute(this.values);
    this.ratesOf = this.values;
  }

  private step(share: number, firstChannel: number, lastChannel: number): void {
    const { joint, change } = this;
    const { y } = joint;
    change.fill(0);
    joint.addJumps(y, change, this.rates, firstChannel, lastChannel);
    for (let i = 0; i < y.length; i++) y[i] = y[i]! + share * change[i]!;
    joint.recentre();
  }

  /** The protocol to time t, its work booked in the state of the meantime. */
  private follow(t: number): void {
    const values = this.space.valuesBy((curve) => curveValue(curve, t));
    if (sameValues(this.values, values)) return;
    if (this.works) {
      this.joint.bookWork((x) => workOf(this.space, x, this.values, values));
    }
    this.values = values;
  }
}
