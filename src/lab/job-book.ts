import { isoTime, RelaxdError, type Clock } from '../core/index.js';
import type { Claim, Failure, Job, JobItem, JobRow, JobTransition } from './job.js';
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

/** Ended jobs that are remembered, so that late news of one is known as such. */
const MOST_ENDED = 10_000;
/** A job that other nodes keep changing is tried to be changed so often. */
const MOST_TRIES = 50;
/** In these a node has the job. */
const CLAIMED: ReadonlySet<string> = new Set(['dispatching', 'running', 'paused', 'finalizing']);

/** The jobs that have not ended, in memory as in the store: changes go through here, one at a time for each job. */
export class JobBook {
  private readonly rows = new Map<string, JobRow>();
  private readonly turns = new Map<string, Promise<unknown>>();
  /** Revisions of jobs that have ended. */
  private readonly ended = new Map<string, number>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    /** @param own false: another node has changed it */
    private readonly announce: (row: JobRow, own: boolean) => void,
    /** Another node has changed a job, before known or not. */
    private readonly onTaken: (row: JobRow, before: JobRow | undefined) => void = () => undefined,
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
      this.announce(row, true);
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
        ...(before.claim && !CLAIMED.has(step.standing.state) ? { claim: null } : {}),
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
  async update(
    id: string,
    patch: Pick<JobRow, 'progress'>,
    together: Omit<Commit, 'job'> = {},
  ): Promise<void> {
    await this.inTurn(id, async () => {
      const before = this.rows.get(id);
      if (before === undefined) return;
      const row: JobRow = { ...before, ...patch, revision: before.revision + 1 };
      await this.store.commit({
        ...together,
        job: { row, expectedRevision: before.revision, transitions: [] },
      });
      this.keep(row);
    });
  }

  /**
   * The book as a node writes in it that has a job: what it changes is refused with `lease-lost` where the job is not its own
   * any more. The way to the device begins with the claim.
   */
  under(claim: Claim | null): Pick<JobBook, 'get' | 'change' | 'update'> {
    if (claim === null) return this;
    const { token } = claim;
    return {
      get: (id) => this.get(id),
      change: (id, event, { patch, together, ...options } = {}) =>
        event.type === 'dispatch'
          ? this.change(id, event, {
              ...options,
              patch: { ...patch, claim },
              together: { ...together, alive: token },
            })
          : this.change(id, event, {
              ...options,
              ...(patch === undefined ? {} : { patch }),
              together: { ...together, fence: { job: id, token } },
            }),
      update: (id, patch) => this.update(id, patch, { fence: { job: id, token } }),
    };
  }

  /** Takes in what another node has made of a job. What is older than what is known here changes nothing. */
  async adopt(row: JobRow): Promise<void> {
    await this.inTurn(row.id, async () => this.take(row));
  }

  /** The job as the store has it, for a lab of several nodes. @throws RelaxdError `unknown-job` */
  async fresh(id: string): Promise<JobRow> {
    const row = await this.store.job(id);
    if (row !== null) await this.adopt(row);
    return row ?? this.find(id);
  }

  private take(row: JobRow): boolean {
    const before = this.get(row.id);
    const known = before?.revision ?? this.ended.get(row.id) ?? 0;
    if (row.revision <= known) return false;
    this.keep(row, false);
    this.onTaken(row, before);
    return true;
  }

  private keep(row: JobRow, own = true): void {
    if (isTerminal(row.state)) {
      this.rows.delete(row.id);
      this.rememberEnd(row);
    } else this.rows.set(row.id, row);
    this.announce(row, own);
  }

  private rememberEnd({ id, revision }: JobRow): void {
    this.ended.set(id, revision);
    for (const oldest of this.ended.keys()) {
      if (this.ended.size <= MOST_ENDED) break;
      this.ended.delete(oldest);
    }
  }

  /** Where another node has changed the job meanwhile: again, from how it stands now. */
  private async fromNow<T>(id: string, work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        const conflict = error instanceof RelaxdError && error.code === 'revision-conflict';
        if (!conflict || tries === MOST_TRIES) throw error;
        const row = await this.store.job(id);
        if (row === null || !this.take(row)) throw error;
      }
    }
  }

  private inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const once = (): Promise<T> => this.fromNow(id, work);
    const turn = (this.turns.get(id) ?? Promise.resolve()).then(once, once);
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
