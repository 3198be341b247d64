import type { SampleChunk } from '../../device/index.js';
import type { LabView } from '../lab-view.js';
import { encodeRows } from './sample-batch.js';

/** Bytes of encoded rows that are kept for viewers which stand at the same place of the same run. */
export const KEPT_BYTES = 16 * 1_048_576;

/** Rows of a record as they are sent, without what is one viewer's. */
export interface EncodedRows {
  readonly firstRow: number;
  readonly rows: number;
  /** Row k is the record's `firstRow + k · every`. */
  readonly every: number;
  readonly bytes: Uint8Array;
}

interface Kept {
  readonly read: Promise<readonly EncodedRows[]>;
  bytes: number;
}

/**
 * Rows of runs for all viewers: what several of them want is read and encoded once, and lies in memory once, however many
 * networks it waits for. Rows that are recorded never change, so what is kept is never stale.
 */
export class RunRows {
  private readonly kept = new Map<string, Kept>();
  private bytes = 0;

  constructor(private readonly archive: Pick<LabView['archive'], 'samples' | 'thinSamples'>) {}

  /** Some of the next rows, at most so many; none where the record does not have them yet. */
  from(run: string, fromRow: number, rows: number): Promise<readonly EncodedRows[]> {
    return this.once(`${run} ${fromRow} ${rows}`, async () => {
      const { chunks } = await this.archive.samples(run, { fromRow, rows });
      return chunks.map((chunk) => encoded(chunk, 1));
    });
  }

  /** Rows evenly spaced from `fromRow` on and before `toRow`. */
  thinned(
    run: string,
    fromRow: number,
    toRow: number,
    rows: number,
  ): Promise<readonly EncodedRows[]> {
    return this.once(`${run} ${fromRow}-${toRow} ${rows}`, async () => {
      const { every, chunks } = await this.archive.thinSamples(run, { fromRow, toRow, rows });
      return chunks.map((chunk) => encoded(chunk, every));
    });
  }

  private once(
    key: string,
    read: () => Promise<readonly EncodedRows[]>,
  ): Promise<readonly EncodedRows[]> {
    const known = this.kept.get(key);
    if (known !== undefined) return known.read;
    const entry: Kept = { read: read(), bytes: 0 };
    this.kept.set(key, entry);
    entry.read.then(
      (pieces) => {
        if (pieces.length === 0) return this.drop(key, entry);
        entry.bytes = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
        this.bytes += entry.bytes;
        this.makeRoom();
      },
      () => this.drop(key, entry), // whoever asked hears of it
    );
    return entry.read;
  }

  private makeRoom(): void {
    for (const [key, entry] of this.kept) {
      if (this.bytes <= KEPT_BYTES) return;
      if (entry.bytes > 0) this.drop(key, entry);
    }
  }

  private drop(key: string, entry: Kept): void {
    if (this.kept.get(key) !== entry) return;
    this.kept.delete(key);
    this.bytes -= entry.bytes;
  }
}

const encoded = (chunk: SampleChunk, every: number): EncodedRows => ({
  firstRow: chunk.firstRow,
  rows: chunk.rows,
  every,
  bytes: encodeRows(chunk, every),
});
