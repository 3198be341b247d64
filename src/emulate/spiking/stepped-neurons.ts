import { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import type { SpinCouplings } from '../../model/index.js';
import { CompensatedSum } from '../../thermo/index.js';
import type { Engine } from '../../kernels/index.js';
import { InitialStates } from '../spin/initial-state.js';
import { Protocol } from '../spin/protocol.js';
import type { SpinSystem } from '../spin/spin-system.js';
import { escapeRate } from './escape.js';
import { relaxed } from './membrane.js';
import { DEFAULT_STEP, type Neuron } from './neuron.js';
import { arraysOn, neuronSystem } from './neuron-system.js';
import type { NeuronDynamics } from './neuron-dynamics.js';
import { pathEntropy } from './path-entropy.js';
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
  onSpike: (site: number, t: number) => void = () => undefined;
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
  private readonly before: Int8Array;
  private readonly totalFields: Float64Array;
  /** Where synapses decay rather than end with the window. */
  private readonly traces: TraceFields | null;
  private readonly entropySum = new CompensatedSum();
  private readonly countsEntropy: boolean;
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
    this.countsEntropy = neuron.kind === 'memoryless';
    const N = program.sites;
    this.age = new Int32Array(N);
    this.membrane = new Float64Array(N);
    this.rates = new Float64Array(N);
    this.patience = new Float64Array(N);
    this.modelFields = arrays.float64(N);
    this.changing = new Int32Array(N);
    this.before = new Int8Array(N);
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
    return this.countsEntropy ? this.entropySum.value : NaN;
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
    for (;;) {
      const t = (this.steps + 1) * this.dt;
      if (t > until + TIME_SLACK * this.dt) break;
      this.steps++;
      this.step(t);
      if (this.steps % STEPS_A_REPORT === 0) this.onProgress(t);
    }
    this.protocol.advance(until);
  }

  private step(t: number): void {
    const { system, protocol, age, changing, windowSteps, countsEntropy } = this;
    const { free, state } = system;
    protocol.advance(t);
    const { temperature } = protocol;
    if (countsEntropy) this.before.set(state);
    let changes = 0;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      age[site] = Math.min(LONG_AGO, age[site]! + 1);
      const field = protocol.coupling * this.modelFields[site]! + system.externalField(site);
      this.totalFields[site] = field;
      const fires =
        this.neuron.kind === 'lif'
          ? this.lifFires(site, field, temperature)
          : this.srmFires(site, field, temperature);
      if (fires) {
        age[site] = 0;
        this.onSpike(site, t);
        if (state[site]! < 0) changing[changes++] = site;
      } else if (state[site]! > 0 && age[site] >= windowSteps) changing[changes++] = site;
    }
    system.flipAll(changing, changes);
    if (changes === 0 && this.traces === null) return;
    this.fadeTraces();
    this.readFields();
    if (countsEntropy) {
      const { offset } = this.neuron;
      this.entropySum.add(
        pathEntropy(system, this.before, this.totalFields, this.modelFields, offset, temperature),
      );
    }
  }

  private srmFires(site: number, field: number, temperature: number): boolean {
    const { neuron, membrane, refractorySteps, drop } = this;
    const age = this.age[site]!;
    const eta = membrane[site]! * this.decay + (age === refractorySteps ? drop : 0);
    membrane[site] = eta;
    if (age < refractorySteps) return false;
    const over = field + neuron.offset + eta / neuron.gain;
    if (!this.escapes(site, escapeRate(over, temperature, neuron.escape))) return false;
    if (refractorySteps === 0) membrane[site] = eta + drop;
    return true;
  }

  private lifFires(site: number, field: number, temperature: number): boolean {
    const { neuron, membrane, rates } = this;
    if (this.age[site]! <= this.refractorySteps) return false;
    const { threshold, gain, bias, escape, reset } = neuron;
    const target = bias + gain * field;
    const end = target + (membrane[site]! - target) * this.decay;
    membrane[site] = end;
    const rate = escapeRate((end - threshold) / gain, temperature, escape);
    // The rate's mean over the step, by the trapezoidal rule; without noise the threshold itself.
    const mean = temperature === 0 ? rate : (rate + rates[site]!) / 2;
    rates[site] = rate;
    if (!this.escapes(site, mean)) return false;
    membrane[site] = reset;
    rates[site] = escapeRate((reset - threshold) / gain, temperature, escape);
    return true;
  }

  /** A neuron fires once its rate has added up to an exponentially distributed number, drawn after each spike. */
  private escapes(site: number, rate: number): boolean {
    if (rate === 0) return false;
    const left = this.patience[site]! - (rate * this.dt) / this.neuron.escapeTime;
    if (left > 0) {
      this.patience[site] = left;
      return false;
    }
    this.patience[site] = this.stream.exponential();
    return true;
  }

  private target(site: number): number {
    const { neuron, system } = this;
    return neuron.bias + neuron.gain * system.totalField(site);
  }

  private startRates(): void {
    const { threshold, gain, escape } = this.neuron;
    const { temperature } = this.protocol;
    const { free } = this.system;
    for (let k = 0; k < free.length; k++) {
      const over = (this.membrane[free[k]!]! - threshold) / gain;
      this.rates[free[k]!] = escapeRate(over, temperature, escape);
    }
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
