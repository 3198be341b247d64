import { CompensatedSum, type ShotLedger } from '../../thermo/index.js';
import { energyOf, workOf, type Potential } from './potential.js';
import { KNOB, type Knobs } from './protocol.js';

/**
 * The ledger of a circuit while a shot runs. Knobs move at a fixed state (work, exactly Σ Δknobs·terms), then the state
 * moves at fixed knobs (heat, the potential's decrease). Over a stretch of constant knobs heat telescopes, so terms
 * are taken only where something needs them. With this split Jarzynski's equality holds for any step of an exact
 * integrator, and W, Q carry an error of second order in the step.
 *
 * With several baths, site i gets Q_i = −Δu(x_i) + ½ c (b_i + b_i') Δx_i, b = Jx: Stratonovich for the couplings
 * (Sekimoto 1998), exact for what is the site's own. These add up to the total.
 */
export class CircuitAccount {
  readonly terms: Float64Array;
  private readonly earlier: Float64Array;
  private readonly workSum = new CompensatedSum();
  private readonly heatSum = new CompensatedSum();
  private readonly entropySum = new CompensatedSum();
  private readonly bathSums: CompensatedSum[];
  private readonly z0: Float64Array;
  private readonly received0: Float64Array;
  private readonly constant: Float64Array;

  /**
   * @param siteBath bath of each free site; null: one bath
   * @param bathTemperatures of several baths
   */
  constructor(
    private readonly potential: Potential,
    private readonly siteBath: Int32Array | null,
    private readonly bathTemperatures: readonly number[],
    knobCount: number,
  ) {
    this.terms = new Float64Array(knobCount);
    this.earlier = new Float64Array(knobCount);
    this.bathSums = bathTemperatures.map(() => new CompensatedSum());
    this.z0 = new Float64Array(potential.sites);
    this.received0 = new Float64Array(potential.sites);
    this.constant = new Float64Array(potential.sites);
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
    for (const sum of this.bathSums) sum.reset();
    this.potential.localTerms(z, this.terms);
    this.potential.receive(z, this.terms);
    this.remember(z);
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
    if (this.siteBath !== null) this.bookBaths(z, knobs);
    this.remember(z);
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
    if (this.siteBath === null) this.entropySum.add(heat / knobs[KNOB.temperature]!);
  }

  private bookBaths(z: Float64Array, knobs: Knobs): void {
    const { potential, z0, received0, constant, bathSums, siteBath, bathTemperatures } = this;
    const { received, quadratic, quartic, fields, drives } = potential;
    const c = knobs[KNOB.coupling]!;
    const q0 = knobs[KNOB.quadratic]!;
    const r0 = knobs[KNOB.quartic]!;
    for (let i = 0; i < z.length; i++) {
      constant[i] = fields[i]!;
      for (let d = 0; d < drives.length; d++)
        constant[i]! += knobs[KNOB.drives + d]! * drives[d]![i]!;
    }
    for (let i = 0; i < z.length; i++) {
      const x = z[i]!;
      const y = z0[i]!;
      const q = quadratic[i]! + q0;
      const r = quartic[i]! + r0;
      const own = (x - y) * ((x + y) * (q + r * (x * x + y * y)) - constant[i]!);
      const heat = 0.5 * c * (received[i]! + received0[i]!) * (x - y) - own;
      const bath = siteBath![i]!;
      bathSums[bath]!.add(heat);
      this.entropySum.add(heat / bathTemperatures[bath]!);
    }
  }

  private remember(z: Float64Array): void {
    if (this.siteBath === null) return;
    this.z0.set(z);
    this.received0.set(this.potential.received);
  }

  /** @param energyChange both ends computed from scratch */
  close(energyChange: number, entropyDefined: boolean): ShotLedger {
    return {
      work: this.work,
      heat: this.heat,
      bathHeat: this.siteBath === null ? [this.heat] : this.bathSums.map((sum) => sum.value),
      energyChange,
      mediumEntropy: entropyDefined ? this.entropySum.value : NaN,
    };
  }
}
