import { RelaxdError } from '../core/index.js';
import { readArchive } from './backup-archive.js';
import { fillTables } from './postgres-tables.js';
import { countsOf, requireKind, type RestoreReport } from './restore.js';
import { migrated, schemaOf } from './sql-migrations.js';

/**
 * Restores a backup of a PostgreSQL store into a database that has nothing of relaxd's. All of it is there at the end, or nothing.
 *
 * @throws RelaxdError `file-unwritable` (there is something), `invalid-input` (damaged, or of another kind), `unsupported-version`,
 *   `store-failed`
 */
export async function restoreToDatabase(
  path: string,
  url: string,
  now: string,
): Promise<RestoreReport> {
  // Read through first: a database is not touched for a backup that is damaged.
  const archive = await readArchive(path);
  const { manifest } = archive;
  requireKind(path, manifest, 'postgres');
  const { PostgresDatabase } = await import('./postgres-database.js');
  const database = await PostgresDatabase.open(url, { statementTimeoutMs: 600_000 });
  try {
    if ((await schemaOf(database)) !== null) {
      throw new RelaxdError('file-unwritable', `${database.place} is in use by relaxd already`, {
        path: database.place,
        limit: 'an empty database',
        hint: 'make a new one: createdb',
      });
    }
    await migrated(database, now, { upTo: manifest.schema });
    await database.transaction((connection) => fillTables(connection, path));
    const counts = await countsOf(database, manifest);
    const [records] = await database.read((connection) =>
      connection.all('SELECT count(DISTINCT run) AS n FROM sample_batches'),
    );
    return {
      manifest,
      place: database.place,
      bytes: archive.bytes,
      records: records!['n'] as number,
      missingRecords: [],
      ...counts,
    };
  } finally {
    await database[Symbol.asyncDispose]();
  }
}
