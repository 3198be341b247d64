import { RelaxdError } from '../core/index.js';
import type { MemorySet } from '../memory/index.js';

/**
 * Index of the memory that a label or a number means. A label stands for itself, also where it is a number (`digits`);
 * other numbers are indices.
 *
 * @param path where it was asked for, for the error
 * @throws RelaxdError `invalid-input`, naming what there is
 */
export function findMemory(
  { labels, patterns }: MemorySet,
  wanted: number | string,
  path: string,
): number {
  if (typeof wanted === 'string') {
    const labelled = labels.indexOf(wanted);
    if (labelled >= 0) return labelled;
  }
  const index = typeof wanted === 'number' ? wanted : /^\d+$/.test(wanted) ? Number(wanted) : NaN;
  if (Number.isInteger(index) && index >= 0 && index < patterns.length) return index;
  const shown = labels.length > 30 ? [...labels.slice(0, 30), '…'] : labels;
  throw new RelaxdError(
    'invalid-input',
    `there is no memory ${typeof wanted === 'string' ? `'${wanted}'` : wanted}: ${path === 'target' ? 'targets' : 'memories'} are 0 … ${patterns.length - 1}, or a label of ${shown.join(', ')}`,
    {
      path,
      value: typeof wanted === 'number' && !Number.isFinite(wanted) ? String(wanted) : wanted,
      limit: shown,
      hint: 'give an index or a label of the memory set',
    },
  );
}
