import { CompensatedSum } from '../../thermo/index.js';
import type { Potential } from './potential.js';
import { KNOB, type Knobs } from './protocol.js';

/**
 * Heat of a circuit with several baths, site by site: Q_i = −Δ(½v_i²) − Δu(x_i) + ½ c (b_i + b_i') Δx_i, b = Jx, the first term
 * for sites with a velocity. Exact for what is the site's own, Stratonovich for the couplings (Sekimoto 1998). These
 * add up to the total.
 */
export class SiteHeats {
  private readonly sums: CompensatedSum[];
  private readonly entropySum = new CompensatedSum();
  private readonly z0: Float64Array;
  private readonly v0: Float64Array;
  private readonly received0: Float64Array;
  private readonly constant: Float64Array;

  /**
   * @param siteBath bath of each free site
   * @param temperatures of the baths
   */
  constructor(
    private readonly potential: Potential,
    private readonly siteBath: Int32Array,
    private readonly temperatures: readonly number[],
  ) {
    const fresh = (): Float64Array => new Float64Array(potential.sites);
    this.sums = temperatures.map(() => new CompensatedSum());
    this.z0 = fresh();
    this.v0 = fresh();
    this.received0 = fresh();
    this.constant = fresh();
  }

  /** Σ Q/T. */
  get entropy(): number {
    return this.entropySum.value;
  }
  /** Q of each bath. */
  get heats(): number[] {
    return this.sums.map((sum) => sum.value);
  }

  /** Starts a shot at a state whose couplings the potential has received; without velocities v is null. */
  begin(z: Float64Array, v: Float64Array | null): void {
    for (const sum of this.sums) sum.reset();
    this.entropySum.reset();
    this.remember(z, v);
  }

  /** The state has moved at these knobs, and the potential has received its couplings. */
  move(z: Float64Array, v: Float64Array | null, knobs: Knobs): void {
    const { potential, z0, v0, received0, constant, sums, siteBath, temperatures } = this;
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
      const moving = v === null ? 0 : 0.5 * (v[i]! - v0[i]!) * (v[i]! + v0[i]!);
      const heat = 0.5 * c * (received[i]! + received0[i]!) * (x - y) - own - moving;
      const bath = siteBath[i]!;
      sums[bath]!.add(heat);
      this.entropySum.add(heat / temperatures[bath]!);
    }
    this.remember(z, v);
  }

  private remember(z: Float64Array, v: Float64Array | null): void {
    this.z0.set(z);
    if (v !== null) this.v0.set(v);
    this.received0.set(this.potential.received);
  }
}
