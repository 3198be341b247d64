import { energyOf } from './potential.js';
import { PotentialAccount } from './potential-account.js';
import type { Knobs } from './protocol.js';

/**
 * The ledger of a circuit while a shot runs. Knobs move at a fixed state, then the state moves at fixed knobs (heat, the
 * potential's decrease). Over a stretch of constant knobs heat telescopes, so terms are taken only where something
 * needs them. With this split Jarzynski's equality holds for any step of an exact integrator, and W, Q carry an error of
 * second order in the step.
 */
export class CircuitAccount extends PotentialAccount {
  /** Starts a shot at a state. */
  begin(z: Float64Array): void {
    this.start(z, null);
  }

  energy(knobs: Knobs): number {
    return energyOf(this.terms, knobs);
  }

  /** The state has moved at these knobs, couplings' term included. */
  move(z: Float64Array, knobs: Knobs): void {
    this.earlier.set(this.terms);
    this.takeTerms(z);
    this.book(knobs);
    this.siteHeats?.move(z, null, knobs);
  }

  /** The state has moved; the couplings' term is left for {@link settleCouplings}. */
  moveLocal(z: Float64Array, knobs: Knobs): void {
    this.earlier.set(this.terms);
    this.potential.localTerms(z, this.terms);
    this.book(knobs);
  }

  /** The couplings' term since it was last taken, all at one coupling factor. */
  settleCouplings(z: Float64Array, knobs: Knobs): void {
    this.earlier.set(this.terms);
    this.potential.receive(z, this.terms);
    this.book(knobs);
  }

  private book(knobs: Knobs): void {
    const { earlier, terms } = this;
    let before = earlier[0]!;
    let after = terms[0]!;
    for (let k = 1; k < terms.length; k++) {
      before += knobs[k]! * earlier[k]!;
      after += knobs[k]! * terms[k]!;
    }
    this.bookHeat(before - after, knobs);
  }
}
