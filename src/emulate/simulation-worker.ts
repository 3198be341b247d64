import type { MessagePort } from 'node:worker_threads';
import { asRelaxdError, giveWay, type EngineKind } from '../core/index.js';
import { SHOWN_SHOTS } from '../device/index.js';
import { Arena, openEngine, Scratch, type Engine, type WasmMemory } from '../kernels/index.js';
import type { ShotLedger } from '../thermo/index.js';
import { BlockQueue } from './block-queue.js';
import { buffersOf, ChunkWriter, type Chunk } from './chunk-writer.js';
import { shotTable, type ShotTable } from './shot-table.js';
import type { BlockOfShots, SimulationSink, SimulatorModule } from './simulation.js';

/** What a worker is asked: run blocks of a run's shots with the simulator of a module, and report on a port. */
export interface WorkerRequest {
  readonly simulator: string;
  /** All shots of the run. */
  readonly task: BlockOfShots;
  /** The last block may have fewer. */
  readonly shotsABlock: number;
  /** Memory of the {@link BlockQueue} that says which block is next. */
  readonly queue: SharedArrayBuffer;
  readonly engine: EngineKind;
  /** The run's, where the task's arrays lie. */
  readonly memory: WasmMemory;
  /** Who this thread is in it while it does the task. */
  readonly user: number;
  readonly port: MessagePort;
}

/** What a block that is done leaves besides its chunks. */
export interface BlockEnd {
  /** Which the simulator told; null: none. */
  readonly algorithm: string | null;
  readonly ledgers: ShotTable;
  /** Of those shots that a result shows. */
  readonly finalOverlaps: readonly Float64Array[];
}
export type WorkerReport =
  | { readonly kind: 'chunk'; readonly block: number; readonly chunk: Chunk }
  | { readonly kind: 'progress'; readonly block: number; readonly fraction: number }
  | { readonly kind: 'block'; readonly block: number; readonly end: BlockEnd }
  | { readonly kind: 'end' }
  | {
      readonly kind: 'failed';
      readonly error: ReturnType<ReturnType<typeof asRelaxdError>['toJSON']>;
    };

const PROGRESS_MS = 50;

giveWay();

/** This thread's engine: blocks of one run follow each other and share it, with everything that is kept by it. */
let current: Engine | null = null;

function engineFor(kind: EngineKind, memory: WasmMemory, user: number): Engine {
  // A memory sent twice is two objects, but its buffer's start is the same bytes: they are compared by their own mark.
  if (current === null || current.kind !== kind || !current.arena.isOn(memory)) {
    const arena = new Arena(memory);
    arena.user = user;
    current = openEngine(kind, arena);
  } else if (current.arena.user !== user) {
    current.arena.user = user;
    current = { ...current, scratch: new Scratch(current.arena) };
  }
  return current;
}

/** Entry point of the worker threads: blocks of shots, one after the other, until the queue has no more. */
export async function runBlocks(request: WorkerRequest): Promise<void> {
  const { port, task, shotsABlock } = request;
  const report = (message: WorkerReport, moved: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, moved);
  try {
    const { simulate } = (await import(request.simulator)) as SimulatorModule;
    const engine = engineFor(request.engine, request.memory, request.user);
    const queue = new BlockQueue(request.queue, Math.ceil(task.shots / shotsABlock));
    for (let block = queue.take(); block !== null; block = queue.take()) {
      engine.scratch.reset();
      const firstShot = block * shotsABlock;
      const shots = Math.min(shotsABlock, task.shots - firstShot);
      const work = new BlockWork({ ...task, firstShot, shots }, block, report);
      simulate({ ...work.task, engine }, work.sink);
      work.finish();
    }
    report({ kind: 'end' });
  } catch (error) {
    report({ kind: 'failed', error: asRelaxdError(error, 'driver-failed').toJSON() });
  } finally {
    port.close();
  }
}

/** One block on its way: what the simulator tells of it goes into reports. */
class BlockWork {
  readonly sink: SimulationSink;
  private readonly writer: ChunkWriter;
  private readonly ledgers: ShotLedger[] = [];
  private readonly finalOverlaps: Float64Array[] = [];
  private algorithm: string | null = null;
  private lastProgress = performance.now();
  private reported = 0;

  constructor(
    readonly task: BlockOfShots,
    private readonly block: number,
    private readonly report: (message: WorkerReport, moved?: readonly ArrayBuffer[]) => void,
  ) {
    const { program, times, shots } = task;
    this.writer = new ChunkWriter(program, times, shots, (chunk) =>
      report({ kind: 'chunk', block, chunk }, buffersOf(chunk)),
    );
    const last = times.length - 1;
    this.sink = {
      algorithm: (name) => (this.algorithm = name),
      readout: (row) => {
        if (row.step === last && row.shot < SHOWN_SHOTS) {
          this.finalOverlaps.push(row.overlaps.slice());
        }
        this.writer.add(row);
      },
      shotEnd: (ledger) => this.ledgers.push(ledger),
      progress: (fraction) => this.progress(fraction),
    };
  }

  finish(): void {
    const { block, algorithm, finalOverlaps } = this;
    this.writer.flush();
    const ledgers = shotTable(this.ledgers);
    this.report({ kind: 'block', block, end: { algorithm, ledgers, finalOverlaps } }, [
      ledgers.values.buffer as ArrayBuffer,
    ]);
  }

  private progress(fraction: number): void {
    const now = performance.now();
    // What has only begun (a readout at t = 0, a burn-in) is no progress yet.
    if (fraction <= this.reported || now - this.lastProgress < PROGRESS_MS) return;
    this.lastProgress = now;
    this.reported = fraction;
    this.report({ kind: 'progress', block: this.block, fraction });
  }
}
