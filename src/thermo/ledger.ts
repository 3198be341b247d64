import type { EndEntropy } from './end-entropy.js';

/**
 * The ledger of one shot: whole-system totals from t = 0⁻ to the end, in the program's energy unit.
 * Signs: work is done on the system, heat is positive into the bath, ΔE = W − Q.
 */
export interface ShotLedger {
  /** Work by drives and controls; NaN where there is no energy. */
  readonly work: number;
  /** The share of the work that the drives did; left out or NaN: it was not booked by itself. */
  readonly driveWork?: number;
  /** The share of the work that the controls did. */
  readonly controlWork?: number;
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
  /** What does work in the run: drives whose amplitude changes, controls (but the temperature) that do. Left out: not known. */
  readonly changing?: { readonly drives: boolean; readonly controls: boolean } | null;
  /** What is known of the distribution at t = 0⁻; left out: nothing. */
  readonly start?: StartKnowledge | null;
  /**
   * Whether nothing can flow in a circle: at every moment the rates keep the Gibbs state of that moment in detailed balance. Then
   * no heat is housekeeping. `why` says what keeps the circle turning where not. Left out: not known.
   */
  readonly balance?: { readonly detailed: boolean; readonly why: string | null } | null;
  /**
   * Heat per unit of time into each bath in the stationary state of the run's constant drives and controls, where it is known
   * exactly.
   */
  readonly stationaryHeat?: readonly number[] | null;
  /** Whether the run is stationary from its beginning to its end. */
  readonly stationary?: boolean;
  /** Whether time is continuous, as the uncertainty relation asks. */
  readonly continuousTime?: boolean;
  /** Flips a unit of time that no state can exceed on average; null or left out: not known. */
  readonly mostJumpRate?: number | null;
  /** Why the entropy given to a bath is not its heat over its temperature; null or left out where it is. */
  readonly notHeatOverT?: string | null;
  /** Whether sites are updated in a fixed order, whose reverse is another process. */
  readonly fixedOrder?: boolean;
  /**
   * ΔF between the Gibbs states at the first listed and at the last values of drives and controls, where it is known exactly;
   * null or left out where not.
   */
  readonly freeEnergyChange?: number | null;
  /** Entropy of the states at the end in nats, where it is known exactly; null or left out where not. */
  readonly endEntropy?: number | null;
}

/** What is known of the distribution that shots start from. */
export interface StartKnowledge {
  /** −Σ p ln p, of continuous sites −∫ p ln p, nats; null where it is not known. */
  readonly entropy: number | null;
  /** Why it is not known, where there is more to say. */
  readonly whyNoEntropy?: string | null;
  /** Whether every state of the free sites is equally probable. */
  readonly uniform: boolean;
  /** Spins that are neither held nor hidden; null where the state is no list of free ±1 sites. */
  readonly freeSpins: number | null;
  /** Sites that take any value and are all of the state; null or left out where the state is something else. */
  readonly continuousSites?: number | null;
  /** How an equilibrium start comes about; null or left out where the start is another, or nothing is known of it. */
  readonly equilibrium?: EquilibriumStart | null;
}

/** Drawn from the Gibbs state itself, or what so long a burn-in (device's unit of time) reaches from somewhere else. */
export type EquilibriumStart =
  { readonly by: 'exact' } | { readonly by: 'burn-in'; readonly burnIn: number };

/** The ledgers of a run's shots, column by column, in the order of the shots. */
export class RunLedger {
  readonly work: number[] = [];
  readonly driveWork: number[] = [];
  readonly controlWork: number[] = [];
  readonly heat: number[] = [];
  readonly bathHeat: number[][];
  readonly energyChange: number[] = [];
  readonly mediumEntropy: number[] = [];
  /** Of the states at the shots' ends, in the same order; null: not followed. */
  ends: EndEntropy | null = null;

  constructor(readonly context: ThermoContext) {
    this.bathHeat = context.baths.map(() => []);
  }

  get shots(): number {
    return this.work.length;
  }

  add(shot: ShotLedger): void {
    this.work.push(shot.work);
    this.driveWork.push(shot.driveWork ?? NaN);
    this.controlWork.push(shot.controlWork ?? NaN);
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
