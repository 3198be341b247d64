import type { DatabaseError, Pool, PoolClient, QueryConfig } from 'pg';
import { RelaxdError } from '../core/index.js';
import type { PutFile } from './backup-archive.js';
import type { SqlConnection, SqlDatabase, SqlRow, SqlValue } from './sql-database.js';

export interface PostgresOptions {
  /** Connections at most; 8. */
  readonly connections?: number;
  /** A statement that takes longer is given up; 15 s. */
  readonly statementTimeoutMs?: number;
  /** A connection that cannot be had within this time is given up; 5 s. */
  readonly connectTimeoutMs?: number;
}

/** A transaction that another one stood in the way of is done again so often. */
const MOST_TRIES = 5;
const INT8 = 20;
type ValueParser = (value: string) => unknown;

/** One PostgreSQL database through a pool of connections. Connections that break are replaced by new ones. */
export class PostgresDatabase implements SqlDatabase {
  readonly dialect = 'postgres';
  private readonly statements = new Map<string, { name: string; text: string }>();

  private constructor(
    private readonly pool: Pool,
    /** The address without its password. */
    readonly place: string,
  ) {}

  /**
   * @param url `postgres://user:password@host:port/database`
   * @throws RelaxdError `invalid-input` (no such URL), `store-failed` (nobody answers there)
   */
  static async open(url: string, options: PostgresOptions = {}): Promise<PostgresDatabase> {
    const place = shownUrl(url);
    const { default: pg } = await import('pg');
    const pool = new pg.Pool({
      connectionString: url,
      max: options.connections ?? 8,
      connectionTimeoutMillis: options.connectTimeoutMs ?? 5000,
      statement_timeout: options.statementTimeoutMs ?? 15_000,
      // Our transactions wait for nothing but the database: a node that stops in the middle of one, paused or cut off, keeps
      // others from its rows for no longer.
      idle_in_transaction_session_timeout: 3000,
      lock_timeout: 5000,
      // A database that is silent altogether.
      query_timeout: (options.statementTimeoutMs ?? 15_000) + 5000,
      keepAlive: true,
      application_name: 'relaxd',
      types: {
        // Counts and revisions: all of them below 2^53.
        getTypeParser: (oid: number, format?: 'text' | 'binary'): ((value: string) => unknown) =>
          oid === INT8 ? Number : (pg.types.getTypeParser(oid, format) as ValueParser),
      },
    });
    // An idle connection broke: the pool has taken it out already, and the next query gets another.
    pool.on('error', () => undefined);
    const database = new PostgresDatabase(pool, place);
    try {
      await database.read((connection) => connection.all('SELECT 1'));
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
    return database;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }

  async read<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    return this.with(async (client) => {
      try {
        return await work(this.connection(client));
      } catch (error) {
        throw databaseError(error, this.place);
      }
    });
  }

  async backUp(put: PutFile): Promise<void> {
    const { backUpTables } = await import('./postgres-tables.js');
    // Once: what was put is put.
    await this.with(async (client) => {
      try {
        await this.attempt(client, (connection) => backUpTables(connection, put));
      } catch (error) {
        throw databaseError(error, this.place);
      }
    });
  }

  async transaction<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.with((client) => this.attempt(client, work));
      } catch (error) {
        // PostgreSQL itself has said that nothing of it was done: it can be done again.
        if (tries < MOST_TRIES && stoodInTheWay(error)) continue;
        throw databaseError(error, this.place);
      }
    }
  }

  private async attempt<T>(
    client: PoolClient,
    work: (connection: SqlConnection) => Promise<T>,
  ): Promise<T> {
    await client.query('BEGIN');
    let value: T;
    try {
      value = await work(this.connection(client));
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
    await client.query('COMMIT');
    return value;
  }

  /** A connection from the pool; one that has failed to answer does not go back. */
  private async with<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient;
    try {
      client = await this.pool.connect();
    } catch (error) {
      throw databaseError(error, this.place);
    }
    let broken: Error | null = null;
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      return await use(client);
    } catch (error) {
      if (!isAnswer(error)) broken = error as Error;
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken ?? undefined);
    }
  }

  private connection(client: PoolClient): SqlConnection {
    const query = (sql: string, values: readonly SqlValue[]) =>
      client.query(this.prepared(sql, values));
    return {
      all: async (sql, values = []) => (await query(sql, values)).rows as SqlRow[],
      run: async (sql, values = []) => (await query(sql, values)).rowCount ?? 0,
      script: async (sql) => void (await client.query(sql)),
    };
  }

  private prepared(sql: string, values: readonly SqlValue[]): QueryConfig {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = { name: `s${this.statements.size}`, text: numbered(sql) };
      this.statements.set(sql, statement);
    }
    return { ...statement, values: values.map(storable) };
  }
}

/** `?` as PostgreSQL writes it: $1, $2 … No statement of ours has one in a literal. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replace(/\?/g, () => `$${++count}`);
}

/** PostgreSQL's text has no U+0000. Nothing stored has it either: an id asked for with it is not found. */
function storable(value: SqlValue): string | number | null | Buffer {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD');
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : value;
}

const sqlState = (error: unknown): string | null => {
  const { code, severity } = (error ?? {}) as Partial<DatabaseError>;
  return typeof severity === 'string' && typeof code === 'string' ? code : null;
};

/** True where the other end has answered, be it with an error, and the connection can go on. */
function isAnswer(error: unknown): boolean {
  if (error instanceof RelaxdError) return true;
  const state = sqlState(error);
  // 57P…: the server is ending, has crashed, or does not take connections yet. 25P03: it has hung up on us.
  return state !== null && !state.startsWith('57P') && state !== '25P03';
}

/**
 * Serialisation failures, deadlocks, and a key that someone else has used since it was looked for: the whole
 * transaction is taken back, and finds at its next try what the other one has written.
 */
const stoodInTheWay = (error: unknown): boolean =>
  ['40001', '40P01', '23505'].includes(sqlState(error) ?? '');

/** What pg threw, in relaxd's words. */
export function databaseError(error: unknown, place: string): RelaxdError {
  if (error instanceof RelaxdError) return error;
  const { message, code } = error as { readonly message?: string; readonly code?: string };
  const state = sqlState(error);
  const details = {
    path: place,
    postgres: message ?? String(error),
    ...(code === undefined ? {} : { sqlState: code }),
  };
  if (state === '53100') {
    return new RelaxdError(
      'disk-full',
      `there is no room left for ${place}`,
      { ...details, hint: 'make room; nothing that was acknowledged is lost' },
      error,
    );
  }
  if (state === null) {
    return new RelaxdError(
      'store-failed',
      `${place} cannot be reached: ${details.postgres}`,
      { ...details, hint: 'check that PostgreSQL runs and that --database-url is right' },
      error,
    );
  }
  return new RelaxdError('store-failed', `${place}: ${details.postgres}`, details, error);
}

/** @throws RelaxdError `invalid-input` */
function shownUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw new RelaxdError('invalid-input', 'the database URL is not one of PostgreSQL', {
      path: 'database-url',
      limit: 'postgres://user:password@host:5432/database',
    });
  }
  parsed.password = '';
  parsed.search = '';
  return parsed.href;
}
