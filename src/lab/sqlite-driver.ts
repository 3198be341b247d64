import { open } from 'node:fs/promises';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { RelaxdError } from '../core/index.js';

export type SqliteDatabase = DatabaseSyncInstance;
type DatabaseClass = new (path: string) => SqliteDatabase;

/**
 * The class `DatabaseSync`: Node's own where it is built in and needs no flag (≥ 22.13), else the same API as a
 * prebuilt package.
 */
export async function databaseClass(): Promise<DatabaseClass> {
  const builtin = builtinSqlite();
  if (builtin !== undefined) return builtin.DatabaseSync;
  const { DatabaseSync } = await import('@photostructure/sqlite');
  return DatabaseSync;
}

/**
 * Copies an open database into a new file, page by page beside its other work, and brings the copy to the disk. Node 22.13 to 22.15 have
 * no such call: there it is one statement, for as long as which nothing else is done.
 */
export async function copyDatabase(handle: SqliteDatabase, path: string): Promise<void> {
  const builtin = builtinSqlite();
  const backup =
    builtin === undefined ? (await import('@photostructure/sqlite')).backup : builtin.backup;
  if (backup === undefined) handle.exec(`VACUUM INTO '${path.replaceAll("'", "''")}'`);
  else await backup(handle, path, { rate: COPY_PAGES });
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Pages that are copied at a time, 4 KiB each: the store waits for so many. */
const COPY_PAGES = 256;

type Backup = (source: SqliteDatabase, path: string, options: { rate: number }) => Promise<number>;

function builtinSqlite(): { DatabaseSync: DatabaseClass; backup?: Backup } | undefined {
  const getBuiltin = (process as { getBuiltinModule?: (id: string) => unknown }).getBuiltinModule;
  if (getBuiltin === undefined) return undefined;
  // Node announces its module as experimental on stderr, where it would stand among every command's output.
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return getBuiltin.call(process, 'node:sqlite') as ReturnType<typeof builtinSqlite>;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** What SQLite threw, in relaxd's words. */
export function storeError(error: unknown, path: string): RelaxdError {
  if (error instanceof RelaxdError) return error;
  const { errcode, message } = error as { errcode?: number; message?: string };
  const code = errcode === undefined ? 0 : errcode & 0xff;
  const details = { path, sqlite: message ?? String(error) };
  switch (code) {
    case BUSY:
    case LOCKED:
      return new RelaxdError(
        'store-locked',
        `another relaxd process has ${path} open`,
        { ...details, hint: 'stop it, or choose another folder with --data' },
        error,
      );
    case FULL:
      return new RelaxdError(
        'disk-full',
        `there is no room left for ${path}`,
        { ...details, hint: 'make room; nothing that was acknowledged is lost' },
        error,
      );
    case READONLY:
    case CANNOT_OPEN:
      return new RelaxdError(
        'store-failed',
        `${path} cannot be written: ${details.sqlite}`,
        { ...details, hint: 'check that the folder exists and belongs to this user' },
        error,
      );
    case CORRUPT:
    case NOT_A_DATABASE:
      return new RelaxdError(
        'store-failed',
        `${path} is not a readable store: ${details.sqlite}`,
        { ...details, hint: 'restore it from a backup, or move it away to begin a new one' },
        error,
      );
    default:
      return new RelaxdError('store-failed', `${path}: ${details.sqlite}`, details, error);
  }
}
