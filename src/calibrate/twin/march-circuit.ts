import { RandomStream } from '../../core/index.js';
import { curveValue, type Curve, type Program } from '../../device/index.js';
import type { CalibratedCircuit } from './calibrated-circuit.js';
import { bridgeBehind, CouplingLag, lineBehind } from './coupling-lag.js';

/** Takes what the readout shows of a shot, and what its monitors say at the end. */
export interface ShotSink {
  /** @param shown [sites], written over by the next */
  readout(shot: number, step: number, shown: Float64Array): void;
  end(shot: number, work: number, heat: number): void;
}

/** Of a step times the fastest rate. */
const STEP = 0.08;
/** Standard deviations of a thermal state that a step still has to resolve, in a purely quartic well. */
const WARM = 3;

interface Knobs {
  coupling: number;
  quadratic: number;
  quartic: number;
  temperature: number;
  readonly drives: Float64Array;
}

/**
 * Runs shots of a program on a calibrated circuit. A step of h is half of the exact flow of leak and cubic force, currents and noise as a
 * kick with the couplings' trapezoid (Heun), and the other half of the flow: weakly of second order, and no cubic force makes it diverge.
 * A kick is 2 sinh(ah/2)/a long and its noise sinh(ah)/a, a the leak's rate: exact for a linear node alone. Of each node's noise within a step
 * the mean β is drawn, too, which its neighbours receive and the readout's low-pass sees.
 * Heat is Σ F ∘ dx with averages of both ends that are exact for wells and couplings, and the mean of what noise between coupled nodes of
 * different noise carries within a step; work is ΔE + heat, E of the couplings' even part, as a board's monitors have it.
 */
export class CircuitMarch {
  private readonly x: Float64Array;
  private readonly seen: Float64Array;
  private readonly kicked: Float64Array;
  private readonly next: Float64Array;
  private readonly received: Float64Array;
  private readonly nextReceived: Float64Array;
  private readonly fixed: Float64Array;
  private readonly shrink: Float64Array;
  private readonly bend: Float64Array;
  private readonly kick: Float64Array;
  private readonly spread: Float64Array;
  /** Standard deviation of β, and β itself. */
  private readonly within: Float64Array;
  private readonly bridge: Float64Array;
  private readonly mean: Float64Array;
  private readonly lag: CouplingLag;
  private readonly shown: Float64Array;
  /** Σ over pairs of what noise carries: h² m_J² T times this a step. */
  private readonly areaPerT: Float64Array;
  private readonly from: Knobs;
  private readonly to: Knobs;
  private readonly segments: readonly Segment[];
  private done = { h: NaN, m: NaN, q: NaN, r: NaN, T: NaN };
  private areaHeat = 0;
  private heat = 0;

  constructor(
    private readonly circuit: CalibratedCircuit,
    private readonly program: Program,
    times: Float64Array,
  ) {
    const list = (): Float64Array => new Float64Array(circuit.sites);
    this.x = list();
    this.seen = list();
    this.kicked = list();
    this.next = list();
    this.received = list();
    this.nextReceived = list();
    this.fixed = list();
    this.shrink = list();
    this.bend = list();
    this.kick = list();
    this.spread = list();
    this.within = list();
    this.bridge = list();
    this.mean = list();
    this.lag = new CouplingLag(circuit.sites, circuit.couplingPole);
    this.shown = list();
    this.areaPerT = areasOf(circuit);
    this.from = { ...still(circuit), drives: new Float64Array(program.drives.length) };
    this.to = { ...still(circuit), drives: new Float64Array(program.drives.length) };
    this.segments = segmentsOf(program, times, STEP / fastestRate(circuit, program));
  }

  /** @param shot draws only from streams of its own */
  run(seed: number, shot: number, sink: ShotSink): void {
    const { x, seen, segments } = this;
    const noise = RandomStream.of(seed, 'dynamics', shot);
    const readout = RandomStream.of(seed, 'readout', shot);
    this.place(seed, shot);
    seen.set(x);
    this.lag.begin(x);
    this.receive(x, this.received);
    this.heat = 0;
    this.knobsAt(0, false, this.from);
    const before = this.energy(this.from);
    this.read(shot, 0, readout, sink);
    for (const { t0, t1, steps, readout: at } of segments) {
      const h = (t1 - t0) / steps;
      this.knobsAt(t0, false, this.from);
      for (let s = 1; s <= steps; s++) {
        if (s === steps) this.knobsAt(t1, true, this.to);
        else this.knobsAt(t0 + s * h, false, this.to);
        this.step(h, noise);
        this.turn();
      }
      if (at >= 0) this.read(shot, at, readout, sink);
    }
    const { duration } = this.program;
    this.knobsAt(duration, false, this.from);
    const work = this.energy(this.from) - before + this.heat;
    const { workGain, workOffset, heatGain, heatOffset } = this.circuit;
    sink.end(
      shot,
      workGain * work + workOffset * duration,
      heatGain * this.heat + heatOffset * duration,
    );
  }

  private place(seed: number, shot: number): void {
    const { x, program } = this;
    const { initial, sites } = program;
    if (initial.kind === 'zero') x.fill(0);
    else if (initial.kind === 'random') {
      const random = RandomStream.of(seed, 'initial', shot);
      for (let i = 0; i < sites; i++) x[i] = random.sign();
    } else if ('values' in initial) {
      for (let i = 0; i < sites; i++) x[i] = initial.values[i]!;
      if (initial.kind !== 'corrupted') return;
      for (const i of RandomStream.of(seed, 'cue', shot).sample(sites, initial.flips)) {
        x[i] = -x[i]!;
      }
    }
  }

  /** @param before at a jump: the value that it jumps from */
  private knobsAt(t: number, before: boolean, out: Knobs): void {
    const { controls, drives } = this.program;
    const at = (curve: Curve | undefined, usual: number): number =>
      curve === undefined ? usual : before ? valueBefore(curve, t) : curveValue(curve, t);
    out.coupling = at(controls.coupling, 1);
    out.quadratic = at(controls.quadratic, 1);
    out.quartic = at(controls.quartic, 1);
    out.temperature = at(controls.temperature, this.circuit.temperature);
    for (let d = 0; d < drives.length; d++) out.drives[d] = at(drives[d]!.amplitude, 0);
  }

  private turn(): void {
    const { from, to } = this;
    from.coupling = to.coupling;
    from.quadratic = to.quadratic;
    from.quartic = to.quartic;
    from.temperature = to.temperature;
    from.drives.set(to.drives);
  }

  private receive(x: Float64Array, out: Float64Array): void {
    const { couplings, sites } = this.circuit;
    if (couplings === null) return;
    for (let i = 0; i < sites; i++) {
      let sum = 0;
      const row = i * sites;
      for (let j = 0; j < sites; j++) sum += couplings[row + j]! * x[j]!;
      out[i] = sum;
    }
  }

  /** Coefficients of a step between two settings of the knobs; those of the step before where nothing has changed. */
  private prepare(h: number): void {
    const { circuit, from, to, shrink, bend, kick, spread, within, areaPerT, done } = this;
    const { sites, capacitance, leakFixed, leakSet, quartic, noise, siteTemperature } = circuit;
    this.push();
    const m = (from.coupling + to.coupling) / 2;
    const q = (from.quadratic + to.quadratic) / 2;
    const r = (from.quartic + to.quartic) / 2;
    const T = (from.temperature + to.temperature) / 2;
    if (h === done.h && m === done.m && q === done.q && r === done.r && T === done.T) return;
    this.done = { h, m, q, r, T };
    let area = 0;
    for (let i = 0; i < sites; i++) {
      const c = capacitance[i]!;
      const a = (leakFixed[i]! + q * leakSet[i]!) / c;
      const b = (4 * r * quartic[i]!) / c;
      shrink[i] = Math.exp((-a * h) / 2);
      const isStill = Math.abs(a * h) < 1e-12;
      bend[i] = b * (isStill ? h : -Math.expm1(-a * h) / a);
      kick[i] = (isStill ? h : (2 * Math.sinh((a * h) / 2)) / a) / c;
      const hot = siteTemperature === null ? T : siteTemperature[i]!;
      const power = 2 * hot * noise[i]!;
      spread[i] = Math.sqrt(power * (isStill ? h : Math.sinh(a * h) / a)) / c;
      within[i] = Math.sqrt((power * h) / 12) / c;
      area += hot * areaPerT[i]!;
    }
    // A pole that is slow for a step lets less through.
    this.areaHeat = (h / (h + 2 * circuit.couplingPole)) * h * h * m * m * area;
  }

  /** Currents over a step: fields and drives. */
  private push(): void {
    const { circuit, from, to, fixed } = this;
    fixed.set(circuit.current);
    circuit.drives.forEach((pattern, d) => {
      const amplitude = (from.drives[d]! + to.drives[d]!) / 2;
      for (let i = 0; i < fixed.length; i++) fixed[i] = fixed[i]! + amplitude * pattern[i]!;
    });
  }

  private step(h: number, noise: RandomStream): void {
    const { circuit, from, to, x, next, kicked, received, nextReceived, fixed } = this;
    const { shrink, bend, kick, spread, within, bridge, mean, lag } = this;
    const { sites, couplings, leakFixed, leakSet, quartic } = circuit;
    this.prepare(h);
    const m = (from.coupling + to.coupling) / 2;
    const isCoupled = couplings !== null;
    for (let i = 0; i < sites; i++) {
      const w =
        flow(x[i]!, shrink[i]!, bend[i]!) + kick[i]! * fixed[i]! + spread[i]! * noise.normal();
      kicked[i] = w;
      next[i] = flow(isCoupled ? w + kick[i]! * m * received[i]! : w, shrink[i]!, bend[i]!);
    }
    if (isCoupled || circuit.readoutPole > 0) {
      for (let i = 0; i < sites; i++) bridge[i] = within[i]! * noise.normal();
    }
    if (isCoupled) {
      lag.meanOver(h, x, next, bridge, mean);
      this.receive(mean, nextReceived);
      for (let i = 0; i < sites; i++) {
        next[i] = flow(kicked[i]! + kick[i]! * m * nextReceived[i]!, shrink[i]!, bend[i]!);
      }
      lag.step(h, x, next, bridge);
      this.receive(lag.seen, nextReceived);
    }
    const q = (from.quadratic + to.quadratic) / 2;
    const r = (from.quartic + to.quartic) / 2;
    let heat = this.areaHeat;
    for (let i = 0; i < sites; i++) {
      const a = x[i]!;
      const b = next[i]!;
      let force =
        fixed[i]! -
        (leakFixed[i]! + q * leakSet[i]!) * 0.5 * (a + b) -
        r * quartic[i]! * (a + b) * (a * a + b * b);
      if (isCoupled) force += m * 0.5 * (received[i]! + nextReceived[i]!);
      heat += force * (b - a);
    }
    this.heat += heat;
    this.see(h);
    x.set(next);
    if (isCoupled) received.set(nextReceived);
  }

  /** The readout's low-pass over a step in which x is taken to go straight, but for its noise. */
  private see(h: number): void {
    const { seen, x, next, bridge } = this;
    const tau = this.circuit.readoutPole;
    if (tau === 0) {
      seen.set(next);
      return;
    }
    const decay = Math.exp(-h / tau);
    const behind = bridgeBehind(h, tau);
    for (let i = 0; i < seen.length; i++) {
      const line = lineBehind(seen[i]!, x[i]!, next[i]!, tau / h, decay);
      seen[i] = line + behind * bridge[i]!;
    }
  }

  private energy({ coupling, quadratic, quartic, drives }: Knobs): number {
    const { circuit, x, nextReceived: received } = this;
    // Of the nodes themselves: what couplings do late is work of active elements.
    this.receive(x, received);
    let sum = 0;
    for (let i = 0; i < circuit.sites; i++) {
      const a = x[i]!;
      sum += 0.5 * (circuit.leakFixed[i]! + quadratic * circuit.leakSet[i]!) * a * a;
      sum += quartic * circuit.quartic[i]! * a ** 4 - circuit.current[i]! * a;
      if (circuit.couplings !== null) sum -= 0.5 * coupling * a * received[i]!;
      for (let d = 0; d < drives.length; d++) sum -= drives[d]! * circuit.drives[d]![i]! * a;
    }
    return sum;
  }

  private read(shot: number, step: number, random: RandomStream, sink: ShotSink): void {
    const { circuit, seen, shown } = this;
    for (let i = 0; i < shown.length; i++) {
      const value = circuit.gain[i]! * (seen[i]! + circuit.offset[i]!);
      const size = circuit.readoutNoise[i]!;
      shown[i] = size > 0 ? value + size * random.normal() : value;
    }
    sink.readout(shot, step, shown);
  }
}

/** x' = −a x − b x³ over half a step: shrink = e^{−ah/2}, bend = b (1 − e^{−ah}) / a. */
const flow = (x: number, shrink: number, bend: number): number =>
  (x * shrink) / Math.sqrt(1 + bend * x * x);

const still = (circuit: CalibratedCircuit): Omit<Knobs, 'drives'> => ({
  coupling: 1,
  quadratic: 1,
  quartic: 1,
  temperature: circuit.temperature,
});

/**
 * E[½ ∫ (δx_j dδx_i − δx_i dδx_j)] of a step h for δx' = J δx/c + noise, times J: (h²/4) Σ_i Σ_j J_ij (J_ij N_j/c_i − J_ji N_i/c_j),
 * N = 2 T n/c². Given node by node, for a temperature of 1 of the node whose noise it is.
 */
function areasOf({ sites, couplings, capacitance, noise }: CalibratedCircuit): Float64Array {
  const out = new Float64Array(sites);
  if (couplings === null) return out;
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < sites; j++) {
      const [J, back] = [couplings[i * sites + j]!, couplings[j * sites + i]!];
      if (J === 0) continue;
      const rate = (k: number): number => (2 * noise[k]!) / capacitance[k]! ** 2;
      out[j] = out[j]! + (J * J * rate(j)) / (4 * capacitance[i]!);
      out[i] = out[i]! - (J * back * rate(i)) / (4 * capacitance[j]!);
    }
  }
  return out;
}

interface Segment {
  readonly t0: number;
  readonly t1: number;
  readonly steps: number;
  /** Number of the readout at t1, or −1. */
  readonly readout: number;
}

/** Knots nearer to a readout than this share of the duration are taken to be at it. */
const SAME_TIME = 1e-9;

function segmentsOf(program: Program, times: Float64Array, longest: number): Segment[] {
  const { controls, drives, duration } = program;
  const near = SAME_TIME * duration;
  const events = Array.from(times, (t, readout) => ({ t, readout })).slice(1);
  for (const curve of [...Object.values(controls), ...drives.map(({ amplitude }) => amplitude)]) {
    for (let k = 0; k < curve.length; k += 2) {
      const t = curve[k]!;
      if (!(t > near && t < duration - near)) continue;
      if (events.every((event) => Math.abs(event.t - t) > near)) events.push({ t, readout: -1 });
    }
  }
  events.sort((a, b) => a.t - b.t);
  let t0 = 0;
  return events.map(({ t, readout }) => {
    const steps = Math.max(1, Math.ceil((t - t0) / longest - 1e-9));
    const segment = { t0, t1: t, steps, readout };
    t0 = t;
    return segment;
  });
}

/** Value of a curve just before t: at a jump the value that it jumps from. */
function valueBefore(curve: Curve, t: number): number {
  const points = curve.length / 2;
  for (let k = 0; k < points; k++) {
    if (curve[2 * k]! < t) continue;
    if (curve[2 * k] === t || k === 0) return curve[2 * k + 1]!;
    const [t0, v0] = [curve[2 * k - 2]!, curve[2 * k - 1]!];
    return v0 + ((curve[2 * k + 1]! - v0) * (t - t0)) / (curve[2 * k]! - t0);
  }
  return curve[2 * points - 1]!;
}

const most = (curve: Curve | undefined, usual: number): number => {
  if (curve === undefined) return usual;
  let found = 0;
  for (let k = 1; k < curve.length; k += 2) found = Math.max(found, Math.abs(curve[k]!));
  return found;
};

/** Curvatures of wells where fields, couplings and temperature hold a node, and the couplings themselves. */
function fastestRate(circuit: CalibratedCircuit, { controls, drives }: Program): number {
  const { sites, capacitance, couplings } = circuit;
  const m = most(controls.coupling, 1);
  const q = most(controls.quadratic, 1);
  const r = most(controls.quartic, 1);
  const T = most(controls.temperature, circuit.temperature);
  let fastest = 1;
  for (let i = 0; i < sites; i++) {
    let row = 0;
    if (couplings !== null) {
      for (let j = 0; j < sites; j++) row += m * Math.abs(couplings[i * sites + j]!);
    }
    let force = Math.abs(circuit.current[i]!);
    drives.forEach(({ amplitude }, d) => {
      force += most(amplitude, 0) * Math.abs(circuit.drives[d]![i]!);
    });
    const k = circuit.leakFixed[i]! + q * circuit.leakSet[i]!;
    const cubic = 4 * r * circuit.quartic[i]!;
    const hot = circuit.siteTemperature?.[i] ?? T;
    const reach =
      cubic > 0
        ? Math.max(0, row - k) / cubic +
          Math.cbrt(force / cubic) ** 2 +
          WARM * Math.sqrt(hot / cubic)
        : 0;
    const rate =
      (Math.max(Math.abs(k), row, Math.abs(k + 3 * cubic * reach)) + row / 2) / capacitance[i]!;
    fastest = Math.max(fastest, rate);
  }
  return fastest;
}
