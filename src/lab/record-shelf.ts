import type { RecordReader } from './record-reader.js';

const MOST_OPEN = 8;

interface OpenRecord {
  readonly reader: Promise<RecordReader>;
  users: number;
}

const openRecord = async (path: string): Promise<RecordReader> =>
  (await import('./record-reader.js')).RecordReader.open(path);

/** Keeps the records that were read last open, so that paging through one does not index it again each time. */
export class RecordShelf implements AsyncDisposable {
  private readonly open = new Map<string, OpenRecord>();

  /** @throws RelaxdError as `RecordReader.open` */
  async use<T>(path: string, work: (reader: RecordReader) => Promise<T>): Promise<T> {
    let entry = this.open.get(path);
    this.open.delete(path);
    entry ??= { reader: openRecord(path), users: 0 };
    this.open.set(path, entry); // the last one used is the last one put back
    entry.users++;
    try {
      const reader = await entry.reader.catch((error: unknown) => {
        if (this.open.get(path) === entry) this.open.delete(path);
        throw error;
      });
      if (!reader.ended) await reader.refresh();
      return await work(reader);
    } finally {
      entry.users--;
      await this.putAway(MOST_OPEN);
    }
  }

  /** Closes a record that is to be removed and that nobody uses. */
  async forget(path: string): Promise<void> {
    const entry = this.open.get(path);
    if (entry === undefined || entry.users > 0) return;
    this.open.delete(path);
    await entry.reader.then(
      (reader) => reader[Symbol.asyncDispose](),
      () => undefined,
    );
  }

  private async putAway(most: number): Promise<void> {
    for (const [path, entry] of this.open) {
      if (this.open.size <= most) return;
      if (entry.users > 0) continue;
      this.open.delete(path);
      await (await entry.reader)[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { reader } of this.open.values()) {
      await reader.then(
        (open) => open[Symbol.asyncDispose](),
        () => undefined,
      );
    }
    this.open.clear();
  }
}
