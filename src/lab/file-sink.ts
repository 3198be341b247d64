import { open, type FileHandle } from 'node:fs/promises';

const PIECE_BYTES = 1024 * 1024;

/** A new file, written from front to back in pieces of about a megabyte. */
export class FileSink {
  private parts: Uint8Array[] = [];
  private waiting = 0;

  private constructor(private readonly file: FileHandle) {}

  /** Opens a file, gives it to `work`, and closes it however that ends. */
  static async write(path: string, work: (sink: FileSink) => Promise<void>): Promise<void> {
    const file = await open(path, 'w');
    const sink = new FileSink(file);
    try {
      await work(sink);
      await sink.flush();
    } finally {
      await file.close();
    }
  }

  /** Takes bytes; they must not change afterwards. `settle` keeps memory bounded. */
  add(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.waiting += bytes.length;
  }

  async settle(): Promise<void> {
    if (this.waiting >= PIECE_BYTES) await this.flush();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.parts);
    this.parts = [];
    this.waiting = 0;
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done);
      done += bytesWritten;
    }
  }
}
