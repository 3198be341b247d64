import { constants } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LivePart } from './node-line.js';
import type { SharedStore } from './shared-store.js';

/** Blocks that are fetched at once. */
const MOST_BLOCKS = 8;
/** Copies that are kept; the one that was not asked for the longest goes first. */
const MOST_COPIES = 100;

interface Copy {
  readonly path: string;
  /** Sealed blocks that it has, and their bytes. */
  blocks: number;
  bytes: number;
  /** With parts that came besides, before they were sealed. */
  size: number;
  rows: number;
  shots: number;
  turn: Promise<unknown>;
}

/**
 * Copies of sealed records, as files that everything which reads records can read. Made again at each start: the store has the
 * truth.
 */
export class RecordCopies {
  private readonly copies = new Map<string, Copy>();

  /** @param folder of its own; what an earlier process left there is removed */
  constructor(
    private readonly folder: string,
    private readonly store: Pick<SharedStore, 'blocks'>,
  ) {}

  async clear(): Promise<void> {
    this.copies.clear();
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * Path of a copy that has every block which was sealed when it was asked for; it only grows.
   *
   * @param live the run is under way: the copy takes parts that are not sealed yet, too
   * @throws RelaxdError `store-failed`, `record-damaged`
   */
  async path(run: string, live: boolean): Promise<string> {
    const key = copyKey(run, live);
    const copy: Copy = this.copies.get(key) ?? {
      path: join(this.folder, key, 'samples.arrow'),
      blocks: 0,
      bytes: 0,
      size: 0,
      rows: 0,
      shots: 0,
      turn: Promise.resolve(),
    };
    this.copies.delete(key);
    this.copies.set(key, copy);
    await inTurn(copy, () => this.extend(run, copy));
    await this.putAway();
    return copy.path;
  }

  /**
   * Adds what a record under way has got to its live copy; false: something before it is missing here, and comes with the
   * blocks.
   */
  async add(run: string, { offset, bytes, rows, shots }: LivePart): Promise<boolean> {
    const copy = this.copies.get(copyKey(run, true));
    if (copy === undefined) return false;
    return inTurn(copy, async () => {
      if (offset > copy.size || offset + bytes.length <= copy.size) return false;
      await write(copy, bytes, offset);
      copy.rows = Math.max(copy.rows, rows);
      copy.shots = Math.max(copy.shots, shots);
      return true;
    });
  }

  /** Removes the copies of a run. */
  async remove(run: string): Promise<void> {
    for (const live of [false, true]) {
      const key = copyKey(run, live);
      const copy = this.copies.get(key);
      if (copy === undefined) continue;
      this.copies.delete(key);
      await copy.turn;
      await rm(join(this.folder, key), { recursive: true, force: true });
    }
  }

  /** Path of the copies' files of a run. */
  paths(run: string): readonly string[] {
    return [false, true].map((live) => join(this.folder, copyKey(run, live), 'samples.arrow'));
  }

  /** What the live copy of a run has. */
  has(run: string): { readonly rows: number; readonly shots: number } {
    return this.copies.get(copyKey(run, true)) ?? { rows: 0, shots: 0 };
  }

  private async extend(run: string, copy: Copy): Promise<void> {
    for (let more = true; more;) {
      const blocks = await this.store.blocks(run, copy.blocks, MOST_BLOCKS);
      for (const { bytes } of blocks) {
        // Parts that came before are the same bytes.
        await write(copy, bytes, copy.bytes);
        copy.blocks++;
        copy.bytes += bytes.length;
      }
      more = blocks.length === MOST_BLOCKS;
    }
  }

  private async putAway(): Promise<void> {
    for (const [key, { turn }] of this.copies) {
      if (this.copies.size <= MOST_COPIES) return;
      this.copies.delete(key);
      await turn;
      await rm(join(this.folder, key), { recursive: true, force: true });
    }
  }
}

/** A live copy is another one: it may have what was never sealed. */
const copyKey = (run: string, live: boolean): string => (live ? `${run}-live` : run);

async function write(copy: Copy, bytes: Uint8Array, at: number): Promise<void> {
  await mkdir(dirname(copy.path), { recursive: true });
  const file = await open(copy.path, constants.O_RDWR | constants.O_CREAT);
  try {
    let written = 0;
    while (written < bytes.length) {
      const part = await file.write(bytes, written, bytes.length - written, at + written);
      written += part.bytesWritten;
    }
  } finally {
    await file.close();
  }
  copy.size = Math.max(copy.size, at + bytes.length);
}

function inTurn<T>(copy: Copy, work: () => Promise<T>): Promise<T> {
  const turn = copy.turn.then(work);
  copy.turn = turn.catch(() => undefined);
  return turn;
}
