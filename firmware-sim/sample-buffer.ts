import {
  encodedBytes,
  encodeRows,
  encodingFor,
  encodingNumber,
  widerOf,
  type StateEncoding,
} from './sample-encoding.js';
import { Channel, Encoding, type SampleBatchBody } from './messages.js';

/** One readout of one channel. */
interface Row {
  readonly index: number;
  readonly shot: number;
  readonly ticks: number;
  readonly saturated: boolean;
  /** [n] of STATE. */
  readonly codes: Int16Array | null;
  readonly encoding: StateEncoding;
  /** Of the other channels. */
  readonly value: number;
}

interface Queue {
  readonly channel: Channel;
  rows: Row[];
  head: number;
  next: number;
  dropped: number;
  sent: number;
  /** Lost ones that batches have spoken of. */
  told: number;
}

/** What a row takes beside its values. */
const ROW_BYTES = 24;
/** What a batch takes beside its rows, at most. */
const BATCH_BYTES = 96;
const SATURATED = 1;
const OVERFLOWED = 2;

export interface ChannelCount {
  readonly channel: number;
  readonly nextIndex: number;
  readonly buffered: number;
  readonly droppedTotal: number;
}

/**
 * Samples on their way to the line, in bounded memory. A row that finds no room is thrown away and counted; the rows keep
 * their numbers.
 */
export class SampleBuffer {
  private queues: Queue[] = [];
  private used = 0;
  private runId = 0;
  /** Rows that will be thrown away whatever room there is. */
  private overflowing = 0;

  constructor(
    readonly capacityBytes: number,
    private readonly stateScale: number,
    /** A sample of this shot is lost. */
    private readonly onDrop: (shot: number) => void,
  ) {}

  begin(runId: number, channels: readonly Channel[]): void {
    this.runId = runId;
    this.used = 0;
    this.queues = channels.map((channel) => ({
      channel,
      rows: [],
      head: 0,
      next: 0,
      dropped: 0,
      sent: 0,
      told: 0,
    }));
  }

  get freeBytes(): number {
    return this.capacityBytes - this.used;
  }

  get isEmpty(): boolean {
    return this.queues.every((queue) => queue.head === queue.rows.length);
  }

  counts(): ChannelCount[] {
    return this.queues.map(({ channel, next, rows, head, dropped }) => ({
      channel,
      nextIndex: next,
      buffered: rows.length - head,
      droppedTotal: dropped,
    }));
  }

  /** Room that a shot needs at most. */
  shotBytes(readouts: number, stateRows: number, n: number): number {
    let bytes = 0;
    for (const { channel } of this.queues) {
      bytes +=
        channel === Channel.CHANNEL_STATE
          ? stateRows * (ROW_BYTES + 2 * n)
          : readouts * (ROW_BYTES + 4);
    }
    return bytes;
  }

  /** The next `rows` rows find no room. */
  overflow(rows: number): void {
    this.overflowing += rows;
  }

  pushState(codes: Int16Array, shot: number, ticks: number, saturated: boolean): void {
    this.push(
      Channel.CHANNEL_STATE,
      ROW_BYTES + 2 * codes.length,
      (index) => ({
        index,
        shot,
        ticks,
        saturated,
        codes: codes.slice(),
        encoding: encodingFor(codes),
        value: 0,
      }),
      shot,
    );
  }

  pushValue(
    channel: Channel,
    value: number,
    shot: number,
    ticks: number,
    saturated: boolean,
  ): void {
    const row = (index: number): Row => ({
      index,
      shot,
      ticks,
      saturated,
      codes: null,
      encoding: 'BITS',
      value,
    });
    this.push(channel, ROW_BYTES + 4, row, shot);
  }

  /**
   * @param payloadBytes longest payload
   * @param wholeOnly null comes back where there is less than fills one
   */
  takeBatch(payloadBytes: number, wholeOnly: boolean): SampleBatchBody | null {
    // The channel whose first row is the oldest.
    let from: Queue | null = null;
    for (const queue of this.queues) {
      const row = queue.rows[queue.head];
      if (row === undefined) continue;
      if (from === null || row.ticks < from.rows[from.head]!.ticks) from = queue;
    }
    if (from === null) return null;
    const { count, full } = rowsThatFit(from, payloadBytes - BATCH_BYTES);
    return wholeOnly && !full ? null : this.take(from, count);
  }

  /** Everything that waits is lost. */
  dropAll(): void {
    for (const queue of this.queues) {
      for (const row of queue.rows.slice(queue.head)) this.drop(queue, row.shot);
      queue.rows = [];
      queue.head = 0;
    }
    this.used = 0;
  }

  private push(channel: Channel, bytes: number, make: (index: number) => Row, shot: number): void {
    const queue = this.queues.find((one) => one.channel === channel);
    if (queue === undefined) return;
    const index = queue.next++;
    const fits = this.used + bytes <= this.capacityBytes;
    if (this.overflowing > 0) this.overflowing--;
    else if (fits) {
      this.used += bytes;
      queue.rows.push(make(index));
      return;
    }
    this.drop(queue, shot);
  }

  private drop(queue: Queue, shot: number): void {
    queue.dropped++;
    this.onDrop(shot);
  }

  private take(queue: Queue, count: number): SampleBatchBody {
    const rows = queue.rows.slice(queue.head, queue.head + count);
    queue.head += count;
    if (queue.head > 1024 && queue.head * 2 > queue.rows.length) {
      queue.rows = queue.rows.slice(queue.head);
      queue.head = 0;
    }
    for (const { codes } of rows) this.used -= ROW_BYTES + (codes === null ? 4 : 2 * codes.length);
    const first = rows[0]!;
    // All rows before the first were sent or lost.
    const dropped = first.index - queue.sent;
    const overflowed = dropped > queue.told;
    queue.told = dropped;
    queue.sent += count;
    const saturated = rows.some((row) => row.saturated);
    return {
      runId: this.runId,
      channel: queue.channel,
      firstIndex: first.index,
      t0Ticks: first.ticks,
      periodTicks: count < 2 ? 0 : Math.round((rows[count - 1]!.ticks - first.ticks) / (count - 1)),
      count,
      droppedTotal: dropped,
      overflowFlags: (saturated ? SATURATED : 0) | (overflowed ? OVERFLOWED : 0),
      ...(first.codes === null ? scalars(rows) : this.states(rows)),
    };
  }

  private states(rows: readonly Row[]): SampleBatchBody {
    const codes = rows.map((row) => row.codes!);
    const encoding = rows.map((row) => row.encoding).reduce(widerOf);
    return {
      encoding: encodingNumber(encoding),
      scale: this.stateScale,
      data: encodeRows(codes, encoding),
    };
  }
}

function rowsThatFit(queue: Queue, bytes: number): { count: number; full: boolean } {
  const { rows, head } = queue;
  let widest: StateEncoding = 'BITS';
  let count = 0;
  for (;;) {
    const row = rows[head + count];
    if (row === undefined) return { count, full: false };
    // A batch is of consecutive rows.
    if (count > 0 && row.index !== rows[head + count - 1]!.index + 1) return { count, full: true };
    if (row.codes === null) {
      if (4 * (count + 1) > bytes) return { count, full: true };
    } else {
      widest = widerOf(widest, row.encoding);
      const needed = encodedBytes(widest, row.codes.length * (count + 1));
      // The run was not armed if one row did not fit a frame.
      if (needed > bytes && count > 0) return { count, full: true };
    }
    count++;
  }
}

function scalars(rows: readonly Row[]): SampleBatchBody {
  const data = new Uint8Array(4 * rows.length);
  const view = new DataView(data.buffer);
  rows.forEach((row, k) => view.setFloat32(4 * k, row.value, true));
  return { encoding: Encoding.F32, scale: 1, data };
}

/** Does a row of n sites fit a frame, whatever its values are? */
export const rowFits = (n: number, payloadBytes: number): boolean =>
  encodedBytes('I16', n) <= payloadBytes - BATCH_BYTES;

/** The shortest payload that a row of n sites fits. */
export const payloadForRow = (n: number): number => encodedBytes('I16', n) + BATCH_BYTES;
