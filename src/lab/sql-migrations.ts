import { RelaxdError } from '../core/index.js';
import { JOBS_AND_RUNS } from './migrations/0001-jobs-and-runs.js';
import { NODES } from './migrations/0002-nodes.js';
import { SWEEPS_AND_RESERVATIONS } from './migrations/0003-sweeps-and-reservations.js';
import { KEYS_AND_AUDIT } from './migrations/0004-keys-and-audit.js';
import { CALIBRATIONS } from './migrations/0005-calibrations.js';
import type { Migration, SqlConnection, SqlDatabase } from './sql-database.js';

/** One step a version; a step that has been released is never changed. */
const MIGRATIONS: readonly Migration[] = [
  JOBS_AND_RUNS,
  NODES,
  SWEEPS_AND_RESERVATIONS,
  KEYS_AND_AUDIT,
  CALIBRATIONS,
];

const TABLE: Migration = {
  sqlite:
    'CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT',
  // Two nodes that start at once: the second waits here for the first.
  postgres: `SELECT pg_advisory_xact_lock(7215410926318);
    CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)`,
};

/**
 * Brings a database to the newest schema, each step in a transaction of its own. One that cannot be brought there is closed.
 *
 * @throws RelaxdError `unsupported-version` where a newer relaxd has written it, `store-failed`, `disk-full`
 */
export async function migrated<D extends SqlDatabase>(database: D, now: string): Promise<D> {
  try {
    for (let more = true; more;) {
      more = await database.transaction((connection) => oneStep(database, connection, now));
    }
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/** False: there is nothing more to do. */
async function oneStep(
  { dialect, place }: SqlDatabase,
  connection: SqlConnection,
  now: string,
): Promise<boolean> {
  await connection.script(TABLE[dialect]);
  const [row] = await connection.all('SELECT max(version) AS version FROM schema_migrations');
  const version = (row!['version'] as number | null) ?? 0;
  if (version > MIGRATIONS.length) {
    throw new RelaxdError(
      'unsupported-version',
      `${place} was written by a newer relaxd (schema ${version}, known here: ${MIGRATIONS.length})`,
      {
        path: place,
        value: version,
        limit: MIGRATIONS.length,
        hint: 'install that relaxd, or a newer one',
      },
    );
  }
  const step = MIGRATIONS[version];
  if (step === undefined) return false;
  await connection.script(step[dialect]);
  await connection.run('INSERT INTO schema_migrations (version, applied_at) VALUES (?, ?)', [
    version + 1,
    now,
  ]);
  return true;
}
