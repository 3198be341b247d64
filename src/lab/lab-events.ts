import type {
  DeviceFault,
  EquipmentState,
  LinkState,
  ParameterReading,
  SampleChunk,
  SampleGap,
} from '../device/index.js';
import type { ErrorCode } from '../core/index.js';
import type { Alarm } from './alarm.js';
import type { CalibrationRow } from './calibration-row.js';
import type { DriftReading } from './drift-reading.js';
import type { JobItem } from './job.js';
import type { RunRow } from './run.js';
import type { SweepCounts } from './sweep-counts.js';

/** What a lab tells its listeners, each once it is durable. */
export interface LabEvents {
  /** A job has changed that is no point of a sweep. */
  job: JobItem;
  /** A point of a sweep has changed. */
  point: JobItem;
  /** What is reserved or locked has changed. */
  reservation: { readonly device: string };
  /** A calibration of a device has changed. */
  calibration: CalibrationRow;
  /** A check has read how far a device is from its calibration. */
  drift: DriftReading;
  /** The queue has changed; `Lab.queue()` says how it stands. */
  queue: { readonly revision: number };
  /** A run has changed. */
  run: RunRow;
  /** The record has got a chunk. `firstRow` only goes up within a run. */
  'run-samples': {
    readonly run: string;
    readonly device: string;
    readonly firstRow: number;
    readonly chunk: SampleChunk;
  };
  /** Rows that are missing from a run. */
  'run-gap': { readonly run: string; readonly device: string; readonly gap: SampleGap };
  /** A device's link or equipment state has changed. */
  device: {
    readonly device: string;
    readonly link: LinkState;
    readonly equipment: EquipmentState;
    readonly reason: string | null;
    readonly at: string;
  };
  parameter: { readonly device: string; readonly reading: ParameterReading };
  fault: { readonly device: string; readonly fault: DeviceFault };
  /** The store has made something durable, or has failed to. */
  stored: { readonly seconds: number; readonly code: ErrorCode | null };
  /** Bytes of a record are with the operating system. */
  recorded: { readonly bytes: number };
  /** Bytes of a record are on the disk, after so long. */
  synced: { readonly seconds: number };
}

export interface QueueItem {
  readonly job: string;
  readonly kind: string;
  readonly device: string;
  readonly state: string;
  readonly priority: number;
  /** With what waiting has added: one for every ten minutes. */
  readonly effectivePriority: number;
  /** 0: next on its device; null: not in the line (held, or under way). */
  readonly position: number | null;
  readonly waitedS: number;
  /** Why it does not go on, where that is not simply its turn. */
  readonly waitsFor: string | null;
  /** Seconds until it is expected to start, from what runs like those before it took; null: nothing is known. */
  readonly startsInS: number | null;
  /** One standard deviation of it. */
  readonly startsInSpreadS: number | null;
  /** Seconds that its run is expected to take, from runs of its kind and size; null: nothing is known, or it is a sweep. */
  readonly runS: number | null;
  readonly runSpreadS: number | null;
  /** Of a sweep: how many of its points are in which state. Points are no items of their own. */
  readonly points?: SweepCounts;
}

export interface QueueStatus {
  /** What a person has to see to. */
  readonly alarms: readonly Alarm[];
  /** The service is being stopped: it takes and begins nothing more. */
  readonly draining: boolean;
  readonly revision: number;
  /** Nothing is under way and nothing will start by itself; held jobs do not count. */
  readonly quiescent: boolean;
  /** Jobs and points that wait for a device, held ones not counted. */
  readonly depth: number;
  readonly held: number;
  readonly active: number;
  /** In the order in which they go: those under way, then those in line, then those held. */
  readonly items: readonly QueueItem[];
  readonly devices: readonly {
    readonly device: string;
    /** The job that has it. */
    readonly job: string | null;
    /** Jobs whose runs are paused and put aside. */
    readonly aside: readonly string[];
    /** Who has reserved or locked it, why and until when; null: nobody. */
    readonly note: string | null;
    readonly depth: number;
    /** Seconds that a run takes, from the last ones; null: none was seen yet. */
    readonly runS: number | null;
    readonly runSpreadS: number | null;
  }[];
}
