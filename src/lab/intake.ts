import type { TSchema } from 'typebox';
import type { AuditNote } from '../access/index.js';
import {
  asRelaxdError,
  contentHash,
  isoTime,
  RelaxdError,
  type Clock,
  type IdSource,
} from '../core/index.js';
import type { JobBook } from './job-book.js';
import type { JobRow, JobTransition } from './job.js';
import type { JobKind, PreparedRun } from './job-kind.js';
import type { Store } from './store.js';
import { bodySchema, readSubmission, type Submission } from './submission.js';

export interface IntakePorts {
  readonly book: JobBook;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly kinds: readonly JobKind[];
  readonly mostQueued: number;
  /** @throws RelaxdError `unknown-device` */
  requireDevice(id: string): void;
  /** @throws RelaxdError `service-stopping` */
  requireOpen(): void;
  prepare(kind: JobKind, body: unknown): Promise<PreparedRun>;
  onPrepared(job: string, prepared: PreparedRun): void;
}

/** The way in: checks a submission, prepares it once, and stores it. */
export class Intake {
  private readonly kinds = new Map<string, { kind: JobKind; schema: TSchema }>();
  private readonly underWay = new Map<string, Promise<JobRow>>();

  constructor(private readonly ports: IntakePorts) {
    for (const kind of ports.kinds) this.kinds.set(kind.name, { kind, schema: bodySchema(kind) });
  }

  /** Names of the job kinds, and the schema of each one's body. */
  list(): readonly { readonly name: string; readonly schema: TSchema }[] {
    return [...this.kinds.values()].map(({ kind, schema }) => ({ name: kind.name, schema }));
  }

  /** @throws RelaxdError `unknown-kind` */
  kind(name: string): JobKind {
    const known = this.kinds.get(name);
    if (known !== undefined) return known.kind;
    throw new RelaxdError('unknown-kind', `there is no job kind '${name}' any more`, {
      value: name,
      limit: [...this.kinds.keys()],
    });
  }

  /** As `Lab.submit`, which says what it throws. */
  async submit(
    body: unknown,
    key: string | undefined,
    note: AuditNote | null = null,
  ): Promise<JobRow> {
    this.ports.requireOpen();
    const submission = readSubmission(body, this.kinds);
    if (key === undefined) return this.accept(submission, null, note);
    if (key.length < 1 || key.length > 255) {
      throw new RelaxdError('invalid-input', 'an Idempotency-Key has 1 to 255 characters', {
        path: 'Idempotency-Key',
        value: key.length,
        limit: [1, 255],
      });
    }
    // Two submissions with one key at the same time: the second waits for what the first becomes.
    const earlier: Promise<unknown> = this.underWay.get(key) ?? Promise.resolve();
    const once = (): Promise<JobRow> => this.acceptOnce(submission, key, note);
    const taken = earlier.then(once, once);
    this.underWay.set(key, taken);
    try {
      return await taken;
    } finally {
      if (this.underWay.get(key) === taken) this.underWay.delete(key);
    }
  }

  private async acceptOnce(
    submission: Submission,
    key: string,
    note: AuditNote | null,
  ): Promise<JobRow> {
    const bodyHash = contentHash(submission.body);
    const known = await this.ports.store.jobOfKey(key, bodyHash);
    if (known === null) return this.accept(submission, { key, bodyHash }, note);
    note?.add({ job: known.id, repeated: true });
    return known;
  }

  private async accept(
    submission: Submission,
    idempotency: { readonly key: string; readonly bodyHash: string } | null,
    note: AuditNote | null,
  ): Promise<JobRow> {
    const { book, clock, ids } = this.ports;
    const { kind, device, priority, deadline, notBefore, body } = submission;
    this.requireDevice(device);
    this.requireRoom();
    this.requireTime(deadline);
    const prepared = await this.tryPrepare(kind, body);
    this.ports.requireOpen();
    const id = ids.next();
    const at = isoTime(clock.wallMs());
    const transitions = firstSteps(id, at);
    const row: JobRow = {
      id,
      revision: transitions.length,
      kind: kind.name,
      state: 'queued',
      asked: null,
      armed: false,
      device,
      priority,
      createdAt: at,
      startedAt: null,
      endedAt: null,
      progress: { fraction: 0, shots: 0 },
      run: null,
      error: null,
      seed: null,
      deadline,
      notBefore,
    };
    if (prepared !== null) this.ports.onPrepared(id, prepared);
    note?.add({ job: id, kind: kind.name, device });
    const notes = note === null ? [] : [note];
    return (await book.add({ row, body, transitions, idempotency, notes })).row;
  }

  /** null: not now, but perhaps when the job's turn comes, because its device is offline for one. */
  private async tryPrepare(kind: JobKind, body: unknown): Promise<PreparedRun | null> {
    try {
      return await this.ports.prepare(kind, body);
    } catch (error) {
      const known = asRelaxdError(error);
      if (known.row.retryable) return null;
      throw known;
    }
  }

  private requireDevice(id: string): void {
    try {
      this.ports.requireDevice(id);
    } catch (error) {
      const { code, message, details, cause } = asRelaxdError(error);
      throw new RelaxdError(code, message, { path: 'device', value: id, ...details }, cause);
    }
  }

  private requireRoom(): void {
    const { mostQueued, book } = this.ports;
    const waiting = [...book.open()].length;
    if (waiting < mostQueued) return;
    throw new RelaxdError('queue-full', `${waiting} jobs are waiting already`, {
      value: waiting,
      limit: mostQueued,
      hint: 'wait for some to end, or cancel some',
    });
  }

  private requireTime(deadline: string | null): void {
    const nowMs = this.ports.clock.wallMs();
    if (deadline === null || Date.parse(deadline) > nowMs) return;
    throw new RelaxdError('deadline-passed', `the deadline ${deadline} has passed`, {
      path: 'deadline',
      value: deadline,
      limit: `after ${isoTime(nowMs)}`,
    });
  }
}

/** What a job has been through once it is stored: it was checked before, so that it is queued at once. */
function firstSteps(job: string, at: string): JobTransition[] {
  const steps = [
    ['submit', null, 'submitted'],
    ['validate', 'submitted', 'validated'],
    ['enqueue', 'validated', 'queued'],
  ] as const;
  return steps.map(([event, from, to], k) => ({ job, revision: k + 1, event, from, to, at }));
}
