import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isoTime, type Clock } from '../core/index.js';
import { fileBytes, writeArchive, type BackupContents, type PutFile } from './backup-archive.js';
import { recordPath, recordsFolder, scratchFolder } from './run-archive.js';

/** What has a store's part of a backup: the store, or its database while no store has it open. */
export interface BackupSource {
  readonly kind: 'embedded' | 'postgres';
  backUp(put: PutFile, scratch: string): Promise<void>;
}

export interface BackupOptions {
  readonly source: BackupSource;
  /** The schema that it has. */
  readonly schema: number;
  /** Data folder: where the records of an embedded store are. */
  readonly folder: string;
  readonly clock: Clock;
  /** Of relaxd. */
  readonly version: string;
}

export type WritePiece = (piece: Uint8Array) => Promise<void>;

/**
 * Writes everything that a lab must not lose, as it is at one moment, while it goes on: the store, and of each record that belongs to it
 * at least what it had then.
 *
 * @throws RelaxdError `store-failed`, `disk-full`
 */
export async function writeBackup(
  { source, schema, folder, clock, version }: BackupOptions,
  write: WritePiece,
): Promise<BackupContents> {
  const { kind } = source;
  const manifest = { relaxd: version, createdAt: isoTime(clock.wallMs()), store: kind, schema };
  const own = kind === 'embedded' ? await scratchIn(folder) : '';
  try {
    return await writeArchive(manifest, write, async (put) => {
      await source.backUp(put, own);
      // Afterwards: what the store says of a record's end, the record has. A lab of several nodes has the records in its store.
      if (kind === 'embedded') await putRecords(recordsFolder(folder), put);
    });
  } finally {
    if (own !== '') await rm(own, { recursive: true, force: true });
  }
}

async function scratchIn(folder: string): Promise<string> {
  const scratch = scratchFolder(folder);
  await mkdir(scratch, { recursive: true });
  return mkdtemp(join(scratch, 'backup-'));
}

async function putRecords(records: string, put: PutFile): Promise<void> {
  const runs = await readdir(records).catch(() => []);
  for (const run of runs.sort()) {
    const path = recordPath(records, run);
    const found = await stat(path).catch(() => null);
    if (found !== null)
      await put(`runs/${run}/samples.arrow`, found.size, fileBytes(path, found.size));
  }
}
