import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessStore } from '../access/index.js';
import { RelaxdError, type Clock } from '../core/index.js';
import type { PostgresStore } from './postgres-store.js';
import type { NodeLine } from './node-line.js';
import type { Log } from './log.js';
import { SqlStore } from './sql-store.js';
import { SqliteDatabase } from './sqlite-database.js';

/** Name of the embedded store in the data folder. */
export const EMBEDDED_FILE = 'lab.sqlite';
/** As a data folder, or a database: nothing stays. */
export const IN_MEMORY = ':memory:';

/**
 * The embedded store.
 *
 * @param path of the database file, or `:memory:`
 * @throws RelaxdError `store-locked`, `store-failed`, `disk-full`, `unsupported-version`
 */
export async function openEmbeddedStore(path: string, clock: Clock): Promise<SqlStore> {
  return SqlStore.open(await SqliteDatabase.open(path), clock);
}

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
export async function openSharedStore(url: string, clock: Clock): Promise<PostgresStore> {
  const [{ PostgresDatabase }, { PostgresStore }] = await Promise.all([
    import('./postgres-database.js'),
    import('./postgres-store.js'),
  ]);
  return PostgresStore.open(await PostgresDatabase.open(url), clock);
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
