import { abortedError } from './abort.js';
import { asRelaxdError, RelaxdError } from './relaxd-error.js';

/** An answer that can cross threads: errors keep their code and details. */
export type ThreadAnswer<T> =
  { readonly value: T } | { readonly error: ReturnType<RelaxdError['toJSON']> };

/** In the thread: what its work gives, or the error that it ended with. */
export async function threadAnswer<T>(work: () => T | Promise<T>): Promise<ThreadAnswer<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: asRelaxdError(error).toJSON() };
  }
}

/**
 * What a thread has answered.
 *
 * @param asked a pool's run of what answers by {@link threadAnswer}
 * @param signal that the thread was given with its work
 * @throws RelaxdError the thread's, or `aborted` where the signal ended it
 */
export async function answered<T>(
  asked: Promise<ThreadAnswer<T>> | Promise<unknown>,
  signal?: AbortSignal,
): Promise<T> {
  let answer: ThreadAnswer<T>;
  try {
    answer = (await asked) as ThreadAnswer<T>;
  } catch (error) {
    throw signal?.aborted === true ? abortedError(signal) : error;
  }
  if ('error' in answer) throw RelaxdError.fromJSON(answer.error);
  return answer.value;
}
