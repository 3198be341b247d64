import type { AuditLog } from '../access/index.js';
import { asRelaxdError, RelaxdError, type Clock } from '../core/index.js';
import type { JobBook } from './job-book.js';
import type { JobRow } from './job.js';
import { endInterrupted, queueAgain } from './recover-jobs.js';
import type { Log } from './log.js';
import type { SharedStore } from './shared-store.js';
import type { Commit } from './store.js';

/** Another node was faster, the node has ended the job before it was given up, or a block of its record has come late. */
const SETTLED = ['lease-lost', 'illegal-transition', 'revision-conflict'];

/**
 * What becomes of a job whose node has gone: it is queued again or, where its run was armed, it has failed and keeps what was
 * recorded. Never rejects: what cannot be done now is done at the next beat.
 *
 * @param job as it was claimed
 */
export async function takeOver(
  job: JobRow,
  options: {
    readonly store: SharedStore;
    readonly book: JobBook;
    readonly clock: Clock;
    readonly log: Log;
    readonly audit: Pick<AuditLog, 'note'>;
  },
): Promise<void> {
  const { store, clock, log, audit } = options;
  const book = options.book.under(job.claim!);
  let recordAt: Commit['recordAt'];
  try {
    await options.book.adopt(job);
    if (!job.armed) {
      // Armed meanwhile: then that is found at the next beat.
      const state = await queueAgain(job, { book, audit, reason: 'node-lost' });
      log('warn', `job ${job.id} is ${state} after its node has gone`, { job: job.id });
      return;
    }
    await endInterrupted(job, {
      store,
      book: {
        change: (id, event, change = {}) =>
          book.change(id, event, {
            ...change,
            together: { ...change.together, ...(recordAt === undefined ? {} : { recordAt }) },
          }),
      },
      clock,
      log,
      audit,
      remains: async (run) => {
        const sealed = await store.sealed(run);
        recordAt = { run, blocks: sealed.blocks };
        return sealed.blocks === 0 ? null : { ...sealed, damage: null };
      },
      why: new RelaxdError(
        'node-lost',
        'the node that ran the job has gone; what it had recorded until then is kept',
        { job: job.id, node: job.claim!.node, hint: 'submit it again if it is wanted' },
      ),
    });
  } catch (error) {
    const { code, message } = asRelaxdError(error);
    if (SETTLED.includes(code)) return;
    log('warn', `job ${job.id} cannot be taken over yet: ${message}`, { job: job.id, code });
  }
}
