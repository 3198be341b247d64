import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock, type RelaxdError } from '../core/index.js';
import { databaseClass, storeError } from './sqlite-driver.js';
import { SqliteStore } from './sqlite-store.js';
import { jobRow, storeContract } from './store-contract.test-support.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const clock = new ManualClock(0);
const folder = temporaryFolder();
let files = 0;
const newPath = (): string => join(folder, `store-${files++}.sqlite`);

storeContract('SQLite on disk', () => SqliteStore.open(newPath(), clock));
storeContract('SQLite in memory', () => SqliteStore.open(':memory:', clock));

const code = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'nothing was thrown',
    (error: unknown) => (error as RelaxdError).code,
  );

describe('SqliteStore', () => {
  it('keeps what was committed for the next process', async () => {
    const path = newPath();
    const first = await SqliteStore.open(path, clock);
    await first.insertJob({ row: jobRow('01A'), body: {}, transitions: [], idempotency: null });
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    const second = await SqliteStore.open(path, clock);
    expect((await second.job('01A'))?.id).toBe('01A');
    await second[Symbol.asyncDispose]();
  });

  it('refuses a second opener with store-locked and the path, and serves it once the first is gone', async () => {
    const path = newPath();
    const first = await SqliteStore.open(path, clock);
    const error = await SqliteStore.open(path, clock).catch((e: unknown) => e as RelaxdError);
    expect((error as RelaxdError).code).toBe('store-locked');
    expect((error as RelaxdError).message).toContain(path);
    await first[Symbol.asyncDispose]();
    const second = await SqliteStore.open(path, clock);
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
    const first = await SqliteStore.open(path, clock);
    await first.insertJob({ row: jobRow('01A'), body: {}, transitions: [], idempotency: null });
    expect(child().status).toBe(42);
    await first[Symbol.asyncDispose]();
    expect(child().signal).toBe('SIGKILL');
    const after = await SqliteStore.open(path, clock);
    const held = { states: ['held'], device: null, limit: 5, cursor: null } as const;
    expect((await after.jobs(held)).items).toHaveLength(1);
    await after[Symbol.asyncDispose]();
  });

  it('refuses a file that is no database, a folder that is not there, and a newer schema', async () => {
    const noDatabase = newPath();
    writeFileSync(noDatabase, 'this is not a database, however long it goes on '.repeat(50));
    expect(await code(SqliteStore.open(noDatabase, clock))).toBe('store-failed');
    expect(await code(SqliteStore.open(join(folder, 'nowhere', 'x'), clock))).toBe('store-failed');
    const folderInstead = newPath();
    mkdirSync(folderInstead);
    expect(await code(SqliteStore.open(folderInstead, clock))).toBe('store-failed');
    const newer = newPath();
    await (await SqliteStore.open(newer, clock))[Symbol.asyncDispose]();
    const database = new (await databaseClass())(newer);
    database.exec("INSERT INTO schema_migrations VALUES (99, '')");
    database.close();
    expect(await code(SqliteStore.open(newer, clock))).toBe('unsupported-version');
  });

  it('says disk-full where there is no room, and keeps what was there', async () => {
    const path = newPath();
    const store = await SqliteStore.open(path, clock);
    const insert = (id: string, letters: number) =>
      store.insertJob({
        row: jobRow(id),
        body: { text: 'x'.repeat(letters) },
        transitions: [],
        idempotency: null,
      });
    await insert('01A', 10);
    // SQLite answers with the same code, SQLITE_FULL, where a database may not grow any more.
    const { database } = store as unknown as { database: { exec(sql: string): void } };
    database.exec('PRAGMA max_page_count = 1');
    expect(await code(insert('01B', 1_000_000))).toBe('disk-full');
    expect((await store.job('01A'))?.id).toBe('01A');
    expect(await store.job('01B')).toBe(null);
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
