import { RelaxdError } from '../core/index.js';

/**
 * The labels asked for of a built-in set, or all of them. Each must be one of the set's and stand once.
 *
 * @throws RelaxdError `unknown-memory-set` with the labels that there are
 */
export function pickLabels(
  set: string,
  known: readonly string[],
  asked: readonly string[] | undefined,
): readonly string[] {
  if (asked === undefined) return known;
  asked.forEach((label, i) => {
    if (!known.includes(label)) {
      throw new RelaxdError(
        'unknown-memory-set',
        label === ''
          ? `“${set}:” is followed by an empty label`
          : `“${set}” has no memory “${label}”`,
        {
          path: `memories:${i}`,
          value: label,
          limit: known,
          hint: `write labels as ${set}:${known.slice(0, 2).join(',')}`,
        },
      );
    }
    if (asked.indexOf(label) !== i) {
      throw new RelaxdError('unknown-memory-set', `“${label}” is asked for twice of “${set}”`, {
        path: `memories:${i}`,
        value: label,
        limit: known,
      });
    }
  });
  return [...asked];
}
