import type { RandomStream } from '../../../core/index.js';
import { lightDelay, type CavityLight } from '../cavity-light.js';
import type { MediatedCouplings } from '../mediated-couplings.js';
import { MediatedField } from './mediated-field.js';
import type { SemiclassicalKernel } from './semiclassical-kernel.js';
import { flowAboutX, flowAboutZ } from './spin-flows.js';
import { makeSpins, type VectorSpins } from './vector-spins.js';

/**
 * Vector spins with the light eliminated (physics page §4.3b): ds/dt = B×s + α s×(s×B),
 * B_i = (−p Σ_j Ĵ_ij [x_j − τ_d ẋ_j] − h_i + ξ_i, 0, 1), with p = 2G the pump over threshold, ẋ = −y (the precession's;
 * what α adds to ẋ would enter at order α τ_d), and ⟨ξ_i ξ_j⟩ = (2κ/|Δ|) J_ij δ(t − t′), J = p Ĵ/(2S). Friction and noise
 * belong together: 4 J T_eff τ_d = 2κJ/|Δ| exactly. Stratonovich: ξ is the fast limit of a real field.
 */
abstract class EliminatedSpins implements SemiclassicalKernel {
  readonly spins: VectorSpins;
  protected readonly mediated: MediatedField;
  protected readonly delay: number;
  protected readonly damping: number;
  /** Variance of ξ in units of Ĵ₊, for unit pump and unit step. */
  private readonly noisePower: number;
  /** Whether `mediated` is that of the present state. */
  protected fresh = false;

  constructor(couplings: MediatedCouplings, light: CavityLight) {
    this.spins = makeSpins(couplings.sites);
    this.delay = lightDelay(light);
    this.damping = light.damping;
    this.mediated = new MediatedField(couplings, this.delay > 0);
    this.noisePower = light.kappa / (Math.abs(light.delta) * light.spinSize);
  }

  begin(_stream: RandomStream): void {
    this.fresh = false;
  }

  moved(): void {
    this.fresh = false;
  }

  abstract step(dt: number, pump: number, field: Float64Array, stream: RandomStream): void;

  control(pump: number): number {
    return pump;
  }

  pumpTerm(): number {
    this.refresh();
    const { x } = this.spins;
    const { direct } = this.mediated;
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i]! * direct[i]!;
    return -0.5 * sum;
  }

  restTerm(): number {
    return 0;
  }

  protected refresh(): void {
    if (!this.fresh) this.mediated.evaluate(this.spins.x, this.spins.y);
    this.fresh = true;
  }

  protected drawNoise(dt: number, pump: number, stream: RandomStream): void {
    this.mediated.drawNoise((this.noisePower * pump) / dt, stream);
  }
}

/** Heun's scheme, then every spin is made of unit length again: second order. */
export class HeunSpins extends EliminatedSpins {
  private readonly predicted: VectorSpins;
  /** Slopes at the start of a step. */
  private readonly slope: VectorSpins;

  constructor(couplings: MediatedCouplings, light: CavityLight) {
    super(couplings, light);
    this.predicted = makeSpins(couplings.sites);
    this.slope = makeSpins(couplings.sites);
  }

  override step(dt: number, pump: number, field: Float64Array, stream: RandomStream): void {
    const { spins, predicted, slope, mediated, delay, damping } = this;
    const { x, y, z } = spins;
    const { direct, lagged, noise } = mediated;
    this.drawNoise(dt, pump, stream);
    this.refresh();
    for (let i = 0; i < x.length; i++) {
      const b = noise[i]! - field[i]! - pump * (direct[i]! + delay * lagged[i]!);
      const along = x[i]! * b + z[i]!;
      slope.x[i] = -y[i]! + damping * (x[i]! * along - b);
      slope.y[i] = x[i]! - b * z[i]! + damping * y[i]! * along;
      slope.z[i] = b * y[i]! + damping * (z[i]! * along - 1);
      predicted.x[i] = x[i]! + dt * slope.x[i]!;
      predicted.y[i] = y[i]! + dt * slope.y[i]!;
      predicted.z[i] = z[i]! + dt * slope.z[i]!;
    }
    mediated.evaluate(predicted.x, predicted.y);
    const half = 0.5 * dt;
    for (let i = 0; i < x.length; i++) {
      const u = predicted.x[i]!;
      const v = predicted.y[i]!;
      const w = predicted.z[i]!;
      const b = noise[i]! - field[i]! - pump * (direct[i]! + delay * lagged[i]!);
      const along = u * b + w;
      const p = x[i]! + half * (slope.x[i]! - v + damping * (u * along - b));
      const q = y[i]! + half * (slope.y[i]! + u - b * w + damping * v * along);
      const r = z[i]! + half * (slope.z[i]! + b * v + damping * (w * along - 1));
      const scale = 1 / Math.sqrt(p * p + q * q + r * r);
      x[i] = scale * p;
      y[i] = scale * q;
      z[i] = scale * r;
    }
    this.fresh = false;
  }
}

/**
 * Strang splitting: half the exact motion about z, all of it about x, half about z. Second order, |s| kept, and without
 * damping, friction and noise symplectic: the energy then oscillates by O(dt²) and does not drift, where Heun's gains
 * (B dt)⁴/8 of itself a step. The motion about x leaves x alone, so its field stands still; with damping or friction it
 * is taken at the middle of the step.
 */
export class StrangSpins extends EliminatedSpins {
  private readonly middle: VectorSpins;
  private readonly along: Float64Array;

  constructor(couplings: MediatedCouplings, light: CavityLight) {
    super(couplings, light);
    this.middle = makeSpins(couplings.sites);
    this.along = new Float64Array(couplings.sites);
  }

  override step(dt: number, pump: number, field: Float64Array, stream: RandomStream): void {
    const { spins, middle, mediated, along, damping, delay } = this;
    this.drawNoise(dt, pump, stream);
    flowAboutZ(spins, 0.5 * dt, damping);
    mediated.evaluate(spins.x, spins.y);
    this.gather(pump, field);
    if (damping > 0 || delay > 0) {
      flowAboutX(spins, along, 0.5 * dt, damping, middle);
      mediated.evaluate(middle.x, middle.y);
      this.gather(pump, field);
    }
    flowAboutX(spins, along, dt, damping, spins);
    flowAboutZ(spins, 0.5 * dt, damping);
    this.fresh = false;
  }

  private gather(pump: number, field: Float64Array): void {
    const { along, delay } = this;
    const { direct, lagged, noise } = this.mediated;
    for (let i = 0; i < along.length; i++) {
      along[i] = noise[i]! - field[i]! - pump * (direct[i]! + delay * lagged[i]!);
    }
  }
}
