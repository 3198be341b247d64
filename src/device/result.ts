import type { DeviceClock } from './device-clock.js';

/** A number that may be undefined: null then, with the reason in the result's warnings. */
export type Quantity = number | null;

export interface Estimate {
  readonly mean: Quantity;
  readonly sem: Quantity;
}
export interface SpreadEstimate extends Estimate {
  readonly variance: Quantity;
}
export interface BathHeat extends SpreadEstimate {
  readonly bath: string;
  readonly temperature: number;
  readonly housekeeping?: Estimate | null;
  readonly excess?: Estimate | null;
}
export interface Thermodynamics {
  readonly work:
    | (SpreadEstimate & {
        /** Of the drives and of the controls; null with a reason where the two were booked in one sum. */
        readonly drives?: SpreadEstimate | null;
        readonly controls?: SpreadEstimate | null;
      })
    | null;
  readonly heat:
    | (SpreadEstimate & {
        readonly baths: readonly BathHeat[];
        /** What a stationary state goes on giving off, and the rest; null with a reason where they are not told apart. */
        readonly housekeeping?: Estimate | null;
        readonly excess?: Estimate | null;
      })
    | null;
  readonly energyChange: SpreadEstimate | null;
  /** What the device took from its supply, joules a shot: all of it, where heat is that of the energy landscape. Left out where nothing measures it. */
  readonly supply?: SpreadEstimate;
  /** Nats. */
  readonly entropyProduction:
    | (Estimate & {
        readonly method: string;
        readonly rate: Estimate;
        /** Between which the total lies, where the mean is the baths' part of it. */
        readonly bounds?: {
          readonly least: Estimate;
          readonly most: Estimate;
          readonly method: string;
        };
      })
    | null;
  /** max over shots of |ΔE − W + Q| */
  readonly firstLawResidual: Quantity;
  /** ⟨e^{−βW}⟩ */
  readonly jarzynski:
    | (Estimate & {
        /** −T ln of it, bias taken off, and what that was. */
        readonly freeEnergy?: Estimate;
        readonly bias?: Quantity;
        readonly effectiveSamples?: Quantity;
        /** Whether enough shots count in it. */
        readonly trusted?: boolean;
      })
    | null;
}

export interface Series {
  readonly mean: readonly Quantity[];
  readonly sem: readonly Quantity[];
}
export interface SeriesOf {
  /** [memory][time] */
  readonly mean: readonly (readonly Quantity[])[];
  readonly sem: readonly (readonly Quantity[])[];
}
export interface Observables {
  readonly t: readonly number[];
  readonly energy?: Series;
  readonly overlaps?: SeriesOf;
  readonly work?: Series;
  readonly heat?: Series;
}

/** What a device answers for a run; the lab adds who, when and for which job. */
export interface DeviceResult {
  readonly shots: number;
  /** Duration of one shot in the device's own unit. */
  readonly deviceTime: number;
  /** Kernel engine that computed it; `none` where nothing was computed. */
  readonly engine: string;
  /** How it computed; null where there was nothing to choose. */
  readonly algorithm?: string | null;
  readonly observables: Observables;
  readonly final: {
    /** [shot][site], the first 1,000 shots */
    readonly states: readonly (readonly number[])[];
    /** [shot][memory], the first 1,000 shots */
    readonly overlaps: readonly (readonly number[])[];
  };
  readonly thermodynamics: Thermodynamics;
  /** The device's clock at the run's end; null: not known, and a warning says why. Left out by devices that have none. */
  readonly clock?: DeviceClock | null;
  readonly warnings: readonly string[];
}

/** How many shots a result shows in full; the record has all. */
export const SHOWN_SHOTS = 1000;
