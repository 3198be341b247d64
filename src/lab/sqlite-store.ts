import { isoTime, RelaxdError, type Clock } from '../core/index.js';
import type { JobChange, NewJob, Commit, JobQuery, PageQuery, RunQuery } from './store.js';
import type { ReservationQuery } from './store.js';
import type { Shelf, Store, StoredDocument, StoredSummary } from './store.js';
import { PLAIN_JOB, type JobRow, type JobTransition, type Page } from './job.js';
import { reservationConflict, type DeviceLock, type Reservation } from './reservation.js';
import { isTerminal } from './next-job.js';
import type { RunDocument, RunDocumentKind, RunRow } from './run.js';
import type { RunResult } from './run-result.js';
import { databaseClass, storeError, type SqliteDatabase } from './sqlite-driver.js';
import { migrate } from './sqlite-migrations.js';

type Statement = ReturnType<SqliteDatabase['prepare']>;
type Row = Record<string, unknown>;

/**
 * The embedded store: one SQLite database in WAL mode. `synchronous=FULL` makes each commit durable before it
 * is answered; `locking_mode=EXCLUSIVE` keeps the file's lock for as long as the process lives, so that a second
 * one gets `store-locked`, and the operating system lets go of it however the first one ends.
 */
export class SqliteStore implements Store {
  private readonly statements = new Map<string, Statement>();

  private constructor(
    private readonly database: SqliteDatabase,
    private readonly path: string,
  ) {}

  /**
   * @param path of the database file, or `:memory:`
   * @throws RelaxdError `store-locked`, `store-failed`, `disk-full`, `unsupported-version`
   */
  static async open(path: string, clock: Clock): Promise<SqliteStore> {
    const Database = await databaseClass();
    let database: SqliteDatabase | null = null;
    try {
      database = new Database(path);
      // A busy database here means another process, which will not go away while we wait.
      database.exec('PRAGMA busy_timeout = 0');
      database.exec('PRAGMA locking_mode = EXCLUSIVE');
      database.exec('PRAGMA journal_mode = WAL');
      database.exec('PRAGMA synchronous = FULL');
      database.exec('PRAGMA foreign_keys = ON');
      migrate(database, path, isoTime(clock.wallMs()));
      // Takes the lock now, also where there was nothing to migrate.
      database.exec('BEGIN IMMEDIATE');
      database.exec('COMMIT');
      return new SqliteStore(database, path);
    } catch (error) {
      letGo(database);
      throw storeError(error, path);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.database.isOpen) return;
    this.statements.clear();
    letGo(this.database);
  }

  async insertJob(job: NewJob): Promise<{ row: JobRow; inserted: boolean }> {
    return this.transaction(() => {
      const { row, body, idempotency } = job;
      if (idempotency !== null) {
        const known = this.keyed(idempotency.key, idempotency.bodyHash);
        if (known !== null) return { row: known, inserted: false };
      }
      this.statement(
        'INSERT INTO jobs (id, revision, state, device, ended, parent, point, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ).run(
        row.id,
        row.revision,
        row.state,
        row.device,
        ended(row),
        row.parent,
        row.point,
        JSON.stringify(row),
      );
      this.statement('INSERT INTO job_bodies (job, body) VALUES (?, ?)').run(
        row.id,
        JSON.stringify(body),
      );
      this.insertTransitions(job.transitions);
      if (idempotency !== null) {
        this.statement('INSERT INTO idempotency_keys (key, body_hash, job) VALUES (?, ?, ?)').run(
          idempotency.key,
          idempotency.bodyHash,
          row.id,
        );
      }
      return { row, inserted: true };
    });
  }

  async insertPoints(jobs: readonly NewJob[]): Promise<readonly JobRow[]> {
    return this.transaction(() =>
      jobs.flatMap((job) => {
        const { row, body } = job;
        const { changes } = this.statement(
          'INSERT INTO jobs (id, revision, state, device, ended, parent, point, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
        ).run(
          row.id,
          row.revision,
          row.state,
          row.device,
          ended(row),
          row.parent,
          row.point,
          JSON.stringify(row),
        );
        if (Number(changes) === 0) return [];
        this.statement('INSERT INTO job_bodies (job, body) VALUES (?, ?)').run(
          row.id,
          JSON.stringify(body),
        );
        this.insertTransitions(job.transitions);
        return [row];
      }),
    );
  }

  async points(
    sweep: string,
    { from, limit }: { readonly from: number; readonly limit: number },
  ): Promise<readonly JobRow[]> {
    return this.attempt(() =>
      (
        this.statement(
          'SELECT document FROM jobs WHERE parent = ? AND point >= ? ORDER BY point LIMIT ?',
        ).all(sweep, from, limit) as { document: string }[]
      ).map(jobOf),
    );
  }

  async reserve(reservation: Reservation): Promise<void> {
    this.transaction(() => {
      this.requireFree(reservation);
      const { id, revision, device, from, until } = reservation;
      this.statement(
        'INSERT INTO reservations (id, revision, device, from_at, until_at, released, document) VALUES (?, ?, ?, ?, ?, 0, ?)',
      ).run(id, revision, device, from, until, JSON.stringify(reservation));
    });
  }

  async changeReservation(reservation: Reservation, expectedRevision: number): Promise<void> {
    this.transaction(() => {
      const { id, revision, until, releasedAt } = reservation;
      if (releasedAt === null) this.requireFree(reservation);
      const { changes } = this.statement(
        'UPDATE reservations SET revision = ?, until_at = ?, released = ?, document = ? WHERE id = ? AND revision = ?',
      ).run(
        revision,
        until,
        releasedAt === null ? 0 : 1,
        JSON.stringify(reservation),
        id,
        expectedRevision,
      );
      if (Number(changes) > 0) return;
      throw new RelaxdError('revision-conflict', `reservation ${id} has changed`, {
        value: expectedRevision,
        hint: 'read it again',
      });
    });
  }

  private requireFree({ id, device, from, until }: Reservation): void {
    const other = this.document<Reservation>(
      'SELECT document FROM reservations WHERE device = ? AND released = 0 AND until_at > ? AND from_at < ? AND id <> ? ORDER BY from_at LIMIT 1',
      device,
      from,
      until,
      id,
    );
    if (other !== null) throw reservationConflict(other);
  }

  async reservation(id: string): Promise<Reservation | null> {
    return this.attempt(() =>
      this.document<Reservation>('SELECT document FROM reservations WHERE id = ?', id),
    );
  }

  async openReservations(now: string): Promise<readonly Reservation[]> {
    return this.attempt(() =>
      (
        this.statement(
          'SELECT document FROM reservations WHERE released = 0 AND until_at > ? ORDER BY id',
        ).all(now) as { document: string }[]
      ).map(({ document }) => JSON.parse(document) as Reservation),
    );
  }

  async reservations(query: ReservationQuery): Promise<Page<Reservation>> {
    const { device } = query;
    return device === null
      ? this.page<Reservation>('reservations', [], [], query)
      : this.page<Reservation>('reservations', ['device = ?'], [device], query);
  }

  async locks(): Promise<readonly DeviceLock[]> {
    return this.attempt(() =>
      (
        this.statement('SELECT document FROM device_locks ORDER BY device').all() as {
          document: string;
        }[]
      ).map(({ document }) => JSON.parse(document) as DeviceLock),
    );
  }

  async setLock(lock: DeviceLock): Promise<void> {
    this.transaction(() => {
      this.statement(
        'INSERT INTO device_locks (device, document) VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET document = excluded.document',
      ).run(lock.device, JSON.stringify(lock));
    });
  }

  async removeLock(device: string): Promise<void> {
    this.transaction(() => {
      this.statement('DELETE FROM device_locks WHERE device = ?').run(device);
    });
  }

  async jobOfKey(key: string, bodyHash: string): Promise<JobRow | null> {
    return this.attempt(() => this.keyed(key, bodyHash));
  }

  private keyed(key: string, bodyHash: string): JobRow | null {
    const known = this.statement('SELECT body_hash, job FROM idempotency_keys WHERE key = ?').get(
      key,
    ) as { body_hash: string; job: string } | undefined;
    if (known === undefined) return null;
    if (known.body_hash !== bodyHash) {
      throw new RelaxdError(
        'idempotency-conflict',
        `the Idempotency-Key '${key}' was used before, with another body`,
        { value: key, job: known.job, hint: 'use a new key for a new submission' },
      );
    }
    return this.jobRow(known.job);
  }

  async job(id: string): Promise<JobRow | null> {
    return this.attempt(() => this.jobRow(id));
  }

  private jobRow(id: string): JobRow | null {
    const row = this.document<JobRow>('SELECT document FROM jobs WHERE id = ?', id);
    return row === null ? null : { ...PLAIN_JOB, ...row };
  }

  async jobBody(id: string): Promise<unknown> {
    return this.attempt(() =>
      this.document<unknown>('SELECT body AS document FROM job_bodies WHERE job = ?', id),
    );
  }

  async jobs(query: JobQuery): Promise<Page<JobRow>> {
    const { states, device } = query;
    const wanted: string[] = [];
    const values: string[] = [];
    if (states.length > 0) {
      wanted.push(`state IN (${states.map(() => '?').join(', ')})`);
      values.push(...states);
    }
    if (device !== null) {
      wanted.push('device = ?');
      values.push(device);
    }
    if (query.parent === null) wanted.push('parent IS NULL');
    else if (query.parent !== undefined) {
      wanted.push('parent = ?');
      values.push(query.parent);
    }
    const page = this.page<JobRow>('jobs', wanted, values, query);
    return { ...page, items: page.items.map((row) => ({ ...PLAIN_JOB, ...row })) };
  }

  async openJobs(): Promise<readonly JobRow[]> {
    return this.attempt(() =>
      (
        this.statement('SELECT document FROM jobs WHERE ended = 0 ORDER BY id').all() as {
          document: string;
        }[]
      ).map(jobOf),
    );
  }

  async transitions(job: string): Promise<readonly JobTransition[]> {
    return this.attempt(() =>
      (
        this.statement(
          'SELECT job, revision, event, from_state, to_state, at FROM job_transitions WHERE job = ? ORDER BY revision',
        ).all(job) as Row[]
      ).map((row) => ({
        job: row['job'] as string,
        revision: row['revision'] as number,
        event: row['event'] as string,
        from: row['from_state'] as JobTransition['from'],
        to: row['to_state'] as JobTransition['to'],
        at: row['at'] as string,
      })),
    );
  }

  async commit(commit: Commit): Promise<void> {
    this.transaction(() => {
      if (commit.job !== undefined) this.updateJob(commit.job);
      for (const run of commit.runs ?? []) {
        this.statement(
          `INSERT INTO runs (id, job, device, document) VALUES (?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET document = excluded.document`,
        ).run(run.id, run.job, run.device, JSON.stringify(run));
      }
      for (const { run, kind, at, document } of commit.documents ?? []) {
        this.statement(
          'INSERT INTO run_documents (run, kind, at, document) VALUES (?, ?, ?, ?)',
        ).run(run, kind, at, JSON.stringify(document));
      }
      if (commit.result !== undefined) {
        this.statement('INSERT INTO results (run, document) VALUES (?, ?)').run(
          commit.result.run,
          JSON.stringify(commit.result),
        );
      }
    });
  }

  private updateJob({ row, expectedRevision, transitions }: JobChange): void {
    const { changes } = this.statement(
      'UPDATE jobs SET revision = ?, state = ?, device = ?, ended = ?, document = ? WHERE id = ? AND revision = ?',
    ).run(
      row.revision,
      row.state,
      row.device,
      ended(row),
      JSON.stringify(row),
      row.id,
      expectedRevision,
    );
    if (Number(changes) === 0) {
      throw new RelaxdError(
        'revision-conflict',
        `job ${row.id} has changed since revision ${expectedRevision}`,
        { value: expectedRevision, job: row.id, hint: 'read it again' },
      );
    }
    this.insertTransitions(transitions);
  }

  private insertTransitions(transitions: readonly JobTransition[]): void {
    for (const { job, revision, event, from, to, at } of transitions) {
      this.statement(
        'INSERT INTO job_transitions (job, revision, event, from_state, to_state, at) VALUES (?, ?, ?, ?, ?, ?)',
      ).run(job, revision, event, from, to, at);
    }
  }

  async run(id: string): Promise<RunRow | null> {
    return this.attempt(() => this.document<RunRow>('SELECT document FROM runs WHERE id = ?', id));
  }

  async runs(query: RunQuery): Promise<Page<RunRow>> {
    const wanted: string[] = [];
    const values: string[] = [];
    for (const column of ['device', 'job'] as const) {
      const value = query[column];
      if (value === null) continue;
      wanted.push(`${column} = ?`);
      values.push(value);
    }
    return this.page<RunRow>('runs', wanted, values, query);
  }

  async documents(run: string): Promise<readonly RunDocument[]> {
    return this.attempt(() =>
      (
        this.statement(
          'SELECT run, kind, at, document FROM run_documents WHERE run = ? ORDER BY number',
        ).all(run) as Row[]
      ).map((row) => ({
        run: row['run'] as string,
        kind: row['kind'] as RunDocumentKind,
        at: row['at'] as string,
        document: JSON.parse(row['document'] as string) as Record<string, unknown>,
      })),
    );
  }

  async result(run: string): Promise<RunResult | null> {
    return this.attempt(() =>
      this.document<RunResult>('SELECT document FROM results WHERE run = ?', run),
    );
  }

  async keep(shelf: Shelf, { id, createdAt, summary, document }: StoredDocument): Promise<void> {
    this.transaction(() => {
      this.statement(
        'INSERT INTO kept (shelf, id, created_at, summary, document) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      ).run(shelf, id, createdAt, JSON.stringify(summary), JSON.stringify(document));
    });
  }

  async kept(shelf: Shelf, id: string): Promise<StoredDocument | null> {
    return this.attempt(() => {
      const row = this.statement(
        'SELECT id, created_at, summary, document FROM kept WHERE shelf = ? AND id = ?',
      ).get(shelf, id) as Row | undefined;
      if (row === undefined) return null;
      return { ...summaryOf(row), document: JSON.parse(row['document'] as string) as unknown };
    });
  }

  async listKept(shelf: Shelf, query: PageQuery): Promise<Page<StoredSummary>> {
    return this.attempt(() => {
      const rows = this.statement(
        'SELECT number, id, created_at, summary FROM kept WHERE shelf = ? AND number < ? ORDER BY number DESC LIMIT ?',
      ).all(shelf, numberCursor(query.cursor), query.limit + 1) as Row[];
      const shown = rows.slice(0, query.limit);
      return {
        items: shown.map(summaryOf),
        next: rows.length > shown.length ? String(shown.at(-1)!['number']) : null,
      };
    });
  }

  /** A page of documents, newest id first: ids sort by creation. */
  private page<T extends { readonly id: string }>(
    table: 'jobs' | 'runs' | 'reservations',
    wanted: readonly string[],
    values: readonly string[],
    { limit, cursor }: PageQuery,
  ): Page<T> {
    return this.attempt(() => {
      if (
        cursor !== null &&
        this.document(`SELECT document FROM ${table} WHERE id = ?`, cursor) === null
      ) {
        throw wrongCursor(cursor);
      }
      const where = cursor === null ? wanted : [...wanted, 'id < ?'];
      const clause = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
      const rows = this.statement(
        `SELECT document FROM ${table} ${clause} ORDER BY id DESC LIMIT ?`,
      ).all(...values, ...(cursor === null ? [] : [cursor]), limit + 1) as { document: string }[];
      const items = rows.slice(0, limit).map((row) => JSON.parse(row.document) as T);
      return { items, next: rows.length > limit ? items.at(-1)!.id : null };
    });
  }

  private document<T>(sql: string, ...values: string[]): T | null {
    const row = this.statement(sql).get(...values) as { document: string } | undefined;
    return row === undefined ? null : (JSON.parse(row.document) as T);
  }

  private statement(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      this.statements.set(sql, (statement = this.database.prepare(sql)));
    }
    return statement;
  }

  private attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.path);
    }
  }

  private transaction<T>(work: () => T): T {
    return this.attempt(() => {
      this.database.exec('BEGIN IMMEDIATE');
      try {
        const value = work();
        this.database.exec('COMMIT');
        return value;
      } catch (error) {
        try {
          this.database.exec('ROLLBACK');
        } catch {
          // A COMMIT that fails on a full disk may have ended the transaction itself; `error` says it all.
        }
        throw error;
      }
    });
  }
}

/**
 * Closes a database and its lock. The packaged SQLite leaves statements to the garbage collector, and the lock
 * with them; a database that has left WAL mode lets go of it at its next read.
 */
function letGo(database: SqliteDatabase | null): void {
  if (database === null) return;
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('PRAGMA locking_mode = NORMAL');
    database.exec('SELECT count(*) FROM sqlite_master');
  } catch {
    // No database at all, someone else's, or a full disk: then the WAL stays and is read at the next start.
  }
  database.close();
}

const jobOf = ({ document }: { readonly document: string }): JobRow => ({
  ...PLAIN_JOB,
  ...(JSON.parse(document) as JobRow),
});
const ended = (row: JobRow): number => (isTerminal(row.state) ? 1 : 0);

const summaryOf = (row: Row): StoredSummary => ({
  id: row['id'] as string,
  createdAt: row['created_at'] as string,
  summary: JSON.parse(row['summary'] as string) as Record<string, unknown>,
});

/** @throws RelaxdError `invalid-input` */
function numberCursor(cursor: string | null): number {
  if (cursor === null) return Number.MAX_SAFE_INTEGER;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw wrongCursor(cursor);
}

function wrongCursor(cursor: string): RelaxdError {
  return new RelaxdError('invalid-input', 'the cursor is not one that a page gave', {
    path: 'cursor',
    value: cursor,
    limit: '`next` of a page',
  });
}
