import { createHash } from 'node:crypto';
import { isoTime, RelaxdError, type Clock } from '../core/index.js';
import { InsertGroups } from './insert-groups.js';
import type { JobRow } from './job.js';
import type { RunRow } from './run.js';
import type {
  Changes,
  NodeDevice,
  NodeRow,
  Sealed,
  SealedBlock,
  SharedStore,
} from './shared-store.js';
import type { SqlConnection, SqlDatabase, SqlRow } from './sql-database.js';
import { migrated, type MigrationPorts } from './sql-migrations.js';
import { parsed } from './sql-rows.js';
import { jobOf, SqlStore } from './sql-store.js';
import type { Commit, Fence, NewJob, StoredJob } from './store.js';

/** The only clock that counts for leases, in ms. */
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';
const NODE = 'n.token, n.id, n.name, n.address';
const SEALED = 'sealed_rows, sealed_shots, sealed_next_row, sealed_blocks';

/** The store that the nodes of a lab share, on PostgreSQL. */
export class PostgresStore extends SqlStore implements SharedStore {
  static override async open(
    database: SqlDatabase,
    clock: Clock,
    ports: MigrationPorts = {},
  ): Promise<PostgresStore> {
    return new PostgresStore(await migrated(database, isoTime(clock.wallMs()), ports), clock);
  }

  private readonly inserts = new InsertGroups((jobs) => this.insertJobs(jobs));

  override async insertJob(job: NewJob): Promise<StoredJob> {
    return this.inserts.add(job);
  }

  async labId(): Promise<string> {
    const [row] = await this.database.read((connection) => connection.all('SELECT id FROM lab'));
    return row!['id'] as string;
  }

  async join({ id, name, address }: Omit<NodeRow, 'token'>, leaseMs: number): Promise<NodeRow> {
    const token = await this.database.transaction(async (connection) => {
      const [row] = await connection.all(
        `INSERT INTO nodes (id, name, address, joined_at, expires_at)
         VALUES (?, ?, ?, ${NOW}, ${NOW} + ?::bigint) RETURNING token`,
        [id, name, address, leaseMs],
      );
      return row!['token'] as number;
    });
    return { token, id, name, address };
  }

  async renew(token: number, leaseMs: number): Promise<boolean> {
    return this.database.transaction(async (connection) => {
      const changed = await connection.run(
        `UPDATE nodes SET expires_at = ${NOW} + ?::bigint WHERE token = ? AND gone = 0`,
        [leaseMs, token],
      );
      return changed > 0;
    });
  }

  async leave(token: number): Promise<void> {
    await this.database.transaction((connection) =>
      connection.run('UPDATE nodes SET gone = 1 WHERE token = ?', [token]),
    );
  }

  async endLeases(): Promise<readonly NodeRow[]> {
    const rows = await this.database.transaction((connection) =>
      connection.all(
        `UPDATE nodes n SET gone = 1 WHERE gone = 0 AND expires_at < ${NOW} RETURNING ${NODE}`,
      ),
    );
    return rows.map(nodeOf);
  }

  async nodes(): Promise<readonly NodeRow[]> {
    const rows = await this.database.read((connection) =>
      connection.all(`SELECT ${NODE} FROM nodes n WHERE gone = 0 ORDER BY token`),
    );
    return rows.map(nodeOf);
  }

  async orphans(): Promise<readonly JobRow[]> {
    const rows = await this.database.read((connection) =>
      connection.all(
        `SELECT j.document FROM jobs j WHERE j.claim IS NOT NULL AND j.ended = 0
         AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.token = j.claim AND n.gone = 0) ORDER BY j.id`,
      ),
    );
    return rows.map(jobOf);
  }

  async now(): Promise<number> {
    const [row] = await this.database.read((connection) => connection.all(OLDEST_UNDER_WAY));
    return row!['upto'] as number;
  }

  async changes(since: number): Promise<Changes> {
    return this.database.read(async (connection) => {
      // Asked for first: what is not finished now is looked for again the next time.
      const [row] = await connection.all(OLDEST_UNDER_WAY);
      const jobs = await connection.all(
        'SELECT document FROM jobs WHERE changed >= ? ORDER BY changed',
        [since],
      );
      const runs = await connection.all(
        `SELECT document, ${SEALED} FROM runs WHERE changed >= ? ORDER BY changed`,
        [since],
      );
      return {
        jobs: jobs.map(jobOf),
        runs: runs.map((run) => ({ run: parsed<RunRow>(run, 'document'), sealed: sealedOf(run) })),
        upTo: row!['upto'] as number,
      };
    });
  }

  async showDevices(token: number, devices: readonly NodeDevice[]): Promise<void> {
    await this.database.transaction(async (connection) => {
      await connection.run('DELETE FROM node_devices WHERE token = ?', [token]);
      for (const device of devices) {
        await connection.run(
          'INSERT INTO node_devices (token, device, document) VALUES (?, ?, ?)',
          [token, device.device, JSON.stringify(device)],
        );
      }
    });
  }

  async nodeDevices(): Promise<readonly (NodeDevice & { readonly node: NodeRow })[]> {
    const rows = await this.database.read((connection) =>
      connection.all(
        `SELECT ${NODE}, d.document FROM node_devices d JOIN nodes n ON n.token = d.token
         WHERE n.gone = 0 ORDER BY n.token, d.device`,
      ),
    );
    return rows.map((row) => ({ ...parsed<NodeDevice>(row, 'document'), node: nodeOf(row) }));
  }

  async seal(
    run: string,
    { number, bytes }: SealedBlock,
    rows: number,
    after: Sealed,
    fence: Fence,
  ): Promise<void> {
    await this.database.transaction(async (connection) => {
      await this.requireLease(connection, { fence });
      // The same block again: the answer to the first time was lost on its way.
      await connection.run(
        `INSERT INTO sample_batches (run, number, bytes, hash, rows) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (run, number) DO NOTHING`,
        [run, number, bytes, hashOf(bytes), rows],
      );
      await connection.run(
        `UPDATE runs SET sealed_rows = ?, sealed_shots = ?, sealed_next_row = ?, sealed_blocks = ?
         WHERE id = ?`,
        [after.rows, after.shots, after.nextRow, after.blocks, run],
      );
    });
  }

  protected override async requireLease(
    connection: SqlConnection,
    commit: Pick<Commit, 'fence' | 'alive' | 'recordAt'>,
  ): Promise<void> {
    await super.requireLease(connection, commit);
    const { recordAt } = commit;
    if (recordAt === undefined) return;
    // Blocks are added under the fence that is held now.
    const sql = `SELECT ${SEALED} FROM runs WHERE id = ?`;
    const [row] = await connection.all(sql, [recordAt.run]);
    if (row !== undefined && sealedOf(row).blocks === recordAt.blocks) return;
    throw new RelaxdError('revision-conflict', `the record of run ${recordAt.run} has grown`, {
      run: recordAt.run,
      value: recordAt.blocks,
      hint: 'read it again',
    });
  }

  protected override async dropSamples(connection: SqlConnection, run: string): Promise<void> {
    await connection.run('DELETE FROM sample_batches WHERE run = ?', [run]);
  }

  async sealedBytes(run: string): Promise<number> {
    const sql =
      'SELECT coalesce(sum(length(bytes)), 0)::bigint AS n FROM sample_batches WHERE run = ?';
    const [row] = await this.database.read((connection) => connection.all(sql, [run]));
    return row!['n'] as number;
  }

  async sealed(run: string): Promise<Sealed> {
    const [row] = await this.database.read((connection) =>
      connection.all(`SELECT ${SEALED} FROM runs WHERE id = ?`, [run]),
    );
    return row === undefined ? { rows: 0, shots: 0, nextRow: 0, blocks: 0 } : sealedOf(row);
  }

  async blocks(run: string, from: number, limit: number): Promise<readonly SealedBlock[]> {
    const rows = await this.database.read((connection) =>
      connection.all(
        'SELECT number, bytes, hash FROM sample_batches WHERE run = ? AND number >= ? ORDER BY number LIMIT ?',
        [run, from, limit],
      ),
    );
    return rows.map((row, k) => {
      const number = row['number'] as number;
      const bytes = row['bytes'] as Uint8Array;
      if (number === from + k && row['hash'] === hashOf(bytes)) return { number, bytes };
      throw new RelaxdError(
        'record-damaged',
        `the record of run ${run} is damaged at block ${from + k}`,
        { run, value: number },
      );
    });
  }
}

/** Transactions before this one are finished, and what they wrote can be seen. */
const OLDEST_UNDER_WAY = 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS upto';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const nodeOf = (row: SqlRow): NodeRow => ({
  token: row['token'] as number,
  id: row['id'] as string,
  name: row['name'] as string,
  address: row['address'] as string,
});

const sealedOf = (row: SqlRow): Sealed => ({
  rows: row['sealed_rows'] as number,
  shots: row['sealed_shots'] as number,
  nextRow: row['sealed_next_row'] as number,
  blocks: row['sealed_blocks'] as number,
});
