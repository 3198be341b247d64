import type { Clock } from '../core/index.js';
import { SqlStore } from './sql-store.js';
import { SqliteDatabase } from './sqlite-database.js';

/**
 * The embedded store.
 *
 * @param path of the database file, or `:memory:`
 * @throws RelaxdError `store-locked`, `store-failed`, `disk-full`, `unsupported-version`
 */
export async function openEmbeddedStore(path: string, clock: Clock): Promise<SqlStore> {
  return SqlStore.open(await SqliteDatabase.open(path), clock);
}

/**
 * The store of a lab of several machines.
 *
 * @param url `postgres://user:password@host:port/database`
 * @throws RelaxdError `store-failed`, `disk-full`, `unsupported-version`
 */
export async function openSharedStore(url: string, clock: Clock): Promise<SqlStore> {
  const { PostgresDatabase } = await import('./postgres-database.js');
  return SqlStore.open(await PostgresDatabase.open(url), clock);
}
