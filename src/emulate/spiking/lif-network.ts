import { RandomStream } from '../../core/index.js';
import { curveValue, type Curve, type ResolvedProgram } from '../../device/index.js';
import type { Engine } from '../../kernels/index.js';
import { InitialStates } from '../spin/initial-state.js';
import { Protocol } from '../spin/protocol.js';
import type { SpinSystem } from '../spin/spin-system.js';
import { EventQueue } from './event-queue.js';
import { relaxedOnRamp, timeToThresholdOnRamp } from './membrane.js';
import type { Neuron } from './neuron.js';
import { arraysOn, neuronSystem } from './neuron-system.js';
import type { NeuronDynamics } from './neuron-dynamics.js';

/** Calls to `onProgress` come once in so many events. */
const EVENTS_A_REPORT = 1024;

/**
 * Leaky integrate-and-fire neurons without noise, from event to event. The state of a site is +1 for a window after each
 * of its spikes and −1 otherwise; the current of a neuron is that of its field, so it is constant (or linear, on ramps of
 * drives and of the coupling) until the next state changes, and every spike time is the closed form's. A state that
 * changes costs O(N), a spike that renews a state O(log N). Neurons whose spike times are equal fire together.
 */
export class LifNetwork implements NeuronDynamics {
  readonly algorithm = 'spike-by-spike';
  readonly system: SpinSystem;
  readonly entropy = NaN;
  onProgress: (t: number) => void = () => undefined;
  onSpike: ((site: number, t: number) => void) | null = null;
  private readonly protocol: Protocol;
  private readonly starts: InitialStates;
  private readonly queue: EventQueue;
  /** Potential above rest at `since`, from when on it is free to move: the end of a refractory time may lie ahead. */
  private readonly potential: Float64Array;
  private readonly since: Float64Array;
  /** v of the field at `inputTime`, and its slope. */
  private readonly input: Float64Array;
  private readonly slopes: Float64Array;
  /** Of the couplings, at scale 1. */
  private readonly modelFields: Float64Array;
  private readonly totalFields: Float64Array;
  private inputTime = 0;
  /** Time of what happens now: in an array, for a number that is passed on would be an object. */
  private readonly now = new Float64Array(1);
  private readonly lastSpike: Float64Array;
  private readonly crossing: Float64Array;
  /** Neurons that fire at one moment, and those of them that were +1 already. */
  private readonly firing: Int32Array;
  private readonly renewed: Int32Array;
  private readonly nextTimes: Float64Array;
  /** Ends of the stretches on which drives and controls are linear, the last one without end. */
  private readonly ends: readonly number[];
  private stretch = 0;
  private readonly driveSlopes: Float64Array;
  private couplingSlope = 0;
  private events = 0;
  /** The last potential below the threshold. */
  private readonly highest: number;

  constructor(
    private readonly program: ResolvedProgram,
    private readonly neuron: Neuron,
    engine: Engine | null = null,
  ) {
    this.protocol = new Protocol(program, 0);
    this.system = neuronSystem(program, this.protocol, engine);
    this.starts = new InitialStates(program, this.system, false, 0);
    const N = program.sites;
    this.queue = new EventQueue(N);
    this.potential = new Float64Array(N);
    this.since = new Float64Array(N);
    this.input = new Float64Array(N);
    this.slopes = new Float64Array(N);
    this.modelFields = arraysOn(engine).float64(N);
    this.totalFields = new Float64Array(N);
    this.lastSpike = new Float64Array(N);
    this.crossing = new Float64Array(N);
    this.firing = new Int32Array(N);
    this.renewed = new Int32Array(N);
    this.nextTimes = new Float64Array(N);
    this.driveSlopes = new Float64Array(program.drives.length);
    this.highest = neuron.threshold * (1 - Number.EPSILON);
    this.ends = [...this.protocol.knots, Infinity];
  }

  begin(shot: number): void {
    const { protocol, system, neuron } = this;
    protocol.rewind();
    this.starts.place(shot);
    const stream = RandomStream.of(this.program.seed, 'dynamics', shot);
    protocol.advance(0);
    this.stretch = 0;
    this.takeSlopes(0);
    this.queue.times.fill(Infinity);
    this.readInputs();
    for (let k = 0; k < system.free.length; k++) {
      const site = system.free[k]!;
      this.lastSpike[site] = -Infinity;
      this.potential[site] = 0;
      this.since[site] = 0;
      if (system.state[site]! < 0) continue;
      // Somewhere in the course that its present current keeps it on.
      const v = this.input[site]!;
      const whole = neuron.refractory + this.timeUp(neuron.reset, v, 0, Infinity);
      const age = stream.uniform() * Math.min(neuron.window, whole);
      this.lastSpike[site] = -age;
      this.potential[site] = neuron.reset;
      this.since[site] = neuron.refractory - age;
      if (age <= neuron.refractory) continue;
      this.potential[site] = this.potentialAfter(neuron.reset, v, 0, age - neuron.refractory);
      this.since[site] = 0;
    }
    this.inputTime = 0;
    this.scheduleAll();
  }

  advanceTo(until: number): void {
    const { queue, now } = this;
    for (;;) {
      const neuron = queue.first;
      const t = queue.times[neuron]!;
      const end = this.ends[this.stretch]!;
      if (end <= t && end <= until) {
        now[0] = end;
        this.refresh(true);
        continue;
      }
      if (t > until) return;
      now[0] = t;
      if (this.crossing[neuron]! <= t) this.fireTogether();
      else this.change(neuron);
      if (++this.events % EVENTS_A_REPORT === 0) this.onProgress(t);
    }
  }

  /** All neurons that reach the threshold at this very moment fire, and only then do states change. */
  private fireTogether(): void {
    const { queue, crossing, system, firing, renewed, nextTimes } = this;
    const t = this.now[0]!;
    let count = 0;
    for (let site = queue.first; queue.times[site]! <= t && crossing[site]! <= t;) {
      firing[count++] = site;
      queue.clear(site);
      site = queue.first;
    }
    let flips = 0;
    let renewals = 0;
    for (let k = 0; k < count; k++) {
      const site = firing[k]!;
      if (this.onSpike !== null) this.onSpike(site, t);
      this.lastSpike[site] = t;
      this.potential[site] = this.neuron.reset;
      this.since[site] = t + this.neuron.refractory;
      if (system.state[site]! < 0) {
        system.flip(site);
        flips++;
      } else renewed[renewals++] = site;
    }
    if (flips > 0) {
      this.refresh(false);
      return;
    }
    this.schedule(renewed, renewals, nextTimes);
    for (let k = 0; k < renewals; k++) queue.set(renewed[k]!, nextTimes);
  }

  /** The state of a site changes, and with it the currents of all. */
  private change(site: number): void {
    this.system.flip(site);
    this.refresh(false);
  }

  /** Brings all potentials to the present time, then takes the currents that are right from there on. */
  private refresh(newStretch: boolean): void {
    const { since, input, slopes, potential, inputTime, highest, protocol } = this;
    const { free } = this.system;
    const { tau } = this.neuron;
    const t = this.now[0]!;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      const begun = since[site]!;
      if (begun >= t) continue;
      const v = input[site]! + slopes[site]! * (begun - inputTime);
      const u = relaxedOnRamp(potential[site]!, v, slopes[site]!, t - begun, tau);
      // Rounding must not carry a neuron over the threshold that has still to reach it.
      potential[site] = Math.min(u, highest);
      since[site] = t;
    }
    if (t >= protocol.quietUntil) protocol.advance(t);
    if (newStretch) {
      this.stretch++;
      this.takeSlopes(t);
    }
    this.inputTime = t;
    this.readInputs();
    this.scheduleAll();
  }

  private scheduleAll(): void {
    const { free } = this.system;
    this.schedule(free, free.length, this.queue.times);
    this.queue.rebuild();
  }

  /**
   * Times of sites' next events: of the next spike, or of the end of the window.
   * @param sites the first `count` of them
   * @param out of all sites, N
   */
  private schedule(sites: Int32Array, count: number, out: Float64Array): void {
    const { since, input, slopes, potential, crossing, lastSpike, inputTime } = this;
    const { state } = this.system;
    const { threshold, tau, window } = this.neuron;
    const end = this.ends[this.stretch]!;
    // A ramp without end is followed to the end of the run.
    const rampEnd = Math.min(end, this.program.duration);
    for (let k = 0; k < count; k++) {
      const site = sites[k]!;
      const begun = since[site]!;
      const slope = slopes[site]!;
      const v = input[site]! + slope * (begun - inputTime);
      const horizon = Math.max(0, (slope === 0 ? end : rampEnd) - begun);
      const u = potential[site]!;
      // The closed form of a constant current stands here: what a function answers would be an object.
      if (slope !== 0) crossing[site] = begun + this.timeUp(u, v, slope, horizon);
      else if (u >= threshold) crossing[site] = begun;
      else if (v > threshold) {
        const time = tau * Math.log1p((threshold - u) / (v - threshold));
        crossing[site] = time <= horizon ? begun + time : Infinity;
      } else crossing[site] = Infinity;
      out[site] =
        state[site]! < 0 ? crossing[site] : Math.min(crossing[site], lastSpike[site]! + window);
    }
  }

  /** Currents of the present state, and their slopes. */
  private readInputs(): void {
    const { neuron, system, modelFields, totalFields, input, slopes, driveSlopes } = this;
    const { couplingSlope } = this;
    const { free, patterns } = system;
    system.couplingFields(modelFields);
    system.totalFields(modelFields, totalFields);
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      input[site] = neuron.bias + neuron.gain * totalFields[site]!;
      let slope = 0;
      if (couplingSlope !== 0) slope += couplingSlope * modelFields[site]!;
      for (let d = 0; d < driveSlopes.length; d++) slope += driveSlopes[d]! * patterns[d]![site]!;
      slopes[site] = neuron.gain * slope;
    }
  }

  /** Slopes of drives and of the coupling on the stretch that begins at t. */
  private takeSlopes(t: number): void {
    const { program } = this;
    const end = this.ends[this.stretch]!;
    const middle = end === Infinity ? Math.max(t, program.duration) : (t + end) / 2;
    const slopeOf = (curve: Curve, now: number): number =>
      middle > t ? (curveValue(curve, middle) - now) / (middle - t) : 0;
    for (let d = 0; d < this.driveSlopes.length; d++) {
      this.driveSlopes[d] = slopeOf(program.drives[d]!.amplitude, this.protocol.amplitudes[d]!);
    }
    const { coupling } = program.controls;
    this.couplingSlope = coupling === undefined ? 0 : slopeOf(coupling, this.protocol.coupling);
  }

  private potentialAfter(u: number, v: number, slope: number, elapsed: number): number {
    return relaxedOnRamp(u, v, slope, elapsed, this.neuron.tau);
  }

  private timeUp(u: number, v: number, slope: number, horizon: number): number {
    const { threshold, tau } = this.neuron;
    return timeToThresholdOnRamp(u, v, slope, threshold, tau, horizon);
  }
}
