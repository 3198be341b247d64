import type { AccessStore, AuditNote } from '../access/index.js';
import type { CalibrationChange } from './calibration-row.js';
import type { CalibrationStore } from './calibration-store.js';
import type { DriftReading } from './drift-reading.js';
import type { JobRow, JobTransition, Page } from './job.js';
import type { JobState } from './next-job.js';
import type { PutFile } from './backup-archive.js';
import type { TransactionObserver } from './observed-database.js';
import type { DeviceLock, Reservation, ReservationState } from './reservation.js';
import type { RunPin } from './run-pin.js';
import type { RunDocument, RunRow } from './run.js';
import type { RunResult } from './run-result.js';

export interface PageQuery {
  /** At most so many items; 1 … 1,000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor: string | null;
}
export interface JobQuery extends PageQuery {
  /** Empty: any. */
  readonly states: readonly JobState[];
  readonly device: string | null;
  /** Points of this sweep only; null: jobs that are no points; left out: all jobs. */
  readonly parent?: string | null;
}
export interface ReservationQuery extends PageQuery {
  readonly device: string | null;
  /** As they are at `now`; empty: any. */
  readonly states: readonly ReservationState[];
  readonly now: string;
  readonly holder: string | null;
}
export interface RunQuery extends PageQuery {
  readonly device: string | null;
  readonly job: string | null;
}

/** A change of a job: its new row, and the revision that it replaces. */
export interface JobChange {
  readonly row: JobRow;
  readonly expectedRevision: number;
  readonly transitions: readonly JobTransition[];
}

/** Under which node's lease something is written about a job. */
export interface Fence {
  readonly job: string;
  readonly token: number;
}

/** What is stored at once or not at all. */
export interface Commit {
  /** All of it is refused (`lease-lost`) unless the job is claimed under this token. */
  readonly fence?: Fence;
  /** All of it is refused (`lease-lost`) unless this is the token of a node that is here. */
  readonly alive?: number;
  /**
   * All of it is refused (`revision-conflict`) where the record of the run has another number of blocks: whoever has gone may still have
   * had one on its way when it was looked at.
   */
  readonly recordAt?: { readonly run: string; readonly blocks: number };
  readonly job?: JobChange;
  /** New or changed runs. */
  readonly runs?: readonly RunRow[];
  readonly documents?: readonly RunDocument[];
  readonly result?: RunResult;
  /** What a job of several runs has come to: the result of the job itself. */
  readonly jobResult?: { readonly job: string; readonly document: JobOutcome };
  readonly calibrations?: CalibrationChange;
  readonly reading?: DriftReading;
  /** What the audit log is to say of it. */
  readonly notes?: readonly AuditNote[];
}

/** The result of a job that is not that of a run. */
export type JobOutcome = Readonly<Record<string, unknown>>;

export interface NewJob {
  readonly row: JobRow;
  readonly body: unknown;
  readonly transitions: readonly JobTransition[];
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null;
  /** What the audit log is to say of it, where it is stored. */
  readonly notes?: readonly AuditNote[];
}

/** A run with a record, and what of its job a retention rule asks for. */
export interface RecordedRow {
  readonly run: RunRow;
  readonly kind: string;
  /** False: its job goes on, with another attempt. */
  readonly jobEnded: boolean;
}

export interface RecordDeletion {
  /** As it is to be, with `deleted`. */
  readonly row: RunRow;
  readonly document: RunDocument;
  readonly note: AuditNote;
}

/** What a new job has become. */
export interface StoredJob {
  readonly row: JobRow;
  /** False: an earlier one with its key stands for it. */
  readonly inserted: boolean;
}

/** A document kept under its own content hash. */
export interface StoredDocument {
  readonly id: string;
  readonly createdAt: string;
  /** What lists show. */
  readonly summary: Readonly<Record<string, unknown>>;
  readonly document: unknown;
}
export type StoredSummary = Omit<StoredDocument, 'document'>;
export type Shelf = 'memory-sets' | 'programs';

/**
 * Where the lab keeps what must not be lost. Every method resolves once its change is durable. Two
 * implementations are held to one contract, `store-contract.test-support.ts`.
 *
 * All methods throw `store-failed` or `disk-full`.
 */
export interface Store extends AsyncDisposable {
  /** API keys and the audit log. */
  readonly access: AccessStore;
  readonly calibrations: CalibrationStore;

  readonly kind: 'embedded' | 'postgres';

  /**
   * Puts all that the store has, as it is at one moment, into a backup, while others read and write.
   *
   * @param scratch an empty folder on the data folder's disk
   */
  backUp(put: PutFile, scratch: string): Promise<void>;

  /** Tells an observer of every transaction from now on, in place of the one before. */
  observe(observer: TransactionObserver): void;

  /**
   * Stores a new job. Where its idempotency key is known with the same body the job that has it comes back.
   *
   * @throws RelaxdError `idempotency-conflict` where the key is known with another body
   */
  insertJob(job: NewJob): Promise<StoredJob>;
  /** The job that an idempotency key stands for. @throws RelaxdError `idempotency-conflict` */
  jobOfKey(key: string, bodyHash: string): Promise<JobRow | null>;
  job(id: string): Promise<JobRow | null>;
  jobBody(id: string): Promise<unknown>;
  /** Newest first. */
  jobs(query: JobQuery): Promise<Page<JobRow>>;
  /** Every job that has not ended, oldest first. */
  openJobs(): Promise<readonly JobRow[]>;
  /**
   * Stores points of sweeps, all or none of them, and answers with those that it has stored: a point that is there already stays as it
   * is. No sweep has a point twice.
   */
  insertPoints(jobs: readonly NewJob[]): Promise<readonly JobRow[]>;
  /** A sweep's points by number, the first not before `from`. */
  points(
    sweep: string,
    range: { readonly from: number; readonly limit: number },
  ): Promise<readonly JobRow[]>;
  transitions(job: string): Promise<readonly JobTransition[]>;

  /** @throws RelaxdError `revision-conflict` where job or calibrations have changed since what is expected, `lease-lost` */
  commit(commit: Commit): Promise<void>;

  run(id: string): Promise<RunRow | null>;
  /** Newest first. */
  runs(query: RunQuery): Promise<Page<RunRow>>;
  documents(run: string): Promise<readonly RunDocument[]>;
  result(run: string): Promise<RunResult | null>;
  jobResult(job: string): Promise<JobOutcome | null>;

  /**
   * Runs that have ended and have a record, the oldest first.
   *
   * @param after id of the last one that is known already; null: from the beginning
   */
  recordedRuns(after: string | null, limit: number): Promise<readonly RecordedRow[]>;
  /** Pins of a run; null: of all. */
  pins(run: string | null): Promise<readonly RunPin[]>;
  /** One a run and name: the newer one stays. @throws RelaxdError `unknown-run`, `record-deleted` */
  pin(pin: RunPin, note: AuditNote | null): Promise<void>;
  /** False: there is none. */
  unpin(run: string, by: string, note: AuditNote | null): Promise<boolean>;
  /**
   * Puts a statement in the place of a record, with everything of it that the store has, unless it is gone or pinned by now: false
   * then. Of several who try one does it.
   */
  deleteRecord(deletion: RecordDeletion): Promise<boolean>;
  /** Ids of runs whose records were deleted, in their order, after one. */
  deletedRuns(after: string | null, limit: number): Promise<readonly string[]>;

  /** Keeps a document; one that is there already stays as it is. */
  keep(shelf: Shelf, document: StoredDocument): Promise<void>;
  kept(shelf: Shelf, id: string): Promise<StoredDocument | null>;
  /** The same without its document, which may be large. */
  keptSummary(shelf: Shelf, id: string): Promise<StoredSummary | null>;
  /** Newest first. */
  listKept(shelf: Shelf, query: PageQuery): Promise<Page<StoredSummary>>;

  /** @throws RelaxdError `reservation-conflict` where the device is reserved in that time */
  reserve(reservation: Reservation): Promise<void>;
  /** @throws RelaxdError `revision-conflict`, `reservation-conflict` */
  changeReservation(reservation: Reservation, expectedRevision: number): Promise<void>;
  reservation(id: string): Promise<Reservation | null>;
  /** Those that are not over at a time and were not released. */
  openReservations(now: string): Promise<readonly Reservation[]>;
  /** Newest first. */
  reservations(query: ReservationQuery): Promise<Page<Reservation>>;

  locks(): Promise<readonly DeviceLock[]>;
  /** One a device: the newer one stays. */
  setLock(lock: DeviceLock): Promise<void>;
  removeLock(device: string): Promise<void>;
}
