import { CompensatedSum, type ShotLedger } from '../../thermo/index.js';
import { energyOf, workOf, type Potential } from '../langevin/potential.js';
import { KNOB, type Knobs } from '../langevin/protocol.js';

/**
 * The ledger of an underdamped circuit while a shot runs. Energy is V + Σ ½v². As on the overdamped circuit, knobs move at a
 * fixed state (work, exactly Σ Δknobs·terms) and the state moves at fixed knobs (heat, the energy's decrease), so the
 * first law holds to rounding.
 *
 * With several baths, site i gets Qᵢ = −Δ(½vᵢ²) − Δu(xᵢ) + ½c(bᵢ + bᵢ')Δxᵢ, b = Jx: exact for what is the site's own,
 * the trapezoid for what the couplings do on it. These add up to the total.
 */
export class RlcAccount {
  readonly terms: Float64Array;
  kinetic = 0;
  private readonly earlier: Float64Array;
  private readonly workSum = new CompensatedSum();
  private readonly heatSum = new CompensatedSum();
  private readonly entropySum = new CompensatedSum();
  private readonly bathSums: CompensatedSum[];
  private readonly z0: Float64Array;
  private readonly v0: Float64Array;
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
    this.v0 = new Float64Array(potential.sites);
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
  begin(z: Float64Array, v: Float64Array): void {
    this.workSum.reset();
    this.heatSum.reset();
    this.entropySum.reset();
    for (const sum of this.bathSums) sum.reset();
    this.take(z, v);
    this.remember(z, v);
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
    if (this.siteBath === null) this.entropySum.add(heat / knobs[KNOB.temperature]!);
    else {
      this.bookBaths(z, v, knobs);
      this.remember(z, v);
    }
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
      bathHeat: this.siteBath === null ? [this.heat] : this.bathSums.map((sum) => sum.value),
      energyChange,
      mediumEntropy: entropyDefined ? this.entropySum.value : NaN,
    };
  }

  private take(z: Float64Array, v: Float64Array): void {
    this.potential.localTerms(z, this.terms);
    this.potential.receive(z, this.terms);
    this.kinetic = kineticEnergy(v);
  }

  private bookBaths(z: Float64Array, v: Float64Array, knobs: Knobs): void {
    const { potential, z0, v0, received0, constant, bathSums, siteBath, bathTemperatures } = this;
    const { received, quadratic, quartic, fields, drives } = potential;
    const c = knobs[KNOB.coupling]!;
    const q0 = knobs[KNOB.quadratic]!;
    const r0 = knobs[KNOB.quartic]!;
    constant.set(fields);
    for (let d = 0; d < drives.length; d++) {
      const A = knobs[KNOB.drives + d]!;
      for (let i = 0; i < z.length; i++) constant[i]! += A * drives[d]![i]!;
    }
    for (let i = 0; i < z.length; i++) {
      const x = z[i]!;
      const y = z0[i]!;
      const q = quadratic[i]! + q0;
      const r = quartic[i]! + r0;
      const own = (x - y) * ((x + y) * (q + r * (x * x + y * y)) - constant[i]!);
      const moving = 0.5 * (v[i]! - v0[i]!) * (v[i]! + v0[i]!);
      const heat = 0.5 * c * (received[i]! + received0[i]!) * (x - y) - own - moving;
      const bath = siteBath![i]!;
      bathSums[bath]!.add(heat);
      this.entropySum.add(heat / bathTemperatures[bath]!);
    }
  }

  private remember(z: Float64Array, v: Float64Array): void {
    if (this.siteBath === null) return;
    this.z0.set(z);
    this.v0.set(v);
    this.received0.set(this.potential.received);
  }
}

/** Σ ½v² (mass 1). */
export function kineticEnergy(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * v[i]!;
  return 0.5 * sum;
}
