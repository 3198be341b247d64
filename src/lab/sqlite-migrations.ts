import { RelaxdError } from '../core/index.js';
import type { SqliteDatabase } from './sqlite-driver.js';

/** One step a version; a step that has been released is never changed. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    device TEXT NOT NULL,
    ended INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX jobs_open ON jobs (id) WHERE ended = 0;
  CREATE INDEX jobs_state ON jobs (state, id);
  CREATE INDEX jobs_device ON jobs (device, id);
  CREATE TABLE job_bodies (
    job TEXT PRIMARY KEY REFERENCES jobs (id),
    body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE job_transitions (
    job TEXT NOT NULL REFERENCES jobs (id),
    revision INTEGER NOT NULL,
    event TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (job, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE idempotency_keys (
    key TEXT PRIMARY KEY,
    body_hash TEXT NOT NULL,
    job TEXT NOT NULL REFERENCES jobs (id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    job TEXT NOT NULL REFERENCES jobs (id),
    device TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX runs_job ON runs (job, id);
  CREATE INDEX runs_device ON runs (device, id);
  CREATE TABLE run_documents (
    number INTEGER PRIMARY KEY,
    run TEXT NOT NULL REFERENCES runs (id),
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX run_documents_run ON run_documents (run, number);
  CREATE TABLE results (
    run TEXT PRIMARY KEY REFERENCES runs (id),
    document TEXT NOT NULL
  ) STRICT;
  CREATE TABLE kept (
    number INTEGER PRIMARY KEY,
    shelf TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    summary TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (shelf, id)
  ) STRICT;
  `,
  `
  ALTER TABLE jobs ADD COLUMN parent TEXT;
  ALTER TABLE jobs ADD COLUMN point INTEGER;
  CREATE UNIQUE INDEX jobs_point ON jobs (parent, point) WHERE parent IS NOT NULL;
  CREATE INDEX jobs_top ON jobs (id) WHERE parent IS NULL;
  CREATE TABLE reservations (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    device TEXT NOT NULL,
    from_at TEXT NOT NULL,
    until_at TEXT NOT NULL,
    released INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX reservations_device ON reservations (device, until_at);
  CREATE TABLE device_locks (
    device TEXT PRIMARY KEY,
    document TEXT NOT NULL
  ) STRICT;
  `,
];

/**
 * Brings a database to the newest schema, each step in a transaction of its own.
 *
 * @throws RelaxdError `unsupported-version` where a newer relaxd has written it
 */
export function migrate(database: SqliteDatabase, path: string, now: string): void {
  database.exec(
    'CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT',
  );
  const row = database.prepare('SELECT max(version) AS version FROM schema_migrations').get() as {
    version: number | null;
  };
  const version = row.version ?? 0;
  if (version > MIGRATIONS.length) {
    throw new RelaxdError(
      'unsupported-version',
      `${path} was written by a newer relaxd (schema ${version}, known here: ${MIGRATIONS.length})`,
      {
        path,
        value: version,
        limit: MIGRATIONS.length,
        hint: 'install that relaxd, or a newer one',
      },
    );
  }
  for (let step = version; step < MIGRATIONS.length; step++) {
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(MIGRATIONS[step]!);
      database
        .prepare('INSERT INTO schema_migrations (version, applied_at) VALUES (?, ?)')
        .run(step + 1, now);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }
}
