import type { ResolvedProgram } from '../../device/index.js';
import { Potential } from './potential.js';
import { KNOB, makeProtocol } from './protocol.js';

/**
 * Heat read off a record of states, as one would from a measured circuit: Q_i += ½ (F_i + F_i') Δx_i over successive
 * samples (Sekimoto 1998; Stratonovich). Steady currents read low by the factor (e^{−l₁τ} − e^{−l₂τ})/((l₂ − l₁)τ) for two linear
 * sites sampled every τ, and a quartic well adds a defect −(1/12) V‴ Δx³ a step. For programs whose knobs stay at their
 * first values.
 */
export class SampledHeat {
  /** Into the bath of each free site, since the first sample. */
  readonly perSite: Float64Array;
  private readonly potential: Potential;
  private readonly knobs: Float64Array;
  private readonly constant: Float64Array;
  private readonly terms: Float64Array;
  private readonly force: Float64Array;
  private readonly earlierForce: Float64Array;
  private readonly state: Float64Array;
  private readonly earlier: Float64Array;
  private samples = 0;

  constructor(program: ResolvedProgram) {
    this.potential = new Potential(program);
    this.knobs = makeProtocol(program, Float64Array.of(0, program.duration), Infinity).before;
    const fresh = (): Float64Array => new Float64Array(this.potential.sites);
    this.terms = new Float64Array(this.knobs.length);
    this.perSite = fresh();
    this.constant = fresh();
    this.force = fresh();
    this.earlierForce = fresh();
    this.state = fresh();
    this.earlier = fresh();
  }

  /** @param x all N sites; clamped ones must not change */
  add(x: Float64Array): void {
    const { potential, knobs, constant, force, state, earlier, earlierForce, terms } = this;
    if (this.samples === 0)
      potential.setClamped(Float64Array.from(potential.clamped, (i) => x[i]!));
    earlier.set(state);
    earlierForce.set(force);
    for (let k = 0; k < state.length; k++) state[k] = x[potential.free[k]!]!;
    potential.constantForce(knobs, constant);
    potential.receive(state, terms);
    const c = knobs[KNOB.coupling]!;
    for (let i = 0; i < state.length; i++) {
      const z = state[i]!;
      const q = potential.quadratic[i]! + knobs[KNOB.quadratic]!;
      const r = potential.quartic[i]! + knobs[KNOB.quartic]!;
      const coupled = c * (potential.received[i]! - potential.clampedField[i]!);
      force[i] = constant[i]! + coupled - (2 * q + 4 * r * z * z) * z;
    }
    if (this.samples++ === 0) return;
    for (let i = 0; i < state.length; i++) {
      this.perSite[i]! += 0.5 * (force[i]! + earlierForce[i]!) * (state[i]! - earlier[i]!);
    }
  }

  get total(): number {
    return this.perSite.reduce((a, b) => a + b, 0);
  }
}
