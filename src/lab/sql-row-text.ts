import type { SqlRow, SqlValue } from './sql-database.js';

/** Bytes in JSON. */
const BYTES = '$bytes';

/** Rows as lines of JSON; bytes are `{"$bytes": base64}`. */
export const jsonLinesOf = (rows: readonly SqlRow[]): Uint8Array =>
  Buffer.from(rows.map((row) => `${JSON.stringify(plain(row))}\n`).join(''));

const plain = (row: SqlRow): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? { [BYTES]: Buffer.from(value).toString('base64') } : value,
    ]),
  );

export function rowOf(line: string): Record<string, SqlValue> {
  const row = JSON.parse(line) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null
        ? Buffer.from((value as { [BYTES]: string })[BYTES], 'base64')
        : (value as SqlValue),
    ]),
  );
}
