import type { TSchema } from 'typebox';
import {
  asRelaxdError,
  contentHash,
  isoTime,
  RelaxdError,
  throwViolations,
  type Clock,
  type IdSource,
} from '../core/index.js';
import type { Program } from '../device/index.js';
import type { JobBook } from './job-book.js';
import type { JobRow } from './job.js';
import type { JobKind, PreparedRun } from './job-kind.js';
import { firstSteps, newJob } from './new-job.js';
import type { Store } from './store.js';
import { programSize } from './program-size.js';
import { NOBODY, type Asking, type Who } from './asking.js';
import {
  bodySchema,
  readSubmission,
  SWEEP,
  type Submission,
  type SweepSubmission,
  type Terms,
} from './submission.js';
import { NO_POINTS } from './sweep-counts.js';
import { devicesOf } from './sweep-document.js';
import { bodyAt, planOf, type SweepPlan } from './sweep-points.js';
import { firstPoints, inlined, preparedViolations } from './sweep-door.js';

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
  /** A stored program; null: there is none of that hash. */
  program(hash: string): Promise<Program | null>;
  drawSeed(): number;
  /** @throws RelaxdError `unknown-reservation`, `device-reserved`, `invalid-input` */
  requireOwnReservation(id: string, device: string | null, who: Who): Promise<void>;
  onPrepared(job: string, prepared: PreparedRun): void;
}

/** The way in: checks a submission, prepares it once, and stores it. */
export class Intake {
  private readonly kinds = new Map<string, { kind: JobKind; schema: TSchema }>();
  private readonly underWay = new Map<string, Promise<JobRow>>();

  constructor(private readonly ports: IntakePorts) {
    for (const kind of ports.kinds) this.kinds.set(kind.name, { kind, schema: bodySchema(kind) });
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

  /** As `Lab.submit`, which says what it throws. @param again the job that this one is to do again */
  async submit(
    body: unknown,
    key: string | undefined,
    { who = NOBODY, note = null }: Asking = {},
    again: JobRow | null = null,
  ): Promise<JobRow> {
    this.ports.requireOpen();
    const origin: Origin = { who, note, again };
    const given = await inlined(body, (hash) => this.ports.program(hash));
    const submission = readSubmission(given, this.kinds);
    if (key === undefined) return this.accept(submission, origin, null);
    if (key.length < 1 || key.length > 255) {
      throw new RelaxdError('invalid-input', 'an Idempotency-Key has 1 to 255 characters', {
        path: 'Idempotency-Key',
        value: key.length,
        limit: [1, 255],
      });
    }
    // Two submissions with one key at the same time: the second waits for what the first becomes.
    const earlier: Promise<unknown> = this.underWay.get(key) ?? Promise.resolve();
    const once = (): Promise<JobRow> => this.acceptOnce(submission, origin, key);
    const taken = earlier.then(once, once);
    this.underWay.set(key, taken);
    try {
      return await taken;
    } finally {
      if (this.underWay.get(key) === taken) this.underWay.delete(key);
    }
  }

  private async acceptOnce(
    submission: Submission | SweepSubmission,
    origin: Origin,
    key: string,
  ): Promise<JobRow> {
    const bodyHash = contentHash(submission.body);
    const known = await this.ports.store.jobOfKey(key, bodyHash);
    if (known === null) return this.accept(submission, origin, { key, bodyHash });
    origin.note?.add({ job: known.id, repeated: true });
    return known;
  }

  private accept(
    submission: Submission | SweepSubmission,
    origin: Origin,
    idempotency: Idempotency,
  ): Promise<JobRow> {
    return 'device' in submission
      ? this.acceptJob(submission, origin, idempotency)
      : this.acceptSweep(submission, origin, idempotency);
  }

  private async acceptJob(
    submission: Submission,
    origin: Origin,
    idempotency: Idempotency,
  ): Promise<JobRow> {
    const { kind, device, body } = submission;
    this.requireDevice(device);
    this.requireRoom();
    await this.requireTerms(submission, device, origin);
    const prepared = await this.tryPrepare(kind, body);
    this.ports.requireOpen();
    const row: JobRow = {
      ...this.newRow(submission, origin),
      kind: kind.name,
      device,
      size: prepared === null ? null : programSize(prepared.program),
    };
    if (prepared !== null) this.ports.onPrepared(row.id, prepared);
    return this.add(row, body, idempotency, origin);
  }

  /** Every axis was checked against the schema; here the first point of each device is made ready, and all where that is cheap. */
  private async acceptSweep(
    submission: SweepSubmission,
    origin: Origin,
    idempotency: Idempotency,
  ): Promise<JobRow> {
    const { kind, body } = submission;
    const seed = body.seed ?? origin.again?.seed ?? this.ports.drawSeed();
    const plan: SweepPlan = planOf(body, seed);
    const devices = devicesOf(plan);
    for (const device of devices) this.requireDevice(device);
    this.requireRoom();
    await this.requireTerms(submission, devices.length === 1 ? devices[0]! : null, origin);
    let size: number | null = null;
    for (const point of firstPoints(plan)) {
      const prepared = await this.tryPrepare(kind, bodyAt(plan, point));
      if (prepared !== null) size = Math.max(size ?? 0, programSize(prepared.program));
    }
    const found = await preparedViolations(kind, plan, (own) => this.tryPrepare(kind, own));
    throwViolations('program-refused', 'job', found);
    this.ports.requireOpen();
    const row: JobRow = {
      ...this.newRow(submission, origin),
      kind: SWEEP,
      device: devices.join(','),
      seed,
      size,
      sweep: {
        onFailure: body.onFailure ?? 'continue',
        counts: { ...NO_POINTS, points: plan.points, waiting: plan.points },
      },
    };
    return this.add(row, body, idempotency, origin);
  }

  private newRow(terms: Terms, { who, again }: Origin): Omit<JobRow, 'kind' | 'device'> {
    const at = isoTime(this.ports.clock.wallMs());
    const { priority, deadline, notBefore, retry, reservation } = terms;
    return {
      ...newJob(this.ports.ids.next(), at),
      priority,
      seed: again?.seed ?? null,
      deadline,
      notBefore,
      retry,
      reservation,
      by: who.name,
      retryOf: again?.id ?? null,
    };
  }

  private async add(
    row: JobRow,
    body: unknown,
    idempotency: Idempotency,
    { note }: Origin,
  ): Promise<JobRow> {
    const transitions = firstSteps(row.id, row.createdAt);
    note?.add({ job: row.id, kind: row.kind, device: row.device });
    const notes = note === null ? [] : [note];
    return (await this.ports.book.add({ row, body, transitions, idempotency, notes })).row;
  }

  private async requireTerms(
    { deadline, reservation }: Terms,
    device: string | null,
    { who }: Origin,
  ): Promise<void> {
    this.requireTime(deadline);
    if (reservation !== null) await this.ports.requireOwnReservation(reservation, device, who);
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
    const waiting = book.openCount;
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

type Idempotency = { readonly key: string; readonly bodyHash: string } | null;
/** Whose a job is, and whether it does another one again. */
interface Origin extends Required<Asking> {
  readonly again: JobRow | null;
}
