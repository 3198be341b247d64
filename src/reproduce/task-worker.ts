import { asRelaxdError, type RelaxdError } from '../core/index.js';
import { TASKS, type TaskName } from './tasks.js';

export interface TaskRequest {
  readonly task: TaskName;
  readonly args: unknown;
}
/** An answer that can cross threads: errors keep their code and details. */
export type TaskReport =
  { readonly value: unknown } | { readonly error: ReturnType<RelaxdError['toJSON']> };

/** Entry point of the worker threads. */
export function runTask({ task, args }: TaskRequest): TaskReport {
  try {
    return { value: (TASKS[task] as (args: unknown) => unknown)(args) };
  } catch (error) {
    return { error: asRelaxdError(error).toJSON() };
  }
}
