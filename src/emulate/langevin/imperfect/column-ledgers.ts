import { CompensatedSum, type ShotLedger } from '../../../thermo/index.js';
import { COLUMNS } from '../../../kernels/index.js';
import { addWork, driveWork } from '../potential.js';
import { KNOB, type Knobs } from '../protocol.js';

/**
 * The ledgers of boards side by side. Heat into the bath of node i over a step is the Stratonovich sum
 *
 * Q_i = −Δu_i(x_i) + ½ (b_i + b_i' + n_i + n_i') Δx_i
 *
 * with u_i the node's own wells and sources (exact), b_i what the coupling paths deliver and n_i its 1/f current: the
 * steps' kernel sums it up. Where the couplings have an energy these add up to −ΔV + ½ Σ (n + n') Δx to rounding: V
 * decreases into heat, and what the 1/f currents put in is work, since no energy of the circuit's own stands behind them.
 * Where they have none (directed, limited or delayed couplings) heat is all there is.
 */
export class ColumnLedgers {
  private readonly workSums: CompensatedSum[];
  /** Of the work, what drives and what controls did; the rest is that of the 1/f currents. */
  private readonly driveSums: CompensatedSum[];
  private readonly controlSums: CompensatedSum[];
  private readonly heatSums: CompensatedSum[];
  private readonly entropySums: CompensatedSum[];
  /** [column][bath] */
  private readonly bathSums: CompensatedSum[][];

  /**
   * @param baths that heat is told apart for; 0: there is one
   * @param conservative whether there is an energy, and with it work
   */
  constructor(
    baths: number,
    private readonly conservative: boolean,
  ) {
    const sums = (length: number): CompensatedSum[] =>
      Array.from({ length }, () => new CompensatedSum());
    this.workSums = sums(COLUMNS);
    this.driveSums = sums(COLUMNS);
    this.controlSums = sums(COLUMNS);
    this.heatSums = sums(COLUMNS);
    this.entropySums = sums(COLUMNS);
    this.bathSums = Array.from({ length: COLUMNS }, () => sums(baths));
  }

  begin(): void {
    const { workSums, driveSums, controlSums, heatSums, entropySums, bathSums } = this;
    for (const sums of [workSums, driveSums, controlSums, heatSums, entropySums, ...bathSums]) {
      for (const sum of sums) sum.reset();
    }
  }

  /** Takes what steps have summed up, as of `BoardColumns.totals`, and empties it. */
  drain(totals: Float64Array): void {
    for (let c = 0; c < COLUMNS; c++) {
      this.heatSums[c]!.add(totals[c]!);
      this.workSums[c]!.add(totals[COLUMNS + c]!);
      this.entropySums[c]!.add(totals[2 * COLUMNS + c]!);
      const baths = this.bathSums[c]!;
      for (let k = 0; k < baths.length; k++) baths[k]!.add(totals[(3 + k) * COLUMNS + c]!);
    }
    totals.fill(0);
  }

  /** The knobs move at the state of a column whose terms these are: V(to) − V(from). */
  turn(column: number, terms: Float64Array, from: Knobs, to: Knobs): void {
    addWork(this.workSums[column]!, terms, from, to);
    this.driveSums[column]!.add(driveWork(terms, 0, from, to));
    let byControls = 0;
    for (let k = 1; k < KNOB.drives; k++) byControls += (to[k]! - from[k]!) * terms[k]!;
    this.controlSums[column]!.add(byControls);
  }

  work(column: number): number {
    return this.conservative ? this.workSums[column]!.value : NaN;
  }
  heat(column: number): number {
    return this.heatSums[column]!.value;
  }

  /** @param energyChange both ends computed from scratch */
  close(column: number, energyChange: number, entropyDefined: boolean): ShotLedger {
    const baths = this.bathSums[column]!;
    return {
      work: this.work(column),
      driveWork: this.conservative ? this.driveSums[column]!.value : NaN,
      controlWork: this.conservative ? this.controlSums[column]!.value : NaN,
      heat: this.heat(column),
      bathHeat: baths.length === 0 ? [this.heat(column)] : baths.map((sum) => sum.value),
      energyChange: this.conservative ? energyChange : NaN,
      mediumEntropy: entropyDefined ? this.entropySums[column]!.value : NaN,
    };
  }
}
