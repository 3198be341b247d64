import { Channel, type SampleBatch, type SampleStatus } from './messages.js';
import { packedBytes, unpackCodes, type SampleCodes } from './sample-codes.js';
import type { SampleCounts } from './statistics.js';

/** Consecutive rows of one channel, as they came. */
export interface SampleRows {
  readonly runId: number;
  readonly channel: Channel;
  /** Rows of a channel count from 0 over the whole run. */
  readonly firstIndex: number;
  readonly count: number;
  /** Values of a row: the run's sites in channel STATE, 1 in the others. */
  readonly width: number;
  /** [count × width], row-major; value = scale × code */
  readonly codes: SampleCodes;
  readonly scale: number;
  /** Board's ticks at the first row, and from row to row. */
  readonly t0Ticks: number;
  readonly periodTicks: number;
  /** A converter was at its limit in this batch. */
  readonly saturated: boolean;
  /** The board's buffer overflowed just before it. */
  readonly overflowed: boolean;
}

/** [count × width] in the channel's unit. */
export function valuesOfRows({ codes, scale }: SampleRows): Float64Array {
  const values = new Float64Array(codes.length);
  for (let i = 0; i < values.length; i++) values[i] = scale * codes[i]!;
  return values;
}

/** Rows that will not come any more; each missing row is in exactly one gap. */
export interface SampleLoss {
  readonly runId: number;
  readonly channel: Channel;
  readonly firstIndex: number;
  readonly count: number;
  /** How many of them the board threw away itself, as far as it has said so. */
  readonly droppedByBoard: number;
  readonly reason: string;
}

export interface SampleSink {
  samples(rows: SampleRows): void;
  gap(gap: SampleLoss): void;
}

/** Bits of `overflow_flags`. */
const SATURATED = 1;
const OVERFLOWED = 2;

interface ChannelAccount {
  /** All rows below are delivered or in a gap. */
  next: number;
  /** Of the board's `dropped_total`, what is in gaps. */
  droppedInGaps: number;
}

/**
 * Accounts for the samples of one run: delivers rows in order, each once, and turns each missing row into one gap, from the
 * numbers in the batches and from what the board says it has made.
 */
export class SampleStream {
  private readonly accounts = new Map<Channel, ChannelAccount>();

  /** @param sites values of a row of channel STATE */
  constructor(
    readonly runId: number,
    readonly sites: number,
    private readonly sink: SampleSink,
    private readonly counts: SampleCounts,
  ) {}

  /** Index after the last row that is accounted for. */
  nextIndex(channel: Channel): number {
    return this.accounts.get(channel)?.next ?? 0;
  }

  takeBatch(batch: SampleBatch): void {
    const { channel, count, firstIndex, encoding, data } = batch;
    if (batch.runId !== this.runId) {
      this.counts.unexpected++;
      return;
    }
    const width = channel === Channel.CHANNEL_STATE ? this.sites : 1;
    if (count === 0 || packedBytes(encoding, count * width) !== data.length) {
      this.counts.malformed++;
      return;
    }
    const account = this.account(channel);
    // Rows that came before, or were given up: nothing is delivered twice, or after its gap.
    const skip = account.next - firstIndex;
    if (skip >= count) {
      this.counts.late++;
      return;
    }
    if (skip < 0) this.lose(channel, account, firstIndex, batch.droppedTotal);
    const all = unpackCodes(encoding, data, count * width);
    const skipped = Math.max(0, skip);
    account.next = firstIndex + count;
    this.counts.rows += count - skipped;
    this.sink.samples({
      runId: this.runId,
      channel,
      firstIndex: firstIndex + skipped,
      count: count - skipped,
      width,
      codes: skipped === 0 ? all : all.subarray(skipped * width),
      scale: batch.scale,
      t0Ticks: batch.t0Ticks + skipped * batch.periodTicks,
      periodTicks: batch.periodTicks,
      saturated: (batch.overflowFlags & SATURATED) !== 0,
      overflowed: (batch.overflowFlags & OVERFLOWED) !== 0,
    });
  }

  takeStatus(status: SampleStatus): void {
    if (status.runId !== this.runId) return;
    for (const of of status.channels) {
      const channel = of.channel ?? Channel.CHANNEL_STATE;
      const nextIndex = of.nextIndex ?? 0;
      const buffered = of.buffered ?? 0;
      const droppedTotal = of.droppedTotal ?? 0;
      const account = this.account(channel);
      // Rows that wait may lie before rows that were thrown away: only what comes before both is gone for certain.
      const thrownAway = Math.max(0, droppedTotal - account.droppedInGaps);
      const gone = buffered === 0 ? nextIndex : nextIndex - buffered - thrownAway;
      if (gone > account.next) this.lose(channel, account, gone, droppedTotal);
    }
  }

  /** Rows from the next one to `end` will not come. */
  private lose(channel: Channel, account: ChannelAccount, end: number, droppedTotal: number): void {
    const count = end - account.next;
    const droppedByBoard = Math.min(count, Math.max(0, droppedTotal - account.droppedInGaps));
    const lost = count - droppedByBoard;
    const reasons = [
      ...(droppedByBoard > 0
        ? [`${droppedByBoard} dropped by the board, its buffer was full`]
        : []),
      ...(lost > 0 ? [`${lost} lost on the link`] : []),
    ];
    const gap = {
      runId: this.runId,
      channel,
      firstIndex: account.next,
      count,
      droppedByBoard,
      reason: reasons.join('; '),
    };
    account.next = end;
    account.droppedInGaps += droppedByBoard;
    this.counts.rowsDroppedByBoard += droppedByBoard;
    this.counts.rowsLost += lost;
    this.sink.gap(gap);
  }

  private account(channel: Channel): ChannelAccount {
    let account = this.accounts.get(channel);
    if (account === undefined) {
      this.accounts.set(channel, (account = { next: 0, droppedInGaps: 0 }));
    }
    return account;
  }
}

/** Counts SAMPLE frames by their number, from 0 in each session, mod 256. */
export class SampleFrameCounter {
  private expected = 0;

  constructor(private readonly counts: SampleCounts) {}

  take(counter: number): void {
    this.counts.frames++;
    const ahead = (counter - this.expected) & 255;
    // More than half the circle ahead is behind: a frame that was repeated or late.
    if (ahead >= 128) return;
    this.counts.framesLost += ahead;
    this.expected = (counter + 1) & 255;
  }
}
