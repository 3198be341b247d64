import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { verifyChain, type ChainReport } from '../access/index.js';
import { asRelaxdError, RelaxdError } from '../core/index.js';
import {
  readArchive,
  type BackupManifest,
  type CheckedArchive,
  type Pieces,
} from './backup-archive.js';
import { EMBEDDED_FILE } from './embedded-file.js';
import { recordPath, recordsFolder } from './run-archive.js';
import { SqlAccess } from './sql-access.js';
import type { SqlDatabase, SqlRow } from './sql-database.js';
import { SCHEMA_VERSION } from './sql-migrations.js';
import { SqliteDatabase } from './sqlite-database.js';

/** What `relaxd restore` has done. */
export interface RestoreReport {
  readonly manifest: BackupManifest;
  /** The folder, or the database without its password. */
  readonly place: string;
  readonly bytes: number;
  readonly jobs: number;
  /** Of these so many had not ended: the next start takes them up, or says of them what it says after a crash. */
  readonly openJobs: number;
  readonly runs: number;
  readonly records: number;
  /** Runs that should have a record, and whose record is not in the backup. */
  readonly missingRecords: readonly string[];
  /** The audit log, read whole; null: that schema had none. */
  readonly audit: ChainReport | null;
}

/** The first schema with an audit log. */
const AUDIT_SINCE = 4;

/**
 * Restores a backup of an embedded store into a folder that is empty or not there. Everything is read, held to its checksum and looked
 * through beside that folder, and put in its place at the end with one rename.
 *
 * @throws RelaxdError `file-unwritable` (the folder has something in it), `invalid-input` (damaged, or of another kind),
 *   `unsupported-version` (of a newer relaxd), `disk-full`
 */
export async function restoreToFolder(path: string, folder: string): Promise<RestoreReport> {
  const target = resolve(folder);
  await requireEmpty(target);
  await mkdir(dirname(target), { recursive: true });
  const made = await mkdtemp(join(dirname(target), `.${basename(target)}-restoring-`));
  try {
    const archive = await readArchive(path, async (entry, bytes, manifest) => {
      requireKind(path, manifest, 'embedded');
      await putFile(join(made, entry.name), bytes);
    });
    requireKind(path, archive.manifest, 'embedded');
    const report = await lookThrough(made, archive, target);
    await requireEmpty(target);
    if (existsSync(target)) await rmdir(target);
    await rename(made, target);
    await syncFolder(dirname(target));
    return report;
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw writeError(error, target);
  }
}

/** @throws RelaxdError `unsupported-version`, `wrong-call` */
export function requireKind(
  path: string,
  { store, schema }: BackupManifest,
  kind: BackupManifest['store'],
): void {
  if (schema > SCHEMA_VERSION) {
    throw new RelaxdError(
      'unsupported-version',
      `${path} is a backup of a newer relaxd (schema ${schema}, known here: ${SCHEMA_VERSION})`,
      { path, value: schema, limit: SCHEMA_VERSION, hint: 'install that relaxd, or a newer one' },
    );
  }
  if (store === kind) return;
  throw new RelaxdError('wrong-call', `${path} is a backup of a store of the kind '${store}'`, {
    path,
    value: store,
    limit: kind,
    hint:
      store === 'postgres'
        ? 'restore it into an empty database: --database-url'
        : 'restore it into an empty folder: --data',
  });
}

async function requireEmpty(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw writeError(error, folder);
  });
  if (there.length === 0) return;
  throw new RelaxdError('file-unwritable', `${folder} is not empty, and nothing is written over`, {
    path: folder,
    value: there.slice(0, 10),
    limit: 'an empty folder, or none',
    hint: 'move it away, or restore into another one with --data',
  });
}

async function putFile(path: string, bytes: Pieces): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx');
  try {
    for await (const piece of bytes) await file.writeFile(piece);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function lookThrough(
  folder: string,
  { manifest, bytes }: CheckedArchive,
  place: string,
): Promise<RestoreReport> {
  const database = await SqliteDatabase.open(join(folder, EMBEDDED_FILE));
  try {
    const [said] = await all(database, 'PRAGMA integrity_check');
    if (Object.values(said!)[0] !== 'ok') {
      throw new RelaxdError(
        'store-failed',
        `the store in the backup is damaged: ${String(Object.values(said!)[0])}`,
      );
    }
    const runs = await all(database, 'SELECT id, document FROM runs ORDER BY id');
    const known = new Set(runs.map((run) => run['id'] as string));
    const records = recordsFolder(folder);
    let kept = 0;
    // Of runs that began after the store's moment: nothing there knows of them.
    for (const run of await readdir(records).catch(() => [])) {
      if (known.has(run)) kept++;
      else await rm(join(records, run), { recursive: true });
    }
    const missingRecords = runs
      .filter((run) => hasRecord(run) && !existsSync(recordPath(records, run['id'] as string)))
      .map((run) => run['id'] as string);
    return {
      manifest,
      place,
      bytes,
      records: kept,
      missingRecords,
      ...(await countsOf(database, manifest)),
    };
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

const hasRecord = (run: SqlRow): boolean => {
  const { record, rows } = JSON.parse(run['document'] as string) as {
    record: string;
    rows: number;
  };
  return record === 'whole' && rows > 0;
};

/** What a restored database has. */
export async function countsOf(
  database: SqlDatabase,
  { schema }: BackupManifest,
): Promise<Pick<RestoreReport, 'jobs' | 'openJobs' | 'runs' | 'audit'>> {
  const count = async (sql: string): Promise<number> => Number((await all(database, sql))[0]!['n']);
  const audit = schema < AUDIT_SINCE ? null : await verifyChain(new SqlAccess(database));
  if (audit !== null && !audit.whole) {
    const { seq, reason } = audit.broken!;
    throw new RelaxdError(
      'store-failed',
      `the audit log in the backup is broken at entry ${seq}: ${reason}`,
    );
  }
  return {
    jobs: await count('SELECT count(*) AS n FROM jobs'),
    openJobs: await count('SELECT count(*) AS n FROM jobs WHERE ended = 0'),
    runs: await count('SELECT count(*) AS n FROM runs'),
    audit,
  };
}

const all = (database: SqlDatabase, sql: string): Promise<readonly SqlRow[]> =>
  database.read((connection) => connection.all(sql));

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().catch(() => undefined);
  await folder.close();
}

function writeError(error: unknown, path: string): RelaxdError {
  if (error instanceof RelaxdError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return asRelaxdError(error);
  return new RelaxdError(
    code === 'ENOSPC' ? 'disk-full' : 'file-unwritable',
    message,
    { path },
    error,
  );
}
