import type { TSchema } from 'typebox';
import type { EngineKind } from '../core/index.js';
import type {
  Calibration,
  Descriptor,
  DeviceResult,
  Origin,
  Program,
  SampleChunk,
} from '../device/index.js';
import type { DriftReading } from './drift-reading.js';
import type { RunResult } from './run-result.js';
import type { JobOutcome } from './store.js';

/** Watches the samples of one run and adds to its result. */
export interface RunObserver {
  onSamples(chunk: SampleChunk): void;
  /**
   * Further members of the result, e.g. `{ retrieval: { … } }`; its `warnings` join those of the run. The device is free meanwhile,
   * and may run another job.
   */
  finish(result: DeviceResult): Observation | Promise<Observation>;
}
type Observation = Record<string, unknown> & { readonly warnings?: readonly string[] };

/** Everything that one run needs. */
export interface ProgramRun {
  readonly program: Program;
  /** The learning rule that made the couplings, where one did. */
  readonly rule: string | null;
  /** Kernel engine and algorithm of emulators that the body asks for; null or left out: chosen. */
  readonly engine?: EngineKind | null;
  readonly algorithm?: string | null;
  readonly observer: RunObserver | null;
  readonly warnings: readonly string[];
}

/** A job's body, compiled: its run or, where it has several, the first of them. */
export interface PreparedRun extends ProgramRun {
  readonly device: string;
  readonly series?: RunSeries | null;
}

/** Further runs of a job, which has its device for all of them, one after the other; and what they come to together. */
export interface RunSeries {
  readonly more: readonly ProgramRun[];
  /** Part of the job's progress that is left when all is measured, 0 … 1; none where left out. */
  readonly share?: number;
  /** Comes after the last one. The device is free, and may run another job. */
  conclude(runs: readonly RunResult[], context: SeriesContext): Promise<SeriesOutcome>;
}

export interface SeriesContext {
  readonly job: string;
  /** ISO time. */
  readonly now: string;
  readonly device: {
    readonly id: string;
    readonly serial: string;
    readonly origin: Origin;
    readonly descriptor: Descriptor;
  };
  /** Fires where the job is asked to end, too: the device is free, and what is measured stays. */
  readonly signal: AbortSignal;
  /** How far it is, 0 … 1. */
  readonly onProgress: (fraction: number) => void;
  /** What has been read since the calibration in force, oldest first. */
  readonly readings: (calibration: string) => Promise<readonly DriftReading[]>;
}

export interface SeriesOutcome {
  /** The job's result. */
  readonly result: JobOutcome;
  readonly calibration?: {
    readonly record: Calibration;
    readonly reason: string;
    /** Put in force without a person, where the lab allows that. */
    readonly activate: boolean;
  };
  readonly reading?: DriftReading;
}

export interface PrepareContext {
  /** @throws RelaxdError `unknown-device`, `device-offline` */
  descriptor(device: string): Promise<Descriptor>;
  /** A stored memory set's document; null: there is none of that id. */
  memorySet(id: string): Promise<unknown>;
  /** A stored program; null: there is none of that hash. */
  program(hash: string): Promise<Program | null>;
  /** The calibration in force on a device; null: there is none. */
  calibration?(device: string): Promise<Calibration | null>;
}

/** A kind of job, registered with the lab. */
export interface JobKind {
  readonly name: string;
  /** A queued job of this kind may have a run put aside at a shot, where the device can do that, and goes first. */
  readonly mayPreempt?: boolean;
  /** `prepare` compiles nothing: a sweep has each value of its axes prepared at the door. */
  readonly cheap?: boolean;
  /** It runs whether the device's calibration holds or not: it makes one. */
  readonly calibrates?: boolean;
  /** What the schema leaves open, by the names of members: sweeps look for their paths there. */
  readonly members?: Readonly<Record<string, TSchema>>;
  /** Schema of the body without the common fields (kind, device, priority, deadline, …): an object. */
  readonly schema: TSchema;
  /**
   * Compiles a body that fits the schema; gets the whole body, common fields too. Called at submission, so that
   * what cannot work is refused at the door, and again before dispatch where the lab has dropped what it got.
   */
  prepare(body: unknown, context: PrepareContext): Promise<PreparedRun>;
}
