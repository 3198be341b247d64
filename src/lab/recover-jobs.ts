import { existsSync } from 'node:fs';
import { LAB_ACTOR, type AuditLog } from '../access/index.js';
import { asRelaxdError, isoTime, RelaxdError, type Clock, type ErrorCode } from '../core/index.js';
import { failureOf, type JobBook } from './job-book.js';
import type { JobRow } from './job.js';
import type { JobState } from './next-job.js';
import { isTriedAgain } from './retry-rule.js';
import type { RecordDamage, RepairedRecord } from './record-reader.js';
import { recordPath } from './run-archive.js';
import { nextAttempt } from './next-attempt.js';
import type { Log } from './log.js';
import { gapDocument, stopDocument, type TornEnd } from './run-documents.js';
import type { Store } from './store.js';

/**
 * What a restart does to the jobs that it finds: one whose run never armed is queued again, one that did is
 * `failed` with `service-restart` and keeps its partial record. None is run twice without being asked: one that says so itself is
 * queued again, for a run of its own.
 */
export async function recoverJobs(options: {
  readonly store: Store;
  readonly book: JobBook;
  readonly clock: Clock;
  readonly log: Log;
  readonly recordsFolder: string;
  /** Where what the lab does to other people's jobs is noted. */
  readonly audit: Pick<AuditLog, 'note'>;
}): Promise<void> {
  const { book, log, audit } = options;
  for (const job of [...book.all()]) {
    if (job.state === 'submitted') await book.change(job.id, { type: 'validate' });
    if (job.state === 'submitted' || job.state === 'validated') {
      await book.change(job.id, { type: 'enqueue' });
    } else if (!job.armed) {
      const state = await queueAgain(job, { book, audit, reason: 'service-restart' });
      if (state !== job.state) log('info', `job ${job.id} is ${state} after a restart`);
    } else {
      const { recordsFolder, ...rest } = options;
      await endInterrupted(job, {
        ...rest,
        remains: (run) => repair(recordPath(recordsFolder, run), log),
        why: new RelaxdError(
          'service-restart',
          'the service ended while the run was armed; what was recorded until then is kept',
          {
            ...(job.run === null ? {} : { run: job.run }),
            hint: 'submit it again if it is wanted',
          },
        ),
      });
    }
  }
}

/**
 * Queues a job again whose run never armed when whoever had it was gone; answers with its state.
 *
 * @throws RelaxdError `revision-conflict` where it has changed meanwhile: it may be armed now
 */
export async function queueAgain(
  job: JobRow,
  options: {
    readonly book: Pick<JobBook, 'change'>;
    readonly audit: Pick<AuditLog, 'note'>;
    readonly reason: ErrorCode;
  },
): Promise<JobState> {
  const { book, audit, reason } = options;
  const { row } = await book.change(
    job.id,
    { type: 'restart' },
    {
      ifRevision: job.revision,
      together: { notes: [noteOf(audit, job, 'job-queued-again', reason)] },
    },
  );
  return row.state;
}

const noteOf = (audit: Pick<AuditLog, 'note'>, job: JobRow, action: string, reason: ErrorCode) =>
  audit.note({
    who: LAB_ACTOR,
    action,
    target: `/v1/jobs/${job.id}`,
    outcome: 'done',
    details: { reason, state: job.state, device: job.device },
  });

/** What is left of a record, as far as a run's end needs it. */
export type Remains = Pick<RepairedRecord, 'rows' | 'shots' | 'nextRow' | 'damage'>;

/** Ends a job whose run had been armed when whoever ran it was gone. */
export async function endInterrupted(
  job: JobRow,
  options: {
    readonly store: Store;
    readonly book: Pick<JobBook, 'change'>;
    readonly clock: Clock;
    readonly log: Log;
    readonly audit: Pick<AuditLog, 'note'>;
    /** null: there is no record. */
    readonly remains: (run: string) => Promise<Remains | null>;
    readonly why: RelaxdError;
  },
): Promise<void> {
  const { store, book, clock, log, remains, why } = options;
  const now = isoTime(clock.wallMs());
  const error = failureOf(why);
  const last = job.run === null ? null : await store.run(job.run);
  // Between the runs of a series, and while its end is worked out, the last one has come to its own.
  const run = last === null || last.state === 'completed' ? null : last;
  if (run === null) {
    await book.change(
      job.id,
      { type: 'restart' },
      {
        patch: { error },
        together: { notes: [noteOf(options.audit, job, 'job-failed', why.code)] },
      },
    );
    return;
  }
  const repaired = await remains(run.id);
  const torn =
    repaired === null || repaired.damage === null
      ? []
      : [gapDocument(run.id, now, tornEnd(repaired.nextRow, repaired.damage))];
  const ended = {
    ...run,
    revision: run.revision + 1,
    state: 'failed' as const,
    endedAt: now,
    rows: repaired?.rows ?? 0,
    shots: repaired?.shots ?? 0,
    error,
    record: repaired === null ? ('missing' as const) : ('repaired' as const),
  };
  const told = (await store.documents(run.id)).filter(({ kind }) => kind === 'gap').length;
  const stop = stopDocument(ended, {
    reason: why.code,
    gaps: told + torn.length,
    before: null,
    after: null,
    warnings: ['what the device was set to when the run was cut off is not known any more'],
  });
  const stopped = job.asked === 'cancel' || job.asked === 'abort';
  const again =
    !stopped &&
    isTriedAgain(job.retry, {
      attempt: job.attempt,
      code: error.code,
      armed: true,
      origin: run.origin,
    });
  const action = again ? 'job-tried-again' : 'job-failed';
  const together = {
    runs: [ended],
    documents: [...torn, stop],
    notes: [noteOf(options.audit, job, action, why.code)],
  };
  if (again) {
    const patch = { error, ...nextAttempt(job, clock.wallMs()) };
    await book.change(job.id, { type: 'try-again' }, { patch, together });
  } else await book.change(job.id, { type: 'restart' }, { patch: { error }, together });
  const what = again ? 'it will be tried again' : 'failed';
  log('warn', `job ${job.id} had been armed: ${what}, ${ended.rows} rows of its run are kept`, {
    job: job.id,
    run: run.id,
    ...(repaired?.damage ? { damage: repaired.damage.reason } : {}),
  });
}

const tornEnd = (firstRow: number, { reason, bytes }: RecordDamage): TornEnd => ({
  firstRow,
  rows: null,
  reason: `the record's end was torn: ${reason}; ${bytes} bytes cut off`,
});

/** null: there is no record, or nothing of it can be read. */
async function repair(path: string, log: Log): Promise<RepairedRecord | null> {
  if (!existsSync(path)) return null;
  try {
    const { repairRecord } = await import('./record-reader.js');
    return await repairRecord(path);
  } catch (error) {
    const known = asRelaxdError(error);
    log('error', known.message, { code: known.code, path });
    return null;
  }
}
