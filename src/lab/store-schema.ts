import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { asRelaxdError } from '../core/index.js';
import { EMBEDDED_FILE } from './embedded-file.js';
import type { SqlDatabase } from './sql-database.js';
import { schemaOf, SCHEMA_VERSION } from './sql-migrations.js';
import { SqliteDatabase } from './sqlite-database.js';

export { SCHEMA_VERSION };

/** What there is of a store, without changing it. */
export interface SchemaFound {
  /** `in-use`: a process has it open. */
  readonly state: 'new' | 'current' | 'older' | 'newer' | 'in-use' | 'unreadable';
  /** null: it has none, or it is not known. */
  readonly schema: number | null;
}

/** @throws RelaxdError `store-failed` */
export async function schemaOfFolder(folder: string): Promise<SchemaFound> {
  const path = join(folder, EMBEDDED_FILE);
  if (!existsSync(path)) return { state: 'new', schema: null };
  let database: SqliteDatabase;
  try {
    database = await SqliteDatabase.open(path);
  } catch (error) {
    if (asRelaxdError(error).code === 'store-locked') return { state: 'in-use', schema: null };
    throw error;
  }
  return foundIn(database);
}

/** @throws RelaxdError `store-failed`, `invalid-input` */
export async function schemaOfDatabase(url: string): Promise<SchemaFound> {
  const { PostgresDatabase } = await import('./postgres-database.js');
  return foundIn(await PostgresDatabase.open(url));
}

async function foundIn(database: SqlDatabase): Promise<SchemaFound> {
  try {
    const schema = await schemaOf(database);
    if (schema === null) return { state: 'new', schema };
    if (schema === SCHEMA_VERSION) return { state: 'current', schema };
    return { state: schema < SCHEMA_VERSION ? 'older' : 'newer', schema };
  } finally {
    await database[Symbol.asyncDispose]();
  }
}
