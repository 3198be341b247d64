import { readdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/index.js';
import { EMBEDDED_FILE } from './embedded-file.js';
import { backUpFolder, openEmbeddedStore } from './open-store.js';
import { schemaOfFolder } from './store-schema.js';
import { temporaryFolder } from './temporary-folder.test-support.js';
import { migrated, schemaOf, SCHEMA_VERSION } from './sql-migrations.js';
import { SqliteDatabase } from './sqlite-database.js';

const folder = temporaryFolder();
const clock = new ManualClock(Date.parse('2026-01-02T03:04:05.678Z'));
const COPY = 'lab.schema-1.20260102T030405Z.sqlite';

/** A store as the first relaxd has left it: with the first of the steps that made ours, and a job in it. */
async function oldStore(name: string): Promise<string> {
  const data = join(folder, name);
  await mkdir(data);
  const database = await SqliteDatabase.open(join(data, EMBEDDED_FILE));
  await migrated(database, '2025-01-01T00:00:00.000Z', { upTo: 1 });
  await database.transaction((connection) =>
    connection.run(
      "INSERT INTO jobs (id, revision, state, device, ended, document) VALUES ('01J', 1, 'completed', 'a', 1, ?)",
      [JSON.stringify({ id: '01J', revision: 1, state: 'completed', device: 'a' })],
    ),
  );
  await database[Symbol.asyncDispose]();
  return data;
}

describe('A store of an earlier schema', () => {
  it('is shown as such, and is brought to the newest one after a copy of it was made', async () => {
    const data = await oldStore('old');
    expect(await schemaOfFolder(data)).toEqual({ state: 'older', schema: 1 });
    const logs: string[] = [];
    const store = await openEmbeddedStore(join(data, EMBEDDED_FILE), clock, (_level, message) =>
      logs.push(message),
    );
    expect((await store.job('01J'))?.state).toBe('completed');
    await store[Symbol.asyncDispose]();
    expect(logs).toEqual([
      `a copy of the store as it was with schema 1 is ${join(data, COPY)}`,
      `the store was brought from schema 1 to ${SCHEMA_VERSION}`,
    ]);
    expect(await schemaOfFolder(data)).toEqual({ state: 'current', schema: SCHEMA_VERSION });
    const copy = await SqliteDatabase.open(join(data, COPY));
    expect(await schemaOf(copy)).toBe(1);
    const jobs = await copy.read((connection) => connection.all('SELECT id FROM jobs'));
    expect(jobs).toMatchObject([{ id: '01J' }]);
    await copy[Symbol.asyncDispose]();
  });

  it('stays as it is where no copy can be made, and says what to do', async () => {
    const data = await oldStore('cramped');
    // In the place of the copy.
    await mkdir(join(data, COPY));
    await expect(openEmbeddedStore(join(data, EMBEDDED_FILE), clock)).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('it stays as it is') as string,
      details: { hint: 'make room beside it, then start again' },
    });
    expect(await schemaOfFolder(data)).toEqual({ state: 'older', schema: 1 });
  });

  it('is backed up as it is', async () => {
    const data = await oldStore('kept');
    const pieces: Uint8Array[] = [];
    await backUpFolder(data, { clock, version: 'test' }, async (piece) => void pieces.push(piece));
    expect(Buffer.concat(pieces).toString('latin1')).toContain('"schema": 1');
    expect(await schemaOfFolder(data)).toEqual({ state: 'older', schema: 1 });
    expect(readdirSync(data).filter((name) => name.startsWith('lab.schema'))).toEqual([]);
  });
});

describe('A store of a later schema', () => {
  it('is not opened, and is left as it is', async () => {
    const data = await oldStore('later');
    const path = join(data, EMBEDDED_FILE);
    const database = await SqliteDatabase.open(path);
    await database.transaction((connection) =>
      connection.run("INSERT INTO schema_migrations (version, applied_at) VALUES (99, 'x')"),
    );
    await database[Symbol.asyncDispose]();
    expect(await schemaOfFolder(data)).toEqual({ state: 'newer', schema: 99 });
    await expect(openEmbeddedStore(path, clock)).rejects.toMatchObject({
      code: 'unsupported-version',
      details: { value: 99, limit: SCHEMA_VERSION },
    });
    expect(await schemaOfFolder(data)).toEqual({ state: 'newer', schema: 99 });
  });

  it('what is no store at all is said to be none', async () => {
    const data = join(folder, 'none');
    await mkdir(data);
    writeFileSync(join(data, EMBEDDED_FILE), 'no database'.repeat(1000));
    await expect(schemaOfFolder(data)).rejects.toMatchObject({ code: 'store-failed' });
    expect(await schemaOfFolder(join(folder, 'nowhere'))).toEqual({ state: 'new', schema: null });
  });
});
