import type { DeviceClock, Observables, Origin, Thermodynamics } from '../device/index.js';

/** The result of a run (docs/formats/result.md): what `run --json` prints and a job carries. */
export interface RunResult {
  readonly version: 1;
  readonly run: string;
  readonly job: string;
  readonly device: string;
  readonly origin: Origin;
  readonly seed: number;
  readonly shots: number;
  /** Wall time of the run on this machine. */
  readonly durationS: number;
  /** Duration of one shot in the device's own unit. */
  readonly deviceTime: number;
  readonly program: { readonly hash: string; readonly rule: string | null };
  /** Hash of the descriptor. */
  readonly descriptor: string;
  /** Id of the calibration that was in force; null: none was. */
  readonly calibration: string | null;
  readonly engine: string;
  /** How the engine computed it: the algorithm chosen by the program's shape; null where there is no choice. */
  readonly algorithm: string | null;
  readonly observables: Observables;
  readonly final: {
    readonly states: readonly (readonly number[])[];
    readonly overlaps: readonly (readonly number[])[];
  };
  readonly thermodynamics: Thermodynamics;
  /** The device's clock at the run's end; null: not known, and a warning says why. Left out where a device has none. */
  readonly clock?: DeviceClock | null;
  readonly warnings: readonly string[];
  /** What the job's kind adds: `retrieval`, for one. */
  readonly [member: string]: unknown;
}
