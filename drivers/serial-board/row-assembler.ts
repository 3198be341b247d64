import type { SampleChunk, SampleGap } from '../../src/device/index.js';
import { Channel, valuesOfRows, type SampleLoss, type SampleRows } from '../../src/link/index.js';
import { BoardEnergy, type BoardProgram } from './board-program.js';

/** A chunk is handed on at this size, or when it is asked for. */
const MOST_ROWS = 1024;

/** What a channel has in a row. */
type Item = Float64Array | number | Lost;
class Lost {
  constructor(readonly reason: string) {}
}

/** One channel's samples, in order, from the first that no row has taken. */
class Feed {
  private base = 0;
  private items: Item[] = [];
  private head = 0;

  /** Samples that have come or are lost. */
  get accounted(): number {
    return this.base + this.items.length - this.head;
  }
  push(item: Item): void {
    this.items.push(item);
  }
  /** The next one. */
  take(): Item {
    const item = this.items[this.head]!;
    this.head++;
    this.base++;
    if (this.head > 4096) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }
}

export interface RowSink {
  chunk(chunk: SampleChunk): void;
  gap(gap: SampleGap): void;
  /** All rows of so many shots are accounted for. */
  shots(shots: number): void;
  /** The state at a shot's first readout. */
  firstState(shot: number, x: Float64Array): void;
}

/**
 * Makes rows of the channels' samples. A row of which one channel is lost is a gap: half a row is none. Overlaps are of the signs of the
 * state, energies of the state and the program.
 */
export class RowAssembler {
  /** Readouts of a shot that carry the state. */
  private readonly stateSteps: readonly number[];
  private readonly state = new Feed();
  private readonly work: Feed | null;
  private readonly heat: Feed | null;
  private readonly everyState: boolean;
  private readonly energy: BoardEnergy | null;
  private next = 0;
  private gapFrom: number | null = null;
  private gapReason = '';
  private shotsTold = 0;
  /** Rows of the chunk that is being filled, none or some. */
  private readonly open = new OpenChunk();

  constructor(
    private readonly held: BoardProgram,
    private readonly times: Float64Array,
    private readonly sink: RowSink,
  ) {
    const { channels } = held.program.readout;
    this.everyState = needsEveryState(channels);
    this.stateSteps = this.everyState
      ? Array.from(times, (_, k) => k)
      : times.length === 1
        ? [0]
        : [0, times.length - 1];
    this.work = channels.includes('work') ? new Feed() : null;
    this.heat = channels.includes('heat') ? new Feed() : null;
    this.energy = channels.includes('energy') ? new BoardEnergy(held) : null;
  }

  /** Rows that are delivered or in a gap. */
  get rows(): number {
    return this.next;
  }

  takeRows(rows: SampleRows): void {
    const feed = this.feedOf(rows.channel);
    if (feed === null) return;
    const values = valuesOfRows(rows);
    const { width } = rows;
    for (let k = 0; k < rows.count; k++) {
      feed.push(
        rows.channel === Channel.CHANNEL_STATE
          ? values.subarray(k * width, (k + 1) * width)
          : values[k]!,
      );
    }
    this.assemble();
  }

  takeLoss(loss: SampleLoss): void {
    const feed = this.feedOf(loss.channel);
    if (feed === null) return;
    const lost = new Lost(`${CHANNEL_NAMES[loss.channel] ?? 'a channel'}: ${loss.reason}`);
    for (let k = 0; k < loss.count; k++) feed.push(lost);
    this.assemble();
  }

  /** Hands on what is there. */
  flush(): void {
    this.closeGap();
    this.closeChunk();
    const shots = Math.floor(this.next / this.times.length);
    if (shots === this.shotsTold) return;
    this.shotsTold = shots;
    this.sink.shots(shots);
  }

  /** Rows up to `rows` that have not come will not. */
  finish(rows: number, reason: string): void {
    if (rows > this.next) {
      this.closeChunk();
      this.lose(this.next, reason);
      this.next = rows;
    }
    this.flush();
  }

  private feedOf(channel: Channel): Feed | null {
    if (channel === Channel.CHANNEL_STATE) return this.state;
    if (channel === Channel.CHANNEL_WORK) return this.work;
    return channel === Channel.CHANNEL_HEAT ? this.heat : null;
  }

  /** The row of the k-th sample of the state. */
  private rowOfState(k: number): number {
    const { stateSteps, times } = this;
    const each = stateSteps.length;
    return Math.floor(k / each) * times.length + stateSteps[k % each]!;
  }

  private ready(): number {
    const { state, work, heat } = this;
    // Rows that carry nothing come with the state after them, or with their own samples.
    if (work === null && heat === null) {
      return state.accounted === 0 ? 0 : this.rowOfState(state.accounted - 1) + 1;
    }
    return Math.min(
      this.rowOfState(state.accounted),
      work?.accounted ?? Infinity,
      heat?.accounted ?? Infinity,
    );
  }

  private assemble(): void {
    const until = this.ready();
    const { times, stateSteps } = this;
    const steps = times.length;
    for (; this.next < until; this.next++) {
      const step = this.next % steps;
      const carries = this.everyState || stateSteps.includes(step);
      const state = carries ? this.state.take() : null;
      const work = this.work?.take() ?? null;
      const heat = this.heat?.take() ?? null;
      const shot = (this.next - step) / steps;
      if (step === 0 && state instanceof Float64Array) this.sink.firstState(shot, state);
      const lost = [state, work, heat].find((item) => item instanceof Lost);
      if (lost !== undefined) {
        this.closeChunk();
        this.lose(this.next, lost.reason);
        continue;
      }
      this.closeGap();
      this.add(shot, step, state as Float64Array | null, work as number, heat as number);
    }
  }

  private add(
    shot: number,
    step: number,
    state: Float64Array | null,
    work: number,
    heat: number,
  ): void {
    const { program } = this.held;
    const t = this.times[step]!;
    const { open } = this;
    if (open.rows === 0) open.firstRow = this.next;
    open.shot.push(shot);
    open.step.push(step);
    open.t.push(t);
    open.work.push(work);
    open.heat.push(heat);
    if (this.energy !== null) open.energy.push(this.energy.of(state!, t));
    if (program.readout.channels.includes('overlaps')) {
      for (const reference of program.references) open.overlaps.push(overlap(reference, state!));
    }
    const shown = program.readout.channels.includes('state') || step === this.times.length - 1;
    if (shown) {
      open.stateRows.push(open.rows - 1);
      open.state.pushAll(state!);
    }
    if (open.rows >= MOST_ROWS) this.closeChunk();
  }

  private closeChunk(): void {
    const { open } = this;
    if (open.rows === 0) return;
    const { channels } = this.held.program.readout;
    const column = (name: 'energy' | 'work' | 'heat' | 'overlaps'): Float64Array | null =>
      channels.includes(name) ? new Float64Array(open[name].values) : null;
    const spins =
      typeof this.held.program.siteKinds === 'string' && this.held.program.siteKinds === 'ising';
    const chunk = {
      firstRow: open.firstRow,
      rows: open.rows,
      shot: new Int32Array(open.shot.values),
      step: new Int32Array(open.step.values),
      t: new Float64Array(open.t.values),
      energy: column('energy'),
      work: column('work'),
      heat: column('heat'),
      overlaps: column('overlaps'),
      stateRows: new Int32Array(open.stateRows.values),
      state: spins ? new Int8Array(open.state.values) : new Float64Array(open.state.values),
    };
    open.clear();
    this.sink.chunk(chunk);
  }

  private lose(row: number, reason: string): void {
    if (this.gapFrom !== null && this.gapReason !== reason) this.closeGap(row);
    if (this.gapFrom === null) {
      this.gapFrom = row;
      this.gapReason = reason;
    }
  }

  private closeGap(until = this.next): void {
    if (this.gapFrom === null) return;
    const firstRow = this.gapFrom;
    this.gapFrom = null;
    if (until > firstRow)
      this.sink.gap({ firstRow, rows: until - firstRow, reason: this.gapReason });
  }
}

/** Numbers that come one after the other, in memory that is used again. */
class Column {
  private kept = new Float64Array(64);
  private used = 0;

  /** A view that the next ones write over. */
  get values(): Float64Array {
    return this.kept.subarray(0, this.used);
  }
  get length(): number {
    return this.used;
  }

  push(value: number): void {
    this.makeRoom(1);
    this.kept[this.used++] = value;
  }

  pushAll(values: Float64Array): void {
    this.makeRoom(values.length);
    this.kept.set(values, this.used);
    this.used += values.length;
  }

  clear(): void {
    this.used = 0;
  }

  private makeRoom(more: number): void {
    const needed = this.used + more;
    if (needed <= this.kept.length) return;
    const larger = new Float64Array(Math.max(needed, 2 * this.kept.length));
    larger.set(this.values);
    this.kept = larger;
  }
}

class OpenChunk {
  firstRow = 0;
  readonly shot = new Column();
  readonly step = new Column();
  readonly t = new Column();
  readonly energy = new Column();
  readonly work = new Column();
  readonly heat = new Column();
  readonly overlaps = new Column();
  readonly stateRows = new Column();
  readonly state = new Column();

  get rows(): number {
    return this.shot.length;
  }

  clear(): void {
    const { shot, step, t, energy, work, heat, overlaps, stateRows, state } = this;
    for (const column of [shot, step, t, energy, work, heat, overlaps, stateRows, state]) {
      column.clear();
    }
  }
}

const CHANNEL_NAMES: Readonly<Record<number, string>> = {
  [Channel.CHANNEL_STATE]: 'state',
  [Channel.CHANNEL_WORK]: 'work',
  [Channel.CHANNEL_HEAT]: 'heat',
};

export const needsEveryState = (channels: readonly string[]): boolean =>
  ['state', 'overlaps', 'energy'].some((name) => channels.includes(name));

/** m = (1/N) Σ ξ sign(x); a site at exactly 0 counts for nothing. */
export function overlap(reference: Int8Array, x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < reference.length; i++) sum += reference[i]! * Math.sign(x[i]!);
  return sum / reference.length;
}
