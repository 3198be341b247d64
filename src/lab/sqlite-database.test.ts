import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock, type RelaxdError } from '../core/index.js';
import { codeOf } from './code-of.test-support.js';
import { JOBS_AND_RUNS } from './migrations/0001-jobs-and-runs.js';
import { openEmbeddedStore } from './open-store.js';
import { SqlStore } from './sql-store.js';
import { SqliteDatabase } from './sqlite-database.js';
import { databaseClass, storeError } from './sqlite-driver.js';
import { jobRow, storeContract } from './store-contract.test-support.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const clock = new ManualClock(0);
const folder = temporaryFolder();
let files = 0;
const newPath = (): string => join(folder, `store-${files++}.sqlite`);

storeContract('SQLite on disk', () => openEmbeddedStore(newPath(), clock));
storeContract('SQLite in memory', () => openEmbeddedStore(':memory:', clock));

describe('SqliteDatabase', () => {
  it('keeps what was committed for the next process', async () => {
    const path = newPath();
    const first = await openEmbeddedStore(path, clock);
    await first.insertJob({ row: jobRow('01A'), body: {}, transitions: [], idempotency: null });
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    const second = await openEmbeddedStore(path, clock);
    expect((await second.job('01A'))?.id).toBe('01A');
    await second[Symbol.asyncDispose]();
  });

  it('refuses a second opener with store-locked and the path, and serves it once the first is gone', async () => {
    const path = newPath();
    const first = await openEmbeddedStore(path, clock);
    const error = await openEmbeddedStore(path, clock).catch((e: unknown) => e as RelaxdError);
    expect((error as RelaxdError).code).toBe('store-locked');
    expect((error as RelaxdError).message).toContain(path);
    await first[Symbol.asyncDispose]();
    const second = await openEmbeddedStore(path, clock);
    await second[Symbol.asyncDispose]();
  });

  it('keeps another process out, and what a killed one had committed', async () => {
    const path = newPath();
    const script = `
      import { createRequire } from 'node:module';
      const require = createRequire(${JSON.stringify(import.meta.url)});
      const own = process.getBuiltinModule?.('node:sqlite');
      const { DatabaseSync } = own ?? require('@photostructure/sqlite');
      const database = new DatabaseSync(process.argv[1]);
      database.exec('PRAGMA locking_mode = EXCLUSIVE');
      try {
        database.exec('BEGIN IMMEDIATE');
      } catch (error) {
        process.exit(error.errcode === 5 ? 42 : 1);
      }
      database.exec("UPDATE jobs SET state = 'held'");
      database.exec('COMMIT');
      process.kill(process.pid, 'SIGKILL');
    `;
    const child = () => spawnSync(process.execPath, ['--input-type=module', '-e', script, path]);
    const first = await openEmbeddedStore(path, clock);
    await first.insertJob({ row: jobRow('01A'), body: {}, transitions: [], idempotency: null });
    expect(child().status).toBe(42);
    await first[Symbol.asyncDispose]();
    expect(child().signal).toBe('SIGKILL');
    const after = await openEmbeddedStore(path, clock);
    const held = { states: ['held'], device: null, limit: 5, cursor: null } as const;
    expect((await after.jobs(held)).items).toHaveLength(1);
    await after[Symbol.asyncDispose]();
  });

  it('refuses a file that is no database, a folder that is not there, and a newer schema', async () => {
    const noDatabase = newPath();
    writeFileSync(noDatabase, 'this is not a database, however long it goes on '.repeat(50));
    expect(await codeOf(openEmbeddedStore(noDatabase, clock))).toBe('store-failed');
    expect(await codeOf(openEmbeddedStore(join(folder, 'nowhere', 'x'), clock))).toBe(
      'store-failed',
    );
    const folderInstead = newPath();
    mkdirSync(folderInstead);
    expect(await codeOf(openEmbeddedStore(folderInstead, clock))).toBe('store-failed');
    const newer = newPath();
    await (await openEmbeddedStore(newer, clock))[Symbol.asyncDispose]();
    const database = new (await databaseClass())(newer);
    database.exec("INSERT INTO schema_migrations VALUES (99, '')");
    database.close();
    expect(await codeOf(openEmbeddedStore(newer, clock))).toBe('unsupported-version');
  });

  it('says disk-full where there is no room, and keeps what was there', async () => {
    const path = newPath();
    const database = await SqliteDatabase.open(path);
    const store = await SqlStore.open(database, clock);
    const insert = (id: string, letters: number) =>
      store.insertJob({
        row: jobRow(id),
        body: { text: 'x'.repeat(letters) },
        transitions: [],
        idempotency: null,
      });
    await insert('01A', 10);
    // SQLite answers with the same code, SQLITE_FULL, where a database may not grow any more.
    await database.read((connection) => connection.script('PRAGMA max_page_count = 1'));
    // Together with others: only what does not fit is refused.
    const together = await Promise.all([
      codeOf(store.jobOfKey('k', 'h')),
      codeOf(insert('01B', 1_000_000)),
      codeOf(insert('01B', 1_000_000)),
    ]);
    expect(together).toEqual(['nothing was thrown', 'disk-full', 'disk-full']);
    expect((await store.job('01A'))?.id).toBe('01A');
    expect(await store.job('01B')).toBe(null);
    await store[Symbol.asyncDispose]();
  });

  it('commits transactions that wait together, and takes a failing one back alone', async () => {
    const path = newPath();
    const database = await SqliteDatabase.open(path);
    const store = await SqlStore.open(database, clock);
    const commits = countCommits(database);
    const insert = (id: string) =>
      store.insertJob({ row: jobRow(id), body: {}, transitions: [], idempotency: null });
    await insert('01A');
    const before = commits();
    const ids = Array.from({ length: 100 }, (_, k) => `02${String(k).padStart(3, '0')}`);
    const outcomes = await Promise.all([
      ...ids.slice(0, 50).map((id) => codeOf(insert(id))),
      codeOf(insert('01A')), // its id is there already
      ...ids.slice(50).map((id) => codeOf(insert(id))),
    ]);
    expect(outcomes.filter((outcome) => outcome !== 'nothing was thrown')).toEqual([
      'store-failed',
    ]);
    expect(commits() - before).toBe(1);
    expect(await store.openJobs()).toHaveLength(101);
    await store[Symbol.asyncDispose]();
    const again = await openEmbeddedStore(path, clock);
    expect(await again.openJobs()).toHaveLength(101);
    await again[Symbol.asyncDispose]();
  });

  it('shows readers nothing that is not durable yet', async () => {
    const database = await SqliteDatabase.open(newPath());
    await database.transaction((c) => c.script('CREATE TABLE t (x INTEGER) STRICT'));
    let seen: Promise<readonly unknown[]> | undefined;
    let committed = false;
    const read = async () =>
      database.read(async (c) => {
        const rows = await c.all('SELECT x FROM t');
        return [...rows.map(({ x }) => x), committed];
      });
    const writing = database
      .transaction(async (c) => {
        await c.run('INSERT INTO t VALUES (?)', [1]);
        seen = read();
        for (let k = 0; k < 100; k++) await Promise.resolve();
        await c.run('INSERT INTO t VALUES (?)', [2]);
      })
      .then(() => (committed = true));
    expect(await read()).toEqual([false]);
    await writing;
    expect(await seen).toEqual([1, 2, true]);
    const taken = database.transaction(async (c) => {
      await c.run('INSERT INTO t VALUES (?)', [3]);
      throw new Error('no');
    });
    expect(await codeOf(taken)).toBe('store-failed');
    expect(await read()).toEqual([1, 2, true]);
    await database[Symbol.asyncDispose]();
    expect(await codeOf(read())).toBe('store-failed');
    expect(await codeOf(database.transaction(async () => undefined))).toBe('store-failed');
  });

  it('does each transaction of a group alone where the group cannot be committed', async () => {
    const database = await SqliteDatabase.open(newPath());
    await database.transaction((c) =>
      c.script(
        'CREATE TABLE parent (x INTEGER PRIMARY KEY) STRICT; CREATE TABLE child (x INTEGER REFERENCES parent (x) DEFERRABLE INITIALLY DEFERRED) STRICT',
      ),
    );
    // A deferred key is looked at by COMMIT only: it fails for all of them.
    const add = (x: number) =>
      codeOf(database.transaction((c) => c.run('INSERT INTO child VALUES (?)', [x])));
    const parent = codeOf(database.transaction((c) => c.run('INSERT INTO parent VALUES (?)', [1])));
    expect(await Promise.all([parent, add(1), add(2), add(1)])).toEqual([
      'nothing was thrown',
      'nothing was thrown',
      'store-failed',
      'nothing was thrown',
    ]);
    const rows = await database.read((c) => c.all('SELECT x FROM child'));
    expect(rows.map(({ x }) => x)).toEqual([1, 1]);
    await database[Symbol.asyncDispose]();
  });

  it('opens a folder that an earlier relaxd has written', async () => {
    const path = newPath();
    const database = new (await databaseClass())(path);
    database.exec(
      'CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT',
    );
    database.exec(JOBS_AND_RUNS.sqlite);
    database.exec("INSERT INTO schema_migrations VALUES (1, '2026-01-01T00:00:00.000Z')");
    database.exec(
      `INSERT INTO jobs VALUES ('01A', 1, 'queued', 'a', 0, '${JSON.stringify(jobRow('01A'))}')`,
    );
    database.close();
    const store = await openEmbeddedStore(path, clock);
    expect((await store.openJobs()).map(({ id }) => id)).toEqual(['01A']);
    await store[Symbol.asyncDispose]();
  });

  it('names a database that cannot be written as failed, and keeps errors of relaxd as they are', () => {
    const readOnly = Object.assign(new Error('attempt to write a readonly database'), {
      errcode: 8,
    });
    expect(storeError(readOnly, 'p').code).toBe('store-failed');
    const other = storeError(new Error('boom'), 'p');
    expect(other.code).toBe('store-failed');
    expect(storeError(other, 'q')).toBe(other);
  });
});

/** Counts the COMMITs of a database. */
function countCommits(database: SqliteDatabase): () => number {
  const { handle } = database as unknown as { readonly handle: { exec(sql: string): void } };
  const exec = handle.exec.bind(handle);
  let count = 0;
  Object.defineProperty(handle, 'exec', {
    value: (sql: string) => {
      if (sql === 'COMMIT') count++;
      exec(sql);
    },
  });
  return () => count;
}
