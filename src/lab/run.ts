import { RelaxdError } from '../core/index.js';
import type { Origin, SampleChunk } from '../device/index.js';
import type { Failure } from './job.js';
import type { RunPin } from './run-pin.js';
import type { RunResult } from './run-result.js';

export const RUN_STATES = [
  'armed',
  'running',
  'paused',
  'finalizing',
  'completed',
  'failed',
  'cancelled',
  'aborted',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export const unknownRun = (id: string): RelaxdError =>
  new RelaxdError('unknown-run', `there is no run '${id}'`, {
    value: id,
    hint: 'relaxd jobs, or GET /v1/runs, lists them',
  });

/** A run as the store keeps it and lists show it. */
export interface RunRow {
  readonly id: string;
  readonly revision: number;
  readonly job: string;
  readonly device: string;
  readonly origin: Origin;
  readonly state: RunState;
  readonly seed: number;
  readonly program: { readonly hash: string; readonly rule: string | null };
  /** Hash of the descriptor. */
  readonly descriptor: string;
  readonly engine: string | null;
  /** When the intent to arm was stored. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Rows in the record: so far for a run under way, as counted at the end otherwise. */
  readonly rows: number;
  readonly shots: number;
  readonly error: Failure | null;
  /** How the record stands: open, closed as a whole, repaired after a crash (see its `gap` documents), or deleted by a rule. */
  readonly record: 'open' | 'whole' | 'repaired' | 'missing' | 'deleted';
  /** Of the record, once it is closed; left out in runs of before. */
  readonly bytes?: number;
  /** What is left of a record that was deleted. */
  readonly deleted?: Deleted;
  /** Which run of its job it is, where that is not the first. */
  readonly attempt?: number;
}

/** When and why a record was deleted, and what it was. */
export interface Deleted {
  readonly at: string;
  /** Name of the retention rule. */
  readonly rule: string;
  /** Who asked for it; `relaxd` where nobody did, but for the configuration. */
  readonly by: string;
  readonly rows: number;
  readonly bytes: number;
  /** `sha256:` of its bytes: an export as `arrow` that somebody has kept can be told by it. */
  readonly hash: string;
}

export interface Run extends RunRow {
  readonly result: RunResult | null;
  /** Who wants the record to stay. */
  readonly pins: readonly Omit<RunPin, 'run'>[];
}

export type RunDocumentKind = 'start' | 'descriptor' | 'gap' | 'stop' | 'deleted';

/** A document of a run, in the order in which it was written. */
export interface RunDocument {
  readonly run: string;
  readonly kind: RunDocumentKind;
  readonly at: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** Samples of a run, read from its record. */
export interface SamplePage {
  readonly run: string;
  /** In order; each one's `firstRow` tells where it belongs. */
  readonly chunks: readonly SampleChunk[];
  /** Go on from here; null: the run is over and this was the end. */
  readonly nextRow: number | null;
}
