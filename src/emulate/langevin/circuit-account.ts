import { CompensatedSum, type ShotLedger } from '../../thermo/index.js';
import { energyOf, workOf, type Potential } from './potential.js';
import { KNOB, type Knobs } from './protocol.js';
import { SiteHeats } from './site-heats.js';

/**
 * The ledger of a circuit while a shot runs. Knobs move at a fixed state (work, exactly Σ Δknobs·terms), then the state
 * moves at fixed knobs (heat, the potential's decrease). Over a stretch of constant knobs heat telescopes, so terms
 * are taken only where something needs them. With this split Jarzynski's equality holds for any step of an exact
 * integrator, and W, Q carry an error of second order in the step.
 *
 * Several baths share the heat as {@link SiteHeats} says.
 */
export class CircuitAccount {
  readonly terms: Float64Array;
  private readonly earlier: Float64Array;
  private readonly workSum = new CompensatedSum();
  private readonly heatSum = new CompensatedSum();
  private readonly entropySum = new CompensatedSum();
  private readonly siteHeats: SiteHeats | null;

  /**
   * @param siteBath bath of each free site; null: one bath
   * @param bathTemperatures of several baths
   */
  constructor(
    private readonly potential: Potential,
    siteBath: Int32Array | null,
    bathTemperatures: readonly number[],
    knobCount: number,
  ) {
    this.terms = new Float64Array(knobCount);
    this.earlier = new Float64Array(knobCount);
    this.siteHeats =
      siteBath === null ? null : new SiteHeats(potential, siteBath, bathTemperatures);
  }

  get work(): number {
    return this.workSum.value;
  }
  get heat(): number {
    return this.heatSum.value;
  }

  /** Starts a shot at a state. */
  begin(z: Float64Array): void {
    this.workSum.reset();
    this.heatSum.reset();
    this.entropySum.reset();
    this.potential.localTerms(z, this.terms);
    this.potential.receive(z, this.terms);
    this.siteHeats?.begin(z, null);
  }

  energy(knobs: Knobs): number {
    return energyOf(this.terms, knobs);
  }

  /** The knobs move at the state that was last accounted. */
  turn(from: Knobs, to: Knobs): void {
    if (from !== to) this.workSum.add(workOf(this.terms, from, to));
  }

  /** The state has moved at these knobs, couplings' term included. */
  move(z: Float64Array, knobs: Knobs): void {
    const { potential, terms, earlier } = this;
    earlier.set(terms);
    potential.localTerms(z, terms);
    potential.receive(z, terms);
    this.book(earlier, knobs);
    this.siteHeats?.move(z, null, knobs);
  }

  /** The state has moved; the couplings' term is left for {@link settleCouplings}. */
  moveLocal(z: Float64Array, knobs: Knobs): void {
    const { terms, earlier } = this;
    earlier.set(terms);
    this.potential.localTerms(z, terms);
    this.book(earlier, knobs);
  }

  /** The couplings' term since it was last taken, all at one coupling factor. */
  settleCouplings(z: Float64Array, knobs: Knobs): void {
    const { terms, earlier } = this;
    earlier.set(terms);
    this.potential.receive(z, terms);
    this.book(earlier, knobs);
  }

  /** True while every term of the energy is a number. */
  get finite(): boolean {
    return this.terms.every(Number.isFinite);
  }

  private book(earlier: Float64Array, knobs: Knobs): void {
    const heat = energyOf(earlier, knobs) - energyOf(this.terms, knobs);
    this.heatSum.add(heat);
    if (this.siteHeats === null) this.entropySum.add(heat / knobs[KNOB.temperature]!);
  }

  /** @param energyChange both ends computed from scratch */
  close(energyChange: number, entropyDefined: boolean): ShotLedger {
    return {
      work: this.work,
      heat: this.heat,
      bathHeat: this.siteHeats?.heats ?? [this.heat],
      energyChange,
      mediumEntropy: entropyDefined ? (this.siteHeats?.entropy ?? this.entropySum.value) : NaN,
    };
  }
}
