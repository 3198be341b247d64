import { CompensatedSum, type ShotLedger } from '../../thermo/index.js';
import { addWork, driveWork, type Potential } from './potential.js';
import { KNOB, type Knobs } from './protocol.js';
import { SiteHeats } from './site-heats.js';

/**
 * What the ledgers of motion in a {@link Potential} share: knobs move at a fixed state (work, exactly Σ Δknobs·terms), the
 * state moves at fixed knobs (heat, the energy's decrease). Several baths share the heat as {@link SiteHeats} says.
 */
export abstract class PotentialAccount {
  /** Of the potential, at the state that was last accounted. */
  protected readonly terms: Float64Array;
  /** Terms before the state moved. */
  protected readonly earlier: Float64Array;
  /** Null: one bath. */
  protected readonly siteHeats: SiteHeats | null;
  private readonly workSum = new CompensatedSum();
  private readonly driveSum = new CompensatedSum();
  private readonly heatSum = new CompensatedSum();
  private readonly entropySum = new CompensatedSum();

  /**
   * @param siteBath bath of each free site; null: one bath
   * @param bathTemperatures of several baths
   */
  constructor(
    protected readonly potential: Potential,
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

  /** True while every term of the energy is a number. */
  get finite(): boolean {
    return this.terms.every(Number.isFinite);
  }

  /** Energy of the state that was last accounted. */
  abstract energy(knobs: Knobs): number;

  /** The knobs move at the state that was last accounted. */
  turn(from: Knobs, to: Knobs): void {
    if (from === to) return;
    addWork(this.workSum, this.terms, from, to);
    this.driveSum.add(driveWork(this.terms, 0, from, to));
  }

  /** @param energyChange both ends computed from scratch */
  close(energyChange: number, entropyDefined: boolean): ShotLedger {
    return {
      work: this.work,
      driveWork: this.driveSum.value,
      controlWork: this.work - this.driveSum.value,
      heat: this.heat,
      bathHeat: this.siteHeats?.heats ?? [this.heat],
      energyChange,
      mediumEntropy: entropyDefined ? (this.siteHeats?.entropy ?? this.entropySum.value) : NaN,
    };
  }

  /** Starts a shot at a state; without velocities v is null. */
  protected start(z: Float64Array, v: Float64Array | null): void {
    this.workSum.reset();
    this.driveSum.reset();
    this.heatSum.reset();
    this.entropySum.reset();
    this.takeTerms(z);
    this.siteHeats?.begin(z, v);
  }

  /** All terms at a state, couplings' included. */
  protected takeTerms(z: Float64Array): void {
    this.potential.localTerms(z, this.terms);
    this.potential.receive(z, this.terms);
  }

  /** Books heat at these knobs, which is the one bath's or is told to {@link siteHeats} as well. */
  protected bookHeat(heat: number, knobs: Knobs): void {
    this.heatSum.add(heat);
    if (this.siteHeats === null) this.entropySum.add(heat / knobs[KNOB.temperature]!);
  }
}
