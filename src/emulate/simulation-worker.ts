import type { MessagePort } from 'node:worker_threads';
import { asRelaxdError } from '../core/index.js';
import type { SampleChunk } from '../device/index.js';
import type { ShotLedger } from '../thermo/index.js';
import { ChunkWriter } from './chunk-writer.js';
import type { SimulationTask, SimulatorModule } from './simulation.js';

/** What a worker is asked: run a block with the simulator of a module, and report on a port. */
export interface WorkerRequest {
  readonly simulator: string;
  readonly task: SimulationTask;
  readonly port: MessagePort;
}
export type WorkerReport =
  | { readonly kind: 'chunk'; readonly chunk: Omit<SampleChunk, 'firstRow'> }
  | { readonly kind: 'progress'; readonly fraction: number }
  | {
      readonly kind: 'end';
      readonly ledgers: readonly ShotLedger[];
      readonly finalOverlaps: readonly Float64Array[];
    }
  | {
      readonly kind: 'failed';
      readonly error: ReturnType<ReturnType<typeof asRelaxdError>['toJSON']>;
    };

const PROGRESS_MS = 50;

/** Entry point of the worker threads: one block of shots. */
export async function runBlock({ simulator, task, port }: WorkerRequest): Promise<void> {
  const report = (message: WorkerReport): void => port.postMessage(message);
  try {
    const module = (await import(simulator)) as SimulatorModule;
    const writer = new ChunkWriter(task.program, task.times, (chunk) =>
      report({ kind: 'chunk', chunk }),
    );
    const ledgers: ShotLedger[] = [];
    const finalOverlaps: Float64Array[] = [];
    let lastProgress = performance.now();
    module.simulate(task, {
      readout: (row) => {
        if (row.step === task.times.length - 1) finalOverlaps.push(row.overlaps.slice());
        writer.add(row);
      },
      shotEnd: (ledger) => ledgers.push(ledger),
      progress: (fraction) => {
        const now = performance.now();
        if (now - lastProgress < PROGRESS_MS) return;
        lastProgress = now;
        report({ kind: 'progress', fraction });
      },
    });
    writer.flush();
    report({ kind: 'end', ledgers, finalOverlaps });
  } catch (error) {
    report({ kind: 'failed', error: asRelaxdError(error, 'driver-failed').toJSON() });
  } finally {
    port.close();
  }
}
