import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeBackup, type BackupSource, type WritePiece } from './backup.js';
import type { AccessStore } from '../access/index.js';
import { asRelaxdError, isoTime, RelaxdError, type Clock } from '../core/index.js';
import type { PostgresStore } from './postgres-store.js';
import type { NodeLine } from './node-line.js';
import type { Log } from './log.js';
import type { RestoreReport } from './restore.js';
import { EMBEDDED_FILE } from './embedded-file.js';
import { SqlStore } from './sql-store.js';
import { newerSchema, schemaOf, SCHEMA_VERSION } from './sql-migrations.js';
import type { SqlDatabase } from './sql-database.js';
import { SqliteDatabase } from './sqlite-database.js';

/** As a data folder, or a database: nothing stays. */
export const IN_MEMORY = ':memory:';

/**
 * The embedded store.
 *
 * @param path of the database file, or `:memory:`
 * @throws RelaxdError `store-locked`, `store-failed`, `disk-full`, `unsupported-version`
 */
export async function openEmbeddedStore(
  path: string,
  clock: Clock,
  log: Log = () => undefined,
): Promise<SqlStore> {
  const database = await SqliteDatabase.open(path);
  return SqlStore.open(database, clock, {
    before: async (from, to) => {
      const copy = join(dirname(path), copyName(from, clock));
      try {
        await database.copyTo(copy);
      } catch (error) {
        throw notCopied(asRelaxdError(error), path, from, to);
      }
      log('info', `a copy of the store as it was with schema ${from} is ${copy}`, { path: copy });
    },
    after: (from, to) => {
      if (from > 0) log('info', `the store was brought from schema ${from} to ${to}`, { path });
    },
  });
}

/** `lab.schema-3.20260101T000000Z.sqlite` */
const copyName = (schema: number, clock: Clock): string =>
  `lab.schema-${schema}.${isoTime(clock.wallMs()).replace(/[-:]|\.\d+/g, '')}.sqlite`;

const notCopied = (
  { code, message, details }: RelaxdError,
  path: string,
  from: number,
  to: number,
) =>
  new RelaxdError(
    code,
    `${path} has schema ${from} and is to have ${to}; it stays as it is, because no copy of it could be made first: ${message}`,
    { ...details, path, hint: 'make room beside it, then start again' },
  );

/** The folder for records; for a lab in memory one that goes away with it. */
export async function dataFolder(folder: string): Promise<string> {
  try {
    if (folder === IN_MEMORY) return await mkdtemp(join(tmpdir(), 'relaxd-'));
    await mkdir(folder, { recursive: true });
    return folder;
  } catch (error) {
    throw new RelaxdError(
      'store-failed',
      `the data folder ${folder} cannot be made: ${(error as Error).message}`,
      { path: folder, hint: 'choose another with --data' },
      error,
    );
  }
}

/**
 * Keys and audit log of a data folder that no service has open; the folder is made where there is none yet.
 *
 * @throws RelaxdError as {@link openEmbeddedStore}
 */
export async function openAccessStore(
  folder: string,
  clock: Clock,
): Promise<AccessStore & AsyncDisposable> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new RelaxdError('store-failed', (error as Error).message, { path: folder }, error);
  });
  return accessOf(await openEmbeddedStore(join(folder, EMBEDDED_FILE), clock));
}

/**
 * The same of a lab of several machines, while it works.
 *
 * @throws RelaxdError as {@link openSharedStore}
 */
export async function openSharedAccessStore(
  url: string,
  clock: Clock,
): Promise<AccessStore & AsyncDisposable> {
  return accessOf(await openSharedStore(url, clock));
}

function accessOf(store: SqlStore): AccessStore & AsyncDisposable {
  return Object.assign(store.access, {
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  });
}

/**
 * Keeps a node's data folder to itself, as the embedded store does, for as long as the process lives.
 *
 * @throws RelaxdError `store-locked`, `store-failed`
 */
export async function lockFolder(folder: string): Promise<AsyncDisposable> {
  return SqliteDatabase.open(join(folder, 'node.sqlite'));
}

/**
 * The store of a lab of several machines.
 *
 * @param url `postgres://user:password@host:port/database`
 * @throws RelaxdError `store-failed`, `disk-full`, `unsupported-version`
 */
export async function openSharedStore(
  url: string,
  clock: Clock,
  log: Log = () => undefined,
): Promise<PostgresStore> {
  const [{ PostgresDatabase }, { PostgresStore }] = await Promise.all([
    import('./postgres-database.js'),
    import('./postgres-store.js'),
  ]);
  return PostgresStore.open(await PostgresDatabase.open(url), clock, {
    after: (from, to) => {
      if (from > 0) log('info', `the database was brought from schema ${from} to ${to}`);
    },
  });
}

/**
 * A backup of a data folder that no service has open. Changes nothing in it, an old schema not either.
 *
 * @throws RelaxdError `store-locked`, `store-failed`, `unsupported-version`, `not-found`
 */
export async function backUpFolder(
  folder: string,
  { clock, version }: { readonly clock: Clock; readonly version: string },
  write: WritePiece,
): Promise<void> {
  const path = join(folder, EMBEDDED_FILE);
  if (!existsSync(path)) {
    throw new RelaxdError('not-found', `there is no store in ${folder}`, {
      path: folder,
      hint: '--data names another folder, --url a service, --database-url a PostgreSQL',
    });
  }
  await backUpDatabase(await SqliteDatabase.open(path), folder, { clock, version }, write);
}

/**
 * A backup of the store of a lab of several machines, whether it works or not.
 *
 * @throws RelaxdError `store-failed`, `unsupported-version`, `not-found`, `invalid-input`
 */
export async function backUpSharedStore(
  url: string,
  options: { readonly clock: Clock; readonly version: string },
  write: WritePiece,
): Promise<void> {
  const { PostgresDatabase } = await import('./postgres-database.js');
  await backUpDatabase(await PostgresDatabase.open(url), '', options, write);
}

async function backUpDatabase(
  database: SqlDatabase,
  folder: string,
  options: { readonly clock: Clock; readonly version: string },
  write: WritePiece,
): Promise<void> {
  try {
    const schema = await schemaOf(database);
    if (schema === null) {
      throw new RelaxdError('not-found', `${database.place} has nothing of relaxd's`, {
        path: database.place,
      });
    }
    if (schema > SCHEMA_VERSION) throw newerSchema(database.place, schema);
    const kind = database.dialect === 'sqlite' ? 'embedded' : 'postgres';
    const source = {
      kind,
      backUp: (put, scratch) => database.backUp(put, scratch),
    } as BackupSource;
    await writeBackup({ source, schema, folder, ...options }, write);
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

/** Restores a backup into an empty database (`restore-postgres.ts`). */
export async function restoreToSharedStore(
  path: string,
  url: string,
  clock: Clock,
): Promise<RestoreReport> {
  const { restoreToDatabase } = await import('./restore-postgres.js');
  return restoreToDatabase(path, url, isoTime(clock.wallMs()));
}

/**
 * An empty schema of a PostgreSQL database, which goes away with all that is in it: for measurements.
 *
 * @returns the URL under which a lab finds itself in it
 * @throws RelaxdError `store-failed`, `invalid-input`
 */
export async function openScratchSchema(
  url: string,
  name: string,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const { PostgresDatabase } = await import('./postgres-database.js');
  const script = async (sql: string): Promise<void> => {
    await using database = await PostgresDatabase.open(url, { connections: 1 });
    await database.read((connection) => connection.script(sql));
  };
  await script(`DROP SCHEMA IF EXISTS ${name} CASCADE; CREATE SCHEMA ${name}`);
  const within = new URL(url);
  within.searchParams.set('options', `-c search_path=${name}`);
  return {
    // A space is no plus sign to PostgreSQL's clients.
    url: within.href.replaceAll('+', '%20'),
    [Symbol.asyncDispose]: () => script(`DROP SCHEMA ${name} CASCADE`),
  };
}

/**
 * The line between the nodes of a lab. A Redis that is away now may come later.
 *
 * @param node what this node is called on it
 * @throws RelaxdError `invalid-input`
 */
export async function openNodeLine(options: {
  readonly url: string;
  readonly lab: string;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<NodeLine> {
  const { RedisLine } = await import('./redis-line.js');
  const { clock, ...rest } = options;
  return RedisLine.open({ ...rest, nowMs: () => clock.monotonicMs() });
}
