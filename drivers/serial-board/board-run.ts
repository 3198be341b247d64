import { asRelaxdError, RelaxdError, type Timeline } from '../../src/core/index.js';
import type {
  DeviceClock,
  DeviceEventSource,
  DeviceResult,
  SampleChunk,
  SampleGap,
} from '../../src/device/index.js';
import {
  BoardState,
  RunEnd,
  type ResultBlock,
  type RunState,
  type SampleLoss,
  type SampleRows,
} from '../../src/link/index.js';
import { BoardResult } from './board-result.js';
import type { BoardProgram } from './board-program.js';
import { RowAssembler } from './row-assembler.js';

export interface BoardRunOptions {
  readonly runId: number;
  readonly held: BoardProgram;
  readonly times: Float64Array;
  /** Of a code of a final state. */
  readonly scale: number;
  readonly warnings: readonly string[];
  readonly events: DeviceEventSource;
  readonly timeline: Timeline;
  readonly fetch: () => Promise<ResultBlock>;
  /** The run is of no use any more: what the board goes on with is to be ended. */
  readonly giveUp: () => void;
  /** Told before the result is settled. */
  readonly ended: (failure: RelaxdError | null) => Promise<void>;
  /** The board's clock, at the run's end. */
  readonly clock: () => DeviceClock | null;
  /** More lines for the result's warnings, then. */
  readonly notes: (clock: DeviceClock | null) => readonly string[];
}

/** Rows are handed on so often, ms. */
const FLUSH_MS = 100;
/** A board that does not say that its run has ended, though it must, is not waited for longer. */
const LAST_WORD_MS = 2000;
/** Bytes of rows that wait for a listener; more are lost, and said to be. */
const MOST_WAITING_BYTES = 64 << 20;

type Delivery =
  | { readonly kind: 'chunk'; readonly chunk: SampleChunk; readonly bytes: number }
  | { readonly kind: 'gap'; readonly gap: SampleGap }
  | { readonly kind: 'shots'; readonly shots: number };

/** One run on a board: from arming to its result. Rows are delivered in order, and listeners are waited for. */
export class BoardRun {
  readonly result: Promise<DeviceResult>;
  /** Settled, whatever became of it. */
  readonly over: Promise<void>;
  private settle!: {
    resolve: (result: DeviceResult) => void;
    reject: (error: RelaxdError) => void;
  };
  private readonly rows: RowAssembler;
  private readonly built: BoardResult;
  private readonly queue: Delivery[] = [];
  private waitingBytes = 0;
  private delivering: Promise<void> | null = null;
  private failure: RelaxdError | null = null;
  private ending = false;
  private boardState: BoardState = BoardState.STATE_STANDBY;
  private readonly standing = new Set<() => void>();
  private callOffFlush: (() => void) | null = null;
  private callOffWait: (() => void) | null = null;

  constructor(private readonly options: BoardRunOptions) {
    const { held, times } = options;
    this.built = new BoardResult(held, times);
    this.rows = new RowAssembler(held, times, {
      chunk: (chunk) => this.addChunk(chunk),
      gap: (gap) => this.add({ kind: 'gap', gap }),
      shots: (shots) => this.add({ kind: 'shots', shots }),
      firstState: (shot, x) => this.built.addFirstState(shot, x),
    });
    this.result = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.over = this.result.then(
      () => undefined,
      () => undefined,
    );
  }

  get runId(): number {
    return this.options.runId;
  }
  get isPaused(): boolean {
    return this.boardState === BoardState.STATE_PAUSED;
  }
  get isOver(): boolean {
    return this.ending;
  }

  takeRows(rows: SampleRows): void {
    if (this.ending || rows.runId !== this.runId) return;
    this.rows.takeRows(rows);
    this.flushLater();
  }

  takeLoss(loss: SampleLoss): void {
    if (this.ending || loss.runId !== this.runId) return;
    this.rows.takeLoss(loss);
    this.flushLater();
  }

  takeState(run: RunState): void {
    if (run.runId !== this.runId || this.ending) return;
    this.boardState = run.state;
    if (this.isPaused) this.wakeStanding();
    if (run.end === RunEnd.RUN_NOT_ENDED) return;
    if (run.end === RunEnd.RUN_SAFE || run.end === RunEnd.RUN_ABORTED) {
      this.failure ??= new RelaxdError(
        run.end === RunEnd.RUN_SAFE ? 'device-fault' : 'aborted',
        run.cause === '' ? 'the board ended the run' : `the board ended the run: ${run.cause}`,
        { cause: run.cause },
      );
    }
    void this.finish(run);
  }

  /** Resolves once the board stands still, or the run is over. */
  async standsStill(): Promise<void> {
    if (this.isPaused || this.ending) return;
    await new Promise<void>((resolve) => this.standing.add(resolve));
  }

  /** Why the run will end: the board says when. */
  willFail(failure: RelaxdError): void {
    if (this.ending) return;
    this.failure ??= failure;
    this.callOffWait ??= this.options.timeline.after(LAST_WORD_MS, () => void this.finish(null));
  }

  /** Ends it now: nothing more comes from the board. */
  async fail(failure: RelaxdError): Promise<void> {
    this.failure ??= failure;
    await this.finish(null);
  }

  /** @param last what the board said at the end; null where it could not */
  private async finish(last: RunState | null): Promise<void> {
    if (this.ending) return this.over;
    this.ending = true;
    this.callOffFlush?.();
    this.callOffWait?.();
    this.wakeStanding();
    this.rows.finish(
      last === null ? this.rows.rows : Number(last.rows),
      'the run ended before they came',
    );
    while (this.delivering !== null) await this.delivering;
    let result: DeviceResult | null = null;
    try {
      this.requireNoFailure();
      const { scale, warnings, held, fetch, notes } = this.options;
      const block = await fetch();
      // A listener may have thrown, or the board may have started again, meanwhile.
      this.requireNoFailure();
      const { shots } = held.program;
      const clock = this.options.clock();
      const measured = this.built.build(block, scale, [
        ...warnings,
        ...notes(clock),
        ...(block.shots < shots ? [`stopped after ${block.shots} of ${shots} shots`] : []),
      ]);
      result = { ...measured, clock };
    } catch (error) {
      this.failure ??= asRelaxdError(error, 'driver-failed');
    }
    try {
      await this.options.ended(this.failure);
    } catch (error) {
      this.failure ??= asRelaxdError(error, 'driver-failed');
    }
    if (result !== null && this.failure === null) this.settle.resolve(result);
    else this.settle.reject(this.failure!);
  }

  private requireNoFailure(): void {
    if (this.failure !== null) throw this.failure;
  }

  // ---- Delivery ------------------------------------------------------------------------------------------------------

  private flushLater(): void {
    this.callOffFlush ??= this.options.timeline.after(FLUSH_MS, () => {
      this.callOffFlush = null;
      this.rows.flush();
    });
  }

  private addChunk(chunk: SampleChunk): void {
    this.built.addChunk(chunk);
    const bytes = chunk.rows * 40 + chunk.state.byteLength + (chunk.overlaps?.byteLength ?? 0);
    if (this.waitingBytes + bytes > MOST_WAITING_BYTES) {
      const { firstRow, rows } = chunk;
      const reason = 'whoever records is too slow';
      this.add({ kind: 'gap', gap: { firstRow, rows, reason } });
      return;
    }
    this.waitingBytes += bytes;
    this.add({ kind: 'chunk', chunk, bytes });
  }

  private add(delivery: Delivery): void {
    if (!this.joined(delivery)) this.queue.push(delivery);
    this.delivering ??= this.deliver();
  }

  /** Whether one that waits at the end says it already: behind a listener that stands still nothing grows. */
  private joined(delivery: Delivery): boolean {
    const { queue } = this;
    const end = queue.length - 1;
    const last = queue[end];
    if (delivery.kind === 'shots' && last?.kind === 'shots') {
      queue[end] = delivery;
      return true;
    }
    if (delivery.kind !== 'gap') return false;
    const at = last?.kind === 'shots' ? end - 1 : end;
    const before = queue[at];
    if (before?.kind !== 'gap') return false;
    const { firstRow, rows, reason } = before.gap;
    if (reason !== delivery.gap.reason || firstRow + rows !== delivery.gap.firstRow) return false;
    queue[at] = { kind: 'gap', gap: { firstRow, rows: rows + delivery.gap.rows, reason } };
    return true;
  }

  private async deliver(): Promise<void> {
    const { events, held } = this.options;
    try {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
        if (next.kind === 'chunk') {
          await events.emit('samples', next.chunk);
          this.waitingBytes -= next.bytes;
        } else if (next.kind === 'gap') await events.emit('gap', next.gap);
        else {
          const { shots } = next;
          await events.emit('shot', { shots });
          await events.emit('progress', { fraction: shots / held.program.shots, shots });
        }
      }
    } catch (error) {
      // A listener has thrown: the run is of no use without its record.
      this.failure ??= asRelaxdError(error, 'driver-failed');
      this.queue.length = 0;
      if (!this.ending) {
        this.options.giveUp();
        this.willFail(this.failure);
      }
    } finally {
      this.delivering = null;
    }
  }

  private wakeStanding(): void {
    for (const wake of this.standing) wake();
    this.standing.clear();
  }
}
