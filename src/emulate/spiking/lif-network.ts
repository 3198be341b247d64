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
  private inputTime = 0;
  private readonly lastSpike: Float64Array;
  private readonly crossing: Float64Array;
  /** Neurons that fire at one moment. */
  private readonly firing: Int32Array;
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
    this.lastSpike = new Float64Array(N);
    this.crossing = new Float64Array(N);
    this.firing = new Int32Array(N);
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
    system.couplingFields(this.modelFields);
    for (let k = 0; k < system.free.length; k++) {
      const site = system.free[k]!;
      this.readInput(site);
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
    const { queue } = this;
    for (;;) {
      const neuron = queue.first;
      const t = queue.times[neuron]!;
      const end = this.ends[this.stretch]!;
      if (end <= t && end <= until) {
        this.refresh(end, true);
        continue;
      }
      if (t > until) return;
      if (this.crossing[neuron]! <= t) this.fireTogether(t);
      else this.change(neuron, t);
      if (++this.events % EVENTS_A_REPORT === 0) this.onProgress(t);
    }
  }

  /** All neurons that reach the threshold at this very moment fire, and only then do states change. */
  private fireTogether(t: number): void {
    const { queue, crossing, system, firing } = this;
    let count = 0;
    for (let site = queue.first; queue.times[site]! <= t && crossing[site]! <= t;) {
      firing[count++] = site;
      queue.set(site, Infinity);
      site = queue.first;
    }
    let flips = 0;
    for (let k = 0; k < count; k++) {
      const site = firing[k]!;
      if (this.onSpike !== null) this.onSpike(site, t);
      this.lastSpike[site] = t;
      this.potential[site] = this.neuron.reset;
      this.since[site] = t + this.neuron.refractory;
      if (system.state[site]! < 0) {
        system.flip(site);
        flips++;
      } else queue.set(site, this.schedule(site));
    }
    if (flips > 0) this.refresh(t, false);
  }

  /** The state of a site changes, and with it the currents of all. */
  private change(site: number, t: number): void {
    this.system.flip(site);
    this.refresh(t, false);
  }

  /** Brings all potentials to time t, then takes the currents that are right from there on. */
  private refresh(t: number, newStretch: boolean): void {
    const { free } = this.system;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      const since = this.since[site]!;
      if (since >= t) continue;
      const v = this.inputAt(site, since);
      const u = this.potentialAfter(this.potential[site]!, v, this.slopes[site]!, t - since);
      // Rounding must not carry a neuron over the threshold that has still to reach it.
      this.potential[site] = Math.min(u, this.highest);
      this.since[site] = t;
    }
    this.protocol.advance(t);
    if (newStretch) {
      this.stretch++;
      this.takeSlopes(t);
    }
    this.inputTime = t;
    this.system.couplingFields(this.modelFields);
    for (let k = 0; k < free.length; k++) this.readInput(free[k]!);
    this.scheduleAll();
  }

  private scheduleAll(): void {
    const { free } = this.system;
    for (let k = 0; k < free.length; k++) this.queue.times[free[k]!] = this.schedule(free[k]!);
    this.queue.rebuild();
  }

  /** Time of a site's next event: its next spike, or the end of its window. */
  private schedule(site: number): number {
    const { neuron } = this;
    const since = this.since[site]!;
    const v = this.inputAt(site, since);
    const end = this.ends[this.stretch]!;
    // A ramp without end is followed to the end of the run.
    const last = this.slopes[site] === 0 ? end : Math.min(end, this.program.duration);
    const horizon = Math.max(0, last - since);
    const crossing = since + this.timeUp(this.potential[site]!, v, this.slopes[site]!, horizon);
    this.crossing[site] = crossing;
    if (this.system.state[site]! < 0) return crossing;
    return Math.min(crossing, this.lastSpike[site]! + neuron.window);
  }

  private inputAt(site: number, t: number): number {
    return this.input[site]! + this.slopes[site]! * (t - this.inputTime);
  }

  private readInput(site: number): void {
    const { neuron, system } = this;
    const coupled = this.modelFields[site]!;
    const field = this.protocol.coupling * coupled + system.externalField(site);
    this.input[site] = neuron.bias + neuron.gain * field;
    let slope = 0;
    if (this.couplingSlope !== 0) slope += this.couplingSlope * coupled;
    for (let d = 0; d < this.driveSlopes.length; d++) {
      slope += this.driveSlopes[d]! * system.patterns[d]![site]!;
    }
    this.slopes[site] = neuron.gain * slope;
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
