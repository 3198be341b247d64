import { describe, expect, it } from 'vitest';
import { PostgresServer } from '../../test/support/postgres-server.js';
import { ManualClock, type RelaxdError } from '../core/index.js';
import { codeOf } from './code-of.test-support.js';
import { describePostgres } from './describe-postgres.test-support.js';
import { openSharedStore } from './open-store.js';
import { databaseError, PostgresDatabase, type PostgresOptions } from './postgres-database.js';
import type { SqlDatabase } from './sql-database.js';
import type { SqlStore } from './sql-store.js';
import { jobRow, storeContract } from './store-contract.test-support.js';

const clock = new ManualClock(0);
describePostgres('PostgreSQL', (server) => {
  storeContract('PostgreSQL', async () => openSharedStore(await server().newSchema(), clock));

  const withDatabase = async (
    work: (database: SqlDatabase) => Promise<void>,
    options: PostgresOptions = {},
  ): Promise<void> => {
    const database = await PostgresDatabase.open(await server().newSchema(), options);
    try {
      await work(database);
    } finally {
      await database[Symbol.asyncDispose]();
    }
  };

  it('lets two nodes open a new database at once, and each see what the other writes', async () => {
    const url = await server().newSchema();
    const [one, two] = await Promise.all([
      openSharedStore(url, clock),
      openSharedStore(url, clock),
    ]);
    const key = { key: 'k', bodyHash: 'sha256:1' };
    const submit = (store: SqlStore, id: string) =>
      store.insertJob({ row: jobRow(id), body: {}, transitions: [], idempotency: key });
    // One key at the same time through two nodes: one job.
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, k) => submit(k % 2 === 0 ? one : two, `01${k}`)),
    );
    expect(new Set(answers.map(({ row }) => row.id)).size).toBe(1);
    expect(answers.filter(({ inserted }) => inserted)).toHaveLength(1);
    expect((await two.openJobs()).map(({ id }) => id)).toEqual([answers[0]!.row.id]);
    await one[Symbol.asyncDispose]();
    await two[Symbol.asyncDispose]();
  });

  it('lets one of two change a job from the same revision', async () => {
    const store = await openSharedStore(await server().newSchema(), clock);
    await store.insertJob({ row: jobRow('01A'), body: {}, transitions: [], idempotency: null });
    const row = jobRow('01A', { revision: 2 });
    const change = () =>
      codeOf(store.commit({ job: { row, expectedRevision: 1, transitions: [] } }));
    const outcomes = await Promise.all([change(), change(), change(), change()]);
    expect(outcomes.sort()).toEqual([
      'nothing was thrown',
      'revision-conflict',
      'revision-conflict',
      'revision-conflict',
    ]);
    await store[Symbol.asyncDispose]();
  });

  it('does a transaction again that PostgreSQL took back for another one', async () => {
    await withDatabase(async (database) => {
      await database.transaction((c) => c.script('CREATE TABLE t (k INTEGER, n INTEGER)'));
      await database.transaction((c) => c.run('INSERT INTO t VALUES (1, 0), (2, 0)'));
      let tries = 0;
      // Each takes the rows in the other order: a deadlock, of which PostgreSQL ends one.
      const cross = (first: number, second: number, meet: Meeting) =>
        database.transaction(async (c) => {
          tries++;
          await c.run('UPDATE t SET n = n + 1 WHERE k = ?', [first]);
          await meet.here();
          await c.run('UPDATE t SET n = n + 1 WHERE k = ?', [second]);
        });
      const meet = new Meeting(2);
      await Promise.all([cross(1, 2, meet), cross(2, 1, meet)]);
      // Two, and at least one of them again.
      expect(tries).toBeGreaterThanOrEqual(3);
      const rows = await database.read((c) => c.all('SELECT n FROM t'));
      expect(rows).toEqual([{ n: 2 }, { n: 2 }]);
    });
  });

  it('gives up a statement that takes too long, and goes on', async () => {
    await withDatabase(
      async (database) => {
        expect(await codeOf(database.read((c) => c.all('SELECT pg_sleep(10)')))).toBe(
          'store-failed',
        );
        expect(await database.read((c) => c.all('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
      },
      { statementTimeoutMs: 500 },
    );
  });

  it('says store-failed while the server is away, and goes on once it is back', async () => {
    // A server of its own: what it has to read again after a crash is small.
    await using own = await PostgresServer.start();
    await using database = await PostgresDatabase.open(await own.newSchema());
    await database.transaction((c) => c.script('CREATE TABLE t (x TEXT, b BYTEA, n BIGINT)'));
    const values = ['a\0?', Uint8Array.of(0, 255, 7), 2 ** 47 + 1];
    await database.transaction((c) => c.run('INSERT INTO t VALUES (?, ?, ?)', values));
    // A transaction under way when the server crashes fails, and leaves nothing.
    const torn = database.transaction(async (c) => {
      await c.run('DELETE FROM t');
      await own.stop('SIGQUIT');
      await c.run('DELETE FROM t');
    });
    expect(await codeOf(torn)).toBe('store-failed');
    expect(await codeOf(database.read((c) => c.all('SELECT 1')))).toBe('store-failed');
    await own.startAgain();
    const [row] = await database.read((c) => c.all('SELECT x, b, n FROM t'));
    expect(row).toMatchObject({ x: 'a\uFFFD?', n: 2 ** 47 + 1 });
    expect(Uint8Array.from(row!['b'] as Uint8Array)).toEqual(values[1]);
  });

  it('refuses a URL that is none and a server that is not there, without showing a password', async () => {
    expect(await codeOf(PostgresDatabase.open('mysql://x'))).toBe('invalid-input');
    expect(await codeOf(PostgresDatabase.open('nothing'))).toBe('invalid-input');
    const url = 'postgres://someone:secret@127.0.0.1:1/db';
    const error = await PostgresDatabase.open(url).catch((e: unknown) => e as RelaxdError);
    expect((error as RelaxdError).code).toBe('store-failed');
    expect(JSON.stringify([(error as RelaxdError).message, error])).not.toContain('secret');
  });
});

describe('databaseError', () => {
  it('tells a full disk from what else PostgreSQL says', () => {
    const full = Object.assign(new Error('could not extend file'), {
      severity: 'ERROR',
      code: '53100',
    });
    expect(databaseError(full, 'p').code).toBe('disk-full');
    const other = databaseError(new Error('boom'), 'p');
    expect(other.code).toBe('store-failed');
    expect(databaseError(other, 'q')).toBe(other);
  });
});

/** Lets the first so many who come wait for each other; whoever comes later goes on at once. */
class Meeting {
  private readonly all: Promise<void>;
  private open!: () => void;

  constructor(private missing: number) {
    this.all = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  async here(): Promise<void> {
    if (--this.missing === 0) this.open();
    await this.all;
  }
}
