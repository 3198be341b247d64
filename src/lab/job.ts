import type { JobStanding } from './next-job.js';
import type { PointSummary } from './point-summary.js';
import type { RetryRule } from './retry-rule.js';
import type { RunResult } from './run-result.js';
import type { SweepCounts } from './sweep-counts.js';
import type { OnFailure } from './sweep-points.js';

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
  /** Who submitted it; null: nobody was asked for a name. */
  readonly by: string | null;
  /** The reservation whose time it may use, whoever submitted it. */
  readonly reservation: string | null;
  readonly retry: RetryRule | null;
  /** Runs that were begun, the one to come included: 1 for a job that has not been tried again. */
  readonly attempt: number;
  /** The job that this one does again, at a person's request. */
  readonly retryOf: string | null;
  /** The sweep that this job is a point of, and which one, from 0. */
  readonly parent: string | null;
  readonly point: number | null;
  /** Sites × shots × duration of its program; null: not known. */
  readonly size: number | null;
  /** What a sweep keeps of a point's result. */
  readonly summary: PointSummary | null;
  /** Of a sweep only. */
  readonly sweep: SweepStanding | null;
  /** It has come to a result of its own, which is not that of its last run. */
  readonly outcome?: boolean;
  /** Left out or null: no node has it, or the lab is one of one machine. */
  readonly claim?: Claim | null;
}

/** What a sweep's own job says of its points. */
export interface SweepStanding {
  readonly onFailure: OnFailure;
  readonly counts: SweepCounts;
}

/** What a row has that does not say otherwise: jobs that were stored before these members were there, too. */
export const PLAIN_JOB = {
  by: null,
  reservation: null,
  retry: null,
  attempt: 1,
  retryOf: null,
  parent: null,
  point: null,
  size: null,
  summary: null,
  sweep: null,
} as const satisfies Partial<JobRow>;

/** A job as everybody sees it (docs/formats/result.md and the contract). */
export interface Job extends JobItem {
  /** Of a sweep, whose kind says that it is one: its `SweepDocument` with the first rows; of a calibration what the contract says. */
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
  /** Of points of a sweep only. */
  readonly parent?: string;
  readonly point?: number;
  /** Of sweeps only. */
  readonly points?: SweepCounts;
  /** Of jobs that are tried again by themselves: how often they were, and the rule. */
  readonly attempt?: number;
  readonly retry?: RetryRule;
  /** Of jobs that a person had done again. */
  readonly retryOf?: string;
  /** Where it is known who submitted it. */
  readonly by?: string;
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
