/** True energies of a shot, joules, Stratonovich. What the board reports of them goes through its monitors. */
export class BoardLedger {
  /** By drives and controls: ∂E/∂λ dλ. */
  controlWork = 0;
  /** [sites], into each node's bath. */
  readonly heat: Float64Array;
  /** Energy of the effective potential at the beginning and now. */
  startEnergy = 0;
  energy = 0;

  constructor(sites: number) {
    this.heat = new Float64Array(sites);
  }

  begin(energy: number): void {
    this.controlWork = 0;
    this.heat.fill(0);
    this.startEnergy = energy;
    this.energy = energy;
  }

  totalHeat(n: number): number {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += this.heat[i]!;
    return sum;
  }

  /**
   * Of couplings that are not alike in both directions, lag, or saturate: what ΔE + Q leaves of the drives' work. 0 but for rounding
   * where couplings come from an energy.
   */
  activeWork(n: number): number {
    return this.energy - this.startEnergy + this.totalHeat(n) - this.controlWork;
  }
}
