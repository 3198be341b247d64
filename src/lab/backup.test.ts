import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LAB_ACTOR } from '../access/index.js';
import { systemClock } from '../core/index.js';
import { readArchive } from './backup-archive.js';
import { codeOf } from './code-of.test-support.js';
import { describePostgres } from './describe-postgres.test-support.js';
import { FakeDevice } from './fake-device.test-support.js';
import { deviceSource, reaches, runKind } from './lab-bench.test-support.js';
import { Lab } from './lab.js';
import {
  backUpFolder,
  backUpSharedStore,
  openSharedStore,
  restoreToSharedStore,
} from './open-store.js';
import { restoreToFolder } from './restore.js';
import { schemaOfFolder } from './store-schema.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const folder = temporaryFolder();
const BODY = { kind: 'run', device: 'a' };
const options = { clock: systemClock, version: 'test' };

interface Opened {
  readonly lab: Lab;
  readonly device: FakeDevice;
}
async function opened(
  data: string,
  more: Partial<Parameters<typeof Lab.open>[0]> = {},
): Promise<Opened> {
  const device = new FakeDevice('a');
  const lab = await Lab.open({
    folder: data,
    devices: deviceSource([device]),
    kinds: [runKind],
    clock: systemClock,
    log: () => undefined,
    version: 'test',
    ...more,
  });
  return { lab, device };
}

/** Something in the audit log. */
const noted = (lab: Lab): Promise<unknown> =>
  lab.audit.record({ who: LAB_ACTOR, action: 'x', target: 'y', outcome: 'done', details: {} });

async function intoFile(
  path: string,
  make: (write: (piece: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<string> {
  const file = await open(path, 'w');
  try {
    await make(async (piece) => void (await file.writeFile(piece)));
  } finally {
    await file.close();
  }
  return path;
}

describe('A backup of an embedded store', () => {
  const acknowledged: string[] = [];
  let backup: string;
  let during: string;
  let samples: unknown;
  let first: string;

  beforeAll(async () => {
    const { lab, device } = await opened(join(folder, 'one'));
    first = (await lab.submit(BODY, { idempotencyKey: 'first' })).id;
    await reaches(lab, first, 'completed');
    samples = await lab.archive.samples((await lab.job(first)).run!);
    await noted(lab);
    device.auto = false;
    during = (await lab.submit(BODY)).id;
    await reaches(lab, during, 'running');
    await device.shot();
    // Submissions go on while the backup is made, and those before its beginning must be in it.
    let going = true;
    const load = (async () => {
      for (let k = 0; going; k++) {
        const { id } = await lab.submit({ ...BODY, seed: k });
        if (going) acknowledged.push(id);
      }
    })();
    while (acknowledged.length < 100) await new Promise((resolve) => setImmediate(resolve));
    const before = acknowledged.length;
    backup = await intoFile(join(folder, 'one.tar'), (write) => lab.backup(write));
    going = false;
    await load;
    acknowledged.length = before;
    await lab.close();
  });

  it('has every job that was acknowledged before, its records, and an audit log that is whole', async () => {
    const data = join(folder, 'restored');
    const report = await restoreToFolder(backup, data);
    expect(report).toMatchObject({
      manifest: { format: 'relaxd-backup', version: 1, relaxd: 'test', store: 'embedded' },
      place: data,
      runs: 2,
      records: 2,
      missingRecords: [],
      audit: { whole: true },
    });
    expect(report.jobs).toBeGreaterThanOrEqual(acknowledged.length + 2);
    expect(report.audit!.entries).toBeGreaterThan(0);
    const { lab } = await opened(data, { begin: false });
    for (const id of acknowledged) expect((await lab.job(id)).state).toBe('queued');
    expect((await lab.job(first)).state).toBe('completed');
    expect(await lab.archive.samples((await lab.job(first)).run!)).toEqual(samples);
    // What was under way is what it is after a crash, with what its record had.
    const interrupted = await lab.job(during);
    expect(interrupted).toMatchObject({ state: 'failed', error: { code: 'service-restart' } });
    const run = await lab.archive.run(interrupted.run!);
    expect(run).toMatchObject({ record: 'repaired', shots: 1 });
    // The key still stands for its job.
    expect((await lab.submit(BODY, { idempotencyKey: 'first' })).id).toBe(first);
    expect(await lab.audit.verify()).toMatchObject({ whole: true });
    await lab.close();
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is restored nowhere where something is, and leaves that alone', async () => {
    const data = join(folder, 'taken');
    mkdirSync(data);
    writeFileSync(join(data, 'mine'), 'x');
    expect(await codeOf(restoreToFolder(backup, data))).toBe('file-unwritable');
    expect(readdirSync(data)).toEqual(['mine']);
    mkdirSync(join(folder, 'empty'));
    await restoreToFolder(backup, join(folder, 'empty'));
    expect(existsSync(join(folder, 'empty', 'lab.sqlite'))).toBe(true);
  });

  it('is refused where a byte is another one, or its end is missing, wherever that is', async () => {
    const size = readFileSync(backup).length;
    const spoilt = join(folder, 'spoilt.tar');
    const refusedWith = async (spoil: () => Promise<void>): Promise<void> => {
      copyFileSync(backup, spoilt);
      await spoil();
      const code = await codeOf(restoreToFolder(spoilt, join(folder, 'never')));
      expect(['invalid-input', 'unknown-field', 'unsupported-version']).toContain(code);
      expect(existsSync(join(folder, 'never'))).toBe(false);
    };
    const places = Array.from({ length: 40 }, (_, k) => Math.floor((size * (k + 0.5)) / 40));
    for (const at of places) {
      const bytes = readFileSync(backup);
      // Padding holds nothing; a change of it is none.
      if (bytes[at] === 0) continue;
      await refusedWith(async () => {
        bytes[at] = bytes[at]! ^ 0x55;
        writeFileSync(spoilt, bytes);
      });
    }
    for (const length of [0, 100, 512, 5000, Math.floor(size / 2), size - 1024, size - 1]) {
      await refusedWith(() => truncate(spoilt, length));
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is refused where it is of a newer schema', async () => {
    const bytes = readFileSync(backup);
    const text = bytes.toString('latin1');
    const newer = text.replace(/"schema": \d/, '"schema": 9');
    const path = join(folder, 'newer.tar');
    writeFileSync(path, Buffer.from(newer, 'latin1'));
    await expect(restoreToFolder(path, join(folder, 'never'))).rejects.toMatchObject({
      code: 'unsupported-version',
      details: { value: 9 },
    });
  });

  it('is made of a folder that nothing has open', async () => {
    const data = join(folder, 'one');
    const path = await intoFile(join(folder, 'two.tar'), (write) =>
      backUpFolder(data, options, write),
    );
    expect(await schemaOfFolder(data)).toMatchObject({ state: 'current' });
    const { contents } = await readArchive(path);
    expect(contents.files.map(({ name }) => name)).toContain('lab.sqlite');
    expect(
      await codeOf(backUpFolder(join(folder, 'nowhere'), options, async () => undefined)),
    ).toBe('not-found');
  });
});

describePostgres('A backup of a store of several machines', (postgres) => {
  it('has all its tables as they were at one moment, records among them, and is restored into an empty database', async () => {
    const url = await postgres().newDatabase();
    const node = async (of: string, name: string): Promise<Opened> => {
      const store = await openSharedStore(of, systemClock);
      return opened(join(folder, name), { node: { store, id: name, name } });
    };
    const { lab } = await node(url, 'node-1');
    const { id } = await lab.submit(BODY, { idempotencyKey: 'k' });
    await reaches(lab, id, 'completed');
    const run = (await lab.job(id)).run!;
    const samples = await lab.archive.samples(run);
    await noted(lab);
    const path = await intoFile(join(folder, 'postgres.tar'), (write) => lab.backup(write));
    await lab.submit(BODY);
    await lab.close();
    const again = join(folder, 'postgres-2.tar');
    await intoFile(again, (write) => backUpSharedStore(url, options, write));

    expect(await codeOf(restoreToFolder(path, join(folder, 'never')))).toBe('wrong-call');
    expect(await codeOf(restoreToSharedStore(path, url, systemClock))).toBe('file-unwritable');
    const other = await postgres().newDatabase();
    expect(await restoreToSharedStore(path, other, systemClock)).toMatchObject({
      manifest: { store: 'postgres' },
      jobs: 1,
      runs: 1,
      records: 1,
      audit: { whole: true, entries: 1 },
    });
    const restored = await node(other, 'node-2');
    expect(await restored.lab.archive.samples(run)).toEqual(samples);
    expect((await restored.lab.submit(BODY, { idempotencyKey: 'k' })).id).toBe(id);
    // Numbers go on where they were.
    const next = await restored.lab.submit(BODY);
    await reaches(restored.lab, next.id, 'completed');
    await noted(restored.lab);
    expect(await restored.lab.audit.verify()).toMatchObject({ whole: true });
    await restored.lab.close();
  });
});
