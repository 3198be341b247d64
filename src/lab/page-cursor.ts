import { RelaxdError } from '../core/index.js';

/** The number that a page goes on before; null: it is the first one. @throws RelaxdError `invalid-input` */
export function numberCursor(cursor: string | null): number {
  if (cursor === null) return Number.MAX_SAFE_INTEGER;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw wrongCursor(cursor);
}

export function wrongCursor(cursor: string): RelaxdError {
  return new RelaxdError('invalid-input', 'the cursor is not one that a page gave', {
    path: 'cursor',
    value: cursor,
    limit: '`next` of a page',
  });
}
