import {
  multiply,
  OSCILLATOR_ROW,
  pack,
  pack64,
  packTransposed64,
  workLength,
  type Engine,
  type Panels,
} from '../../kernels/index.js';
import { dot } from '../langevin/coupling-matrix.js';
import type { Knobs } from '../langevin/protocol.js';
import { CoupledSteps } from './coupled-steps.js';
import { ModalSteps } from './modal-steps.js';
import type { RlcIntegrator, RlcSetting } from './rlc-integrator.js';

/**
 * Exact step of linear cells that are alike in friction and temperature: each eigenmode of A = 2q − cJ is a damped
 * oscillator by itself. Modes that share one eigenvalue (the background) cost nothing.
 */
export class ModalOscillators implements RlcIntegrator {
  readonly name = 'exact';
  readonly noisePerSite = 2;
  private readonly exact: ModalSteps;
  private readonly toModes: Panels<Float64Array>;
  private readonly fromModes: Panels<Float64Array>;
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

  constructor(
    private readonly engine: Engine,
    private readonly setting: RlcSetting,
  ) {
    this.exact = new ModalSteps(setting);
    const { count, sites, vectors, background } = this.exact.modes;
    const { scratch } = engine;
    this.toModes = pack64(scratch, vectors, count, sites);
    this.fromModes = packTransposed64(scratch, vectors, count, sites);
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
  }

  prepare(h: number, knobs: Knobs): void {
    this.exact.prepare(h, knobs);
    this.push(knobs);
  }

  restart(): void {
    // Nothing is remembered from step to step.
  }

  advance(z: Float64Array, v: Float64Array, noise: Float64Array): number {
    const { engine, exact, pushed, width, before, inModes, moved, after, work } = this;
    const { modes, steps } = exact;
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
      const s = k * OSCILLATOR_ROW;
      const x = inModes[k * width]!;
      const y = inModes[k * width + 1]!;
      // Without a background all modes are listed, and noise is drawn in the modes themselves.
      const p = width === 2 ? noise[k]! : inModes[k * width + 2]!;
      const q = width === 2 ? noise[sites + k]! : inModes[k * width + 3]!;
      moved[2 * k] = steps[s]! * x + steps[s + 1]! * y + steps[s + 6]! * p;
      moved[2 * k + 1] =
        steps[s + 2]! * x + steps[s + 3]! * y + steps[s + 7]! * p + steps[s + 8]! * q;
    }
    const rest = count * OSCILLATOR_ROW;
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
    const { engine, exact, force, forceInModes, modePush, pushed, work } = this;
    const { modes, steps } = exact;
    this.setting.potential.constantForce(knobs, force);
    multiply(engine, this.toModes, force, forceInModes, 1, null);
    const rest = modes.count * OSCILLATOR_ROW;
    for (let k = 0; k < modes.count; k++) {
      const s = k * OSCILLATOR_ROW;
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
  private readonly exact: CoupledSteps;
  private readonly propagator: Panels<Float64Array>;
  private readonly noiseFactor: Panels<Float64Array>;
  private readonly force: Float64Array;
  private readonly state: Float64Array;
  private readonly moved: Float64Array;
  private readonly pushed: Float64Array;

  constructor(
    private readonly engine: Engine,
    private readonly setting: RlcSetting,
  ) {
    this.exact = new CoupledSteps(setting);
    const { factor } = this.exact;
    const { sites } = setting.potential;
    this.force = new Float64Array(sites);
    const { scratch } = engine;
    this.propagator = pack64(scratch, factor, 2 * sites, 2 * sites);
    this.noiseFactor = pack64(scratch, factor, 2 * sites, 2 * sites);
    this.state = scratch.float64(2 * sites);
    this.moved = scratch.float64(2 * sites);
    this.pushed = new Float64Array(2 * sites);
  }

  prepare(h: number, knobs: Knobs): void {
    const { setting, exact, force, pushed } = this;
    const { sites } = setting.potential;
    if (exact.prepare(h, knobs)) {
      const size = 2 * sites;
      pack(exact.propagator, size, size, this.propagator.data);
      pack(exact.factor, size, size, this.noiseFactor.data);
    }
    setting.potential.constantForce(knobs, force);
    for (let i = 0; i < 2 * sites; i++) {
      pushed[i] = dot(exact.response, i * 2 * sites + sites, force, sites);
    }
  }

  restart(): void {
    // Nothing is remembered from step to step.
  }

  advance(z: Float64Array, v: Float64Array, noise: Float64Array): number {
    const { engine, exact, propagator, noiseFactor, state, moved, pushed } = this;
    const sites = z.length;
    state.set(z);
    state.set(v, sites);
    moved.set(pushed);
    multiply(engine, propagator, state, moved, 1, null, 1, 1);
    multiply(engine, noiseFactor, noise, moved, 1, null, exact.scale, 1);
    z.set(moved.subarray(0, sites));
    v.set(moved.subarray(sites));
    return -1;
  }
}
