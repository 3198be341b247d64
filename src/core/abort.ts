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
