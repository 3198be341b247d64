import { existsSync } from 'node:fs';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RelaxdError } from '../core/index.js';
import type { Composition } from './composition.js';
import type { Output } from './output.js';
import { askItInstead, type OwnStorePlace, type StorePlace } from './store-place.js';

/**
 * `relaxd backup`: everything as it is at one moment, in one file, which is read through before it gets its name.
 *
 * @throws RelaxdError `file-unwritable` (there is a file already), `store-locked` with what to do instead
 */
export async function backupCommand(
  { version, clock }: Composition,
  output: Output,
  place: StorePlace,
  file: string,
): Promise<void> {
  requireNew(file);
  const { backUpFolder, backUpSharedStore, readArchive } = await import('../lab/index.js');
  const part = `${file}.part`;
  try {
    await writeAll(part, async (write) => {
      if ('client' in place) {
        for await (const piece of await place.client.pieces('POST', '/v1/backup'))
          await write(piece);
      } else if ('databaseUrl' in place) {
        await backUpSharedStore(place.databaseUrl, { version, clock }, write);
      } else {
        await backUpFolder(place.folder, { version, clock }, write).catch((error: unknown) =>
          askItInstead(place.folder, 'makes backups of it itself', error),
        );
      }
    });
    const { manifest, contents, bytes } = await readArchive(part);
    await giveName(part, file);
    const records = contents.files.filter(({ name }) => name.startsWith('runs/')).length;
    if (output.json) return output.printJson({ file, bytes, manifest, records });
    output.print(
      `${file}: ${(bytes / 2 ** 20).toFixed(1)} MiB, ${records} records, schema ${manifest.schema}, read through`,
    );
  } finally {
    await unlink(part).catch(() => undefined);
  }
}

/** `relaxd restore`: into an empty folder or database, all of it or nothing. */
export async function restoreCommand(
  { clock }: Composition,
  output: Output,
  place: OwnStorePlace,
  file: string,
): Promise<void> {
  const { restoreToFolder, restoreToSharedStore } = await import('../lab/index.js');
  const report =
    'databaseUrl' in place
      ? await restoreToSharedStore(file, place.databaseUrl, clock)
      : await restoreToFolder(file, place.folder);
  if (output.json) return output.printJson(report);
  const { manifest, jobs, openJobs, runs, records, missingRecords, audit } = report;
  output.print(
    `${report.place} is as it was at ${manifest.createdAt}, of relaxd ${manifest.relaxd}`,
  );
  output.print(`${jobs} jobs, ${openJobs} of them open; ${runs} runs, ${records} records`);
  if (audit !== null) output.print(`audit log whole: ${audit.entries} entries`);
  for (const run of missingRecords)
    output.print(`run ${run} has lost its record before the backup`);
}

function requireNew(file: string): void {
  if (!existsSync(file)) return;
  throw new RelaxdError(
    'file-unwritable',
    `${file} is there already, and nothing is written over`,
    {
      path: file,
      hint: 'choose another name',
    },
  );
}

async function writeAll(
  path: string,
  produce: (write: (piece: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const unwritable = (error: unknown): RelaxdError =>
    error instanceof RelaxdError
      ? error
      : new RelaxdError('file-unwritable', (error as Error).message, { path }, error);
  // Whoever reads it has every secret's hash and every job.
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw unwritable(error);
  });
  try {
    await produce(async (piece) => void (await file.writeFile(piece)));
    await file.datasync();
  } catch (error) {
    throw unwritable(error);
  } finally {
    await file.close();
  }
}

/** Where a file of that name has come meanwhile, it stays. */
async function giveName(part: string, file: string): Promise<void> {
  await link(part, file).catch((error: unknown) => {
    throw new RelaxdError('file-unwritable', (error as Error).message, { path: file }, error);
  });
  const folder = await open(dirname(file), 'r');
  await folder.sync().catch(() => undefined);
  await folder.close();
}
