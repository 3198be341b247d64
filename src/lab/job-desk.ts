import { RelaxdError, type Timeline } from '../core/index.js';
import type { DevicePlaces } from './device-places.js';
import type { Intake } from './intake.js';
import { jobItem, publicJob, type JobBook } from './job-book.js';
import type { Job, JobItem, JobRow, JobTransition, Page } from './job.js';
import type { LabEvents } from './lab-events.js';
import { pageQuery, type PageRequest } from './library.js';
import type { Listeners } from './listeners.js';
import { isTerminal, JOB_STATES, nextJob, type JobAction, type JobState } from './next-job.js';
import { NOBODY, type Asking } from './asking.js';
import type { RunsUnderWay } from './runs-under-way.js';
import type { Scheduler } from './scheduler.js';
import type { Store } from './store.js';
import type { Sweeps } from './sweeps.js';

/** Rows of a sweep that its job's result has; `Lab.sweep` has them all. */
const ROWS_IN_RESULT = 1000;
/** What a person has done again is submitted under a key of its own, which nobody can send: it is done once. */
const retryKey = (job: string): string => `↻ ${job}`;

export interface SubmitOptions extends Asking {
  /** The same key with the same body answers with the same job. */
  readonly idempotencyKey?: string;
}

export interface ActOptions extends Asking {
  /** For `reprioritise`. */
  readonly priority?: number;
  /** The revision that the caller saw. */
  readonly revision?: number;
}

export interface JobListRequest extends PageRequest {
  readonly state?: string | readonly string[];
  readonly device?: string;
  /** Points of this sweep. */
  readonly parent?: string;
  /** Points of sweeps, too. */
  readonly all?: boolean;
}

export interface DeskPorts {
  readonly book: JobBook;
  readonly store: Store;
  readonly intake: Intake;
  readonly sweeps: Sweeps;
  readonly scheduler: Pick<Scheduler, 'pump'>;
  readonly underWay: Pick<RunsUnderWay, 'perform'>;
  readonly places: DevicePlaces;
  readonly events: Listeners<LabEvents>;
  readonly setAlarm: Timeline['after'];
  readonly closing: AbortSignal;
  /** Other nodes change jobs, too. */
  readonly shared: boolean;
  /** @throws RelaxdError `service-stopping` */
  requireOpen(): void;
}

/** Where people come to with jobs: takes them, changes them, and tells how they stand. */
export class JobDesk {
  constructor(private readonly ports: DeskPorts) {}

  /** As `Lab.submit`, which says what it throws. */
  async submit(body: unknown, { idempotencyKey, ...asking }: SubmitOptions): Promise<Job> {
    const row = await this.ports.intake.submit(body, idempotencyKey, asking);
    return this.taken(row);
  }

  /** A job that does again what one did that did not come to a result; the same one however often it is asked for. */
  private async submitAgain(row: JobRow, asking: Asking): Promise<Job> {
    const body = await this.againBody(row);
    return this.taken(await this.ports.intake.submit(body, retryKey(row.id), asking, row));
  }

  private async taken(row: JobRow): Promise<Job> {
    const job = await this.withResult(row);
    if (row.sweep !== null) this.ports.sweeps.look(row.id);
    this.ports.scheduler.pump();
    return job;
  }

  /** Without the times that have passed. */
  private async againBody(row: JobRow): Promise<unknown> {
    const body = (await this.ports.sweeps.bodyOf(row)) as Record<string, unknown>;
    const { deadline: _deadline, notBefore: _notBefore, ...rest } = body;
    return { ...rest, priority: row.priority };
  }

  /** @throws RelaxdError `unknown-job` */
  async job(id: string): Promise<Job> {
    return this.withResult(await this.newest(id));
  }

  /** What a job was submitted with. @throws RelaxdError `unknown-job` */
  async body(id: string): Promise<unknown> {
    return this.ports.sweeps.bodyOf(await this.ports.book.find(id));
  }

  /** @throws RelaxdError `unknown-job` */
  async history(id: string): Promise<readonly JobTransition[]> {
    await this.ports.book.find(id);
    return this.ports.store.transitions(id);
  }

  /** @throws RelaxdError `invalid-input` */
  async list(request: JobListRequest): Promise<Page<JobItem>> {
    const { device = null, parent = null, all = false } = request;
    const states = [request.state ?? []].flat() as JobState[];
    const unknown = states.find((state) => !JOB_STATES.includes(state));
    if (unknown !== undefined) {
      throw new RelaxdError('invalid-input', `there is no job state '${unknown}'`, {
        path: 'state',
        value: unknown,
        limit: JOB_STATES,
      });
    }
    const query = { states, device, ...(all ? {} : { parent }), ...pageQuery(request) };
    const page = await this.ports.store.jobs(query);
    return { items: page.items.map(jobItem), next: page.next };
  }

  /** A sweep's own job. @throws RelaxdError `unknown-job`, `invalid-input` (it is no sweep) */
  async requireSweep(id: string): Promise<JobRow> {
    const row = await this.newest(id);
    if (row.sweep !== null) return row;
    throw new RelaxdError('invalid-input', `job ${id} is no sweep but a ${row.kind} job`, {
      value: row.kind,
      limit: 'sweep',
      hint: 'relaxd job, or GET /v1/jobs/{id}, has its result',
    });
  }

  /** As `Lab.act`, which says what it throws. */
  async act(id: string, action: JobAction, args: ActOptions): Promise<Job> {
    const { book, sweeps, scheduler, underWay } = this.ports;
    const { who = NOBODY, note = null } = args;
    await this.requireOwnAction(id, action);
    const patch = action === 'reprioritise' ? { priority: priorityOf(args.priority) } : undefined;
    if (action === 'pause') await this.requirePause(id);
    const { row, effects } = await book.change(
      id,
      { type: action },
      {
        ...(patch === undefined ? {} : { patch }),
        ...(args.revision === undefined ? {} : { ifRevision: args.revision }),
        ...(note === null ? {} : { together: { notes: [note] } }),
      },
    );
    for (const effect of effects) {
      if (effect === 'submit-again') return this.submitAgain(row, { who, note });
      if (effect === 'reorder') scheduler.pump();
      else if (effect === 'tell-points') sweeps.look(id);
      else underWay.perform(id, effect);
    }
    return this.withResult(row);
  }

  /** @throws RelaxdError `not-supported` for what a point has from its sweep */
  private async requireOwnAction(id: string, action: JobAction): Promise<void> {
    const { parent } = await this.ports.book.find(id);
    if (parent === null || action !== 'reprioritise') return;
    throw new RelaxdError('not-supported', `a point goes with its sweep's priority`, {
      value: action,
      hint: `reprioritise ${parent}`,
    });
  }

  private async requirePause(id: string): Promise<void> {
    const row = await this.ports.book.find(id);
    if (row.sweep !== null) return;
    nextJob(row, { type: 'pause' });
    const { shots } = await this.ports.places.describe(row.device);
    if (shots.pauseAtShot) return;
    throw new RelaxdError('not-supported', `${row.device} cannot pause between shots`, {
      value: 'pause',
      device: row.device,
    });
  }

  /** As `Lab.waitJob`. @throws RelaxdError `unknown-job` */
  async wait(id: string, revision: number, timeoutMs: number, signal?: AbortSignal): Promise<Job> {
    const { book, closing, events, setAlarm } = this.ports;
    const later = (row: { revision: number; state: JobState }): boolean =>
      row.revision > revision || isTerminal(row.state);
    const row = await book.find(id);
    const giveUp = [closing, ...(signal === undefined ? [] : [signal])];
    if (!later(row) && !giveUp.some(({ aborted }) => aborted)) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          stopListening();
          callOff();
          for (const given of giveUp) given.removeEventListener('abort', done);
          resolve();
        };
        const heard = (job: JobItem): void => {
          if (job.id === id && later(job)) done();
        };
        const removers = [events.on('job', heard), events.on('point', heard)];
        const stopListening = (): void => removers.forEach((remove) => remove());
        const callOff = setAlarm(timeoutMs, done);
        for (const given of giveUp) given.addEventListener('abort', done, { once: true });
        // It may have changed while it was being found.
        const now = book.get(id);
        if (now === undefined || later(now)) done();
      });
    }
    return this.job(id);
  }

  /** As `Lab.jobEnd`. @throws RelaxdError `unknown-job`, `aborted`, `service-stopping` */
  async end(id: string, signal?: AbortSignal): Promise<Job> {
    for (let job = await this.job(id); ;) {
      if (isTerminal(job.state)) return job;
      if (signal?.aborted) throw new RelaxdError('aborted', 'the wait was aborted', { job: id });
      this.ports.requireOpen();
      job = await this.wait(id, job.revision, 60_000, signal);
    }
  }

  /** Another node may have changed it a moment ago. */
  private newest(id: string): Promise<JobRow> {
    const { book, shared } = this.ports;
    return shared ? book.fresh(id) : book.find(id);
  }

  private async withResult(row: JobRow): Promise<Job> {
    const ended = isTerminal(row.state);
    if (row.sweep !== null) {
      const range = { from: 0, limit: ROWS_IN_RESULT };
      return publicJob(row, ended ? await this.ports.sweeps.document(row, range) : null);
    }
    if (row.outcome === true) {
      return publicJob(row, ended ? await this.ports.store.jobResult(row.id) : null);
    }
    return publicJob(
      row,
      ended && row.run !== null ? await this.ports.store.result(row.run) : null,
    );
  }
}

function priorityOf(priority: number | undefined): number {
  if (priority !== undefined && Number.isInteger(priority) && Math.abs(priority) <= 1000) {
    return priority;
  }
  throw new RelaxdError('invalid-input', 'reprioritise needs a priority from -1000 to 1000', {
    path: 'priority',
    value: priority,
    limit: [-1000, 1000],
  });
}
