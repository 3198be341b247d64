import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import {
  abortedError,
  asRelaxdError,
  compiledUrl,
  RelaxdError,
  WORKER_FLAGS,
} from '../core/index.js';
import type { Chunk } from './chunk-writer.js';
import type { BlockEnd, WorkerReport, WorkerRequest } from './simulation-worker.js';

/** Hears what a thread reports of the blocks that it has taken. */
export interface BlockListener {
  readonly onChunk: (block: number, chunk: Chunk) => void;
  readonly onProgress: (block: number, fraction: number) => void;
  readonly onEnd: (block: number, end: BlockEnd) => void;
}

/** What a thread allocates is short-lived or lies in the arena: it need not wait long to be collected. */
const YOUNG_MB = 16;

/** The worker threads of this process. An aborted run's threads are ended at once and replaced. */
export class SimulationPool implements AsyncDisposable {
  private pool: Piscina | undefined;

  constructor(readonly threads: number) {}

  private get workers(): Piscina {
    return (this.pool ??= new Piscina({
      filename: compiledUrl(import.meta.url, './simulation-worker.js').href,
      name: 'runBlocks',
      execArgv: WORKER_FLAGS,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      minThreads: 0,
      maxThreads: this.threads,
      idleTimeout: 30_000,
      concurrentTasksPerWorker: 1,
    }));
  }

  /**
   * One thread takes blocks of a run until there are no more. It is settled when the thread has done with that, or has
   * ended.
   * @throws RelaxdError `aborted`, or what the simulator threw
   */
  async run(
    request: Omit<WorkerRequest, 'port'>,
    listener: BlockListener,
    signal: AbortSignal,
  ): Promise<void> {
    const { port1, port2 } = new MessageChannel();
    // A thread that is ended in the middle of a block closes its port when it is gone.
    const gone = new Promise<void>((resolve) => port1.once('close', () => resolve()));
    let reported = false;
    try {
      return await new Promise<void>((resolve, reject) => {
        port1.on('message', (report: WorkerReport) => {
          if (report.kind === 'chunk') listener.onChunk(report.block, report.chunk);
          else if (report.kind === 'progress') listener.onProgress(report.block, report.fraction);
          else if (report.kind === 'block') listener.onEnd(report.block, report.end);
          else {
            reported = true;
            if (report.kind === 'end') resolve();
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
