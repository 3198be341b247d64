import type { MessagePort } from 'node:worker_threads';
import { asRelaxdError, type EngineKind } from '../core/index.js';
import type { SampleChunk } from '../device/index.js';
import { Arena, openEngine, Scratch, type Engine, type WasmMemory } from '../kernels/index.js';
import type { ShotLedger } from '../thermo/index.js';
import { ChunkWriter } from './chunk-writer.js';
import type { BlockOfShots, SimulationSink, SimulatorModule } from './simulation.js';

/** What a worker is asked: run a block with the simulator of a module, and report on a port. */
export interface WorkerRequest {
  readonly simulator: string;
  readonly task: BlockOfShots;
  readonly engine: EngineKind;
  /** The run's, where the task's arrays lie. */
  readonly memory: WasmMemory;
  /** Who this thread is in it while it does the task. */
  readonly user: number;
  readonly port: MessagePort;
}
export type WorkerReport =
  | { readonly kind: 'chunk'; readonly chunk: Omit<SampleChunk, 'firstRow'> }
  | { readonly kind: 'progress'; readonly fraction: number }
  | {
      readonly kind: 'end';
      /** Which the simulator told; null: none. */
      readonly algorithm: string | null;
      readonly ledgers: readonly ShotLedger[];
      readonly finalOverlaps: readonly Float64Array[];
    }
  | {
      readonly kind: 'failed';
      readonly error: ReturnType<ReturnType<typeof asRelaxdError>['toJSON']>;
    };

const PROGRESS_MS = 50;

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
  current.scratch.reset();
  return current;
}

/** Entry point of the worker threads: one block of shots. */
export async function runBlock({
  simulator,
  task,
  engine,
  memory,
  user,
  port,
}: WorkerRequest): Promise<void> {
  const report = (message: WorkerReport): void => port.postMessage(message);
  try {
    const module = (await import(simulator)) as SimulatorModule;
    const writer = new ChunkWriter(task.program, task.times, (chunk) =>
      report({ kind: 'chunk', chunk }),
    );
    const ledgers: ShotLedger[] = [];
    const finalOverlaps: Float64Array[] = [];
    let lastProgress = performance.now();
    let reported = 0;
    let algorithm: string | null = null;
    const sink: SimulationSink = {
      algorithm: (name) => (algorithm = name),
      readout: (row) => {
        if (row.step === task.times.length - 1) finalOverlaps.push(row.overlaps.slice());
        writer.add(row);
      },
      shotEnd: (ledger) => ledgers.push(ledger),
      progress: (fraction) => {
        const now = performance.now();
        // What has only begun (a readout at t = 0, a burn-in) is no progress yet.
        if (fraction <= reported || now - lastProgress < PROGRESS_MS) return;
        lastProgress = now;
        reported = fraction;
        report({ kind: 'progress', fraction });
      },
    };
    module.simulate({ ...task, engine: engineFor(engine, memory, user) }, sink);
    writer.flush();
    report({ kind: 'end', algorithm, ledgers, finalOverlaps });
  } catch (error) {
    report({ kind: 'failed', error: asRelaxdError(error, 'driver-failed').toJSON() });
  } finally {
    port.close();
  }
}
