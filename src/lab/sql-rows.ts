import type { Page } from './job.js';
import type { SqlRow } from './sql-database.js';

/** A document that a column has as JSON text. */
export const parsed = <T>(row: SqlRow, column: string): T => JSON.parse(row[column] as string) as T;

export const firstDocument = <T>([row]: readonly SqlRow[]): T | null =>
  row === undefined ? null : parsed<T>(row, 'document');

/** A page of what is numbered, from one row more than it shows. */
export function numberedPage<T>(
  rows: readonly SqlRow[],
  limit: number,
  itemOf: (row: SqlRow) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  return {
    items: shown.map(itemOf),
    next: rows.length > shown.length ? String(shown.at(-1)!['number']) : null,
  };
}
