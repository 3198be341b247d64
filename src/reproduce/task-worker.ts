import { threadAnswer, type ThreadAnswer } from '../core/index.js';
import { TASKS, type TaskName } from './tasks.js';

export interface TaskRequest {
  readonly task: TaskName;
  readonly args: unknown;
}

/** Entry point of the worker threads. */
export function runTask({ task, args }: TaskRequest): Promise<ThreadAnswer<unknown>> {
  return threadAnswer(() => (TASKS[task] as (args: unknown) => unknown)(args));
}
