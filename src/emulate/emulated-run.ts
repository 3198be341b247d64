import { crc32 } from 'node:zlib';
import { asRelaxdError, type EngineKind, type RelaxdError } from '../core/index.js';
import type { DeviceEventSource, DeviceResult, ResolvedProgram } from '../device/index.js';
import type { ThermoContext } from '../thermo/index.js';
import type { Arena } from '../kernels/index.js';
import { BlockQueue } from './block-queue.js';
import { placedChunk, type Chunk } from './chunk-writer.js';
import { ResultBuilder } from './result-builder.js';
import type { SimulationPool } from './simulation-pool.js';
import type { BlockEnd } from './simulation-worker.js';

export interface EmulatedRunOptions {
  readonly program: ResolvedProgram;
  readonly parameters: Readonly<Record<string, number>>;
  readonly times: Float64Array;
  readonly simulator: URL;
  /** Null: so many that there are about {@link BLOCKS_A_RUN} blocks. */
  readonly shotsABlock: number | null;
  readonly engine: EngineKind;
  /** For provenance. */
  readonly engineName: string;
  readonly algorithm: string | null;
  /** Where the program's arrays lie. */
  readonly arena: Arena;
  readonly warnings: readonly string[];
  readonly context: ThermoContext;
  readonly threads: number;
  readonly pool: SimulationPool;
  readonly events: DeviceEventSource;
}

/** Blocks are of a size that depends on the program only: which thread takes them changes nothing in the result. */
const BLOCKS_A_RUN = 128;
const MOST_SHOTS_A_BLOCK = 512;
/** Blocks that may be finished or under way ahead of the first unfinished one; bounds memory. */
const BLOCKS_AHEAD = 2;

interface Block {
  readonly shots: number;
  readonly chunks: Chunk[];
  fraction: number;
  end: BlockEnd | null;
}

/** One run of an emulated device: threads take its shots in blocks, and what comes back is delivered in the order of the shots. */
export class EmulatedRun {
  readonly result: Promise<DeviceResult>;
  private settle!: {
    resolve: (result: DeviceResult) => void;
    reject: (error: RelaxdError) => void;
  };
  private readonly builder: ResultBuilder;
  private readonly ending = new AbortController();
  private readonly blocks: Block[] = [];
  private readonly shotsABlock: number;
  private readonly queue: BlockQueue;
  /** Threads that have not ended. */
  private threads = 0;
  /** Blocks that are done. */
  private done = 0;
  private delivered = 0;
  private stopping = false;
  private over = false;
  private firstRow = 0;
  private wake: () => void = () => undefined;
  private finished: Promise<void> = Promise.resolve();

  constructor(private readonly options: EmulatedRunOptions) {
    const { program, times, context, shotsABlock } = options;
    this.builder = new ResultBuilder(program, times, context);
    this.shotsABlock =
      shotsABlock ??
      Math.max(1, Math.min(MOST_SHOTS_A_BLOCK, Math.ceil(program.shots / BLOCKS_A_RUN)));
    for (let first = 0; first < program.shots; first += this.shotsABlock) {
      const shots = Math.min(this.shotsABlock, program.shots - first);
      this.blocks.push({ shots, chunks: [], fraction: 0, end: null });
    }
    this.queue = BlockQueue.of(this.blocks.length);
    this.result = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.result.catch(() => undefined); // whoever reads the result sees the failure
  }

  /** @param onEnd called before the result is settled, with the failure if there was one */
  begin(onEnd: (failure: RelaxdError | null) => Promise<void>): void {
    this.finished = this.loop()
      .then(
        async () => {
          await onEnd(null);
          const stopped = this.builder.shots < this.options.program.shots;
          this.settle.resolve(
            this.builder.build(this.options.engineName, [
              ...this.options.warnings,
              ...(stopped
                ? [`stopped after ${this.builder.shots} of ${this.options.program.shots} shots`]
                : []),
            ]),
          );
        },
        async (error: unknown) => {
          const failure = asRelaxdError(error, 'driver-failed');
          this.ending.abort(failure);
          await onEnd(failure);
          this.settle.reject(failure);
        },
      )
      .catch((error: unknown) => this.settle.reject(asRelaxdError(error)))
      .finally(() => {
        this.over = true;
        this.changed();
      });
  }

  async pause(): Promise<void> {
    this.queue.hold();
    while (this.done < this.queue.taken && this.threads > 0) await this.change();
  }

  /** Once it is paused: everything that its threads have made has been handed on. */
  async standsStill(): Promise<void> {
    await this.pause();
    while (this.delivered < this.queue.taken && !this.over) await this.change();
  }

  /** Of the values that the threads work with, as their memory has them now. */
  fingerprint(): string {
    let crc = 0;
    const walk = (value: unknown): void => {
      if (ArrayBuffer.isView(value)) {
        const { buffer, byteOffset, byteLength } = value;
        crc = crc32(new Uint8Array(buffer, byteOffset, byteLength), crc);
      } else if (Array.isArray(value)) for (const entry of value) walk(entry);
      else if (typeof value === 'object' && value !== null) {
        for (const member of Object.values(value)) walk(member);
      } else if (typeof value === 'number') crc = crc32(String(value), crc);
    };
    walk(this.options.program);
    walk(this.options.parameters);
    return `crc32:${crc.toString(16).padStart(8, '0')}`;
  }

  resume(): void {
    this.queue.release();
  }

  async stop(): Promise<void> {
    this.queue.end();
    this.stopping = true;
    this.changed();
    await this.finished;
  }

  async end(failure: RelaxdError): Promise<void> {
    this.ending.abort(failure);
    this.changed();
    await this.finished;
  }

  private changed(): void {
    this.wake();
  }

  private waiting: Promise<void> | null = null;
  private change(): Promise<void> {
    return (this.waiting ??= new Promise((resolve) => {
      this.wake = () => {
        this.waiting = null;
        resolve();
      };
    }));
  }

  private async loop(): Promise<void> {
    const failed: { error: unknown }[] = [];
    let delivering = false;
    this.allow();
    const threads = Math.min(this.options.threads, this.blocks.length);
    for (let k = 0; k < threads; k++) this.launch(failed);
    for (;;) {
      if (this.ending.signal.aborted) throw this.ending.signal.reason;
      if (failed.length > 0) throw failed[0]!.error;
      if (!delivering && this.deliverable()) {
        delivering = true;
        void this.deliver().then(
          () => {
            delivering = false;
            this.changed();
          },
          (error: unknown) => {
            failed.push({ error });
            this.changed();
          },
        );
      }
      // A thread that comes late, to an empty queue, is not waited for.
      const wanted = this.stopping ? this.queue.taken : this.blocks.length;
      if (this.delivered === wanted && !delivering) return;
      await this.change();
    }
  }

  /** Threads may go on so far: they do not run away from a listener that is slow. */
  private allow(): void {
    this.queue.allow(this.delivered + this.options.threads + BLOCKS_AHEAD);
  }

  /** A thread begins to take blocks. */
  private launch(failed: { error: unknown }[]): void {
    const { pool, simulator, program, parameters, times, algorithm, engine, arena } = this.options;
    this.threads++;
    const user = arena.enter();
    pool
      .run(
        {
          simulator: simulator.href,
          task: { program, parameters, firstShot: 0, shots: program.shots, times, algorithm },
          shotsABlock: this.shotsABlock,
          queue: this.queue.memory,
          engine,
          memory: arena.memory,
          user,
        },
        {
          onChunk: (block, chunk) => {
            this.blocks[block]!.chunks.push(chunk);
            this.changed();
          },
          onProgress: (block, fraction) => {
            this.blocks[block]!.fraction = fraction;
            void this.reportProgress();
          },
          onEnd: (number, end) => {
            const block = this.blocks[number]!;
            block.end = end;
            block.fraction = 1;
            this.done++;
            this.changed();
          },
        },
        this.ending.signal,
      )
      .catch((error: unknown) => failed.push({ error }))
      .finally(() => {
        arena.leave(user);
        this.threads--;
        this.changed();
      });
  }

  private deliverable(): boolean {
    const block = this.blocks[this.delivered];
    return block !== undefined && (block.chunks.length > 0 || block.end !== null);
  }

  /** Hands on what is there of the first unfinished block; waits for listeners, so that the record comes first. */
  private async deliver(): Promise<void> {
    const { events } = this.options;
    while (this.deliverable()) {
      if (this.ending.signal.aborted) return;
      const block = this.blocks[this.delivered]!;
      const chunk = block.chunks.shift();
      if (chunk !== undefined) {
        const numbered = placedChunk(chunk, this.firstRow, this.options.times);
        this.firstRow += chunk.rows;
        this.builder.addChunk(numbered);
        await events.emit('samples', numbered);
        continue;
      }
      this.builder.addShots(block.end!);
      block.end = null;
      this.delivered++;
      this.allow();
      await events.emit('shot', { shots: this.builder.shots });
      await this.reportProgress();
    }
  }

  private async reportProgress(): Promise<void> {
    const { program, events } = this.options;
    const done = this.blocks.reduce((sum, block) => sum + block.fraction * block.shots, 0);
    await events.emit('progress', { fraction: done / program.shots, shots: this.builder.shots });
  }
}
