import { RelaxdError } from '../core/index.js';
import { JOBS_AND_RUNS } from './migrations/0001-jobs-and-runs.js';
import { NODES } from './migrations/0002-nodes.js';
import { SWEEPS_AND_RESERVATIONS } from './migrations/0003-sweeps-and-reservations.js';
import { KEYS_AND_AUDIT } from './migrations/0004-keys-and-audit.js';
import { RETENTION } from './migrations/0005-retention.js';
import { CALIBRATIONS } from './migrations/0006-calibrations.js';
import type { Migration, SqlConnection, SqlDatabase } from './sql-database.js';

/** One step a version; a step that has been released is never changed. */
const MIGRATIONS: readonly Migration[] = [
  JOBS_AND_RUNS,
  NODES,
  SWEEPS_AND_RESERVATIONS,
  KEYS_AND_AUDIT,
  RETENTION,
  CALIBRATIONS,
];

const TABLE: Migration = {
  sqlite:
    'CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT',
  // Two nodes that start at once: the second waits here for the first.
  postgres: `SELECT pg_advisory_xact_lock(7215410926318);
    CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)`,
};

/** The newest schema that this relaxd knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

export interface MigrationPorts {
  /** Before the first step of a database that has something in it; what it throws keeps the database as it is. */
  before?(from: number, to: number): Promise<void>;
  after?(from: number, to: number): void;
  /** The last step that is done; all where left out. */
  readonly upTo?: number;
}

/**
 * Brings a database to the newest schema, each step in a transaction of its own. One that cannot be brought there is closed.
 *
 * @throws RelaxdError `unsupported-version` where a newer relaxd has written it, `store-failed`, `disk-full`
 */
export async function migrated<D extends SqlDatabase>(
  database: D,
  now: string,
  ports: MigrationPorts = {},
): Promise<D> {
  try {
    const from = (await schemaOf(database)) ?? 0;
    if (from > 0 && from < SCHEMA_VERSION) await ports.before?.(from, SCHEMA_VERSION);
    for (let more = true; more;) {
      more = await database.transaction((connection) =>
        oneStep(database, connection, now, ports.upTo),
      );
    }
    if (from < SCHEMA_VERSION) ports.after?.(from, SCHEMA_VERSION);
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

const HAS_TABLE: Readonly<Record<SqlDatabase['dialect'], string>> = {
  sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
  postgres: "SELECT 1 AS name WHERE to_regclass('schema_migrations') IS NOT NULL",
};

/** The schema that a database has; null: it has nothing of ours yet. @throws RelaxdError `store-failed` */
export async function schemaOf(database: SqlDatabase): Promise<number | null> {
  return database.read(async (connection) => {
    if ((await connection.all(HAS_TABLE[database.dialect])).length === 0) return null;
    const [row] = await connection.all('SELECT max(version) AS version FROM schema_migrations');
    return row!['version'] as number | null;
  });
}

/** Why a store is not opened that this relaxd does not know. */
export const newerSchema = (place: string, version: number): RelaxdError =>
  new RelaxdError(
    'unsupported-version',
    `${place} was written by a newer relaxd (schema ${version}, known here: ${SCHEMA_VERSION})`,
    {
      path: place,
      value: version,
      limit: SCHEMA_VERSION,
      hint: 'install that relaxd, or a newer one',
    },
  );

/** False: there is nothing more to do. */
async function oneStep(
  { dialect, place }: SqlDatabase,
  connection: SqlConnection,
  now: string,
  upTo = SCHEMA_VERSION,
): Promise<boolean> {
  await connection.script(TABLE[dialect]);
  const [row] = await connection.all('SELECT max(version) AS version FROM schema_migrations');
  const version = (row!['version'] as number | null) ?? 0;
  if (version > MIGRATIONS.length) throw newerSchema(place, version);
  const step = MIGRATIONS[version];
  if (step === undefined || version >= upTo) return false;
  await connection.script(step[dialect]);
  await connection.run('INSERT INTO schema_migrations (version, applied_at) VALUES (?, ?)', [
    version + 1,
    now,
  ]);
  return true;
}
