import { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import type { SpinCouplings } from '../../model/index.js';
import { CompensatedSum } from '../../thermo/index.js';
import type { Engine } from '../../kernels/index.js';
import { InitialStates } from '../spin/initial-state.js';
import { Protocol } from '../spin/protocol.js';
import type { SpinSystem } from '../spin/spin-system.js';
import { escapeRates } from './escape.js';
import { relaxed } from './membrane.js';
import { DEFAULT_STEP, type Neuron } from './neuron.js';
import { arraysOn, neuronSystem } from './neuron-system.js';
import type { NeuronDynamics } from './neuron-dynamics.js';
import { PathEntropy } from './path-entropy.js';
import { TraceFields } from './trace-fields.js';

/** Steps end at multiples of dt, readout times are computed in another way: they compare to this. */
const TIME_SLACK = 1e-9;
const STEPS_A_REPORT = 64;
/** A neuron that has not fired for so many steps has never fired. */
const LONG_AGO = 1 << 30;

/** The step of stepped neurons: the program's, or 0.1 ms, shortened so that a window is a whole number of steps. */
export function stepOf(neuron: Neuron, dt: number | null): number {
  if (neuron.kind === 'memoryless') return neuron.window;
  const longest = Math.min(dt ?? DEFAULT_STEP, neuron.window);
  return neuron.window / Math.ceil(neuron.window / longest - 1e-9);
}

/**
 * Neurons with escape noise, all in steps of dt: in step k a neuron fires at time k·dt with the probability
 * 1 − exp(−ρ dt) of its escape rate ρ, under the states of the step's beginning and the drives and the temperature of its
 * end. A state that changes at k·dt acts from there on.
 *
 * `srm0`: u = V_rest + h + Σ_f η(t − t_f), h = R I of the field's current, η(s) = (V_reset − θ) e^{−(s−Δ)/τ} after an
 * absolute refractory time Δ. `lif`: τ du/dt = v − u, exact for a current that is constant within the step; held at
 * V_reset for Δ after a spike. `memoryless`: no η and a window of one step, P = ½(1 + tanh b/T): parallel Glauber dynamics.
 */
export class SteppedNeurons implements NeuronDynamics {
  readonly algorithm = 'all-at-once';
  readonly system: SpinSystem;
  onProgress: (t: number) => void = () => undefined;
  onSpike: ((site: number, t: number) => void) | null = null;
  readonly dt: number;
  private readonly protocol: Protocol;
  private readonly starts: InitialStates;
  private readonly windowSteps: number;
  private readonly refractorySteps: number;
  /** Steps since the last spike. */
  private readonly age: Int32Array;
  /** lif: potential above rest; srm0: Σ η. Volts. */
  private readonly membrane: Float64Array;
  /** lif: escape rate at the end of the last step. */
  private readonly rates: Float64Array;
  /** What the escape rate has still to add up to until the next spike. */
  private readonly patience: Float64Array;
  private readonly modelFields: Float64Array;
  private readonly changing: Int32Array;
  /** Of the k-th free site, in units of field, and the rate of that; behind them those of a potential at its reset. */
  private readonly over: Float64Array;
  private readonly rateOf: Float64Array;
  /** 1 where the k-th free site fires. */
  private readonly fires: Uint8Array;
  private readonly draws: Float64Array;
  private readonly totalFields: Float64Array;
  /** Where synapses decay rather than end with the window. */
  private readonly traces: TraceFields | null;
  private readonly entropySum = new CompensatedSum();
  /** Of memoryless neurons. */
  private readonly pathEntropy: PathEntropy | null;
  private readonly decay: number;
  /** V_reset − θ: what a spike adds to Σ η when its Δ is over. */
  private readonly drop: number;
  private stream: RandomStream;
  private steps = 0;

  constructor(
    private readonly program: ResolvedProgram,
    private readonly neuron: Neuron,
    engine: Engine | null = null,
  ) {
    const temperature = program.dynamics.temperature as number;
    const arrays = arraysOn(engine);
    this.protocol = new Protocol(program, temperature);
    this.system = neuronSystem(program, this.protocol, engine);
    this.starts = new InitialStates(program, this.system, false, temperature);
    this.dt = stepOf(neuron, program.dynamics.dt);
    this.windowSteps = Math.max(1, Math.round(neuron.window / this.dt));
    this.refractorySteps = Math.round(neuron.refractory / this.dt);
    this.decay = Math.exp(-this.dt / neuron.tau);
    this.drop = neuron.reset - neuron.threshold;
    this.pathEntropy =
      neuron.kind === 'memoryless' ? new PathEntropy(this.system, neuron.offset) : null;
    const N = program.sites;
    this.age = new Int32Array(N);
    this.membrane = new Float64Array(N);
    this.rates = new Float64Array(N);
    this.patience = new Float64Array(N);
    this.modelFields = arrays.float64(N);
    this.changing = new Int32Array(N);
    this.over = new Float64Array(N + 1);
    this.rateOf = new Float64Array(N + 1);
    this.fires = new Uint8Array(N);
    this.draws = new Float64Array(N);
    this.totalFields = new Float64Array(N);
    this.traces =
      neuron.response === 'box'
        ? null
        : new TraceFields(
            program.couplings as SpinCouplings,
            this.system.model,
            this.system.free,
            Math.exp(-this.dt / neuron.window),
            arrays,
          );
    this.stream = RandomStream.of(program.seed, 'dynamics', 0);
  }

  get entropy(): number {
    return this.pathEntropy !== null ? this.entropySum.value : NaN;
  }

  begin(shot: number): void {
    const { protocol, system, neuron, dt } = this;
    protocol.rewind();
    this.starts.place(shot);
    this.stream = RandomStream.of(this.program.seed, 'dynamics', shot);
    protocol.advance(0);
    this.steps = 0;
    this.entropySum.reset();
    this.age.fill(LONG_AGO);
    this.membrane.fill(0);
    const traces = new Float64Array(this.traces === null ? 0 : system.sites);
    for (let k = 0; k < system.free.length; k++) {
      const site = system.free[k]!;
      this.patience[site] = this.stream.exponential();
      if (system.state[site]! < 0) continue;
      // A state of +1 has fired at some step of the window before t = 0.
      const age = Math.floor(this.stream.uniform() * this.windowSteps);
      this.age[site] = age;
      if (this.traces !== null) traces[site] = Math.exp((-age * dt) / neuron.window);
      const free = Math.max(0, age - this.refractorySteps) * dt;
      this.membrane[site] =
        neuron.kind === 'lif'
          ? Math.min(neuron.threshold, relaxed(neuron.reset, this.target(site), free, neuron.tau))
          : age < this.refractorySteps
            ? 0
            : this.drop * Math.exp(-free / neuron.tau);
    }
    this.traces?.reset(traces);
    this.readFields();
    if (neuron.kind === 'lif') this.startRates();
  }

  advanceTo(until: number): void {
    const last = this.stepsUntil(until);
    while (this.steps < last) {
      this.steps++;
      this.step();
      if (this.steps % STEPS_A_REPORT === 0) this.onProgress(this.steps * this.dt);
    }
    this.protocol.advance(until);
  }

  /** Steps that have ended by a time. */
  private stepsUntil(until: number): number {
    const limit = until + TIME_SLACK * this.dt;
    let steps = Math.floor(limit / this.dt);
    while (steps * this.dt > limit) steps--;
    while ((steps + 1) * this.dt <= limit) steps++;
    return steps;
  }

  /** One step. Loops over sites keep to arrays: numbers that functions return would be objects where they are not inlined. */
  private step(): void {
    const { system, protocol, age, changing, windowSteps, fires, pathEntropy } = this;
    const { free, state } = system;
    const t = this.steps * this.dt;
    if (t >= protocol.quietUntil) protocol.advance(t);
    pathEntropy?.keep(this.totalFields);
    system.totalFields(this.modelFields, this.totalFields);
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      age[site] = Math.min(LONG_AGO, age[site]! + 1);
    }
    if (this.neuron.kind === 'lif') this.lifFires();
    else this.srmFires();
    let changes = 0;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      if (fires[k] === 1) {
        age[site] = 0;
        if (this.onSpike !== null) this.onSpike(site, t);
        if (state[site]! < 0) changing[changes++] = site;
      } else if (state[site]! > 0 && age[site]! >= windowSteps) changing[changes++] = site;
    }
    system.flipAll(changing, changes);
    if (changes === 0 && this.traces === null) return;
    this.fadeTraces();
    this.readFields();
    pathEntropy?.addTo(this.entropySum, this.modelFields);
  }

  private srmFires(): void {
    const { neuron, membrane, age, over, totalFields, refractorySteps, drop, decay, fires } = this;
    const { free } = this.system;
    const { offset, gain } = neuron;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      const eta = membrane[site]! * decay + (age[site] === refractorySteps ? drop : 0);
      membrane[site] = eta;
      over[k] = age[site]! < refractorySteps ? -Infinity : totalFields[site]! + offset + eta / gain;
    }
    this.takeRates();
    this.escape();
    if (refractorySteps !== 0) return;
    for (let k = 0; k < free.length; k++) {
      if (fires[k] === 1) membrane[free[k]!] = membrane[free[k]!]! + drop;
    }
  }

  private lifFires(): void {
    const { neuron, membrane, rates, age, over, rateOf, totalFields, refractorySteps } = this;
    const { decay, fires } = this;
    const { free } = this.system;
    const { threshold, gain, bias, reset } = neuron;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      over[k] = -Infinity;
      if (age[site]! <= refractorySteps) continue;
      const target = bias + gain * totalFields[site]!;
      const end = target + (membrane[site]! - target) * decay;
      membrane[site] = end;
      over[k] = (end - threshold) / gain;
    }
    over[free.length] = (reset - threshold) / gain;
    this.takeRates();
    // The rate's mean over the step, by the trapezoidal rule; without noise the threshold itself.
    const averages = this.protocol.temperature !== 0;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      if (age[site]! <= refractorySteps) continue;
      const rate = rateOf[k]!;
      if (averages) rateOf[k] = (rate + rates[site]!) / 2;
      rates[site] = rate;
    }
    this.escape();
    for (let k = 0; k < free.length; k++) {
      if (fires[k] === 0) continue;
      membrane[free[k]!] = reset;
      rates[free[k]!] = rateOf[free.length]!;
    }
  }

  /** The rate of every place in `over`. */
  private takeRates(): void {
    const { escape } = this.neuron;
    escapeRates(this.over, this.protocol.temperature, escape, this.rateOf, this.over.length);
  }

  /** A neuron fires once its rate has added up to an exponentially distributed number, drawn after each spike. */
  private escape(): void {
    const { patience, rateOf, fires, draws, dt } = this;
    const { free } = this.system;
    const { escapeTime } = this.neuron;
    let count = 0;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      fires[k] = 0;
      if (rateOf[k] === 0) continue;
      const left = patience[site]! - (rateOf[k]! * dt) / escapeTime;
      patience[site] = left;
      if (left > 0) continue;
      fires[k] = 1;
      count++;
    }
    if (count === 0) return;
    this.stream.fillUniform(draws, count);
    let draw = 0;
    for (let k = 0; k < free.length; k++) {
      if (fires[k] === 1) patience[free[k]!] = -Math.log(1 - draws[draw++]!);
    }
  }

  private target(site: number): number {
    const { neuron, system } = this;
    return neuron.bias + neuron.gain * system.totalField(site);
  }

  private startRates(): void {
    const { over, rateOf, rates, membrane } = this;
    const { threshold, gain } = this.neuron;
    const { free } = this.system;
    for (let k = 0; k < free.length; k++) over[k] = (membrane[free[k]!]! - threshold) / gain;
    this.takeRates();
    for (let k = 0; k < free.length; k++) rates[free[k]!] = rateOf[k]!;
  }

  private fadeTraces(): void {
    const { traces, age } = this;
    if (traces === null) return;
    traces.fade();
    const { free } = this.system;
    for (let k = 0; k < free.length; k++) if (age[free[k]!] === 0) traces.spike(free[k]!);
  }

  private readFields(): void {
    const { system, traces, modelFields } = this;
    if (traces === null) system.couplingFields(modelFields);
    else for (const site of system.free) modelFields[site] = traces.field(site);
  }
}
