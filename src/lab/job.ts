import type { JobStanding } from './next-job.js';
import type { RunResult } from './run-result.js';

/** A failure as documents carry it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface JobProgress {
  /** Part of the run that is done, 0 … 1. */
  readonly fraction: number;
  readonly shots: number;
}

/** The node that has a job under way, in a lab of several. */
export interface Claim {
  /** Of the node's lease. What is written under another token than the job's is refused. */
  readonly token: number;
  readonly node: string;
}

/** A job as the store keeps it; its body and its result are kept beside it, since they may be large. */
export interface JobRow extends JobStanding {
  readonly id: string;
  /** Goes up by at least one with each change. */
  readonly revision: number;
  readonly kind: string;
  readonly device: string;
  readonly priority: number;
  readonly createdAt: string;
  /** When its run was armed for the first time. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly progress: JobProgress;
  readonly run: string | null;
  readonly error: Failure | null;
  /** Drawn where neither program nor body has one; kept, so that a job that is queued again keeps it. */
  readonly seed: number | null;
  /** A job that still waits then is `expired`. ISO time. */
  readonly deadline: string | null;
  /** Not dispatched before. ISO time. */
  readonly notBefore: string | null;
  /** Left out or null: no node has it, or the lab is one of one machine. */
  readonly claim?: Claim | null;
}

/** A job as everybody sees it (docs/formats/result.md and the contract). */
export interface Job extends JobItem {
  readonly result: RunResult | null;
}

/** A job in a list: without its result. */
export interface JobItem {
  readonly id: string;
  readonly revision: number;
  readonly kind: string;
  readonly state: JobStanding['state'];
  readonly device: string;
  readonly priority: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly progress: JobProgress;
  readonly run: string | null;
  readonly error: Failure | null;
  /** What an operator can do now. */
  readonly actions: readonly string[];
}

/** One transition of a job, as it was stored. */
export interface JobTransition {
  readonly job: string;
  readonly revision: number;
  readonly event: string;
  readonly from: JobStanding['state'] | null;
  readonly to: JobStanding['state'];
  readonly at: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it as `cursor` for what follows; null: nothing does. */
  readonly next: string | null;
}
