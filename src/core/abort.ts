import { RelaxdError } from './relaxd-error.js';

/** Throws `aborted` where the signal has fired, with the reason that it was given. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal);
}

export function abortedError(signal: AbortSignal): RelaxdError {
  const reason: unknown = signal.reason;
  if (reason instanceof RelaxdError) return reason;
  return new RelaxdError('aborted', 'the work was aborted', {
    reason: reason instanceof Error ? reason.message : String(reason),
  });
}

/** What the promise gives, or `aborted` where the signal fires first; what it waits for goes on. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  throwIfAborted(signal);
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(abortedError(signal));
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
