import { energyOf } from '../langevin/potential.js';
import { PotentialAccount } from '../langevin/potential-account.js';
import type { Knobs } from '../langevin/protocol.js';

/**
 * The ledger of an underdamped circuit while a shot runs. Energy is V + Σ ½v². As on the overdamped circuit, knobs move at a
 * fixed state and the state moves at fixed knobs, so the first law holds to rounding.
 */
export class RlcAccount extends PotentialAccount {
  private kinetic = 0;

  /** Starts a shot at a state. */
  begin(z: Float64Array, v: Float64Array): void {
    this.kinetic = kineticEnergy(v);
    this.start(z, v);
  }

  energy(knobs: Knobs): number {
    return energyOf(this.terms, knobs) + this.kinetic;
  }

  /** The state has moved at these knobs. */
  move(z: Float64Array, v: Float64Array, knobs: Knobs): void {
    const { terms, earlier, kinetic } = this;
    earlier.set(terms);
    this.takeTerms(z);
    this.kinetic = kineticEnergy(v);
    const heat = energyOf(earlier, knobs) - energyOf(terms, knobs) + (kinetic - this.kinetic);
    this.bookHeat(heat, knobs);
    this.siteHeats?.move(z, v, knobs);
  }

  override get finite(): boolean {
    return Number.isFinite(this.kinetic) && super.finite;
  }
}

/** Σ ½v² (mass 1). */
export function kineticEnergy(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * v[i]!;
  return 0.5 * sum;
}
