import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ReadingGuard } from './reading-guard.js';
import type { RecordCopies } from './record-copies.js';
import type { RecordShelf } from './record-shelf.js';
import type { RecordKeeper } from './retention.js';
import { recordPath } from './run-archive.js';
import type { RunRow } from './run.js';
import type { SharedStore } from './shared-store.js';

const BLOCKS_AT_ONCE = 8;

export interface KeeperPorts {
  readonly recordsFolder: string;
  readonly shelf: Pick<RecordShelf, 'forget'>;
  readonly guard: ReadingGuard;
  /** Where the truth is in a lab of several nodes, with the copies here; null: it is the files. */
  readonly shared: {
    readonly store: Pick<SharedStore, 'blocks' | 'sealedBytes'>;
    readonly copies: Pick<RecordCopies, 'paths' | 'remove'>;
  } | null;
}

/** Records as what takes room and may go. */
export function recordKeeper({ recordsFolder, shelf, guard, shared }: KeeperPorts): RecordKeeper {
  const pathOf = (run: string): string => recordPath(recordsFolder, run);
  return {
    async bytesOf({ id }) {
      if (shared !== null) return shared.store.sealedBytes(id);
      const file = await stat(pathOf(id)).catch(() => null);
      return file === null ? null : file.size;
    },
    content: ({ id }: RunRow) =>
      shared === null ? createReadStream(pathOf(id)) : sealedBytes(shared.store, id),
    here: async () => new Set(await readdir(recordsFolder).catch(() => [])),
    isRead: (run) => guard.isRead(run),
    whileUnread: (run, work) => guard.removing(run, work),
    remove,
    removeGone: async (run) =>
      (await guard.removing(run, async () => (await remove(run), true), false)) ?? false,
  };

  async function remove(run: string): Promise<void> {
    const path = pathOf(run);
    // An open file would go on taking its room.
    for (const open of [path, ...(shared?.copies.paths(run) ?? [])]) await shelf.forget(open);
    await rm(dirname(path), { recursive: true, force: true });
    await shared?.copies.remove(run);
  }
}

async function* sealedBytes(
  store: Pick<SharedStore, 'blocks'>,
  run: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let from = 0; ;) {
    const blocks = await store.blocks(run, from, BLOCKS_AT_ONCE);
    for (const { bytes } of blocks) yield bytes;
    if (blocks.length < BLOCKS_AT_ONCE) return;
    from += blocks.length;
  }
}
