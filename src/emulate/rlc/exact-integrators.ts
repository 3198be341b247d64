import { Matrix } from 'ml-matrix';
import { dot } from '../langevin/coupling-matrix.js';
import { generalOrnsteinUhlenbeck } from '../langevin/general-ornstein-uhlenbeck.js';
import { addModes, linearModes, project, spectrum } from '../langevin/linear-modes.js';
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
  /** {@link OSCILLATOR_STEP} numbers a listed mode; the background's, taken off them, last. */
  private readonly steps: Float64Array;
  private readonly force: Float64Array;
  private readonly pushedX: Float64Array;
  private readonly pushedV: Float64Array;
  private readonly a: Float64Array;
  private readonly b: Float64Array;
  private readonly n: Float64Array;
  private readonly m: Float64Array;
  private noise: Float64Array = new Float64Array(0);
  private second: Float64Array = new Float64Array(0);
  private prepared = [NaN, NaN, NaN, NaN];

  constructor(private readonly setting: RlcSetting) {
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
    const { count } = this.modes;
    this.steps = new Float64Array((count + 1) * OSCILLATOR_STEP);
    this.force = new Float64Array(sites);
    this.pushedX = new Float64Array(sites);
    this.pushedV = new Float64Array(sites);
    this.a = new Float64Array(count);
    this.b = new Float64Array(count);
    this.n = new Float64Array(count);
    this.m = new Float64Array(count);
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
    const { modes, steps, a, b, pushedX, pushedV } = this;
    const { count, sites, vectors, background } = modes;
    if (this.noise !== noise) {
      this.noise = noise;
      this.second = noise.subarray(sites);
    }
    const { second } = this;
    for (let k = 0; k < count; k++) {
      const at = k * OSCILLATOR_STEP;
      const x = dot(vectors, k * sites, z, sites);
      const y = dot(vectors, k * sites, v, sites);
      // Without a background all modes are listed, and noise is drawn in the modes themselves.
      const p = background === null ? noise[k]! : dot(vectors, k * sites, noise, sites);
      const q = background === null ? second[k]! : dot(vectors, k * sites, second, sites);
      a[k] = steps[at]! * x + steps[at + 1]! * y + steps[at + 6]! * p;
      b[k] = steps[at + 2]! * x + steps[at + 3]! * y + steps[at + 7]! * p + steps[at + 8]! * q;
    }
    const rest = count * OSCILLATOR_STEP;
    for (let i = 0; i < sites; i++) {
      const x = z[i]!;
      const y = v[i]!;
      z[i] = steps[rest]! * x + steps[rest + 1]! * y + steps[rest + 6]! * noise[i]! + pushedX[i]!;
      v[i] =
        steps[rest + 2]! * x +
        steps[rest + 3]! * y +
        steps[rest + 7]! * noise[i]! +
        steps[rest + 8]! * second[i]! +
        pushedV[i]!;
    }
    addModes(modes, a, z);
    addModes(modes, b, v);
    return -1;
  }

  /** What the constant force adds over the step. */
  private push(knobs: Knobs): void {
    const { modes, steps, force, n, m, pushedX, pushedV } = this;
    this.setting.potential.constantForce(knobs, force);
    project(modes, force, n);
    const rest = modes.count * OSCILLATOR_STEP;
    for (let k = 0; k < modes.count; k++) {
      const f = n[k]!;
      n[k] = steps[k * OSCILLATOR_STEP + 4]! * f;
      m[k] = steps[k * OSCILLATOR_STEP + 5]! * f;
    }
    for (let i = 0; i < force.length; i++) {
      pushedX[i] = steps[rest + 4]! * force[i]!;
      pushedV[i] = steps[rest + 5]! * force[i]!;
    }
    addModes(modes, n, pushedX);
    addModes(modes, m, pushedV);
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
  private propagator = new Float64Array(0);
  private response = new Float64Array(0);
  private readonly factor: Float64Array;
  private readonly force: Float64Array;
  private readonly state: Float64Array;
  private readonly pushed: Float64Array;
  private h = NaN;
  private scale = 1;

  constructor(private readonly setting: RlcSetting) {
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
    this.state = new Float64Array(2 * sites);
    this.pushed = new Float64Array(2 * sites);
  }

  prepare(h: number, knobs: Knobs): void {
    const { setting, factor, force, pushed } = this;
    const { sites } = setting.potential;
    if (h !== this.h) {
      this.h = h;
      const step = generalOrnsteinUhlenbeck(this.A, this.D, h);
      this.propagator = Float64Array.from(step.propagator.to1DArray());
      this.response = Float64Array.from(step.response.to1DArray());
      factor.set(step.covariance.to1DArray());
      choleskyInPlace(factor, 2 * sites);
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
    const { propagator, factor, state, pushed, scale } = this;
    const sites = z.length;
    const size = 2 * sites;
    state.set(z);
    state.set(v, sites);
    for (let i = 0; i < size; i++) {
      const moved =
        dot(propagator, i * size, state, size) +
        pushed[i]! +
        scale * dot(factor, i * size, noise, i + 1);
      if (i < sites) z[i] = moved;
      else v[i - sites] = moved;
    }
    return -1;
  }
}
