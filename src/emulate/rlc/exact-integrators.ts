import { Matrix } from 'ml-matrix';
import {
  multiply,
  pack,
  pack64,
  packTransposed64,
  workLength,
  type Engine,
  type Panels,
} from '../../kernels/index.js';
import { dot } from '../langevin/coupling-matrix.js';
import { generalOrnsteinUhlenbeck } from '../langevin/general-ornstein-uhlenbeck.js';
import { linearModes, spectrum } from '../langevin/linear-modes.js';
import { choleskyInPlace } from '../langevin/ornstein-uhlenbeck.js';
import { KNOB, type Knobs } from '../langevin/protocol.js';
import { OSCILLATOR_STEP, oscillatorStep } from './oscillator-step.js';
import { sameEverywhere, type RlcIntegrator, type RlcSetting } from './rlc-integrator.js';

/**
 * Exact step of linear cells that are alike in friction and temperature: each eigenmode of A = 2q − cJ is a damped
 * oscillator by itself. Modes that share one eigenvalue (the background) cost nothing.
 */
export class ModalOscillators implements RlcIntegrator {
  readonly name = 'exact';
  readonly noisePerSite = 2;
  readonly stiffness: number;
  private readonly modes: ReturnType<typeof linearModes>;
  /** The wells lie in the modes' matrix together with the couplings. */
  private readonly wellsInside: boolean;
  private readonly well: number;
  private readonly toModes: Panels<Float64Array>;
  private readonly fromModes: Panels<Float64Array>;
  /** {@link OSCILLATOR_STEP} numbers a listed mode; the background's, taken off them, last. */
  private readonly steps: Float64Array;
  private readonly force: Float64Array;
  /** What the constant force adds to x and v of each site over a step, in turn; and what it adds to the modes'. */
  private readonly pushed: Float64Array;
  private readonly modePush: Float64Array;
  private readonly forceInModes: Float64Array;
  /** Numbers of a site that go into the modes together: x, v, and both normal numbers where all modes are not listed. */
  private readonly width: 2 | 4;
  private readonly before: Float64Array;
  private readonly inModes: Float64Array;
  /** x and v in turn. */
  private readonly moved: Float64Array;
  private readonly after: Float64Array;
  private readonly work: Float64Array;
  private prepared = [NaN, NaN, NaN, NaN];

  constructor(
    private readonly engine: Engine,
    private readonly setting: RlcSetting,
  ) {
    const { potential, knobs } = setting;
    const { sites, quadratic } = potential;
    const matrix = potential.coupling.toDense();
    this.wellsInside = !sameEverywhere(quadratic);
    this.well = this.wellsInside ? 0 : (quadratic[0] ?? 0);
    if (this.wellsInside) {
      const c = knobs[KNOB.coupling]!;
      for (let k = 0; k < matrix.length; k++) matrix[k]! *= c;
      for (let i = 0; i < sites; i++) matrix[i * sites + i]! -= 2 * quadratic[i]!;
    }
    this.modes = linearModes(matrix, sites);
    const { count, vectors, background } = this.modes;
    const { scratch } = engine;
    this.toModes = pack64(scratch, vectors, count, sites);
    this.fromModes = packTransposed64(scratch, vectors, count, sites);
    this.steps = new Float64Array((count + 1) * OSCILLATOR_STEP);
    this.force = scratch.float64(sites);
    this.pushed = scratch.float64(2 * sites);
    this.modePush = scratch.float64(2 * count);
    this.forceInModes = scratch.float64(count);
    this.width = background === null ? 2 : 4;
    this.before = scratch.float64(this.width * sites);
    this.inModes = scratch.float64(this.width * count);
    this.moved = scratch.float64(2 * count);
    this.after = scratch.float64(2 * sites);
    this.work = scratch.float64(workLength(this.toModes));
    const { least, most } = spectrum(this.modes);
    const reach = this.wellsInside ? 1 : setting.mostCoupling;
    const base = 2 * (this.well + knobs[KNOB.quadratic]!);
    this.stiffness = Math.max(Math.abs(base - reach * least), Math.abs(base - reach * most));
  }

  prepare(h: number, knobs: Knobs): void {
    const base = 2 * (this.well + knobs[KNOB.quadratic]!);
    const factor = this.wellsInside ? 1 : knobs[KNOB.coupling]!;
    const T = knobs[KNOB.temperature]!;
    const { prepared, modes, steps } = this;
    const { count, values, background } = modes;
    if (prepared[0] !== h || prepared[1] !== base || prepared[2] !== factor || prepared[3] !== T) {
      this.prepared = [h, base, factor, T];
      const gamma = this.setting.friction[0] ?? 1;
      const last = count * OSCILLATOR_STEP;
      if (background === null) steps.fill(0, last);
      else oscillatorStep(base - factor * background, gamma, T, h, steps, last);
      for (let k = 0; k < count; k++) {
        const at = k * OSCILLATOR_STEP;
        oscillatorStep(base - factor * values[k]!, gamma, T, h, steps, at);
        for (let s = 0; s < OSCILLATOR_STEP; s++) steps[at + s]! -= steps[last + s]!;
      }
    }
    this.push(knobs);
  }

  restart(): void {
    // Nothing is remembered from step to step.
  }

  advance(z: Float64Array, v: Float64Array, noise: Float64Array): number {
    const { engine, modes, steps, pushed, width, before, inModes, moved, after, work } = this;
    const { count, sites } = modes;
    for (let i = 0; i < sites; i++) {
      const at = i * width;
      before[at] = z[i]!;
      before[at + 1] = v[i]!;
      if (width === 2) continue;
      before[at + 2] = noise[i]!;
      before[at + 3] = noise[sites + i]!;
    }
    multiply(engine, this.toModes, before, inModes, width, work);
    for (let k = 0; k < count; k++) {
      const s = k * OSCILLATOR_STEP;
      const x = inModes[k * width]!;
      const y = inModes[k * width + 1]!;
      // Without a background all modes are listed, and noise is drawn in the modes themselves.
      const p = width === 2 ? noise[k]! : inModes[k * width + 2]!;
      const q = width === 2 ? noise[sites + k]! : inModes[k * width + 3]!;
      moved[2 * k] = steps[s]! * x + steps[s + 1]! * y + steps[s + 6]! * p;
      moved[2 * k + 1] =
        steps[s + 2]! * x + steps[s + 3]! * y + steps[s + 7]! * p + steps[s + 8]! * q;
    }
    const rest = count * OSCILLATOR_STEP;
    for (let i = 0; i < sites; i++) {
      const x = z[i]!;
      const y = v[i]!;
      const p = noise[i]!;
      after[2 * i] =
        steps[rest]! * x + steps[rest + 1]! * y + steps[rest + 6]! * p + pushed[2 * i]!;
      after[2 * i + 1] =
        steps[rest + 2]! * x +
        steps[rest + 3]! * y +
        steps[rest + 7]! * p +
        steps[rest + 8]! * noise[sites + i]! +
        pushed[2 * i + 1]!;
    }
    multiply(engine, this.fromModes, moved, after, 2, work, 1, 1);
    for (let i = 0; i < sites; i++) {
      z[i] = after[2 * i]!;
      v[i] = after[2 * i + 1]!;
    }
    return -1;
  }

  /** What the constant force adds over the step. */
  private push(knobs: Knobs): void {
    const { engine, modes, steps, force, forceInModes, modePush, pushed, work } = this;
    this.setting.potential.constantForce(knobs, force);
    multiply(engine, this.toModes, force, forceInModes, 1, null);
    const rest = modes.count * OSCILLATOR_STEP;
    for (let k = 0; k < modes.count; k++) {
      const s = k * OSCILLATOR_STEP;
      modePush[2 * k] = steps[s + 4]! * forceInModes[k]!;
      modePush[2 * k + 1] = steps[s + 5]! * forceInModes[k]!;
    }
    for (let i = 0; i < force.length; i++) {
      pushed[2 * i] = steps[rest + 4]! * force[i]!;
      pushed[2 * i + 1] = steps[rest + 5]! * force[i]!;
    }
    multiply(engine, this.fromModes, modePush, pushed, 2, work, 1, 1);
  }
}

/**
 * Exact step of linear cells that differ in friction or temperature: the matrix exponential of all 2N variables and
 * the finite-time Lyapunov integral. For knobs that stay as they are, but for drives.
 */
export class CoupledOscillators implements RlcIntegrator {
  readonly name = 'exact';
  readonly noisePerSite = 2;
  readonly stiffness: number;
  private readonly A: Matrix;
  private readonly D: Matrix;
  private readonly propagator: Panels<Float64Array>;
  private readonly noiseFactor: Panels<Float64Array>;
  private response = new Float64Array(0);
  private readonly factor: Float64Array;
  private readonly force: Float64Array;
  private readonly state: Float64Array;
  private readonly moved: Float64Array;
  private readonly pushed: Float64Array;
  private h = NaN;
  private scale = 1;

  constructor(
    private readonly engine: Engine,
    private readonly setting: RlcSetting,
  ) {
    const { potential, friction, temperatures, knobs } = setting;
    const { sites, quadratic } = potential;
    const c = knobs[KNOB.coupling]!;
    this.A = Matrix.zeros(2 * sites, 2 * sites);
    this.D = Matrix.zeros(2 * sites, 2 * sites);
    const J = potential.coupling.toDense();
    let largest = 0;
    for (let i = 0; i < sites; i++) {
      this.A.set(i, sites + i, -1);
      let sum = 0;
      for (let j = 0; j < sites; j++) {
        const own = i === j ? 2 * (quadratic[i]! + knobs[KNOB.quadratic]!) : 0;
        const entry = own - c * J[i * sites + j]!;
        this.A.set(sites + i, j, entry);
        sum += Math.abs(entry);
      }
      largest = Math.max(largest, sum);
      this.A.set(sites + i, sites + i, friction[i]!);
      // One temperature may change: its noise is that of T = 1, scaled.
      const T = temperatures === null ? 1 : temperatures[i]!;
      this.D.set(sites + i, sites + i, 2 * friction[i]! * T);
    }
    this.stiffness = largest;
    this.factor = new Float64Array(4 * sites * sites);
    this.force = new Float64Array(sites);
    const { scratch } = engine;
    this.propagator = pack64(scratch, this.factor, 2 * sites, 2 * sites);
    this.noiseFactor = pack64(scratch, this.factor, 2 * sites, 2 * sites);
    this.state = scratch.float64(2 * sites);
    this.moved = scratch.float64(2 * sites);
    this.pushed = new Float64Array(2 * sites);
  }

  prepare(h: number, knobs: Knobs): void {
    const { setting, factor, force, pushed } = this;
    const { sites } = setting.potential;
    if (h !== this.h) {
      this.h = h;
      const step = generalOrnsteinUhlenbeck(this.A, this.D, h);
      const size = 2 * sites;
      pack(Float64Array.from(step.propagator.to1DArray()), size, size, this.propagator.data);
      this.response = Float64Array.from(step.response.to1DArray());
      factor.set(step.covariance.to1DArray());
      choleskyInPlace(factor, size);
      // Its upper triangle is left as it was.
      for (let i = 0; i < size; i++) factor.fill(0, i * size + i + 1, (i + 1) * size);
      pack(factor, size, size, this.noiseFactor.data);
    }
    this.scale = setting.temperatures === null ? Math.sqrt(knobs[KNOB.temperature]!) : 1;
    setting.potential.constantForce(knobs, force);
    for (let i = 0; i < 2 * sites; i++) {
      pushed[i] = dot(this.response, i * 2 * sites + sites, force, sites);
    }
  }

  restart(): void {
    // Nothing is remembered from step to step.
  }

  advance(z: Float64Array, v: Float64Array, noise: Float64Array): number {
    const { engine, propagator, noiseFactor, state, moved, pushed, scale } = this;
    const sites = z.length;
    state.set(z);
    state.set(v, sites);
    moved.set(pushed);
    multiply(engine, propagator, state, moved, 1, null, 1, 1);
    multiply(engine, noiseFactor, noise, moved, 1, null, scale, 1);
    z.set(moved.subarray(0, sites));
    v.set(moved.subarray(sites));
    return -1;
  }
}
