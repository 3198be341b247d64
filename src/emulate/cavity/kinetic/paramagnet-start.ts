import { RelaxdError, type RandomStream } from '../../../core/index.js';
import { curveStart, type ResolvedProgram } from '../../../device/index.js';
import { linearModes, type LinearModes } from '../../langevin/linear-modes.js';
import { Protocol } from '../../spin/protocol.js';
import { CAVITY_DEFAULTS } from '../cavity-light.js';
import { spinCouplings } from '../cavity-model.js';
import { CourseSegments } from './course-segments.js';
import { DrivenMagnetisations } from './driven-magnetisations.js';
import { freeCouplings, freeSites } from './free-couplings.js';
import { bathTemperature, withPumpAsCoupling } from './kinetic-program.js';
import { MagnetisationModel } from './magnetisation-model.js';

/** Step of the response to fields, in 1/ω_z. */
const STEP = 0.05;
/** Without fields, growth by at most this many e-foldings a step. */
const FOLDS_A_STEP = 0.25;
const BISECTIONS = 60;

/**
 * Spins below the pump's threshold, and how they leave it (physics page §4.2a). J is that of the program times the pump's
 * power p over threshold, with the diagonal that every fidelity gives it (decision 0023); λ_k, v_k are the modes of the
 * free sites, ℓ_k = λ_k/λ_max. Without clamped sites p = 1 is the threshold of `semiclassical` and `quantum`; clamped
 * ones are a field to the free, whose own threshold p counts from.
 *
 * Magnetisations are m = Σ_k v_k [ζ_k exp ∫γ_k dt + f_k(t)]: quantum noise ζ_k ~ N(0, 1/(2S)) that grows at
 * γ_k = ω_z √max(0, p ℓ_k − 1), and the response f_k to static fields, drives and clamped spins, which obeys the linearised
 * mean field f̈_k = ω_z² [(p ℓ_k − 1) f_k + F_k/λ_max] from rest (λ_max being the transverse energy S ω_z in the program's
 * unit, since 2Sλ_max J = ω_z at p = 1). The largest |m_i| reaching 1 ends the linear regime (decision 0020).
 *
 * Its energy is that of the clamped spins: free ones have none, so that no work is done on them. What ordering sets free
 * becomes heat at that moment.
 */
export class ParamagnetStart {
  /** Magnetisations at the time last asked for, −1 … 1; clamped sites ±1. */
  readonly values: Float64Array;
  /** When the spins order; Infinity while they do not. */
  time = Infinity;
  heat = 0;
  startEnergy = 0;
  private readonly free: Int32Array;
  private readonly modes: LinearModes;
  private readonly ratios: Float64Array;
  private readonly segments: CourseSegments;
  private readonly protocol: Protocol;
  private readonly driven: DrivenMagnetisations;
  private readonly forced: boolean;
  private readonly rate: number;
  private readonly noise: number;
  private readonly scale: number;
  /** F_k of static fields, of each drive at amplitude 1, and of the clamped spins at pump 1; over λ_max. */
  private readonly staticForce: Float64Array;
  private readonly driveForces: readonly Float64Array[];
  private readonly clampForce: Float64Array;
  private readonly zeta: Float64Array;
  /** At the last step: ∫γ_k, f_k and ḟ_k/ω_z; and the same at a trial time. */
  private readonly now: State;
  private readonly trial: State;
  private readonly amplitudes: Float64Array;
  private readonly course: Float64Array;
  private readonly slopes: readonly Float64Array[];
  private at = 0;

  /** @throws RelaxdError `program-refused` where no mode can grow */
  constructor(
    private readonly program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
  ) {
    const { sites, couplings } = program;
    this.rate = parameters['splittingPerRate'] ?? CAVITY_DEFAULTS.splittingPerRate;
    this.noise = Math.sqrt(0.5 / (parameters['spinSize'] ?? CAVITY_DEFAULTS.spinSize));
    this.free = freeSites(program);
    const n = this.free.length;
    this.modes = linearModes(freeCouplings(program, parameters), n, true);
    this.scale = n === 0 ? 0 : this.modes.values[n - 1]!;
    if (!(this.scale > 0)) {
      throw new RelaxdError('program-refused', 'no mode of the free sites can grow', {
        path: 'couplings',
        value: this.scale,
        limit: 'a positive eigenvalue of J',
      });
    }
    this.ratios = this.modes.values.map((value) => value / this.scale);
    this.segments = new CourseSegments(program, bathTemperature(program));
    this.protocol = new Protocol(withPumpAsCoupling(program), bathTemperature(program));
    // A clamped spin's own J_ii m_i² is a constant.
    const spins = spinCouplings(couplings, parameters['modeDamping'] ?? 0);
    const model = new MagnetisationModel(spins, sites, null);
    this.driven = new DrivenMagnetisations(program, this.protocol, model);
    this.forced =
      program.clamped.length > 0 ||
      program.drives.length > 0 ||
      program.fields.some((h) => h !== 0);
    this.values = new Float64Array(sites);
    const fresh = (): Float64Array => new Float64Array(n);
    this.staticForce = this.projected(program.fields);
    this.driveForces = program.drives.map((drive) => this.projected(drive.pattern));
    this.clampForce = fresh();
    this.zeta = fresh();
    this.now = { folds: fresh(), response: fresh(), velocity: fresh() };
    this.trial = { folds: fresh(), response: fresh(), velocity: fresh() };
    this.amplitudes = fresh();
    this.course = new Float64Array(this.segments.columns);
    this.slopes = Array.from({ length: 8 }, fresh);
  }

  get work(): number {
    return this.driven.work;
  }
  /** The pump's share of the work. */
  get controlWork(): number {
    return this.driven.controlWork;
  }
  /** Energy of the paramagnet at the protocol's present values. */
  get energy(): number {
    return this.driven.energy();
  }

  /** @param initial values of clamped sites; free ones are not read */
  begin(initial: Int8Array, stream: RandomStream): void {
    const { program, driven, protocol, zeta, now, values } = this;
    protocol.rewind();
    this.segments.rewind();
    this.time = Infinity;
    this.heat = 0;
    this.at = 0;
    driven.m.fill(0);
    for (const site of program.clamped) driven.m[site] = initial[site]!;
    driven.open();
    this.startEnergy = driven.energy();
    values.set(driven.m);
    this.clampForce.set(this.projected(driven.fields));
    for (let k = 0; k < zeta.length; k++) zeta[k] = this.noise * stream.normal();
    // At rest in the fields of t = 0⁻.
    const pump = curveStart(program.controls.pump!);
    for (let k = 0; k < zeta.length; k++) {
      let force = this.staticForce[k]! + pump * this.clampForce[k]!;
      program.drives.forEach((drive, d) => {
        force += curveStart(drive.amplitude) * this.driveForces[d]![k]!;
      });
      now.folds[k] = 0;
      now.response[k] = force / (1 - pump * this.ratios[k]!);
      now.velocity[k] = 0;
    }
  }

  /** To time t, or to where the spins order; true in that case. Then {@link handOver} is due. */
  advanceTo(t: number): boolean {
    while (this.at < t || this.at === 0) {
      const next = this.nextStep();
      if (this.time === Infinity && this.largestAt(next) >= 1) this.time = this.crossing(next);
      if (this.time <= t) {
        this.show(this.time);
        this.takeProtocol(this.time);
        return true;
      }
      if (this.time < Infinity || next > t) break;
      this.tryTo(next);
      this.now.folds.set(this.trial.folds);
      this.now.response.set(this.trial.response);
      this.now.velocity.set(this.trial.velocity);
      this.at = next;
    }
    this.show(t);
    this.takeProtocol(t);
    return false;
  }

  /** Books what ordering sets free. @param energy of the ordered spins, at the time of ordering */
  handOver(energy: number): void {
    this.heat = this.driven.energy() - energy;
  }

  private takeProtocol(t: number): void {
    this.protocol.advance(t);
    this.driven.settle();
  }

  /** The end of the step from `at`, whatever the readouts. */
  private nextStep(): number {
    const { segments, rate } = this;
    const segment = segments.at(this.at);
    const end = segments.end(segment);
    let width = STEP / rate;
    if (!this.forced) {
      const pump = Math.max(segments.startOf(segment, 0), segments.endOf(segment, 0));
      width = FOLDS_A_STEP / (rate * Math.sqrt(Math.max(0, pump - 1)));
    }
    return this.at + width < end ? this.at + width : end;
  }

  /** The first time after `at` (to rounding) at which a magnetisation is 1, given that one is by `next`. */
  private crossing(next: number): number {
    let [low, high] = [this.at, next];
    for (let k = 0; k < BISECTIONS; k++) {
      const middle = 0.5 * (low + high);
      if (this.largestAt(middle) >= 1) high = middle;
      else low = middle;
    }
    return high;
  }

  /** Largest |m_i| of the free sites at a time within the step, or something below 1 that bounds it. */
  private largestAt(t: number): number {
    this.tryTo(t);
    const { amplitudes } = this;
    let square = 0;
    for (let k = 0; k < amplitudes.length; k++) square += amplitudes[k]! * amplitudes[k]!;
    if (square < 1) return Math.sqrt(square);
    let largest = 0;
    for (let i = 0; i < this.free.length; i++) largest = Math.max(largest, Math.abs(this.site(i)));
    return largest;
  }

  /** Free site i's magnetisation at the trial's amplitudes. */
  private site(i: number): number {
    const { vectors, sites } = this.modes;
    let sum = 0;
    for (let k = 0; k < this.amplitudes.length; k++) {
      sum += this.amplitudes[k]! * vectors[k * sites + i]!;
    }
    return sum;
  }

  private show(t: number): void {
    this.tryTo(t);
    for (let i = 0; i < this.free.length; i++) {
      this.values[this.free[i]!] = Math.max(-1, Math.min(1, this.site(i)));
    }
  }

  /** Amplitudes at a time between `at` and the end of the step. */
  private tryTo(t: number): void {
    const { now, trial, segments, ratios, amplitudes, zeta } = this;
    const segment = segments.at(this.at);
    const width = t - this.at;
    segments.valuesAt(segment, this.at, this.course);
    const before = this.course[0]!;
    segments.valuesAt(segment, t, this.course);
    const after = this.course[0]!;
    for (let k = 0; k < zeta.length; k++) {
      const mean = meanRoot(before * ratios[k]! - 1, after * ratios[k]! - 1);
      trial.folds[k] = now.folds[k]! + this.rate * width * mean;
    }
    if (this.forced) this.respond(segment, t);
    for (let k = 0; k < zeta.length; k++) {
      amplitudes[k] = zeta[k]! * Math.exp(trial.folds[k]!) + trial.response[k]!;
    }
  }

  /** One Runge–Kutta step (fourth order) of the response from `at` to t. */
  private respond(segment: number, t: number): void {
    const { now, trial, slopes, at } = this;
    const width = this.rate * (t - at);
    const n = now.response.length;
    const stage = (index: number, time: number, by: number): void => {
      const [dx, dv] = [slopes[2 * index]!, slopes[2 * index + 1]!];
      const [px, pv] = index === 0 ? [dx, dv] : [slopes[2 * index - 2]!, slopes[2 * index - 1]!];
      this.segments.valuesAt(segment, time, this.course);
      const pump = this.course[0]!;
      for (let k = 0; k < n; k++) {
        const x = now.response[k]! + (index === 0 ? 0 : by * width * px[k]!);
        const v = now.velocity[k]! + (index === 0 ? 0 : by * width * pv[k]!);
        let force = this.staticForce[k]! + pump * this.clampForce[k]!;
        for (let d = 0; d < this.driveForces.length; d++) {
          force += this.course[2 + d]! * this.driveForces[d]![k]!;
        }
        dx[k] = v;
        dv[k] = (pump * this.ratios[k]! - 1) * x + force;
      }
    };
    stage(0, at, 0);
    stage(1, at + 0.5 * (t - at), 0.5);
    stage(2, at + 0.5 * (t - at), 0.5);
    stage(3, t, 1);
    const sixth = width / 6;
    for (let k = 0; k < n; k++) {
      const [a, b, c, d] = [slopes[0]![k]!, slopes[2]![k]!, slopes[4]![k]!, slopes[6]![k]!];
      trial.response[k] = now.response[k]! + sixth * (a + 2 * b + 2 * c + d);
      const [e, f, g, h] = [slopes[1]![k]!, slopes[3]![k]!, slopes[5]![k]!, slopes[7]![k]!];
      trial.velocity[k] = now.velocity[k]! + sixth * (e + 2 * f + 2 * g + h);
    }
  }

  /** v_k · (a pattern on the free sites)/λ_max. */
  private projected(pattern: ArrayLike<number>): Float64Array {
    const { vectors, sites, count } = this.modes;
    return Float64Array.from({ length: count }, (_, k) => {
      let sum = 0;
      for (let i = 0; i < sites; i++) sum += vectors[k * sites + i]! * pattern[this.free[i]!]!;
      return sum / this.scale;
    });
  }
}

interface State {
  readonly folds: Float64Array;
  readonly response: Float64Array;
  readonly velocity: Float64Array;
}

/** The mean of √max(0, y) for y that goes linearly from a to b. */
export function meanRoot(a: number, b: number): number {
  if (a <= 0 && b <= 0) return 0;
  if (a > 0 && b > 0) {
    const [ra, rb] = [Math.sqrt(a), Math.sqrt(b)];
    return ((2 / 3) * (a + ra * rb + b)) / (ra + rb);
  }
  return ((2 / 3) * Math.max(a, b) ** 1.5) / Math.abs(b - a);
}
