import { RelaxdError } from '../core/index.js';

/** @throws RelaxdError `not-supported` where an algorithm is asked for that is none of these */
export function requireAlgorithm(
  algorithm: string | null,
  possible: Iterable<string>,
  hint = 'leave it out: the simulator takes the fastest',
): void {
  const names = [...new Set(possible)];
  if (algorithm === null || names.includes(algorithm)) return;
  throw new RelaxdError('not-supported', `this program cannot be run by '${algorithm}'`, {
    path: 'algorithm',
    value: algorithm,
    limit: names,
    hint,
  });
}
