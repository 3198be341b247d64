import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { answered, compiledUrl, threadAnswer, WORKER_FLAGS } from '../../core/index.js';
import type { CheckReport } from '../drift/drift-charts.js';
import { check, type CheckTask } from './check-task.js';
import { estimateBoard, type EstimateReport, type EstimateTask } from './estimate-task.js';
import { checkSpins, type SpinCheckTask } from './spin-check-task.js';
import { estimateSpins, type SpinReport, type SpinTask } from './spin-estimate-task.js';
import { dissipation, type DissipationTask } from '../dissipation/dissipation-task.js';
import type { Dissipation } from '../dissipation/measure-dissipation.js';
import type { TwinComparison } from '../twin/compare-twin.js';
import { twin, type TwinTask } from '../twin/twin-task.js';

/** How an estimate is followed, and ended. */
export interface EstimateWatch {
  readonly signal?: AbortSignal;
  /** 0 … 1 */
  readonly onProgress?: (fraction: number) => void;
}

/** Estimates what runs show of a device; where, is its own business: it takes seconds. */
export interface Estimator {
  /** @throws RelaxdError `did-not-converge`, `invalid-input`, `aborted` */
  estimate(task: EstimateTask, watch?: EstimateWatch): Promise<EstimateReport>;
  /** @throws RelaxdError `did-not-converge`, `unknown-parameter`, `aborted` */
  spins(task: SpinTask, signal?: AbortSignal): Promise<SpinReport>;
  /** @throws RelaxdError `not-calibrated`, `invalid-input`, `aborted` */
  check(task: CheckTask, signal?: AbortSignal): Promise<CheckReport>;
  /** @throws RelaxdError `not-calibrated`, `aborted` */
  checkSpins(task: SpinCheckTask, signal?: AbortSignal): Promise<CheckReport>;
  /** @throws RelaxdError `not-supported`, `aborted` */
  twin(task: TwinTask, signal?: AbortSignal): Promise<TwinComparison>;
  /** @throws RelaxdError `invalid-input`, `aborted` */
  dissipation(task: DissipationTask, signal?: AbortSignal): Promise<Dissipation>;
}

/** Estimates in the calling thread, which does nothing else meanwhile: no signal can end it. */
export const estimatorHere: Estimator = {
  estimate: (task, watch) => answered(threadAnswer(() => estimateBoard(task, watch?.onProgress))),
  spins: (task) => answered(estimateSpins(task)),
  check: (task) => answered(check(task)),
  checkSpins: (task) => answered(checkSpins(task)),
  twin: (task) => answered(twin(task)),
  dissipation: (task) => answered(dissipation(task)),
};

/** Estimates in a thread that is there for as long as it takes: for commands. */
export const estimatorAside: Estimator = {
  async estimate(task, watch) {
    await using thread = new EstimatorThread();
    return await thread.estimate(task, watch);
  },
  async spins(task, signal) {
    await using thread = new EstimatorThread();
    return await thread.spins(task, signal);
  },
  async check(task, signal) {
    await using thread = new EstimatorThread();
    return await thread.check(task, signal);
  },
  async checkSpins(task, signal) {
    await using thread = new EstimatorThread();
    return await thread.checkSpins(task, signal);
  },
  async twin(task, signal) {
    await using thread = new EstimatorThread();
    return await thread.twin(task, signal);
  },
  async dissipation(task, signal) {
    await using thread = new EstimatorThread();
    return await thread.dissipation(task, signal);
  },
};

/** Estimates in a thread of its own: for the service, whose thread never computes. A signal ends the thread with its work. */
export class EstimatorThread implements Estimator, AsyncDisposable {
  private readonly pool = new Piscina({
    filename: compiledUrl(import.meta.url, './estimate-worker.js').href,
    execArgv: WORKER_FLAGS,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 30_000,
  });

  async estimate(
    task: EstimateTask,
    { signal, onProgress }: EstimateWatch = {},
  ): Promise<EstimateReport> {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (fraction: number) => onProgress?.(fraction));
    try {
      return await this.run('estimate', { ...task, port: port2 }, signal, [port2]);
    } finally {
      port1.close();
    }
  }

  spins(task: SpinTask, signal?: AbortSignal): Promise<SpinReport> {
    return this.run('estimateSpins', task, signal);
  }

  check(task: CheckTask, signal?: AbortSignal): Promise<CheckReport> {
    return this.run('check', task, signal);
  }

  checkSpins(task: SpinCheckTask, signal?: AbortSignal): Promise<CheckReport> {
    return this.run('checkSpins', task, signal);
  }

  twin(task: TwinTask, signal?: AbortSignal): Promise<TwinComparison> {
    return this.run('twin', task, signal);
  }

  dissipation(task: DissipationTask, signal?: AbortSignal): Promise<Dissipation> {
    return this.run('dissipation', task, signal);
  }

  private run<T>(
    name: string,
    task: unknown,
    signal: AbortSignal | undefined,
    transferList: MessagePort[] = [],
  ): Promise<T> {
    const asked = this.pool.run(task, {
      name,
      transferList,
      ...(signal === undefined ? {} : { signal }),
    });
    return answered<T>(asked, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.destroy();
  }
}
