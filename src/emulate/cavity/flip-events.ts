import type { ResolvedProgram } from '../../device/index.js';
import {
  EventArrays,
  runEvents,
  seedEvents,
  startEvents,
  sumFields,
  type Engine,
} from '../../kernels/index.js';
import type { SpinModel } from '../../model/index.js';
import { couplingRows } from './coupling-rows.js';
import type { CompiledLaw } from './kinetic/flip-law.js';

/** Rates of sites that events read in about 20 ms on the slowest of the compiled engines. */
const RATES_A_CALL = 1 << 22;
const MOST_EVENTS = 4096;
/** Fields that are no integers are summed afresh after so many flips. */
const FLIPS_A_REFRESH = 1 << 20;

/** Told of each flip, in order, when it has happened: the site, its spin before, and its coupling field at scale 1 before. */
export type OnFlip = (site: number, spin: number, field: number, t: number) => void;

/**
 * Flips of a spin model with dense couplings by a kernel, while nothing else changes. It works on a state of its own; the
 * model's is brought along, its fields are not: {@link stop} does that.
 */
export class FlipEvents {
  private readonly arrays: EventArrays;
  private readonly signs: Int8Array;
  private flips = 0;
  private law: CompiledLaw | null = null;

  private constructor(
    private readonly engine: Engine,
    private readonly model: SpinModel,
    private readonly unit: number,
    arrays: EventArrays,
  ) {
    this.arrays = arrays;
    this.signs = new Int8Array(model.sites);
  }

  /** Events of a program's model; null where it has no dense couplings. */
  static of(engine: Engine, program: ResolvedProgram, model: SpinModel): FlipEvents | null {
    const found = couplingRows(engine, program, model);
    if (found === null) return null;
    const { sites } = program;
    const most = Math.max(16, Math.min(MOST_EVENTS, Math.floor(RATES_A_CALL / sites)));
    const state = engine.scratch.int8(sites);
    const { rows, stride, unit } = found;
    const arrays = new EventArrays(engine.scratch, sites, rows, stride, state, most, true);
    return new FlipEvents(engine, model, unit, arrays);
  }

  /** Starts the random numbers of a shot. */
  begin(seed: number, shot: number): void {
    seedEvents(this.arrays, seed, 'dynamics', shot);
  }

  /**
   * Takes over at time t with the model's state; fields are summed afresh.
   * @param law of the cost 2 s (scale b + external)
   * @param rest costs up to this part of the largest one count as 0
   */
  start(
    t: number,
    { law, numbers, slope, weight }: CompiledLaw,
    free: Int32Array,
    scale: number,
    external: (i: number) => number,
    rest: number,
  ): void {
    const { arrays, model, signs, unit, engine } = this;
    arrays.state.set(model.state);
    signs.set(model.state);
    arrays.scale = scale * unit;
    sumFields(engine, arrays);
    this.flips = 0;
    arrays.weights.fill(0);
    for (let k = 0; k < free.length; k++) arrays.weights[free[k]!] = weight;
    for (let i = 0; i < model.sites; i++) arrays.slopes[i] = 2 * slope * signs[i]!;
    arrays.setLaw(law, numbers);
    this.law = { law, numbers, slope, weight };
    this.retune(t, external, rest);
  }

  /** Takes other external fields, with all else as it was. */
  retune(t: number, external: (i: number) => number, rest: number): void {
    const { arrays, model, engine } = this;
    const { law, numbers, slope } = this.law!;
    let largest = 0;
    for (let i = 0; i < model.sites; i++) {
      arrays.external[i] = external(i);
      largest = Math.max(largest, 2 * slope * Math.abs(arrays.fieldOf(i)));
    }
    arrays.setLaw(law, { ...numbers, rest: rest * largest });
    startEvents(engine, arrays, t);
  }

  /** Time of the next flip; Infinity: there will be none. */
  get next(): number {
    return this.arrays.next;
  }

  /** Flips up to a time, included, and at most so many. @returns how many there were */
  advance(until: number, most: number, onFlip: OnFlip): number {
    const { arrays, engine, model, signs, unit } = this;
    let done = 0;
    while (done < most && arrays.next <= until && arrays.next < Infinity) {
      arrays.put('most', Math.min(arrays.most, most - done));
      const count = runEvents(engine, arrays, until);
      for (let k = 0; k < count; k++) {
        const site = arrays.sitesOut[k]!;
        const spin = signs[site]!;
        signs[site] = -spin;
        model.state[site] = -spin;
        onFlip(site, spin, unit * arrays.fieldsOut[k]!, arrays.timesOut[k]!);
      }
      done += count;
      this.flips += count;
      if (this.flips >= FLIPS_A_REFRESH) this.refresh(arrays.timesOut[count - 1]!);
    }
    return done;
  }

  /** What is due is drawn anew: the process has no memory. */
  private refresh(t: number): void {
    this.flips = 0;
    if (!(this.arrays.rows instanceof Float32Array || this.arrays.rows instanceof Float64Array))
      return;
    sumFields(this.engine, this.arrays);
    startEvents(this.engine, this.arrays, t);
  }

  /** Hands the state back to the model, its fields summed afresh. */
  stop(): void {
    this.model.reset(this.signs);
  }
}
