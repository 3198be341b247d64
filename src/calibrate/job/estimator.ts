import { Piscina } from 'piscina';
import { answered, compiledUrl, WORKER_FLAGS } from '../../core/index.js';
import { check, type CheckReport, type CheckTask } from './check-task.js';
import { estimate, type EstimateReport, type EstimateTask } from './estimate-task.js';
import { estimateSpins, type SpinReport, type SpinTask } from './spin-estimate-task.js';

/** Estimates what runs show of a device; where, is its own business: it takes seconds. */
export interface Estimator {
  /** @throws RelaxdError `did-not-converge`, `invalid-input`, `aborted` */
  estimate(task: EstimateTask, signal?: AbortSignal): Promise<EstimateReport>;
  /** @throws RelaxdError `did-not-converge`, `unknown-parameter`, `aborted` */
  spins(task: SpinTask, signal?: AbortSignal): Promise<SpinReport>;
  /** @throws RelaxdError `invalid-input`, `aborted` */
  check(task: CheckTask, signal?: AbortSignal): Promise<CheckReport>;
}

/** Estimates in the calling thread: for commands, which have nothing else to do. */
export const estimatorHere: Estimator = {
  estimate: (task) => answered(estimate(task)),
  spins: (task) => answered(estimateSpins(task)),
  check: (task) => answered(check(task)),
};

/** Estimates in a thread of its own: for the service, whose thread never computes. */
export class EstimatorThread implements Estimator, AsyncDisposable {
  private readonly pool = new Piscina({
    filename: compiledUrl(import.meta.url, './estimate-worker.js').href,
    execArgv: WORKER_FLAGS,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 30_000,
  });

  estimate(task: EstimateTask, signal?: AbortSignal): Promise<EstimateReport> {
    return this.run('estimate', task, signal);
  }

  spins(task: SpinTask, signal?: AbortSignal): Promise<SpinReport> {
    return this.run('estimateSpins', task, signal);
  }

  check(task: CheckTask, signal?: AbortSignal): Promise<CheckReport> {
    return this.run('check', task, signal);
  }

  private run<T>(name: string, task: unknown, signal: AbortSignal | undefined): Promise<T> {
    const asked = this.pool.run(task, { name, ...(signal === undefined ? {} : { signal }) });
    return answered<T>(asked, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.destroy();
  }
}
