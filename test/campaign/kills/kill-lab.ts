import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseClass } from '../../../src/lab/sqlite-driver.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { ServiceProcess } from '../../support/service-process.js';
import { readStore, type Query, type StoreSnapshot } from './store-snapshot.js';
import { witnessDrivers, witnessedStarts, type Start } from './witness-drivers.js';

/** Where the lab of the campaign keeps its jobs; with `postgres-killed` the database is killed, too. */
export const STORES = ['sqlite', 'postgres', 'postgres-killed'] as const;
export type StoreName = (typeof STORES)[number];

const LEASE_S = 1;
const EMBEDDED = ['lab.sqlite', 'lab.sqlite-wal'];

/** One relaxd with the campaign's devices, which is killed and started again on what it left. */
export class KillLab implements AsyncDisposable {
  private process: ServiceProcess | null = null;

  private constructor(
    private readonly folder: string,
    readonly postgres: PostgresServer | null,
    private readonly url: string | null,
  ) {}

  static async make(store: StoreName): Promise<KillLab> {
    const folder = mkdtempSync(join(tmpdir(), 'relaxd-kills-'));
    const postgres = store === 'sqlite' ? null : await PostgresServer.start({ synced: true });
    const url = postgres === null ? null : await postgres.newDatabase();
    const lab = new KillLab(folder, postgres, url);
    writeFileSync(
      lab.config,
      JSON.stringify({
        version: 1,
        threads: 1,
        limits: { readsPerMinute: 1_000_000, writesPerMinute: 1_000_000 },
        ...witnessDrivers(folder),
        ...(url === null ? {} : { databaseUrl: url, node: { name: 'one', leaseS: LEASE_S } }),
      }),
    );
    return lab;
  }

  private get config(): string {
    return join(this.folder, 'relaxd.json');
  }
  private get data(): string {
    return join(this.folder, 'data');
  }
  /** For what the campaign reads besides. */
  get scratch(): string {
    return this.folder;
  }
  get starts(): Start[] {
    return witnessedStarts(this.folder);
  }
  /** The lab's records are files in the data folder, not blocks in a database. */
  get ownRecords(): boolean {
    return this.url === null;
  }
  recordPath(run: string): string {
    return join(this.data, 'runs', run, 'samples.arrow');
  }

  get service(): ServiceProcess {
    return this.process!;
  }

  async start(): Promise<ServiceProcess> {
    this.process = await ServiceProcess.start(this.data, ['--config', this.config]);
    return this.process;
  }

  /** Kills a start before it is done; answers whether it was before it listened. */
  killAtStart(afterMs: number): Promise<boolean> {
    return ServiceProcess.killAtStart(this.data, afterMs, ['--config', this.config]);
  }

  async kill(): Promise<void> {
    await this.process?.end('SIGKILL');
    this.process = null;
  }

  /** Ends it in order; answers with the exit code. */
  async end(): Promise<number | null> {
    const code = await this.service.end('SIGTERM');
    this.process = null;
    return code;
  }

  /** What the store has while no relaxd runs. */
  async snapshot(): Promise<StoreSnapshot> {
    if (this.url !== null) return this.inOneTransaction(readStore);
    // A copy: whoever opens the store itself would do the recovery that the next start has to do.
    const copy = mkdtempSync(join(this.folder, 'copy-'));
    try {
      for (const name of EMBEDDED) {
        const file = join(this.data, name);
        if (existsSync(file)) copyFileSync(file, join(copy, name));
      }
      return await withSqlite(join(copy, EMBEDDED[0]!), readStore);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }

  /** Changes the store behind the lab's back, while no relaxd runs. */
  async tamper(...statements: readonly string[]): Promise<void> {
    if (this.url !== null) {
      for (const sql of statements) await this.postgres!.query(sql, this.url);
      return;
    }
    const Database = await databaseClass();
    const database = new Database(join(this.data, EMBEDDED[0]!));
    // Not prepared: a statement that is still about would keep the file locked.
    for (const sql of statements) database.exec(sql);
    database.close();
  }

  /** The record of a run that has ended, as a file; null: there is none. */
  async record(run: string): Promise<string | null> {
    if (this.url === null) {
      const path = this.recordPath(run);
      return existsSync(path) ? path : null;
    }
    const blocks = await this.postgres!.query(
      `SELECT bytes FROM sample_batches WHERE run = '${run}' ORDER BY number`,
      this.url,
    );
    if (blocks.length === 0) return null;
    const path = join(this.folder, 'sealed.arrow');
    writeFileSync(path, Buffer.concat(blocks.map(({ bytes }) => bytes as Uint8Array)));
    return path;
  }

  private async inOneTransaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: this.url! });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return await work(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows);
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.postgres?.[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function withSqlite<T>(path: string, work: (query: Query) => Promise<T>): Promise<T> {
  const Database = await databaseClass();
  const database = new Database(path);
  try {
    return await work((sql) =>
      Promise.resolve(database.prepare(sql).all() as unknown as Record<string, unknown>[]),
    );
  } finally {
    database.close();
  }
}
