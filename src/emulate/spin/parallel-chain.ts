import { RelaxdError } from '../../core/index.js';
import { curveValue, type ResolvedProgram } from '../../device/index.js';
import { CentralMoments, momentOrders, type CentralTable } from './central-moments.js';
import type { WorkHeatMoments } from './joint-moments.js';
import { sameValues, workOf } from './protocol-values.js';
import type { SpinEnsemble } from './spin-ensemble.js';
import { hasConstantProtocol } from './spin-thermodynamics.js';
import type { ProtocolValues, StateSpace } from './state-space.js';
import { TransitionRates, type RateRule } from './transition-rates.js';

const TIME_SLACK = 1e-9;
/** Most spins that move at once: a step costs 4^n. */
export const MOST_PARALLEL_SPINS = 12;

const logTwoCosh = (x: number): number => Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x)));

/**
 * Synchronous updates exactly: at the times 1, 2 … all spins at once, each from the state before (Little; Peretto
 * 1984). There is no heat; the entropy of a step is its log ratio with its reverse under the same fields.
 */
export class ParallelChain implements SpinEnsemble {
  mediumEntropy = 0;
  jumps = 0;
  private readonly works: boolean;
  private readonly rates: TransitionRates;
  /** Columns ⟨X; state = x⟩ for X = 1, E(0⁻), the work, e^{−βW}, e^{−2βW}. */
  private columns: Float64Array[];
  private workSquared = 0;
  /** Moments of the work of a higher order, in a vector that begins with the distribution; null: none are asked for. */
  private readonly central: CentralMoments | null;
  private readonly y: Float64Array;
  private values: ProtocolValues;
  private updates = 0;
  /** [flips] what to exclusive-or a code with, for every set of spins that may flip. */
  private readonly masks: Int32Array;
  private readonly moving: readonly number[];

  /** @throws RelaxdError `not-enumerable` above 12 spins that move */
  constructor(
    readonly space: StateSpace,
    program: ResolvedProgram,
    rule: RateRule,
    start: Float64Array,
    private readonly beta: number | null,
    orders: number,
  ) {
    this.moving = space.units.flatMap((unit, k) => (unit.moves ? [k] : []));
    const n = this.moving.length;
    if (n > MOST_PARALLEL_SPINS) {
      throw new RelaxdError(
        'not-enumerable',
        `a synchronous step of ${n} spins has 4^${n} transitions`,
        { path: 'sites', value: n, limit: MOST_PARALLEL_SPINS },
      );
    }
    this.masks = new Int32Array(2 ** n);
    for (let flips = 1; flips < this.masks.length; flips++) {
      const k = 31 - Math.clz32(flips);
      this.masks[flips] = this.masks[flips ^ (1 << k)]! | (1 << this.moving[k]!);
    }
    this.works = space.hasEnergy && !hasConstantProtocol(program);
    this.rates = new TransitionRates(space, rule);
    this.values = space.startValues();
    const energies = space.energies(this.values);
    this.columns = [start.slice(), start.map((p, x) => p * energies[x]!)];
    if (this.works) {
      this.columns.push(new Float64Array(space.states));
      if (beta !== null) this.columns.push(start.slice(), start.slice());
    }
    const asked = momentOrders(space, program, orders, this.works);
    this.central = asked === null ? null : new CentralMoments(space.states, space.states, asked);
    this.y = new Float64Array(space.states + (this.central?.size ?? 0));
    this.y.set(start);
  }

  get probabilities(): Float64Array {
    return this.columns[0]!.slice();
  }
  get protocolValues(): ProtocolValues {
    return this.values;
  }
  get moments(): WorkHeatMoments {
    const baths = Array.from({ length: this.space.bathCount }, () => NaN);
    const still = this.space.hasEnergy ? 0 : NaN;
    const exponential = this.works && this.beta !== null;
    const one = this.space.hasEnergy && !this.works && this.beta !== null ? 1 : NaN;
    return {
      work: this.works ? sum(this.columns[2]!) : still,
      workSquared: this.works ? this.workSquared : still,
      heat: baths,
      heatProducts: baths.map(() => baths),
      workHeat: baths,
      jarzynski: exponential ? sum(this.columns[3]!) : one,
      jarzynskiSquared: exponential ? sum(this.columns[4]!) : one,
    };
  }
  get centralTable(): CentralTable | null {
    return this.central?.table(this.y) ?? null;
  }
  energyProduct(energies: Float64Array): number {
    return this.columns[1]!.reduce((total, g, x) => total + g * energies[x]!, 0);
  }

  advanceTo(t: number): void {
    while (this.updates + 1 <= t + TIME_SLACK) {
      this.updates++;
      this.follow(this.updates);
      this.update();
    }
    this.follow(t);
  }

  private follow(t: number): void {
    const values = this.space.valuesBy((curve) => curveValue(curve, t));
    if (sameValues(this.values, values)) return;
    if (this.works) this.bookWork(values);
    this.values = values;
  }

  private bookWork(values: ProtocolValues): void {
    const [p, , work] = this.columns as [Float64Array, Float64Array, Float64Array];
    this.central?.bookWork(
      this.y,
      p.map((_, x) => workOf(this.space, x, this.values, values)),
    );
    for (let x = 0; x < p.length; x++) {
      const w = workOf(this.space, x, this.values, values);
      if (w === 0) continue;
      this.workSquared += 2 * w * work[x]! + w * w * p[x]!;
      work[x] = work[x]! + w * p[x]!;
      for (let c = 3; c < this.columns.length; c++) {
        this.columns[c]![x] = this.columns[c]![x]! * Math.exp(-(c - 2) * this.beta! * w);
      }
    }
  }

  /** One step: every state deals its columns to all states that it can reach. */
  private update(): void {
    const { space, rates, moving, masks, columns } = this;
    rates.compute(this.values);
    const n = moving.length;
    // ⟨s_k; s'⟩, s before and s' after the step, for the log probability of the reverse step.
    const spins = moving.map((k) => columns[0]!.map((p, x) => ((x >> k) & 1 ? p : -p)));
    const offsets = this.central?.columnOffsets ?? [];
    const powers = offsets.map((at) => this.y.slice(at, at + space.states));
    const sources = [...columns, ...spins, ...powers];
    const targets = sources.map(() => new Float64Array(space.states));
    const chance = new Float64Array(masks.length);
    const flips = new Float64Array(n);
    let forward = 0;
    for (let x = 0; x < space.states; x++) {
      chance[0] = 1;
      let choice = 0;
      for (let k = 0; k < n; k++) {
        const flip = this.flipChance(moving[k]!, x);
        flips[k] = flip;
        const size = 1 << k;
        for (let d = 0; d < size; d++) {
          chance[d + size] = chance[d]! * flip;
          chance[d] = chance[d]! * (1 - flip);
        }
        choice += xLogX(flip) + xLogX(1 - flip);
        this.jumps += flip * columns[0]![x]!;
      }
      forward += columns[0]![x]! * choice;
      for (let c = 0; c < sources.length; c++) {
        const value = sources[c]![x]!;
        if (value === 0) continue;
        const target = targets[c]!;
        for (let d = 0; d < masks.length; d++) {
          const at = x ^ masks[d]!;
          target[at] = target[at]! + chance[d]! * value;
        }
      }
    }
    this.columns = targets.slice(0, columns.length);
    const [first, last] = [columns.length, columns.length + n];
    this.mediumEntropy += forward - this.backward(targets.slice(first, last));
    this.y.set(targets[0]!);
    offsets.forEach((at, k) => this.y.set(targets[last + k]!, at));
  }

  /** Mean of ln P(s | s'), of the step back: Σ_k s_k b_k(s')/T − ln 2cosh(b_k(s')/T). NaN or infinite at T = 0. */
  private backward(spinsBefore: readonly Float64Array[]): number {
    const { space, moving, values } = this;
    let total = 0;
    moving.forEach((unit, k) => {
      const channel = space.units[unit]!.firstChannel;
      const external = space.externalField(channel, values.amplitudes);
      const temperature = space.units[unit]!.temperature ?? values.temperature;
      for (let x = 0; x < space.states; x++) {
        const field = values.coupling * space.modelFields[channel * space.states + x]! + external;
        const ratio = field / temperature;
        total += spinsBefore[k]![x]! * ratio - this.columns[0]![x]! * logTwoCosh(ratio);
      }
    });
    return total;
  }

  private flipChance(unit: number, x: number): number {
    const bit = 1 << unit;
    const at = this.space.units[unit]!.firstChannel * this.space.states + (x & ~bit);
    return (x & bit) === 0 ? this.rates.up[at]! : this.rates.down[at]!;
  }
}

const xLogX = (p: number): number => (p > 0 ? p * Math.log(p) : 0);

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
