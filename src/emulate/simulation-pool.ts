import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import {
  abortedError,
  asRelaxdError,
  compiledUrl,
  RelaxdError,
  WORKER_FLAGS,
} from '../core/index.js';
import type { WorkerReport, WorkerRequest } from './simulation-worker.js';

export interface BlockListener {
  readonly onChunk: (chunk: Extract<WorkerReport, { kind: 'chunk' }>['chunk']) => void;
  readonly onProgress: (fraction: number) => void;
}
export type BlockEnd = Extract<WorkerReport, { kind: 'end' }>;

/** What a thread allocates is short-lived or lies in the arena: it need not wait long to be collected. */
const YOUNG_MB = 16;

/** The worker threads of this process. An aborted block's thread is ended at once and replaced. */
export class SimulationPool implements AsyncDisposable {
  private pool: Piscina | undefined;

  constructor(readonly threads: number) {}

  private get workers(): Piscina {
    return (this.pool ??= new Piscina({
      filename: compiledUrl(import.meta.url, './simulation-worker.js').href,
      name: 'runBlock',
      execArgv: WORKER_FLAGS,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      minThreads: 0,
      maxThreads: this.threads,
      idleTimeout: 30_000,
      concurrentTasksPerWorker: 1,
    }));
  }

  /**
   * Runs one block. It is settled when the thread has done with it, or has ended.
   * @throws RelaxdError `aborted`, or what the simulator threw
   */
  async run(
    request: Omit<WorkerRequest, 'port'>,
    listener: BlockListener,
    signal: AbortSignal,
  ): Promise<BlockEnd> {
    const { port1, port2 } = new MessageChannel();
    // A thread that is ended in the middle of a block closes its port when it is gone.
    const gone = new Promise<void>((resolve) => port1.once('close', () => resolve()));
    let reported = false;
    try {
      return await new Promise<BlockEnd>((resolve, reject) => {
        port1.on('message', (report: WorkerReport) => {
          if (report.kind === 'chunk') listener.onChunk(report.chunk);
          else if (report.kind === 'progress') listener.onProgress(report.fraction);
          else {
            reported = true;
            if (report.kind === 'end') resolve(report);
            else reject(RelaxdError.fromJSON(report.error));
          }
        });
        this.workers
          .run({ ...request, port: port2 }, { transferList: [port2], signal })
          .catch((error: unknown) => {
            reject(signal.aborted ? abortedError(signal) : asRelaxdError(error, 'driver-failed'));
          });
      });
    } finally {
      port2.close(); // where no thread has taken it
      if (signal.aborted && !reported) await gone;
      port1.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool?.destroy();
    this.pool = undefined;
  }
}
