import { setMaxListeners } from 'node:events';
import { Piscina } from 'piscina';
import { answered, compiledUrl, WORKER_FLAGS } from '../core/index.js';
import type { TaskRequest } from './task-worker.js';
import type { TaskAnswer, TaskArguments, TaskName } from './tasks.js';

/** Worker threads for what devices are not asked: averages over thousands of small systems. */
export class TaskPool implements AsyncDisposable {
  private pool: Piscina | undefined;

  constructor(private readonly threads: number) {}

  /** One call of a task for each argument; answers in their order. @throws RelaxdError `aborted`, or a task's own */
  async map<T extends TaskName>(
    task: T,
    list: readonly TaskArguments<T>[],
    signal: AbortSignal,
    onDone: () => void,
  ): Promise<TaskAnswer<T>[]> {
    const workers = (this.pool ??= new Piscina({
      filename: compiledUrl(import.meta.url, './task-worker.js').href,
      name: 'runTask',
      execArgv: WORKER_FLAGS,
      maxThreads: this.threads,
      idleTimeout: 1000,
    }));
    setMaxListeners(0, signal); // one a task that is waiting
    return Promise.all(
      list.map(async (args) => {
        const request: TaskRequest = { task, args };
        const value = await answered<TaskAnswer<T>>(workers.run(request, { signal }), signal);
        onDone();
        return value;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool?.destroy();
    this.pool = undefined;
  }
}
