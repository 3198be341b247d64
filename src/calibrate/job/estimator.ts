import { Piscina } from 'piscina';
import { answered, compiledUrl, WORKER_FLAGS } from '../../core/index.js';
import { estimate, type EstimateReport, type EstimateTask } from './estimate-task.js';

/** Estimates what runs show of a device; where, is its own business: it takes seconds. */
export interface Estimator {
  /** @throws RelaxdError `did-not-converge`, `invalid-input`, `aborted` */
  estimate(task: EstimateTask, signal?: AbortSignal): Promise<EstimateReport>;
}

/** Estimates in the calling thread: for commands, which have nothing else to do. */
export const estimatorHere: Estimator = { estimate: (task) => answered(estimate(task)) };

/** Estimates in a thread of its own: for the service, whose thread never computes. */
export class EstimatorThread implements Estimator, AsyncDisposable {
  private readonly pool = new Piscina({
    filename: compiledUrl(import.meta.url, './estimate-worker.js').href,
    name: 'estimate',
    execArgv: WORKER_FLAGS,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 30_000,
  });

  estimate(task: EstimateTask, signal?: AbortSignal): Promise<EstimateReport> {
    const asked = this.pool.run(task, signal === undefined ? {} : { signal });
    return answered(asked, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.destroy();
  }
}
