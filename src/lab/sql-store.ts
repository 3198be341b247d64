import { isoTime, RelaxdError, type Clock } from '../core/index.js';
import type { PutFile } from './backup-archive.js';
import type { AccessStore, AuditNote } from '../access/index.js';
import { PLAIN_JOB, type JobRow, type JobTransition, type Page } from './job.js';
import { isTerminal } from './next-job.js';
import {
  reservationConflict,
  type DeviceLock,
  type Reservation,
  type ReservationState,
} from './reservation.js';
import { unknownRun, type RunDocument, type RunDocumentKind, type RunRow } from './run.js';
import { recordDeleted } from './record-deleted.js';
import type { RunPin } from './run-pin.js';
import type { RunResult } from './run-result.js';
import { ObservedDatabase, type TransactionObserver } from './observed-database.js';
import { numberCursor, wrongCursor } from './page-cursor.js';
import { addReading, applyCalibrations, SqlCalibrations } from './sql-calibrations.js';
import { appendNotes, SqlAccess, tellNotes } from './sql-access.js';
import type { SqlConnection, SqlDatabase, SqlRow, SqlValue } from './sql-database.js';
import { firstDocument, numberedPage, parsed } from './sql-rows.js';
import { migrated, type MigrationPorts } from './sql-migrations.js';
import type { Calibration } from '../device/index.js';
import type { CalibrationChange } from './calibration-row.js';
import type { CalibrationStore } from './calibration-store.js';
import type {
  Commit,
  JobChange,
  JobOutcome,
  JobQuery,
  NewJob,
  PageQuery,
  RecordDeletion,
  RecordedRow,
  ReservationQuery,
  RunQuery,
  StoredJob,
} from './store.js';
import type { Shelf, Store, StoredDocument, StoredSummary } from './store.js';

/** The store in SQL, the same on every database behind `SqlDatabase`. Documents are columns of JSON text. */
export class SqlStore implements Store {
  readonly access: AccessStore;
  readonly calibrations: CalibrationStore;

  protected readonly database: SqlDatabase;
  private readonly observed: ObservedDatabase;

  protected constructor(database: SqlDatabase, clock: Clock) {
    this.database = this.observed = new ObservedDatabase(database, clock);
    this.access = new SqlAccess(this.database);
    this.calibrations = new SqlCalibrations(this.database);
  }

  /**
   * Brings the database to the newest schema. The store has it from here on, and closes it.
   *
   * @throws RelaxdError `store-locked`, `store-failed`, `disk-full`, `unsupported-version`
   */
  static async open(
    database: SqlDatabase,
    clock: Clock,
    ports: MigrationPorts = {},
  ): Promise<SqlStore> {
    return new SqlStore(await migrated(database, isoTime(clock.wallMs()), ports), clock);
  }

  get kind(): Store['kind'] {
    return this.database.dialect === 'sqlite' ? 'embedded' : 'postgres';
  }

  async backUp(put: PutFile, scratch: string): Promise<void> {
    await this.observed.inner.backUp(put, scratch);
  }

  observe(observer: TransactionObserver): void {
    this.observed.observer = observer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database[Symbol.asyncDispose]();
  }

  async insertJob(job: NewJob): Promise<StoredJob> {
    const [outcome] = await this.insertJobs([job]);
    if (outcome instanceof RelaxdError) throw outcome;
    return outcome!;
  }

  /** All of them with one commit, or none; of a job that is refused, why. */
  protected async insertJobs(
    jobs: readonly NewJob[],
  ): Promise<readonly (StoredJob | RelaxdError)[]> {
    const { outcomes, notes, entries } = await this.database.transaction(async (connection) => {
      const outcomes: (StoredJob | RelaxdError)[] = [];
      const notes: AuditNote[] = [];
      for (const job of jobs) {
        try {
          const known = await insertOnce(connection, job);
          outcomes.push({ row: known ?? job.row, inserted: known === null });
          if (known === null) notes.push(...(job.notes ?? []));
        } catch (error) {
          if (!(error instanceof RelaxdError)) throw error;
          outcomes.push(error);
        }
      }
      return { outcomes, notes, entries: await appendNotes(this.database, connection, notes) };
    });
    tellNotes(notes, entries);
    return outcomes;
  }

  async insertPoints(jobs: readonly NewJob[]): Promise<readonly JobRow[]> {
    return this.database.transaction(async (connection) => {
      const stored: JobRow[] = [];
      for (const job of jobs) if (await insertRow(connection, job)) stored.push(job.row);
      return stored;
    });
  }

  async points(
    sweep: string,
    { from, limit }: { readonly from: number; readonly limit: number },
  ): Promise<readonly JobRow[]> {
    const rows = await this.all(
      'SELECT document FROM jobs WHERE parent = ? AND point >= ? ORDER BY point LIMIT ?',
      sweep,
      from,
      limit,
    );
    return rows.map(jobOf);
  }

  async jobOfKey(key: string, bodyHash: string): Promise<JobRow | null> {
    return this.database.read((connection) => keyed(connection, key, bodyHash));
  }

  async job(id: string): Promise<JobRow | null> {
    const [row] = await this.all('SELECT document FROM jobs WHERE id = ?', id);
    return row === undefined ? null : jobOf(row);
  }

  async jobBody(id: string): Promise<unknown> {
    return this.document('SELECT body AS document FROM job_bodies WHERE job = ?', id);
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
    const page = await this.page<JobRow>('jobs', wanted, values, query);
    return { ...page, items: page.items.map(whole) };
  }

  async openJobs(): Promise<readonly JobRow[]> {
    const rows = await this.all('SELECT document FROM jobs WHERE ended = 0 ORDER BY id');
    return rows.map(jobOf);
  }

  async transitions(job: string): Promise<readonly JobTransition[]> {
    const rows = await this.all(
      'SELECT job, revision, event, from_state, to_state, at FROM job_transitions WHERE job = ? ORDER BY revision',
      job,
    );
    return rows.map((row) => ({
      job: row['job'] as string,
      revision: row['revision'] as number,
      event: row['event'] as string,
      from: row['from_state'] as JobTransition['from'],
      to: row['to_state'] as JobTransition['to'],
      at: row['at'] as string,
    }));
  }

  async commit(commit: Commit): Promise<void> {
    const { notes = [] } = commit;
    const entries = await this.database.transaction(async (connection) => {
      await this.requireLease(connection, commit);
      if (commit.job !== undefined) await updateJob(connection, commit.job);
      for (const run of commit.runs ?? []) {
        await connection.run(
          `INSERT INTO runs (id, job, device, record, document) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET record = excluded.record, document = excluded.document`,
          [run.id, run.job, run.device, run.record, JSON.stringify(run)],
        );
      }
      for (const document of commit.documents ?? []) await insertDocument(connection, document);
      if (commit.result !== undefined) {
        await connection.run('INSERT INTO results (run, document) VALUES (?, ?)', [
          commit.result.run,
          JSON.stringify(commit.result),
        ]);
      }
      if (commit.jobResult !== undefined) {
        const { job, document } = commit.jobResult;
        await connection.run('INSERT INTO job_results (job, document) VALUES (?, ?)', [
          job,
          JSON.stringify(document),
        ]);
      }
      if (commit.calibrations !== undefined) {
        await applyCalibrations(connection, commit.calibrations);
        await this.holdProbes(connection, commit.calibrations);
      }
      if (commit.reading !== undefined) await addReading(connection, commit.reading);
      return appendNotes(this.database, connection, notes);
    });
    tellNotes(notes, entries);
  }

  /** @throws RelaxdError `lease-lost` */
  protected async requireLease(
    connection: SqlConnection,
    { fence, alive }: Pick<Commit, 'fence' | 'alive' | 'recordAt'>,
  ): Promise<void> {
    if (fence !== undefined) {
      // Held until the end of the transaction: nobody takes the job over in between.
      const lock = this.database.dialect === 'postgres' ? ' FOR UPDATE' : '';
      const sql = `SELECT claim FROM jobs WHERE id = ?${lock}`;
      const [row] = await connection.all(sql, [fence.job]);
      if (row?.['claim'] !== fence.token) throw leaseLost(fence.token, fence.job);
    }
    if (alive !== undefined) {
      const sql = 'SELECT token FROM nodes WHERE token = ? AND gone = 0';
      if ((await connection.all(sql, [alive])).length === 0) throw leaseLost(alive, null);
    }
  }

  async run(id: string): Promise<RunRow | null> {
    return this.document('SELECT document FROM runs WHERE id = ?', id);
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
    return this.page('runs', wanted, values, query);
  }

  async documents(run: string): Promise<readonly RunDocument[]> {
    const rows = await this.all(
      'SELECT run, kind, at, document FROM run_documents WHERE run = ? ORDER BY number',
      run,
    );
    return rows.map((row) => ({
      run: row['run'] as string,
      kind: row['kind'] as RunDocumentKind,
      at: row['at'] as string,
      document: parsed(row, 'document'),
    }));
  }

  async result(run: string): Promise<RunResult | null> {
    return this.document('SELECT document FROM results WHERE run = ?', run);
  }

  async recordedRuns(after: string | null, limit: number): Promise<readonly RecordedRow[]> {
    const rows = await this.all(
      `SELECT r.document, j.document AS job, j.ended FROM runs r JOIN jobs j ON j.id = r.job
       WHERE r.record IN ('whole', 'repaired') AND r.id > ? ORDER BY r.id LIMIT ?`,
      after ?? '',
      limit,
    );
    return rows.map((row) => ({
      run: parsed<RunRow>(row, 'document'),
      kind: parsed<JobRow>(row, 'job').kind,
      jobEnded: row['ended'] === 1,
    }));
  }

  async pins(run: string | null): Promise<readonly RunPin[]> {
    const rows =
      run === null
        ? await this.all('SELECT document FROM run_pins ORDER BY run, who')
        : await this.all('SELECT document FROM run_pins WHERE run = ? ORDER BY who', run);
    return rows.map((row) => parsed(row, 'document'));
  }

  async pin(pin: RunPin, note: AuditNote | null): Promise<void> {
    await this.noting(note, async (connection) => {
      const run = await this.lockedRun(connection, pin.run);
      if (run === null) throw unknownRun(pin.run);
      if (run.record === 'deleted') throw recordDeleted(run);
      await connection.run(
        `INSERT INTO run_pins (run, who, document) VALUES (?, ?, ?)
         ON CONFLICT (run, who) DO UPDATE SET document = excluded.document`,
        [pin.run, pin.by, JSON.stringify(pin)],
      );
      return true;
    });
  }

  async unpin(run: string, by: string, note: AuditNote | null): Promise<boolean> {
    return this.noting(note, async (connection) => {
      const sql = 'DELETE FROM run_pins WHERE run = ? AND who = ?';
      return (await connection.run(sql, [run, by])) > 0;
    });
  }

  async deleteRecord({ row, document, note }: RecordDeletion): Promise<boolean> {
    return this.noting(note, async (connection) => {
      const before = await this.lockedRun(connection, row.id);
      if (before === null || !['whole', 'repaired'].includes(before.record)) return false;
      const pins = await connection.all('SELECT who FROM run_pins WHERE run = ?', [row.id]);
      if (pins.length > 0) return false;
      await connection.run('UPDATE runs SET record = ?, document = ? WHERE id = ?', [
        row.record,
        JSON.stringify(row),
        row.id,
      ]);
      await insertDocument(connection, document);
      await this.dropSamples(connection, row.id);
      return true;
    });
  }

  async deletedRuns(after: string | null, limit: number): Promise<readonly string[]> {
    const rows = await this.all(
      "SELECT id FROM runs WHERE record = 'deleted' AND id > ? ORDER BY id LIMIT ?",
      after ?? '',
      limit,
    );
    return rows.map((row) => row['id'] as string);
  }

  /** What this store holds of a run's samples goes, as part of a transaction. */
  protected async dropSamples(_connection: SqlConnection, _run: string): Promise<void> {
    // They are in a file.
  }

  /** A run that nobody else changes until the end of the transaction. */
  /** Pins the runs that a calibration rests on, for as long as it may come into force without being proposed anew. */
  private async holdProbes(connection: SqlConnection, { rows }: CalibrationChange): Promise<void> {
    for (const { id, state } of rows) {
      const by = `calibration ${id}`;
      if (state === 'rejected' || state === 'retired') {
        await connection.run('DELETE FROM run_pins WHERE who = ?', [by]);
        continue;
      }
      const record = firstDocument<Calibration>(
        await connection.all('SELECT document FROM calibrations WHERE id = ?', [id]),
      );
      for (const { run, name } of record?.probes ?? []) {
        const found = run === null ? null : await this.lockedRun(connection, run);
        if (found === null || found.record === 'deleted') continue;
        const pin: RunPin = { run: found.id, by, note: name, at: record!.createdAt };
        await connection.run(
          'INSERT INTO run_pins (run, who, document) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
          [pin.run, pin.by, JSON.stringify(pin)],
        );
      }
    }
  }

  private async lockedRun(connection: SqlConnection, id: string): Promise<RunRow | null> {
    const lock = this.database.dialect === 'postgres' ? ' FOR UPDATE' : '';
    return firstDocument(
      await connection.all(`SELECT document FROM runs WHERE id = ?${lock}`, [id]),
    );
  }

  /** A change and the note about it, both or neither: neither where there was nothing to change. */
  private async noting(
    note: AuditNote | null,
    change: (connection: SqlConnection) => Promise<boolean>,
  ): Promise<boolean> {
    const notes = note === null ? [] : [note];
    const entries = await this.database.transaction(async (connection) =>
      (await change(connection)) ? appendNotes(this.database, connection, notes) : null,
    );
    if (entries !== null) tellNotes(notes, entries);
    return entries !== null;
  }

  async jobResult(job: string): Promise<JobOutcome | null> {
    return this.document('SELECT document FROM job_results WHERE job = ?', job);
  }

  async keep(shelf: Shelf, { id, createdAt, summary, document }: StoredDocument): Promise<void> {
    await this.database.transaction((connection) =>
      connection.run(
        'INSERT INTO kept (shelf, id, created_at, summary, document) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
        [shelf, id, createdAt, JSON.stringify(summary), JSON.stringify(document)],
      ),
    );
  }

  async kept(shelf: Shelf, id: string): Promise<StoredDocument | null> {
    const [row] = await this.all(
      'SELECT id, created_at, summary, document FROM kept WHERE shelf = ? AND id = ?',
      shelf,
      id,
    );
    return row === undefined
      ? null
      : { ...summaryOf(row), document: parsed<unknown>(row, 'document') };
  }

  async keptSummary(shelf: Shelf, id: string): Promise<StoredSummary | null> {
    const [row] = await this.all(
      'SELECT id, created_at, summary FROM kept WHERE shelf = ? AND id = ?',
      shelf,
      id,
    );
    return row === undefined ? null : summaryOf(row);
  }

  async listKept(shelf: Shelf, query: PageQuery): Promise<Page<StoredSummary>> {
    const rows = await this.all(
      'SELECT number, id, created_at, summary FROM kept WHERE shelf = ? AND number < ? ORDER BY number DESC LIMIT ?',
      shelf,
      numberCursor(query.cursor),
      query.limit + 1,
    );
    return numberedPage(rows, query.limit, summaryOf);
  }

  async reserve(reservation: Reservation): Promise<void> {
    await this.database.transaction(async (connection) => {
      await requireFree(connection, reservation);
      const { id, revision, device, from, until } = reservation;
      await connection.run(
        'INSERT INTO reservations (id, revision, device, from_at, until_at, released, document) VALUES (?, ?, ?, ?, ?, 0, ?)',
        [id, revision, device, from, until, JSON.stringify(reservation)],
      );
    });
  }

  async changeReservation(reservation: Reservation, expectedRevision: number): Promise<void> {
    await this.database.transaction(async (connection) => {
      const { id, revision, until, releasedAt } = reservation;
      if (releasedAt === null) await requireFree(connection, reservation);
      const changes = await connection.run(
        'UPDATE reservations SET revision = ?, until_at = ?, released = ?, document = ? WHERE id = ? AND revision = ?',
        [
          revision,
          until,
          releasedAt === null ? 0 : 1,
          JSON.stringify(reservation),
          id,
          expectedRevision,
        ],
      );
      if (changes > 0) return;
      throw new RelaxdError('revision-conflict', `reservation ${id} has changed`, {
        value: expectedRevision,
        hint: 'read it again',
      });
    });
  }

  async reservation(id: string): Promise<Reservation | null> {
    return this.document('SELECT document FROM reservations WHERE id = ?', id);
  }

  async openReservations(now: string): Promise<readonly Reservation[]> {
    const rows = await this.all(
      'SELECT document FROM reservations WHERE released = 0 AND until_at > ? ORDER BY id',
      now,
    );
    return rows.map((row) => parsed(row, 'document'));
  }

  async reservations(query: ReservationQuery): Promise<Page<Reservation>> {
    const { device, states, now, holder } = query;
    const wanted: string[] = [];
    const values: string[] = [];
    if (device !== null) {
      wanted.push('device = ?');
      values.push(device);
    }
    if (holder !== null) {
      const { dialect } = this.database;
      wanted.push(
        `${dialect === 'postgres' ? "document::json ->> 'holder'" : "json_extract(document, '$.holder')"} = ?`,
      );
      values.push(holder);
    }
    if (states.length > 0) {
      wanted.push(`(${states.map((state) => STANDS[state]).join(' OR ')})`);
      for (const state of states) for (let k = 0; k < TIMES_IN[state]; k++) values.push(now);
    }
    return this.page('reservations', wanted, values, query);
  }

  async locks(): Promise<readonly DeviceLock[]> {
    const rows = await this.all('SELECT document FROM device_locks ORDER BY device');
    return rows.map((row) => parsed(row, 'document'));
  }

  async setLock(lock: DeviceLock): Promise<void> {
    await this.database.transaction((connection) =>
      connection.run(
        `INSERT INTO device_locks (device, document) VALUES (?, ?)
         ON CONFLICT (device) DO UPDATE SET document = excluded.document`,
        [lock.device, JSON.stringify(lock)],
      ),
    );
  }

  async removeLock(device: string): Promise<void> {
    await this.database.transaction((connection) =>
      connection.run('DELETE FROM device_locks WHERE device = ?', [device]),
    );
  }

  /** A page of documents, newest id first: ids sort by creation. */
  private page<T extends { readonly id: string }>(
    table: 'jobs' | 'runs' | 'reservations',
    wanted: readonly string[],
    values: readonly string[],
    { limit, cursor }: PageQuery,
  ): Promise<Page<T>> {
    return this.database.read(async (connection) => {
      if (cursor !== null) {
        const known = await connection.all(`SELECT id FROM ${table} WHERE id = ?`, [cursor]);
        if (known.length === 0) throw wrongCursor(cursor);
      }
      const where = cursor === null ? wanted : [...wanted, 'id < ?'];
      const clause = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
      const rows = await connection.all(
        `SELECT document FROM ${table} ${clause} ORDER BY id DESC LIMIT ?`,
        [...values, ...(cursor === null ? [] : [cursor]), limit + 1],
      );
      const items = rows.slice(0, limit).map((row) => parsed<T>(row, 'document'));
      return { items, next: rows.length > limit ? items.at(-1)!.id : null };
    });
  }

  private all(sql: string, ...values: SqlValue[]): Promise<readonly SqlRow[]> {
    return this.database.read((connection) => connection.all(sql, values));
  }

  private async document<T>(sql: string, ...values: SqlValue[]): Promise<T | null> {
    return firstDocument(await this.all(sql, ...values));
  }
}

/** How a reservation stands at a time, as `reservationState` says it. */
const STANDS: Readonly<Record<ReservationState, string>> = {
  released: 'released = 1',
  ended: '(released = 0 AND until_at <= ?)',
  active: '(released = 0 AND until_at > ? AND from_at <= ?)',
  upcoming: '(released = 0 AND until_at > ? AND from_at > ?)',
};
const TIMES_IN: Readonly<Record<ReservationState, number>> = {
  released: 0,
  ended: 1,
  active: 2,
  upcoming: 2,
};

async function insertDocument(
  connection: SqlConnection,
  { run, kind, at, document }: RunDocument,
): Promise<void> {
  await connection.run('INSERT INTO run_documents (run, kind, at, document) VALUES (?, ?, ?, ?)', [
    run,
    kind,
    at,
    JSON.stringify(document),
  ]);
}

/** @throws RelaxdError `idempotency-conflict` */
async function keyed(
  connection: SqlConnection,
  key: string,
  bodyHash: string,
): Promise<JobRow | null> {
  const [known] = await connection.all(
    'SELECT body_hash, job FROM idempotency_keys WHERE key = ?',
    [key],
  );
  if (known === undefined) return null;
  const job = known['job'] as string;
  if (known['body_hash'] !== bodyHash) {
    throw new RelaxdError(
      'idempotency-conflict',
      `the Idempotency-Key '${key}' was used before, with another body`,
      { value: key, job, hint: 'use a new key for a new submission' },
    );
  }
  const [row] = await connection.all('SELECT document FROM jobs WHERE id = ?', [job]);
  return row === undefined ? null : jobOf(row);
}

/** The job that its key has already; null: there was none, and this one is stored. @throws RelaxdError `idempotency-conflict`, before anything is written */
async function insertOnce(connection: SqlConnection, job: NewJob): Promise<JobRow | null> {
  const { row, idempotency } = job;
  if (idempotency !== null) {
    const known = await keyed(connection, idempotency.key, idempotency.bodyHash);
    if (known !== null) return known;
  }
  await insertRow(connection, job);
  if (idempotency !== null) {
    await connection.run('INSERT INTO idempotency_keys (key, body_hash, job) VALUES (?, ?, ?)', [
      idempotency.key,
      idempotency.bodyHash,
      row.id,
    ]);
  }
  return null;
}

/** A job and its body; false: the sweep has that point already. */
async function insertRow(
  connection: SqlConnection,
  { row, body, transitions }: NewJob,
): Promise<boolean> {
  const changes = await connection.run(
    `INSERT INTO jobs (id, revision, state, device, ended, parent, point, document)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)${row.parent === null ? '' : ' ON CONFLICT DO NOTHING'}`,
    [
      row.id,
      row.revision,
      row.state,
      row.device,
      ended(row),
      row.parent,
      row.point,
      JSON.stringify(row),
    ],
  );
  if (changes === 0) return false;
  await connection.run('INSERT INTO job_bodies (job, body) VALUES (?, ?)', [
    row.id,
    JSON.stringify(body),
  ]);
  await insertTransitions(connection, transitions);
  return true;
}

/** @throws RelaxdError `reservation-conflict` */
async function requireFree(
  connection: SqlConnection,
  { id, device, from, until }: Reservation,
): Promise<void> {
  // Whoever wants the same device at the same moment waits here for the first.
  await connection.run(
    `INSERT INTO reserved_devices (device, changes) VALUES (?, 1)
     ON CONFLICT (device) DO UPDATE SET changes = reserved_devices.changes + 1`,
    [device],
  );
  const other = firstDocument<Reservation>(
    await connection.all(
      'SELECT document FROM reservations WHERE device = ? AND released = 0 AND until_at > ? AND from_at < ? AND id <> ? ORDER BY from_at LIMIT 1',
      [device, from, until, id],
    ),
  );
  if (other !== null) throw reservationConflict(other);
}

/** @throws RelaxdError `revision-conflict` */
async function updateJob(
  connection: SqlConnection,
  { row, expectedRevision, transitions }: JobChange,
): Promise<void> {
  const changes = await connection.run(
    'UPDATE jobs SET revision = ?, state = ?, device = ?, ended = ?, claim = ?, document = ? WHERE id = ? AND revision = ?',
    [
      row.revision,
      row.state,
      row.device,
      ended(row),
      row.claim?.token ?? null,
      JSON.stringify(row),
      row.id,
      expectedRevision,
    ],
  );
  if (changes === 0) {
    throw new RelaxdError(
      'revision-conflict',
      `job ${row.id} has changed since revision ${expectedRevision}`,
      { value: expectedRevision, job: row.id, hint: 'read it again' },
    );
  }
  await insertTransitions(connection, transitions);
}

async function insertTransitions(
  connection: SqlConnection,
  transitions: readonly JobTransition[],
): Promise<void> {
  if (transitions.length === 0) return;
  const rows = transitions.map(() => '(?, ?, ?, ?, ?, ?)').join(', ');
  await connection.run(
    `INSERT INTO job_transitions (job, revision, event, from_state, to_state, at) VALUES ${rows}`,
    transitions.flatMap(({ job, revision, event, from, to, at }) => [
      job,
      revision,
      event,
      from,
      to,
      at,
    ]),
  );
}

const ended = (row: JobRow): number => (isTerminal(row.state) ? 1 : 0);

const whole = (row: JobRow): JobRow => ({ ...PLAIN_JOB, ...row });
export const jobOf = (row: SqlRow): JobRow => whole(parsed(row, 'document'));

function leaseLost(token: number, job: string | null): RelaxdError {
  return new RelaxdError(
    'lease-lost',
    job === null
      ? `the lease ${token} of this node has run out`
      : `job ${job} is not this node's any more (lease ${token})`,
    { value: token, ...(job === null ? {} : { job }) },
  );
}

const summaryOf = (row: SqlRow): StoredSummary => ({
  id: row['id'] as string,
  createdAt: row['created_at'] as string,
  summary: parsed(row, 'summary'),
});
