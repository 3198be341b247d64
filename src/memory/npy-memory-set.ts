import { RelaxdError } from '../core/index.js';
import { memorySet, type MemorySet } from './memory-set.js';
import { readNpy, writeNpy, type NpyArray } from './npy.js';

/**
 * Reads a memory set from a `.npy` of shape [P, N], [P, rows, columns] or more dimensions: the first index is
 * the memory. −1 and +1 are taken as they are; bool and unsigned arrays cannot hold −1, so there (and only
 * there) 0 means −1 and 1 means +1.
 *
 * @throws RelaxdError `not-finite`, `pattern-values`, `wrong-size` (another number of dimensions, or none at
 *   all), and those of {@link readNpy}
 */
export function memorySetFromNpy(
  bytes: Uint8Array,
  options: { readonly name?: string; readonly labels?: readonly string[] } = {},
): MemorySet {
  const array = readNpy(bytes);
  const [count, ...shape] = array.shape;
  if (count === undefined || shape.length === 0 || array.values.length === 0) {
    throw new RelaxdError(
      'wrong-size',
      `memories are an array of shape (P, N) or (P, rows, columns), not (${array.shape.join(', ')})`,
      { path: 'shape', value: array.shape, limit: '[P, N] or [P, rows, columns], none of them 0' },
    );
  }
  const size = array.values.length / count;
  const patterns = Array.from({ length: count }, (_, mu) =>
    spinsOf(array, mu * size, size, `patterns[${mu}]`),
  );
  return memorySet({
    patterns,
    shape,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.labels === undefined ? {} : { labels: options.labels }),
  });
}

/** The set as a `.npy` of int8, shape [P, ...shape]; labels and name are not in it. */
export function memorySetNpy(set: MemorySet): Uint8Array {
  const size = set.patterns[0]!.length;
  const values = new Int8Array(set.patterns.length * size);
  set.patterns.forEach((pattern, mu) => values.set(pattern, mu * size));
  return writeNpy({ dtype: '|i1', shape: [set.patterns.length, ...set.shape], values });
}

/** `size` elements from `start` on as spins, by the rule that {@link memorySetFromNpy} states. */
export function spinsOf(array: NpyArray, start: number, size: number, path: string): Int8Array {
  const unsigned = /^.[bu]/.test(array.dtype);
  const spins = new Int8Array(size);
  for (let i = 0; i < size; i++) {
    const value = array.values[start + i]!;
    if (value === 1 || (!unsigned && value === -1)) {
      spins[i] = value;
    } else if (unsigned && value === 0) {
      spins[i] = -1;
    } else {
      throw valueError(array, value, `${path}[${i}]`, unsigned);
    }
  }
  return spins;
}

function valueError(array: NpyArray, value: number, path: string, unsigned: boolean): RelaxdError {
  if (!Number.isFinite(value)) {
    return new RelaxdError('not-finite', `${path}: ${value} stands where −1 or 1 is asked for`, {
      path,
      value: String(value),
      limit: [-1, 1],
    });
  }
  const allowed = unsigned ? '0 (for −1) or 1' : '−1 or 1';
  return new RelaxdError(
    'pattern-values',
    `${path}: ${value} stands where ${allowed} is asked for in an array of ${array.dtype}`,
    {
      path,
      value,
      limit: unsigned ? [0, 1] : [-1, 1],
      hint:
        value === 0
          ? '0 is read as −1 in bool and unsigned arrays only: use array.astype(bool), or 2*array-1'
          : 'use numpy.where(array > threshold, 1, -1).astype(numpy.int8)',
    },
  );
}
