import { appendFile, mkdir, rm, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asRelaxdError, throwIfAborted, type Clock } from '../core/index.js';
import type { RecordSeal } from './run-recorder.js';
import type { Sealed, SharedStore } from './shared-store.js';
import type { Fence } from './store.js';

/** A block is stored after at most so long or so much: what a node takes with it when it dies. */
const MOST_UNSEALED_MS = 500;
const MOST_UNSEALED_BYTES = 1024 * 1024;
const TRY_AGAIN_MS = 1000;

export interface SealPorts {
  readonly store: Pick<SharedStore, 'seal'>;
  readonly fence: Fence;
  readonly clock: Clock;
  wait(delayMs: number): Promise<void>;
}

/** Brings the bytes of a record into the store, block by block, under the lease of the node that has the run. */
export class SealedRecord implements RecordSeal {
  private parts: Uint8Array[] = [];
  private bytes = 0;
  private rows = 0;
  private sealedRows = 0;
  private shots = 0;
  private nextRow = 0;
  private blocks = 0;
  private sealedAtMs = 0;

  constructor(
    private readonly run: string,
    private readonly ports: SealPorts,
    private readonly signal: AbortSignal,
  ) {}

  async add(bytes: Uint8Array, rows: number, shots: number, nextRow: number): Promise<void> {
    // Time counts from the first byte that waits.
    if (this.bytes === 0 && this.blocks === 0) this.sealedAtMs = this.ports.clock.monotonicMs();
    this.parts.push(bytes);
    this.bytes += bytes.length;
    this.rows += rows;
    this.shots = shots;
    this.nextRow = nextRow;
    const waitedMs = this.ports.clock.monotonicMs() - this.sealedAtMs;
    if (this.bytes >= MOST_UNSEALED_BYTES || waitedMs >= MOST_UNSEALED_MS) await this.flush();
  }

  /** Stores what there is. While the store is away the device waits: what cannot be recorded is not measured. */
  async flush(): Promise<void> {
    if (this.bytes === 0) return;
    const { store, fence, clock } = this.ports;
    const block = { number: this.blocks, bytes: Buffer.concat(this.parts) };
    const after: Sealed = {
      rows: this.rows,
      shots: this.shots,
      nextRow: this.nextRow,
      blocks: this.blocks + 1,
    };
    for (;;) {
      try {
        await store.seal(this.run, block, this.rows - this.sealedRows, after, fence);
        break;
      } catch (error) {
        if (!['store-failed', 'disk-full'].includes(asRelaxdError(error).code)) throw error;
        throwIfAborted(this.signal);
        await this.ports.wait(TRY_AGAIN_MS);
      }
    }
    this.parts = [];
    this.bytes = 0;
    this.sealedRows = this.rows;
    this.blocks++;
    this.sealedAtMs = clock.monotonicMs();
  }
}

/** Blocks that are fetched at once. */
const MOST_BLOCKS = 8;
/** Copies that are kept; the one that was not asked for the longest goes first. */
const MOST_COPIES = 100;

interface Copy {
  blocks: number;
  bytes: number;
  turn: Promise<void>;
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
   * @throws RelaxdError `store-failed`, `record-damaged`
   */
  async path(run: string): Promise<string> {
    const path = join(this.folder, run, 'samples.arrow');
    const copy = this.copies.get(run) ?? { blocks: 0, bytes: 0, turn: Promise.resolve() };
    this.copies.delete(run);
    this.copies.set(run, copy);
    const turn = copy.turn.then(() => this.extend(run, path, copy));
    copy.turn = turn.catch(() => undefined);
    await turn;
    await this.putAway();
    return path;
  }

  private async extend(run: string, path: string, copy: Copy): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    for (let more = true; more;) {
      const blocks = await this.store.blocks(run, copy.blocks, MOST_BLOCKS);
      for (const { bytes } of blocks) {
        // What an attempt that failed has left of this block is written again.
        if (copy.blocks > 0) await truncate(path, copy.bytes);
        await appendFile(path, bytes);
        copy.blocks++;
        copy.bytes += bytes.length;
      }
      more = blocks.length === MOST_BLOCKS;
    }
  }

  private async putAway(): Promise<void> {
    for (const [run, { turn }] of this.copies) {
      if (this.copies.size <= MOST_COPIES) return;
      this.copies.delete(run);
      await turn;
      await rm(join(this.folder, run), { recursive: true, force: true });
    }
  }
}
