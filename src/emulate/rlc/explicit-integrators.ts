import type { Engine } from '../../kernels/index.js';
import { KNOB, type Knobs } from '../langevin/protocol.js';
import { CouplingProduct } from './coupling-product.js';
import type { RlcIntegrator, RlcIntegratorName, RlcSetting } from './rlc-integrator.js';

/** What the schemes share that take forces at a point: the force, and the guard against steps that are too long. */
abstract class ForceIntegrator implements RlcIntegrator {
  abstract readonly name: RlcIntegratorName;
  readonly noisePerSite = 1;
  protected h = 0;
  /** Force at the present state; valid unless stale. */
  protected readonly force: Float64Array;
  protected stale = true;
  private readonly constant: Float64Array;
  private readonly product: CouplingProduct;
  private coupling = 1;
  private quadraticForAll = 0;
  private quarticForAll = 0;
  private prepared: { h: number; knobs: Float64Array };

  constructor(
    engine: Engine,
    protected readonly setting: RlcSetting,
  ) {
    const { potential, knobs } = setting;
    this.force = engine.scratch.float64(potential.sites);
    this.constant = new Float64Array(potential.sites);
    this.product = new CouplingProduct(engine, potential.coupling);
    this.prepared = { h: NaN, knobs: new Float64Array(knobs.length).fill(NaN) };
  }

  prepare(h: number, knobs: Knobs): void {
    const { prepared } = this;
    if (prepared.h === h && prepared.knobs.every((value, k) => value === knobs[k])) return;
    prepared.h = h;
    prepared.knobs.set(knobs);
    this.h = h;
    this.coupling = knobs[KNOB.coupling]!;
    this.quadraticForAll = knobs[KNOB.quadratic]!;
    this.quarticForAll = knobs[KNOB.quartic]!;
    this.setting.potential.constantForce(knobs, this.constant);
    this.stale = true;
    this.prepareNoise(h, knobs[KNOB.temperature]!);
  }

  restart(): void {
    // What clamped sites are held at may have changed with the shot.
    this.prepared.h = NaN;
    this.stale = true;
  }

  protected abstract prepareNoise(h: number, temperature: number): void;
  abstract advance(z: Float64Array, v: Float64Array, noise: Float64Array): number;

  /** Sets {@link force} = −∂V at z. @returns as {@link RlcIntegrator.advance} */
  protected takeForce(z: Float64Array): number {
    const { potential, stiffestStep } = this.setting;
    const { quadratic, quartic } = potential;
    const { force, constant, coupling, quadraticForAll, quarticForAll, h } = this;
    this.product.into(z, force);
    let stiff = -1;
    for (let i = 0; i < z.length; i++) {
      const x = z[i]!;
      const cubic = 4 * (quartic[i]! + quarticForAll) * x * x;
      if (3 * cubic * h * h > stiffestStep) stiff = i;
      force[i] =
        constant[i]! + coupling * force[i]! - 2 * (quadratic[i]! + quadraticForAll) * x - cubic * x;
    }
    this.stale = false;
    return stiff;
  }
}

/**
 * BAOAB (Leimkuhler & Matthews, AMRX 2013, 34): half a kick by the force, half a drift, the exact Ornstein–Uhlenbeck step
 * of the velocity, half a drift, half a kick. Second order, and exact in the stationary ⟨x²⟩ of linear wells.
 */
export class Baoab extends ForceIntegrator {
  readonly name = 'baoab';
  private readonly decay = new Float64Array(this.force.length);
  private readonly spread = new Float64Array(this.force.length);

  protected prepareNoise(h: number, temperature: number): void {
    const { friction, temperatures } = this.setting;
    for (let i = 0; i < friction.length; i++) {
      const T = temperatures === null ? temperature : temperatures[i]!;
      this.decay[i] = Math.exp(-friction[i]! * h);
      this.spread[i] = Math.sqrt(-T * Math.expm1(-2 * friction[i]! * h));
    }
  }

  advance(z: Float64Array, v: Float64Array, noise: Float64Array): number {
    const { h, force, decay, spread } = this;
    if (this.stale) {
      const stiff = this.takeForce(z);
      if (stiff >= 0) return stiff;
    }
    const half = 0.5 * h;
    for (let i = 0; i < z.length; i++) {
      const kicked = v[i]! + half * force[i]!;
      const turned = decay[i]! * kicked + spread[i]! * noise[i]!;
      z[i] = z[i]! + half * kicked + half * turned;
      v[i] = turned;
    }
    const stiff = this.takeForce(z);
    for (let i = 0; i < v.length; i++) v[i]! += half * force[i]!;
    return stiff;
  }
}

/** x' = x + v h, v' = v + (F(x) − γv) h + √(2γTh) ξ: first order; unstable where h exceeds γ/ω². */
export class EulerMaruyama extends ForceIntegrator {
  readonly name = 'euler-maruyama';
  private readonly amplitude = new Float64Array(this.force.length);

  protected prepareNoise(h: number, temperature: number): void {
    const { friction, temperatures } = this.setting;
    for (let i = 0; i < friction.length; i++) {
      const T = temperatures === null ? temperature : temperatures[i]!;
      this.amplitude[i] = Math.sqrt(2 * friction[i]! * T * h);
    }
  }

  advance(z: Float64Array, v: Float64Array, noise: Float64Array): number {
    const { h, force, amplitude } = this;
    const { friction } = this.setting;
    const stiff = this.takeForce(z);
    if (stiff >= 0) return stiff;
    for (let i = 0; i < z.length; i++) {
      z[i]! += h * v[i]!;
      v[i]! += h * (force[i]! - friction[i]! * v[i]!) + amplitude[i]! * noise[i]!;
    }
    return -1;
  }
}
