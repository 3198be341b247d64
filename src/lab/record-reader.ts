import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Message, MessageHeader, RecordBatchReader, type RecordBatch } from 'apache-arrow';
import { RelaxdError } from '../core/index.js';
import type { SampleChunk } from '../device/index.js';
import { batchChunk } from './arrow-stream.js';
import { CHECKSUM_METADATA, isAsWritten } from './batch-checksum.js';
import { END_OF_STREAM, headerFromMetadata, type RecordHeader } from './record-header.js';
import { syncFolder, wholeShots } from './run-recorder.js';
import { sliceChunk } from './slice-chunk.js';
import { joinChunks, thinChunk } from './thin-chunk.js';

export interface RecordBatchPlace {
  readonly offset: number;
  readonly bytes: number;
  readonly firstRow: number;
  readonly rows: number;
}

/** A torn or unreadable end of a record. */
export interface RecordDamage {
  /** Where the intact part ends. */
  readonly offset: number;
  /** Bytes after it. */
  readonly bytes: number;
  readonly reason: string;
}

/** Some rows of a record: row k of a chunk is the record's `firstRow + k · every`. */
export interface ThinRows {
  readonly every: number;
  readonly chunks: readonly SampleChunk[];
}

const CONTINUATION = -1;
const MOST_METADATA_BYTES = 16 * 1024 * 1024;
/** Enough for a batch's message and the first of its rows in one read. */
const GLANCE_BYTES = 4096;

/**
 * Reads a record, also one that is still being written or whose writer was killed: what comes after the last
 * whole batch is left out and named in `damage`.
 */
export class RecordReader implements AsyncDisposable {
  readonly batches: RecordBatchPlace[] = [];
  private intact: number;
  private rowCount = 0;
  private hasEnded = false;
  private torn: RecordDamage | null = null;
  private refreshing: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    readonly header: RecordHeader,
    private readonly schemaBytes: Uint8Array,
    /** Its batches have checksums: those of records of before there were any are taken as they are. */
    private readonly isChecked: boolean,
  ) {
    this.intact = schemaBytes.length;
  }

  /** @throws RelaxdError `file-unreadable`, `record-damaged` (not even the schema is whole), `unsupported-version` */
  static async open(path: string): Promise<RecordReader> {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      throw new RelaxdError('file-unreadable', `${path}: ${(error as Error).message}`, { path });
    }
    try {
      const size = (await file.stat()).size;
      const message = await readMessage(file, 0, size);
      if ('reason' in message || message.end || !message.decoded.isSchema()) {
        const reason = 'reason' in message ? message.reason : 'it does not begin with a schema';
        throw new RelaxdError('record-damaged', `${path} is not a readable record: ${reason}`, {
          path,
          hint: 'a record is an Arrow IPC stream file',
        });
      }
      const schemaBytes = new Uint8Array(message.bodyAt);
      await readFully(file, schemaBytes, 0);
      const { metadata } = RecordBatchReader.from(withEnd(schemaBytes)).open().schema;
      const [key, value] = CHECKSUM_METADATA;
      const isChecked = metadata.get(key) === value;
      const reader = new RecordReader(
        path,
        file,
        headerFromMetadata(metadata),
        schemaBytes,
        isChecked,
      );
      await reader.refresh();
      return reader;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Rows in the intact part. */
  get rows(): number {
    return this.rowCount;
  }
  /** True once the stream's end has been read. */
  get ended(): boolean {
    return this.hasEnded;
  }
  /** Bytes of the intact part, the end mark not counted. */
  get intactBytes(): number {
    return this.intact;
  }
  /** What follows the intact part; for a record that is being written that is a batch under way. */
  get damage(): RecordDamage | null {
    return this.torn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close();
  }

  /** Finds batches that were written since; all that were there when it was called. One search at a time. */
  refresh(): Promise<void> {
    const search = (): Promise<void> => this.index();
    const found = this.refreshing.then(search, search);
    this.refreshing = found.catch(() => undefined); // whoever asked hears of it
    return found;
  }

  private async index(): Promise<void> {
    this.torn = null;
    const { size } = await this.file.stat();
    while (!this.hasEnded && this.intact < size) {
      const message = await readMessage(this.file, this.intact, size);
      if ('reason' in message) {
        this.torn = { offset: this.intact, bytes: size - this.intact, reason: message.reason };
        return;
      }
      if (message.end) {
        this.hasEnded = true;
        return;
      }
      const bad = this.addBatch(message);
      if (bad !== null) {
        this.torn = { offset: this.intact, bytes: size - this.intact, reason: bad };
        return;
      }
    }
  }

  private addBatch(message: WholeMessage): string | null {
    if (!message.decoded.isRecordBatch()) return 'a message is no record batch';
    const header = message.decoded.header();
    const rows = Number(header.length);
    const last = this.batches.at(-1);
    const expected = last === undefined ? 0 : last.firstRow + last.rows;
    // Zeros where a batch should be (a file that grew before a loss of power) show in its row numbers.
    if (message.firstRow < expected) return `row ${expected} or a later one should come next`;
    this.batches.push({
      offset: this.intact,
      bytes: message.bytes,
      firstRow: message.firstRow,
      rows,
    });
    this.intact += message.bytes;
    this.rowCount += rows;
    return null;
  }

  /** Reads every batch: from the first that is not what was written on, all counts as torn. */
  async verify(): Promise<void> {
    if (!this.isChecked) return;
    for (const [k, { offset, bytes, firstRow }] of this.batches.entries()) {
      const message = new Uint8Array(bytes);
      await readFully(this.file, message, offset);
      if (isAsWritten(message)) continue;
      const { size } = await this.file.stat();
      this.torn = {
        offset,
        bytes: size - offset,
        reason: `the checksum of the batch from row ${firstRow} on is another`,
      };
      this.batches.length = k;
      this.intact = offset;
      this.rowCount = this.batches.reduce((sum, { rows }) => sum + rows, 0);
      this.hasEnded = false;
      return;
    }
  }

  /** Chunks of the record, in order, from the one that holds `fromRow` on. */
  async *chunks(fromRow = 0): AsyncGenerator<SampleChunk, void, void> {
    for (let k = this.indexOf(fromRow); k < this.batches.length; k++) yield this.chunk(k);
  }

  /** At most `rows` rows, the first not before `fromRow`, as chunks. Missing rows are simply not there. */
  async read(fromRow: number, rows: number): Promise<SampleChunk[]> {
    const chunks: SampleChunk[] = [];
    let left = rows;
    for (let k = this.indexOf(fromRow); k < this.batches.length && left > 0; k++) {
      const chunk = await this.chunk(k);
      const from = Math.max(0, fromRow - chunk.firstRow);
      const to = Math.min(chunk.rows, from + left);
      if (to <= from) continue;
      chunks.push(sliceChunk(chunk, from, to, this.header));
      left -= to - from;
    }
    return chunks;
  }

  /**
   * About `rows` rows (no more), evenly spaced from `fromRow` on and before `toRow`. Where a row of that raster is missing, a
   * chunk ends.
   */
  async thin(fromRow: number, toRow: number, rows: number): Promise<ThinRows> {
    const every = strideOf(Math.ceil((toRow - fromRow) / rows), this.header.readouts);
    const chunks: SampleChunk[] = [];
    let parts: SampleChunk[] = [];
    const joined = (): void => {
      if (parts.length > 0) chunks.push(joinChunks(parts, this.header));
      parts = [];
    };
    let next = fromRow;
    for (let k = this.indexOf(fromRow); k < this.batches.length && next < toRow; k++) {
      const place = this.batches[k]!;
      if (place.firstRow + place.rows <= next) continue;
      if (place.firstRow >= toRow) break;
      if (place.firstRow > next) {
        const point = next + every * Math.ceil((place.firstRow - next) / every);
        if (point > next) joined();
        next = point;
        if (next >= Math.min(toRow, place.firstRow + place.rows)) continue;
      }
      const chunk = await this.chunk(k);
      const end = Math.min(chunk.rows, toRow - chunk.firstRow);
      const part = thinChunk(
        sliceChunk(chunk, 0, end, this.header),
        next - chunk.firstRow,
        every,
        this.header,
      );
      parts.push(part);
      next += part.rows * every;
    }
    joined();
    return { every, chunks };
  }

  /** Whole shots in the intact part. */
  async shots(): Promise<number> {
    if (this.batches.length === 0) return 0;
    return wholeShots(await this.chunk(this.batches.length - 1), this.header);
  }

  /** The intact bytes, without the end mark. @throws RelaxdError `record-damaged` */
  async *bytes(): AsyncGenerator<Uint8Array, void, void> {
    yield this.schemaBytes;
    for (const place of this.batches) {
      const message = new Uint8Array(place.bytes);
      await this.readMessage(place, message);
      yield message;
    }
  }

  private indexOf(row: number): number {
    let low = 0;
    let high = this.batches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { firstRow, rows } = this.batches[middle]!;
      if (firstRow + rows <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private async chunk(index: number): Promise<SampleChunk> {
    const place = this.batches[index]!;
    const { schemaBytes } = this;
    const bytes = new Uint8Array(schemaBytes.length + place.bytes + END_OF_STREAM.length);
    bytes.set(schemaBytes);
    await this.readMessage(
      place,
      bytes.subarray(schemaBytes.length, schemaBytes.length + place.bytes),
    );
    bytes.set(END_OF_STREAM, schemaBytes.length + place.bytes);
    const [batch] = RecordBatchReader.from(bytes) as unknown as Iterable<RecordBatch>;
    return batchChunk(batch!, this.header);
  }

  /** A batch's message, which has to be what was written. */
  private async readMessage(
    { offset, bytes, firstRow, rows }: RecordBatchPlace,
    into: Uint8Array,
  ): Promise<void> {
    await readFully(this.file, into, offset);
    if (!this.isChecked || isAsWritten(into)) return;
    throw new RelaxdError(
      'record-damaged',
      `${this.path}: rows ${firstRow} to ${firstRow + rows - 1} are not what was written: their checksum is another`,
      { path: this.path, value: firstRow, offset, bytes },
    );
  }
}

export interface RepairedRecord {
  readonly rows: number;
  readonly shots: number;
  /** First row that may be missing. */
  readonly nextRow: number;
  /** What was cut off; null: the record was whole but for its end mark, or altogether. */
  readonly damage: RecordDamage | null;
}

/**
 * Cuts a torn end off a record whose writer is gone, and ends the stream. Intact batches stay as they are. What is cut off is kept
 * and written down beside the record first: whoever is killed between the cut and telling of it tells of it the next time.
 */
export async function repairRecord(path: string): Promise<RepairedRecord> {
  const reader = await RecordReader.open(path);
  // One that has ended was brought to the disk as it was.
  if (!reader.ended) await reader.verify();
  const { ended, intactBytes, rows } = reader;
  const damage = reader.damage ?? (await damageBefore(path));
  const last = reader.batches.at(-1);
  const shots = await reader.shots();
  await reader[Symbol.asyncDispose]();
  if (!ended) {
    // Of what was cut off before only the word is left.
    if (reader.damage !== null) await keepTorn(path, reader.damage);
    if (damage !== null) await noteDamage(path, damage);
    const file = await open(path, 'r+');
    try {
      await file.truncate(intactBytes);
      await file.write(END_OF_STREAM, 0, END_OF_STREAM.length, intactBytes);
      await file.datasync();
    } finally {
      await file.close();
    }
  }
  return { rows, shots, nextRow: last === undefined ? 0 : last.firstRow + last.rows, damage };
}

/** Bytes after which nothing more of a torn end is kept. */
const MOST_TORN_BYTES = 64 * 1024 * 1024;

/** For whoever wants to see what a loss of power has left: no reader of ours looks at it. */
async function keepTorn(path: string, { offset, bytes }: RecordDamage): Promise<void> {
  const kept = new Uint8Array(Math.min(bytes, MOST_TORN_BYTES));
  const record = await open(path, 'r');
  try {
    await readFully(record, kept, offset);
  } finally {
    await record.close();
  }
  const file = await open(`${path}.torn`, 'w');
  try {
    await file.writeFile(kept);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Where it stands what was cut off a record. */
const damageFile = (path: string): string => `${path}.torn.json`;

async function noteDamage(path: string, damage: RecordDamage): Promise<void> {
  const out = damageFile(path);
  const file = await open(`${out}.new`, 'w');
  try {
    await file.writeFile(JSON.stringify(damage));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${out}.new`, out);
  await syncFolder(dirname(path));
}

/** null: nothing was ever cut off. */
async function damageBefore(path: string): Promise<RecordDamage | null> {
  try {
    return JSON.parse(await readFile(damageFile(path), 'utf8')) as RecordDamage;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

interface WholeMessage {
  readonly end: false;
  readonly decoded: Message;
  /** All of the message: prefix, metadata, body. */
  readonly bytes: number;
  /** Where the body begins, from the message's beginning. */
  readonly bodyAt: number;
  /** First value of the first column, for batches. */
  readonly firstRow: number;
}
type ReadMessage = WholeMessage | { readonly end: true } | { readonly reason: string };

async function readMessage(file: FileHandle, offset: number, size: number): Promise<ReadMessage> {
  const there = size - offset;
  let glance = new Uint8Array(Math.min(GLANCE_BYTES, there));
  await readFully(file, glance, offset);
  if (there < 8) return { reason: 'the file ends within a message' };
  const prefix = new DataView(glance.buffer);
  if (prefix.getInt32(0, true) !== CONTINUATION)
    return { reason: 'no message where one should be' };
  const length = prefix.getInt32(4, true);
  if (length === 0) return { end: true };
  if (length < 0 || length > MOST_METADATA_BYTES)
    return { reason: 'a message of no sensible length' };
  if (8 + length > there) return { reason: 'the file ends within a message' };
  if (8 + length + 16 > glance.length) {
    glance = new Uint8Array(Math.min(8 + length + 16, there));
    await readFully(file, glance, offset);
  }
  let decoded: Message;
  let rowAt = 0;
  try {
    decoded = Message.decode(glance.subarray(8, 8 + length));
    // Reading the header may fail on nonsense too; the row column's values are its second buffer.
    if (decoded.headerType === MessageHeader.RecordBatch && decoded.isRecordBatch()) {
      rowAt = Number(decoded.header().buffers[1]?.offset ?? 0);
    }
  } catch (error) {
    return { reason: `a message that cannot be decoded (${(error as Error).message})` };
  }
  const bytes = 8 + length + Number(decoded.bodyLength);
  if (!(bytes >= 8 + length) || bytes > there) return { reason: 'the file ends within a batch' };
  let firstRow = 0;
  if (decoded.isRecordBatch()) {
    const value = new Uint8Array(8);
    const at = 8 + length + rowAt;
    if (at + 8 > bytes) return { reason: 'a batch without rows' };
    if (at + 8 <= glance.length) value.set(glance.subarray(at, at + 8));
    else await readFully(file, value, offset + at);
    firstRow = Number(new DataView(value.buffer).getBigInt64(0, true));
  }
  return { end: false, decoded, bytes, bodyAt: 8 + length, firstRow };
}

/** At least `least`, and without a common divisor with the readouts of a shot: else some of them would never be among the rows. */
export function strideOf(least: number, readouts: number): number {
  let every = Math.max(1, least);
  while (divisor(every, readouts) > 1) every++;
  return every;
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

function withEnd(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length + END_OF_STREAM.length);
  whole.set(bytes);
  whole.set(END_OF_STREAM, bytes.length);
  return whole;
}

async function readFully(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
    if (bytesRead === 0) {
      throw new RelaxdError('record-damaged', 'the record ended while it was being read');
    }
    done += bytesRead;
  }
}
