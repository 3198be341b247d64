import { CompensatedSum, type ShotLedger } from '../../thermo/index.js';
import { energyOf, workOf, type Potential } from '../langevin/potential.js';
import { KNOB, type Knobs } from '../langevin/protocol.js';
import { SiteHeats } from '../langevin/site-heats.js';

/**
 * The ledger of an underdamped circuit while a shot runs. Energy is V + Σ ½v². As on the overdamped circuit, knobs move at a
 * fixed state (work, exactly Σ Δknobs·terms) and the state moves at fixed knobs (heat, the energy's decrease), so the
 * first law holds to rounding.
 *
 * Several baths share the heat as {@link SiteHeats} says.
 */
export class RlcAccount {
  readonly terms: Float64Array;
  kinetic = 0;
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
  begin(z: Float64Array, v: Float64Array): void {
    this.workSum.reset();
    this.heatSum.reset();
    this.entropySum.reset();
    this.take(z, v);
    this.siteHeats?.begin(z, v);
  }

  energy(knobs: Knobs): number {
    return energyOf(this.terms, knobs) + this.kinetic;
  }

  /** The knobs move at the state that was last accounted. */
  turn(from: Knobs, to: Knobs): void {
    if (from !== to) this.workSum.add(workOf(this.terms, from, to));
  }

  /** The state has moved at these knobs. */
  move(z: Float64Array, v: Float64Array, knobs: Knobs): void {
    this.earlier.set(this.terms);
    const kinetic = this.kinetic;
    this.take(z, v);
    const heat =
      energyOf(this.earlier, knobs) - energyOf(this.terms, knobs) + (kinetic - this.kinetic);
    this.heatSum.add(heat);
    if (this.siteHeats === null) this.entropySum.add(heat / knobs[KNOB.temperature]!);
    else this.siteHeats.move(z, v, knobs);
  }

  /** True while every term of the energy is a number. */
  get finite(): boolean {
    return Number.isFinite(this.kinetic) && this.terms.every(Number.isFinite);
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

  private take(z: Float64Array, v: Float64Array): void {
    this.potential.localTerms(z, this.terms);
    this.potential.receive(z, this.terms);
    this.kinetic = kineticEnergy(v);
  }
}

/** Σ ½v² (mass 1). */
export function kineticEnergy(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * v[i]!;
  return 0.5 * sum;
}
