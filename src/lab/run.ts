import type { Origin, SampleChunk } from '../device/index.js';
import type { Failure } from './job.js';
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
  /** How the record stands: open, closed as a whole, or repaired after a crash (see its `gap` documents). */
  readonly record: 'open' | 'whole' | 'repaired' | 'missing';
  /** Which run of its job it is, where that is not the first. */
  readonly attempt?: number;
}

export interface Run extends RunRow {
  readonly result: RunResult | null;
}

export type RunDocumentKind = 'start' | 'descriptor' | 'gap' | 'stop';

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
