import { isoTime, RelaxdError, type Clock } from '../core/index.js';
import type { Claim, Failure, Job, JobItem, JobRow, JobTransition } from './job.js';
import { isTerminal, legalJobActions, nextJob, type JobEffect, type JobEvent } from './next-job.js';
import { nextSweep, trySweep } from './next-sweep.js';
import { PointShelf } from './point-shelf.js';
import type { Commit, JobOutcome, NewJob, Store, StoredJob } from './store.js';
import type { SweepDocument } from './sweep-document.js';

const POINTS_AT_ONCE = 1000;

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
  /** Those of them that wait for a time, or have points that may. */
  private readonly timedRows = new Map<string, JobRow>();
  private readonly shelves = new Map<string, PointShelf>();
  /** Open points by id, beside their shelves. */
  private readonly pointRows = new Map<string, JobRow>();
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
    const rows = await this.store.openJobs();
    for (const row of rows) if (row.parent === null) this.put(row);
    for (const { id, sweep } of this.rows.values()) {
      if (sweep !== null) await this.loadPoints(id);
    }
    for (const row of rows) if (row.parent !== null) this.put(row);
  }

  /** All points of a sweep: of those that have ended only what they add up to is kept. */
  private async loadPoints(sweep: string): Promise<void> {
    const shelf = this.shelf(sweep);
    for (let from = 0; ;) {
      const rows = await this.store.points(sweep, { from, limit: POINTS_AT_ONCE });
      for (const row of rows) shelf.take(row, isTerminal(row.state));
      if (rows.length < POINTS_AT_ONCE) return;
      from = rows.at(-1)!.point! + 1;
    }
  }

  /** Jobs that have not ended, but for the points of sweeps. */
  open(): Iterable<JobRow> {
    return this.rows.values();
  }

  /** How many those are. */
  get openCount(): number {
    return this.rows.size;
  }

  /** Those of them that time changes something for: sweeps, and what has a deadline or may not begin yet. */
  timed(): Iterable<JobRow> {
    return this.timedRows.values();
  }

  /** Every job that has not ended. */
  *all(): Iterable<JobRow> {
    yield* this.rows.values();
    for (const shelf of this.shelves.values()) yield* shelf.openPoints();
  }

  /** Those of them that wait for their turn, on one device or on any. */
  *queued(device: string | null): Generator<JobRow, void, undefined> {
    for (const row of this.all()) {
      if (row.state === 'queued' && (device === null || row.device === device)) yield row;
    }
  }

  /** How many jobs are open, by state; points of sweeps among them. */
  countByState(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { state } of this.all()) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }

  /** What is known of the points of an open sweep. */
  points(sweep: string): PointShelf {
    return this.shelf(sweep);
  }

  private shelf(sweep: string): PointShelf {
    let shelf = this.shelves.get(sweep);
    if (shelf === undefined) this.shelves.set(sweep, (shelf = new PointShelf()));
    return shelf;
  }

  /** An open job, at once; undefined: it has ended, or there is none. */
  get(id: string): JobRow | undefined {
    return this.rows.get(id) ?? this.pointRows.get(id);
  }

  /** @throws RelaxdError `unknown-job` */
  async find(id: string): Promise<JobRow> {
    const row = this.get(id) ?? (await this.store.job(id));
    if (row === null) {
      throw new RelaxdError('unknown-job', `there is no job '${id}'`, {
        value: id,
        hint: 'relaxd jobs, or GET /v1/jobs, lists them',
      });
    }
    return row;
  }

  async add(job: NewJob): Promise<StoredJob> {
    const { row, inserted } = await this.store.insertJob(job);
    if (inserted) {
      this.put(row);
      this.announce(row, true);
    }
    return { row, inserted };
  }

  /** Points of one sweep, at once; those that are there already stay as they are. */
  async addPoints(jobs: readonly NewJob[]): Promise<void> {
    for (const row of await this.store.insertPoints(jobs)) {
      this.shelf(row.parent!).take(row, isTerminal(row.state));
      if (!isTerminal(row.state)) this.pointRows.set(row.id, row);
    }
  }

  private put(row: JobRow): void {
    if (row.parent === null) {
      this.rows.set(row.id, row);
      const { deadline, notBefore, sweep } = row;
      if (deadline !== null || notBefore !== null || sweep !== null)
        this.timedRows.set(row.id, row);
      else this.timedRows.delete(row.id);
    } else {
      this.pointRows.set(row.id, row);
      this.shelf(row.parent).take(row, false);
    }
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
      const step = (before.sweep === null ? nextJob : nextSweep)(standing, event);
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
    patch: Partial<Pick<JobRow, 'progress' | 'sweep' | 'run'>>,
    together: Omit<Commit, 'job'> = {},
  ): Promise<void> {
    await this.inTurn(id, async () => {
      const before = this.get(id);
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
      update: (id, patch, together) =>
        this.update(id, patch, { ...together, fence: { job: id, token } }),
    };
  }

  /** Takes in what another node has made of a job. What is older than what is known here changes nothing. */
  async adopt(row: JobRow): Promise<void> {
    await this.inTurn(row.id, async () => {
      // What its points did before is in the store.
      if (row.sweep !== null && !isTerminal(row.state) && !this.rows.has(row.id)) {
        await this.loadPoints(row.id);
      }
      this.take(row);
    });
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
    if (!isTerminal(row.state)) this.put(row);
    else {
      this.rememberEnd(row);
      if (row.parent === null) {
        this.rows.delete(row.id);
        this.timedRows.delete(row.id);
        this.shelves.delete(row.id);
      } else {
        this.pointRows.delete(row.id);
        if (this.rows.has(row.parent)) this.shelf(row.parent).take(row, true);
      }
    }
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
    actions: row.sweep === null ? legalJobActions(row) : legalJobActions(row, trySweep),
    ...(row.parent === null ? {} : { parent: row.parent, point: row.point! }),
    ...(row.sweep === null ? {} : { points: row.sweep.counts }),
    ...(row.retry === null ? {} : { attempt: row.attempt, retry: row.retry }),
    ...(row.retryOf === null ? {} : { retryOf: row.retryOf }),
    ...(row.by === null ? {} : { by: row.by }),
  };
}

export function publicJob(row: JobRow, result: Job['result'] | SweepDocument | JobOutcome): Job {
  const { error, actions, ...item } = jobItem(row);
  return { ...item, result: result as Job['result'], error, actions };
}

export function failureOf(error: RelaxdError): Failure {
  const { code, message, details } = error;
  return { code, message, details };
}
