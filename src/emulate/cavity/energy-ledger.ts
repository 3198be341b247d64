import { CompensatedSum, type ShotLedger } from '../../thermo/index.js';

/**
 * The ledger of a state whose energy is linear in its controls, E = Σ_k c_k T_k(state) + T_rest(state). Controls move at
 * a fixed state (work, exactly Σ Δc T), then the state moves at fixed controls (heat, what its energy falls by). So work
 * is ∫ ċ ∂E/∂c dt and everything else that changes the energy is heat.
 */
export class EnergyLedger {
  /** T_k of every control, then T_rest: whoever moves the state writes them before {@link moved}. */
  readonly terms: Float64Array;
  private readonly before: Float64Array;
  private readonly controls: Float64Array;
  private readonly workSum = new CompensatedSum();
  private readonly heatSum = new CompensatedSum();

  constructor(controls: number) {
    this.terms = new Float64Array(controls + 1);
    this.before = new Float64Array(controls + 1);
    this.controls = new Float64Array(controls);
  }

  get work(): number {
    return this.workSum.value;
  }
  get heat(): number {
    return this.heatSum.value;
  }
  /** Of the terms as they stand, at the controls as they stand. */
  get energy(): number {
    const { terms, controls } = this;
    let energy = terms[controls.length]!;
    for (let k = 0; k < controls.length; k++) energy += controls[k]! * terms[k]!;
    return energy;
  }

  /** Opens the ledger at the terms as they stand. */
  begin(controls: Float64Array): void {
    this.controls.set(controls);
    this.before.set(this.terms);
    this.workSum.reset();
    this.heatSum.reset();
  }

  /** The controls move. */
  turn(controls: Float64Array): void {
    const { before } = this;
    let work = 0;
    for (let k = 0; k < this.controls.length; k++) {
      const change = controls[k]! - this.controls[k]!;
      if (change === 0) continue;
      work += change * before[k]!;
      this.controls[k] = controls[k]!;
    }
    if (work !== 0) this.workSum.add(work);
  }

  /** The state has moved, and its terms with it. */
  moved(): void {
    const { terms, before, controls } = this;
    let heat = before[controls.length]! - terms[controls.length]!;
    for (let k = 0; k < controls.length; k++) heat += controls[k]! * (before[k]! - terms[k]!);
    this.heatSum.add(heat);
    before.set(terms);
  }

  /**
   * @param energyChange both ends computed from scratch
   * @param temperature of the one bath, to count its entropy; NaN where that is not defined
   */
  close(energyChange: number, temperature: number): ShotLedger {
    return {
      work: this.work,
      heat: this.heat,
      bathHeat: [this.heat],
      energyChange,
      mediumEntropy: this.heat / temperature,
    };
  }
}
