import type { RelaxdError } from '../core/index.js';

/** The code of the error that a call ends with. */
export const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'nothing was thrown',
    (error: unknown) => (error as RelaxdError).code,
  );
