import type { StreamPurpose } from '../../core/index.js';
import {
  EventArrays,
  runEvents,
  seedEvents,
  startEvents,
  type Engine,
} from '../../kernels/index.js';
import type { PairwiseModel } from '../../model/index.js';
import type { Baths } from '../baths.js';
import type { SpinAccount } from './spin-account.js';
import type { SpinSystem } from './spin-system.js';

/** Rates of sites that events read in about 20 ms on the slowest of the compiled engines. */
const RATES_A_CALL = 1 << 22;
const MOST_EVENTS = 4096;

/** How spins flip, as far as rates go. */
export interface EventRule {
  readonly metropolis: boolean;
  /** At T = 0 a spin in no field goes to +1 rather than keep its value. */
  readonly plus: boolean;
}

/**
 * Rejection-free kinetics of a spin system with dense couplings, while its protocol stands still: every free spin flips at
 * the rate of its rule, which is the process that attempts at rate 1 make, without those that are refused.
 */
export class SpinEvents {
  /** Events since the shot began. */
  count = 0;
  private readonly arrays: EventArrays;
  private readonly slopes: Float64Array;
  /** The state as the account has followed it. */
  private readonly state: Int8Array;

  /** @param model the system's, in the engine's memory */
  constructor(
    private readonly engine: Engine,
    private readonly system: SpinSystem,
    private readonly model: PairwiseModel,
    private readonly baths: Baths,
    private readonly account: SpinAccount,
    private readonly rule: EventRule,
  ) {
    const { sites } = system;
    const { columns, stride } = model.dense;
    const most = Math.max(16, Math.min(MOST_EVENTS, Math.floor(RATES_A_CALL / sites)));
    this.arrays = new EventArrays(engine.scratch, sites, columns, stride, model.state, most, true);
    for (let k = 0; k < system.free.length; k++) this.arrays.weights[system.free[k]!] = 1;
    this.slopes = new Float64Array(sites);
    this.state = new Int8Array(sites);
  }

  /** Starts the random numbers of a shot. */
  begin(seed: number, purpose: StreamPurpose, shot: number): void {
    seedEvents(this.arrays, seed, purpose, shot);
    this.count = 0;
  }

  /** Takes over at time t: the state, the model's fields, and the protocol as they stand. */
  start(t: number): void {
    const { arrays, system, model, baths, state, slopes } = this;
    const { protocol } = system;
    state.set(system.state);
    arrays.scale = protocol.coupling * model.unit;
    const { siteTemperature } = baths;
    const cold = siteTemperature === null && protocol.temperature === 0;
    if (cold) arrays.setLaw('step', { ties: this.rule.plus ? 1 : 0 });
    else arrays.setLaw(this.rule.metropolis ? 'metropolis' : 'glauber');
    for (let i = 0; i < system.sites; i++) {
      const temperature = siteTemperature === null ? protocol.temperature : siteTemperature[i]!;
      slopes[i] = cold ? 2 : (2 * Math.LOG2E) / temperature;
      arrays.slopes[i] = slopes[i]! * state[i]!;
      arrays.fields[i] = model.rawField(i);
      arrays.external[i] = system.externalField(i);
    }
    startEvents(this.engine, arrays, t);
  }

  /** Time of the next event; Infinity: there will be none. */
  get next(): number {
    return this.arrays.next;
  }

  /** Lets everything up to a time, included, happen, and books it. */
  advance(until: number, onProgress: (t: number) => void): void {
    const { arrays, engine } = this;
    while (arrays.next <= until && arrays.next < Infinity) {
      const count = runEvents(engine, arrays, until);
      for (let k = 0; k < count; k++) this.book(arrays.sitesOut[k]!, arrays.fieldsOut[k]!);
      this.count += count;
      onProgress(Math.min(until, arrays.next));
    }
  }

  /** Hands the fields back to the model. */
  stop(events: number): void {
    const { model, arrays } = this;
    for (let i = 0; i < this.system.sites; i++) model.fields[i] = arrays.fields[i]!;
    model.flips += events;
    if (model.isStale) model.refresh();
  }

  private book(site: number, raw: number): void {
    const { arrays, system, account, baths, state } = this;
    const spin = state[site]!;
    state[site] = -spin;
    const heat = -2 * spin * (arrays.scale * raw + arrays.external[site]!);
    if (account.followsCoupling) account.addCoupling(2 * spin * (this.model.unit * raw));
    account.addHeat(baths.siteBath === null ? 0 : baths.siteBath[site]!, heat);
    const { siteTemperature } = baths;
    account.addEntropy(
      heat / (siteTemperature === null ? system.protocol.temperature : siteTemperature[site]!),
    );
    const { patterns, projections } = system;
    for (let d = 0; d < patterns.length; d++) {
      projections[d] = projections[d]! - 2 * spin * patterns[d]![site]!;
    }
  }
}
