/**
 * The ledger of one shot: whole-system totals from t = 0⁻ to the end, in the program's energy unit.
 * Signs: work is done on the system, heat is positive into the bath, ΔE = W − Q.
 */
export interface ShotLedger {
  /** Work by drives and controls; NaN where there is no energy. */
  readonly work: number;
  /** Total heat; NaN where it is not defined (synchronous updates). */
  readonly heat: number;
  /** Heat into each bath, in the order of the run's baths; sums to `heat`. */
  readonly bathHeat: readonly number[];
  /** E(end) − E(0⁻), both computed from scratch; NaN where there is no energy. */
  readonly energyChange: number;
  /** Entropy given to the baths, Σ ln(w/w̃) over what happened, in nats; NaN where a bath is at T = 0. */
  readonly mediumEntropy: number;
}

/** What can be said of a run's thermodynamics before it has run: which of the ledger's entries are defined. */
export interface ThermoContext {
  readonly sites: number;
  readonly baths: readonly { readonly name: string; readonly temperature: number }[];
  /** Why there is no energy (asymmetric couplings, sequences); null where there is one. */
  readonly noEnergy: string | null;
  /** Why heat is not defined; null where it is. */
  readonly noHeat: string | null;
  /** Why ΔE − W + Q cannot be judged, though each of the three is known; null or left out where it can. */
  readonly noFirstLaw?: string | null;
  /** Why entropy production is not defined; null where it is. */
  readonly noEntropy: string | null;
  /** Name of the way it is computed, e.g. `medium`. */
  readonly entropyMethod: string;
  /** β of an equilibrium start at one constant temperature; null with `noJarzynski` otherwise. */
  readonly jarzynskiBeta: number | null;
  readonly noJarzynski: string | null;
}

/** The ledgers of a run's shots, column by column, in the order of the shots. */
export class RunLedger {
  readonly work: number[] = [];
  readonly heat: number[] = [];
  readonly bathHeat: number[][];
  readonly energyChange: number[] = [];
  readonly mediumEntropy: number[] = [];

  constructor(readonly context: ThermoContext) {
    this.bathHeat = context.baths.map(() => []);
  }

  get shots(): number {
    return this.work.length;
  }

  add(shot: ShotLedger): void {
    this.work.push(shot.work);
    this.heat.push(shot.heat);
    this.energyChange.push(shot.energyChange);
    this.mediumEntropy.push(shot.mediumEntropy);
    this.bathHeat.forEach((column, b) => column.push(shot.bathHeat[b] ?? NaN));
  }

  /** |ΔE − W + Q| of a shot; NaN where there is no energy. */
  residual(shot: number): number {
    return Math.abs(this.energyChange[shot]! - this.work[shot]! + this.heat[shot]!);
  }
}
