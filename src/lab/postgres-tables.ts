import { RelaxdError } from '../core/index.js';
import { readArchive, textOf, type PutFile } from './backup-archive.js';
import type { SqlConnection, SqlRow, SqlValue } from './sql-database.js';
import { jsonLinesOf, rowOf } from './sql-row-text.js';

/** Of this database alone, or of a moment that is over with a backup: which nodes are here, what this lab is called. */
const NOT_BACKED_UP = ['schema_migrations', 'lab', 'node_devices'];
/** Rows of a file; fewer where a row may be long. */
const ROWS = 500;
const FEW_ROWS: Readonly<Record<string, number>> = {
  sample_batches: 8,
  kept: 10,
  job_bodies: 20,
  results: 20,
  run_documents: 100,
};

/** Puts every table into a backup, all as they are at one moment. */
export async function backUpTables(connection: SqlConnection, put: PutFile): Promise<void> {
  await connection.script(
    `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
     SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0`,
  );
  for (const { name, key } of await tablesOf(connection)) {
    const limit = FEW_ROWS[name] ?? ROWS;
    const order = key.join(', ');
    let after: SqlRow | undefined;
    for (let number = 0; ; number++) {
      const where =
        after === undefined ? '' : `WHERE (${order}) > (${key.map(() => '?').join(', ')})`;
      const values = after === undefined ? [] : key.map((column) => after![column] as SqlValue);
      const rows = await connection.all(
        `SELECT * FROM ${name} ${where} ORDER BY ${order} LIMIT ${limit}`,
        values,
      );
      if (rows.length > 0) {
        const bytes = jsonLinesOf(rows);
        await put(`tables/${name}/${String(number).padStart(8, '0')}.jsonl`, bytes.length, [bytes]);
      }
      if (rows.length < limit) break;
      after = rows.at(-1);
    }
  }
}

/** Our tables with their primary keys, each after those that it refers to. */
async function tablesOf(
  connection: SqlConnection,
): Promise<readonly { readonly name: string; readonly key: readonly string[] }[]> {
  const rows = await connection.all(
    `SELECT c.relname AS name,
       (SELECT json_agg(a.attname ORDER BY k.n)::text FROM pg_index i
          CROSS JOIN LATERAL unnest(string_to_array(i.indkey::text, ' ')::int[]) WITH ORDINALITY k(att, n)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.att
        WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid) AS key,
       (SELECT coalesce(json_agg(f.relname), '[]')::text FROM pg_constraint x JOIN pg_class f ON f.oid = x.confrelid
        WHERE x.conrelid = c.oid AND x.contype = 'f') AS needs
     FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname`,
  );
  const waiting = rows
    .map((row) => ({
      name: row['name'] as string,
      key: JSON.parse((row['key'] as string | null) ?? '[]') as string[],
      needs: JSON.parse(row['needs'] as string) as string[],
    }))
    .filter(({ name }) => !NOT_BACKED_UP.includes(name));
  const ordered: typeof waiting = [];
  while (waiting.length > 0) {
    const k = waiting.findIndex(({ name, needs }) =>
      needs.every((other) => other === name || !waiting.some((one) => one.name === other)),
    );
    ordered.push(...waiting.splice(Math.max(k, 0), 1));
  }
  return ordered;
}

/** Fills an empty database of ours with what a backup has. */
export async function fillTables(connection: SqlConnection, path: string): Promise<void> {
  await connection.script('SET LOCAL idle_in_transaction_session_timeout = 0');
  const columns = new Map<string, Set<string>>();
  for (const row of await connection.all(
    'SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = current_schema()',
  )) {
    const table = row['t'] as string;
    const known = columns.get(table) ?? new Set();
    columns.set(table, known.add(row['c'] as string));
  }
  // What a migration puts there the backup has, as it has become.
  if (columns.has('audit_head')) await connection.run('DELETE FROM audit_head');
  await readArchive(path, async ({ name }, bytes) => {
    const table = /^tables\/(\w+)\/\d+\.jsonl$/.exec(name)?.[1] ?? '';
    const known = columns.get(table);
    if (known === undefined || NOT_BACKED_UP.includes(table)) {
      throw new RelaxdError('invalid-input', `${path}: there is no table for ${name}`, { path });
    }
    for (const line of (await textOf(bytes)).split('\n')) {
      if (line === '') continue;
      const row = rowOf(line);
      const names = Object.keys(row);
      const unknown = names.find((column) => !known.has(column));
      if (unknown !== undefined) {
        throw new RelaxdError('invalid-input', `${path}: ${table} has no column ${unknown}`, {
          path,
        });
      }
      await connection.run(
        `INSERT INTO ${table} (${names.join(', ')}) OVERRIDING SYSTEM VALUE VALUES (${names.map(() => '?').join(', ')})`,
        Object.values(row),
      );
    }
  });
  // No node of then is here now; their numbers are not given out again, so that what they held is nobody's.
  await connection.run('UPDATE nodes SET gone = 1');
  await connection.all("SELECT setval('node_tokens', greatest((SELECT max(token) FROM nodes), 1))");
  for (const table of ['run_documents', 'kept', 'api_keys', 'calibrations', 'drift_readings']) {
    if (!columns.has(table)) continue;
    await connection.all(
      `SELECT setval(pg_get_serial_sequence('${table}', 'number'), greatest((SELECT max(number) FROM ${table}), 1))`,
    );
  }
}
