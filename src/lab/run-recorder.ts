import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RelaxdError, type Clock } from '../core/index.js';
import type { SampleChunk } from '../device/index.js';
import type { RecordMessages } from './arrow-stream.js';
import { END_OF_STREAM, type RecordHeader } from './record-header.js';

/** A batch is on the disk, not only with the operating system, after at most so long or so much. */
const MOST_UNSYNCED_MS = 500;
const MOST_UNSYNCED_BYTES = 4 * 1024 * 1024;

/** Where a record's bytes go besides its file. */
export interface RecordSeal {
  /** Takes bytes that follow those before, with what the whole record then holds. Resolves once it can take more. */
  add(bytes: Uint8Array, rows: number, shots: number, nextRow: number): Promise<void>;
  /** Resolves once all of it is durable. */
  flush(): Promise<void>;
}

/** What a recorder asks, and tells, about the disk. */
export interface RecorderDisk {
  /** @throws RelaxdError `disk-full`, `store-failed` where nothing more may be written */
  requireRoom(): void;
  /** Bytes are with the operating system. */
  wrote(bytes: number): void;
  /** They are on the disk, after so long. */
  synced(seconds: number): void;
  failed(error: RelaxdError): void;
}
const ANY_DISK: RecorderDisk = {
  requireRoom: () => undefined,
  wrote: () => undefined,
  synced: () => undefined,
  failed: () => undefined,
};

/**
 * Writes one run's samples to an append-only Arrow IPC stream file (docs/formats/record.md), one batch a chunk.
 * `append` resolves once the batch is with the operating system: it survives the end of this process, however
 * that comes. A loss of power can take at most the last 500 ms or 4 MiB.
 */
export class RunRecorder {
  private messages: RecordMessages | null = null;
  private file: FileHandle | null = null;
  private offset = 0;
  private unsyncedBytes = 0;
  private syncedAtMs = 0;
  private rowCount = 0;
  private nextRowExpected = 0;
  private shotCount = 0;
  private closed = false;
  /** What is being written; one thing at a time, whoever asks. */
  private writing: Promise<void> = Promise.resolve();

  /** @param path of a file that is not there yet; its folder is made */
  constructor(
    readonly path: string,
    private told: RecordHeader,
    private readonly clock: Clock,
    private readonly seal: RecordSeal | null = null,
    private readonly disk: RecorderDisk = ANY_DISK,
  ) {}

  get header(): RecordHeader {
    return this.told;
  }

  /** Puts into the header what the device says of the run's thermodynamics; before the file is made. */
  state(thermodynamics: Readonly<Record<string, unknown>> | null): void {
    if (this.file !== null || thermodynamics === null) return;
    this.told = { ...this.told, thermodynamics: JSON.stringify(thermodynamics) };
  }

  /** Rows that the file holds. */
  get rows(): number {
    return this.rowCount;
  }
  /** Whole shots that the file holds. */
  get shots(): number {
    return this.shotCount;
  }
  /** Bytes that the file holds. */
  get bytes(): number {
    return this.offset;
  }
  /** The row that must come next if nothing is missing. */
  get nextRow(): number {
    return this.nextRowExpected;
  }

  /**
   * Makes the file and writes the schema to the disk.
   *
   * @throws RelaxdError `disk-full`, `file-unwritable`
   */
  async open(): Promise<void> {
    if (this.closed) return;
    return this.inTurn(() => this.openNow());
  }

  private async openNow(): Promise<void> {
    if (this.file !== null) return;
    this.disk.requireRoom();
    // Arrow is loaded by the first who writes: it is as large as all the rest of the lab.
    const { RecordMessages } = await import('./arrow-stream.js');
    try {
      const messages = (this.messages = new RecordMessages(this.header));
      await mkdir(dirname(this.path), { recursive: true });
      this.file = await open(this.path, 'wx');
      const schema = messages.start();
      await this.write(schema);
      await this.sync(this.file);
      await syncFolder(dirname(this.path));
      this.syncedAtMs = this.clock.monotonicMs();
      this.unsyncedBytes = 0;
      await this.seal?.add(schema, 0, 0, 0);
    } catch (error) {
      throw this.failed(error);
    }
  }

  /** @throws RelaxdError `disk-full`, `file-unwritable`; the batch is then not in the file, not even in part */
  async append(chunk: SampleChunk): Promise<void> {
    if (this.closed) throw new RelaxdError('file-unwritable', `${this.path} has been closed`);
    return this.inTurn(() => this.appendNow(chunk));
  }

  private async appendNow(chunk: SampleChunk): Promise<void> {
    if (this.file === null) await this.openNow();
    if (chunk.rows === 0) return;
    this.disk.requireRoom();
    const intact = this.offset;
    const batch = this.messages!.chunk(chunk);
    try {
      await this.write(batch);
      const waitedMs = this.clock.monotonicMs() - this.syncedAtMs;
      if (this.unsyncedBytes >= MOST_UNSYNCED_BYTES || waitedMs >= MOST_UNSYNCED_MS) {
        await this.sync(this.file!);
        this.unsyncedBytes = 0;
        this.syncedAtMs = this.clock.monotonicMs();
      }
    } catch (error) {
      await this.file!.truncate(intact).catch(() => undefined); // the reader can do without the torn tail
      this.offset = intact;
      throw this.failed(error);
    }
    this.rowCount += chunk.rows;
    this.nextRowExpected = chunk.firstRow + chunk.rows;
    this.shotCount = Math.max(this.shotCount, wholeShots(chunk, this.header));
    await this.seal?.add(batch, chunk.rows, this.shotCount, this.nextRowExpected);
  }

  /** Ends the stream, behind what is still being written, and brings everything to the disk. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    return this.inTurn(() => this.closeNow());
  }

  private async closeNow(): Promise<void> {
    const { file } = this;
    if (file === null) return;
    try {
      await this.write(END_OF_STREAM);
      await this.sync(file);
      await this.seal?.add(END_OF_STREAM, 0, this.shotCount, this.nextRowExpected);
      await this.seal?.flush();
    } catch (error) {
      throw this.failed(error);
    } finally {
      this.file = null;
      await file.close();
    }
  }

  private failed(thrown: unknown): RelaxdError {
    const error = recordError(thrown, this.path);
    this.disk.failed(error);
    return error;
  }

  private async sync(file: FileHandle): Promise<void> {
    const beganMs = this.clock.monotonicMs();
    await file.datasync();
    this.disk.synced((this.clock.monotonicMs() - beganMs) / 1000);
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.writing.then(work);
    this.writing = turn.catch(() => undefined); // whoever asked hears of it
    return turn;
  }

  private async write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.file!.write(
        bytes,
        written,
        bytes.length - written,
        this.offset + written,
      );
      written += bytesWritten;
    }
    this.offset += bytes.length;
    this.unsyncedBytes += bytes.length;
    this.disk.wrote(bytes.length);
  }
}

/** Shots that are whole with a chunk's last row: rows come shot after shot. */
export function wholeShots(chunk: SampleChunk, header: Pick<RecordHeader, 'readouts'>): number {
  const last = chunk.rows - 1;
  const shot = chunk.shot[last] ?? 0;
  return chunk.step[last] === header.readouts - 1 ? shot + 1 : shot;
}

/** A new file's name is only safe once its folder is. Not every system can do that to a folder. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  if (folder === null) return;
  try {
    await folder.sync();
  } catch {
    // EINVAL or EPERM on some file systems: they order the name before the data themselves.
  } finally {
    await folder.close();
  }
}

export function recordError(error: unknown, path: string): RelaxdError {
  if (error instanceof RelaxdError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  return new RelaxdError(
    full ? 'disk-full' : 'file-unwritable',
    full ? `there is no room left for the record ${path}` : `${path}: ${message}`,
    {
      path,
      ...(code === undefined ? {} : { errno: code }),
      ...(code === 'EEXIST' ? { hint: 'a record is never written over; choose another name' } : {}),
    },
    error,
  );
}
