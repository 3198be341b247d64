import { isoTime, RelaxdError, type Clock } from '../core/index.js';
import type { Failure, Job, JobItem, JobRow, JobTransition } from './job.js';
import { isTerminal, legalJobActions, nextJob, type JobEffect, type JobEvent } from './next-job.js';
import type { RunResult } from './run-result.js';
import type { Commit, NewJob, Store } from './store.js';

export interface ChangeOptions {
  /** Members that change with the transition. */
  readonly patch?: Partial<Omit<JobRow, 'id' | 'revision' | 'state' | 'asked' | 'armed'>>;
  /** What is stored together with it. */
  readonly together?: Omit<Commit, 'job'>;
  /** @throws `revision-conflict` where the job has another revision */
  readonly ifRevision?: number;
}
export interface Changed {
  readonly row: JobRow;
  readonly effects: readonly JobEffect[];
}

/** The jobs that have not ended, in memory as in the store: changes go through here, one at a time for each job. */
export class JobBook {
  private readonly rows = new Map<string, JobRow>();
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly announce: (row: JobRow) => void,
  ) {}

  async load(): Promise<void> {
    for (const row of await this.store.openJobs()) this.rows.set(row.id, row);
  }

  /** Jobs that have not ended. */
  open(): Iterable<JobRow> {
    return this.rows.values();
  }

  /** An open job, at once; undefined: it has ended, or there is none. */
  get(id: string): JobRow | undefined {
    return this.rows.get(id);
  }

  /** @throws RelaxdError `unknown-job` */
  async find(id: string): Promise<JobRow> {
    const row = this.rows.get(id) ?? (await this.store.job(id));
    if (row === null) {
      throw new RelaxdError('unknown-job', `there is no job '${id}'`, {
        value: id,
        hint: 'relaxd jobs, or GET /v1/jobs, lists them',
      });
    }
    return row;
  }

  async add(job: NewJob): Promise<{ row: JobRow; inserted: boolean }> {
    const { row, inserted } = await this.store.insertJob(job);
    if (inserted) {
      this.rows.set(row.id, row);
      this.announce(row);
    }
    return { row, inserted };
  }

  /**
   * Takes a job one step on. The step is durable before anyone hears of it.
   *
   * @throws RelaxdError `illegal-transition`, `unknown-job`, `revision-conflict`, `store-failed`, `disk-full`
   */
  async change(id: string, event: JobEvent, options: ChangeOptions = {}): Promise<Changed> {
    return this.inTurn(id, async () => {
      const before = await this.find(id);
      if (options.ifRevision !== undefined && options.ifRevision !== before.revision) {
        throw new RelaxdError('revision-conflict', `job ${id} is at revision ${before.revision}`, {
          value: options.ifRevision,
          limit: before.revision,
          hint: 'read it again',
        });
      }
      const standing = { state: before.state, asked: before.asked, armed: before.armed };
      const step = nextJob(standing, event);
      if (step.standing === standing && options.patch === undefined) {
        return { row: before, effects: step.effects };
      }
      const at = isoTime(this.clock.wallMs());
      const row: JobRow = {
        ...before,
        ...options.patch,
        ...step.standing,
        revision: before.revision + 1,
        ...(isTerminal(step.standing.state) && !isTerminal(before.state) ? { endedAt: at } : {}),
      };
      const transition: JobTransition = {
        job: id,
        revision: row.revision,
        event: event.type,
        from: before.state,
        to: row.state,
        at,
      };
      await this.store.commit({
        ...options.together,
        job: { row, expectedRevision: before.revision, transitions: [transition] },
      });
      this.keep(row);
      return { row, effects: step.effects };
    });
  }

  /** Changes members of an open job without a transition. */
  async update(id: string, patch: Pick<JobRow, 'progress'>): Promise<void> {
    await this.inTurn(id, async () => {
      const before = this.rows.get(id);
      if (before === undefined) return;
      const row: JobRow = { ...before, ...patch, revision: before.revision + 1 };
      await this.store.commit({
        job: { row, expectedRevision: before.revision, transitions: [] },
      });
      this.keep(row);
    });
  }

  private keep(row: JobRow): void {
    if (isTerminal(row.state)) this.rows.delete(row.id);
    else this.rows.set(row.id, row);
    this.announce(row);
  }

  private inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(id) ?? Promise.resolve()).then(work, work);
    const done = turn
      .catch(() => undefined) // whoever asked for it hears of it
      .then(() => {
        if (this.turns.get(id) === done) this.turns.delete(id);
      });
    this.turns.set(id, done);
    return turn;
  }
}

export function jobItem(row: JobRow): JobItem {
  return {
    id: row.id,
    revision: row.revision,
    kind: row.kind,
    state: row.state,
    device: row.device,
    priority: row.priority,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    progress: row.progress,
    run: row.run,
    error: row.error,
    actions: legalJobActions(row),
  };
}

export function publicJob(row: JobRow, result: RunResult | null): Job {
  const { error, actions, ...item } = jobItem(row);
  return { ...item, result, error, actions };
}

export function failureOf(error: RelaxdError): Failure {
  const { code, message, details } = error;
  return { code, message, details };
}
