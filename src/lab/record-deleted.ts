import { RelaxdError } from '../core/index.js';
import type { Deleted, RunRow } from './run.js';

/** What whoever wants to read a record is told that was deleted. */
export function recordDeleted({ id, deleted }: Pick<RunRow, 'id' | 'deleted'>): RelaxdError {
  const { at, rule, by, rows, bytes, hash } = deleted ?? UNKNOWN;
  return new RelaxdError(
    'record-deleted',
    `the record of run ${id} was deleted at ${at} by retention rule '${rule}'`,
    {
      value: id,
      at,
      rule,
      by,
      rows,
      bytes,
      hash,
      hint: 'its documents and its result are still there: GET /v1/runs/{id}, GET /v1/runs/{id}/documents',
    },
  );
}
const UNKNOWN: Deleted = { at: '', rule: '', by: '', rows: 0, bytes: 0, hash: '' };
