/** What the public API answers, as far as the dashboard reads it (docs/api.md). Further members are ignored. */

export type Origin = 'emulator' | 'firmware-sim' | 'hardware';

export interface ErrorDocument {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface Device {
  readonly id: string;
  readonly driver: string;
  readonly origin: Origin | null;
  readonly serial: string | null;
  readonly link: string;
  readonly equipment: string;
  readonly reason: string | null;
  readonly title: string | null;
  readonly descriptor: string | null;
  readonly error: ErrorDocument | null;
  /** In force; null or left out: none is. */
  readonly calibration?: {
    readonly id: string;
    readonly activatedAt: string | null;
    readonly until: string | null;
    readonly expired: boolean;
  } | null;
}

/** A calibration as lists show it (docs/formats/calibration.md). */
export interface CalibrationRow {
  readonly id: string;
  readonly device: string;
  readonly state: string;
  readonly revision: number;
  readonly createdAt: string;
  readonly activatedAt: string | null;
  readonly validity: { readonly from: string; readonly until: string | null };
  readonly parameters: number;
  readonly identified: number;
  readonly pValue: number | null;
  readonly worstHeldOut: number | null;
  readonly expired: boolean;
  readonly actions: readonly string[];
}
export interface CalibrationEvent {
  readonly seq: number;
  readonly calibration: string;
  readonly event: string;
  readonly to: string;
  readonly at: string;
  readonly by: string | null;
  readonly reason: string | null;
}
export interface Drift {
  readonly calibration: string | null;
  readonly readings: readonly DriftReading[];
  readonly alarms: readonly string[];
}
export interface DriftReading {
  readonly run: string;
  readonly at: string;
  readonly quantities: readonly {
    readonly name: string;
    readonly z: number | null;
    readonly upper: number;
    readonly lower: number;
  }[];
  readonly chart: {
    readonly reference: number;
    readonly limit: number;
    readonly falseAlarmEvery: number;
    readonly shift: number;
    readonly delay: number;
    /** Readings of earlier versions do not have them. */
    readonly effort?: number;
    readonly checks?: number;
  };
  readonly alarms: readonly string[];
}
interface HeldOutMean {
  readonly measured: Estimate;
  readonly predicted: Estimate;
  readonly z: number;
}

/** The result of a calibrate job. */
export interface CalibrateResult {
  readonly calibration: {
    readonly id: string;
    readonly state: string;
    readonly parameters: readonly {
      readonly name: string;
      readonly value: number;
      readonly standardError: number | null;
      readonly unit: string;
      readonly identified: boolean;
    }[];
  };
  readonly heldOut: readonly {
    readonly program: string;
    readonly heat: HeldOutMean;
    /** Of devices that measure what their supply gives: joules a shot. */
    readonly supply?: HeldOutMean;
    /** Of devices of spins. */
    readonly recall?: {
      readonly name: string;
      readonly overlap: HeldOutMean;
      readonly success: HeldOutMean;
    };
  }[];
  readonly unidentified: readonly { readonly reason: string }[];
  readonly fit: { readonly pValue: number | null; readonly samples: number } | null;
  readonly against: string | null;
  readonly warnings: readonly string[];
}

/** The result of a twin job (docs/formats/twin.md). */
export interface TwinResult {
  readonly device: string;
  readonly base: string;
  readonly calibration: string;
  readonly target: number | null;
  readonly shots: { readonly device: number; readonly twin: number; readonly draws: number };
  readonly quantities: readonly {
    readonly name: string;
    readonly device: { readonly mean: number | null; readonly sem: number | null };
    readonly twin: {
      readonly mean: number | null;
      readonly sem: number | null;
      /** What the calibration leaves open, of the error. */
      readonly calibration: number | null;
    };
    readonly z: number | null;
    readonly counted: boolean;
    readonly reason: string | null;
  }[];
  readonly fit: {
    readonly chiSquare: number;
    readonly degreesOfFreedom: number;
    readonly pValue: number;
  } | null;
  readonly agrees: boolean;
  readonly warnings: readonly string[];
}

interface Measured {
  readonly mean: number;
  readonly sem: number;
}

/** The result of a dissipation job (docs/formats/dissipation.md). */
export interface DissipationResult {
  readonly device: string;
  readonly calibration: string;
  readonly shots: number;
  readonly lag: number;
  /** t0 */
  readonly interval: number;
  readonly units: { readonly energyJ: number; readonly timeS: number };
  readonly sites: readonly {
    readonly site: number;
    readonly reading: Measured;
    readonly predicted: number;
    readonly z: number;
    readonly current: Measured;
  }[];
  readonly total: Measured;
  readonly comparison: {
    readonly direct: Measured;
    readonly z: number;
    readonly heatGain: Measured | null;
  } | null;
  readonly pValue: number;
  readonly agrees: boolean;
  readonly warnings: readonly string[];
}

export interface Descriptor {
  readonly sites?: { readonly kinds?: readonly string[] };
  readonly dynamics?: { readonly rules?: Rules };
  readonly parameters?: readonly { readonly name: string }[];
  /** What the device obeys, in a sentence. */
  readonly model: string;
  readonly units: Units;
  /** Members that are others at another fidelity than the device's own. */
  readonly byFidelity?: Readonly<
    Record<string, { readonly units?: Units; readonly dynamics?: { readonly rules?: Rules } }>
  > | null;
}

/** Orders of each rule. */
type Rules = Readonly<Record<string, readonly string[]>>;

interface Units {
  readonly time: { readonly name: string };
}

export interface Job {
  readonly id: string;
  readonly revision: number;
  readonly kind: string;
  readonly state: string;
  readonly device: string | null;
  readonly priority: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly progress: { readonly fraction: number; readonly shots: number } | null;
  readonly run: string | null;
  readonly error: ErrorDocument | null;
  readonly actions: readonly string[];
  /** Of sweeps only. */
  readonly points?: SweepCounts;
  /** In `GET /v1/jobs/{id}` only. */
  readonly result?: RunResult | null;
  /** The same of jobs of several runs, where it is no run's: what a calibration or a twin has found. */
  readonly outcome?: Partial<CalibrateResult> | Partial<TwinResult> | Partial<DissipationResult>;
}

export interface SweepCounts {
  readonly points: number;
  readonly waiting: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly aborted: number;
  readonly expired: number;
}

/** What a sweep has gathered (docs/formats/sweep.md). */
export interface Sweep {
  readonly job: string;
  readonly state: string;
  readonly seed: number;
  readonly axes: readonly (SweepAxis | { readonly zip: readonly SweepAxis[] })[];
  readonly rows: readonly SweepRow[];
  readonly counts: SweepCounts;
  readonly warnings: readonly string[];
  readonly next: number | null;
}
export interface SweepAxis {
  readonly path: string;
  readonly values: readonly unknown[];
}
export interface SweepRow {
  readonly point: number;
  readonly values: Readonly<Record<string, unknown>>;
  readonly job: string | null;
  readonly device: string;
  readonly run: string | null;
  readonly state: string;
  readonly error: ErrorDocument | null;
  readonly success: Estimate | null;
  readonly exact: Estimate | null;
  readonly overlap: Estimate | null;
  readonly time: Estimate | null;
  readonly energy: Estimate | null;
  readonly work: Estimate | null;
  readonly heat: Estimate | null;
  readonly energyChange: Estimate | null;
  readonly entropyProduction: Estimate | null;
}

/** Something that a person has to see to. */
export interface Alarm {
  readonly name: string;
  readonly message: string;
}
export interface Queue {
  readonly alarms: readonly Alarm[];
  /** The service is being stopped. */
  readonly draining: boolean;
  readonly quiescent: boolean;
  /** Jobs that run. */
  readonly active: number;
  /** Jobs that wait. */
  readonly depth: number;
}

export interface Estimate {
  readonly mean: number | null;
  readonly sem: number | null;
}
export interface SpreadEstimate extends Estimate {
  readonly variance: number | null;
}
export interface Thermodynamics {
  readonly work: SpreadEstimate | null;
  readonly heat: SpreadEstimate | null;
  readonly energyChange: SpreadEstimate | null;
  readonly entropyProduction: (Estimate & { readonly method: string }) | null;
  readonly firstLawResidual: number | null;
  readonly jarzynski: Estimate | null;
}
export interface Retrieval {
  readonly target: number;
  readonly success: number | null;
  readonly exact: number | null;
  readonly overlap: Estimate;
  readonly time: Estimate;
}
export interface RunResult {
  readonly run: string;
  readonly device: string;
  readonly origin: Origin;
  readonly seed: number;
  readonly shots: number;
  readonly durationS: number;
  readonly deviceTime: number;
  readonly program: { readonly hash: string; readonly rule: string | null };
  readonly engine: string;
  readonly algorithm?: string | null;
  readonly thermodynamics?: Thermodynamics;
  readonly retrieval?: Retrieval;
  readonly warnings: readonly string[];
}

/** The part of a program that the picture needs (docs/formats/program.md). */
export interface Program {
  readonly sites: number;
  readonly siteKinds?: unknown;
  readonly couplings?: {
    readonly kind: string;
    readonly patterns?: readonly (readonly number[])[];
  };
  readonly references?: readonly (readonly number[])[];
  readonly initial?: {
    readonly kind: string;
    readonly values?: readonly number[];
    readonly flips?: number;
  };
  readonly dynamics?: { readonly fidelity?: string | null } | null;
  readonly duration: number;
  readonly shots?: number;
}

export interface MemorySetRow {
  readonly id: string;
  readonly name: string;
  readonly builtin: boolean;
  /** Number of memories P. */
  readonly patterns: number;
  readonly shape: readonly number[];
  readonly description: string | null;
}
export interface MemorySet {
  readonly id: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly labels: readonly string[];
  readonly patterns: readonly (readonly number[])[];
}

/** Body of `POST /v1/jobs` for a retrieval. */
export interface RetrieveBody {
  readonly kind: 'retrieve';
  readonly device: string;
  readonly memories: string;
  readonly rule?: string;
  readonly target?: number;
  readonly corrupt?: number;
  readonly shots?: number;
  readonly seed?: number;
}

export const ENDED_STATES: ReadonlySet<string> = new Set([
  'completed',
  'failed',
  'cancelled',
  'aborted',
  'expired',
]);

/** Who the service takes a caller for. */
export interface Caller {
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
  /** Id of the key; null: the service needs none from this machine. */
  readonly key: string | null;
}
