import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdSource, systemClock } from '../core/index.js';
import { openAccessStore } from '../lab/index.js';
import { databaseClass } from '../lab/sqlite-driver.js';
import { temporaryFolder } from '../lab/temporary-folder.test-support.js';
import { startTestService, type TestService } from '../service/service.test-support.js';
import { runCli } from './cli.js';
import type { Composition } from './composition.js';

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

async function relaxd(args: readonly string[], env: Record<string, string> = {}) {
  const stdout = new Sink();
  const stderr = new Sink();
  const composition = {
    version: '0.0.0',
    clock: systemClock,
    ids: new IdSource(systemClock),
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    env,
  } as unknown as Composition;
  const code = await runCli(['node', 'relaxd', ...args], composition);
  return { code, out: stdout.text, said: stderr.text };
}
const json = <T>({ out }: { out: string }): T => JSON.parse(out) as T;
interface Made {
  readonly key: { readonly id: string; readonly expiresAt: string | null };
  readonly secret: string;
}

describe('relaxd keys, on a data folder', () => {
  const data = ['--data', join(temporaryFolder(), 'data')];

  it('makes the first key, lists it without its secret, gives it another one and ends it', async () => {
    const made = await relaxd(['keys', 'create', '--name', 'ann', '--role', 'admin', ...data]);
    expect(made.code).toBe(0);
    const secret = made.out.trim();
    expect(secret).toMatch(/^rlx_[a-z0-9]{12}_[\w-]{43}$/);
    expect(made.said).toContain('shown this once');
    const brief = await relaxd([
      ...['keys', 'create', '--name', 'ben', '--role', 'observer', '--expires', '90d', '--json'],
      ...data,
    ]);
    const { key } = json<Made>(brief);
    expect(Date.parse(key.expiresAt!)).toBeGreaterThan(systemClock.wallMs() + 89 * 86_400_000);
    const listed = await relaxd(['keys', 'list', ...data]);
    expect(listed.out).toContain('ann');
    expect(listed.out).toContain('observer');
    expect(listed.out).not.toContain(secret.slice(-43));
    const [, id] = secret.split('_');
    const rotated = json<Made>(await relaxd(['keys', 'rotate', id!, '--json', ...data]));
    expect(rotated.secret).not.toBe(secret);
    // Also where somebody pastes the whole key.
    const revoked = await relaxd(['keys', 'revoke', rotated.secret, ...data]);
    expect(revoked.out).toContain('is revoked');
    expect((await relaxd(['keys', 'rotate', id!, ...data])).said).toContain('key-ended');
    const unknown = await relaxd(['keys', 'revoke', 'nobody', ...data]);
    expect([unknown.code, unknown.said]).toEqual([2, expect.stringContaining('unknown-key')]);
  });

  it('refuses what is no role and no time', async () => {
    const role = await relaxd(['keys', 'create', '--name', 'x', '--role', 'root', ...data]);
    expect([role.code, role.said]).toEqual([2, expect.stringContaining('calibrator')]);
    const time = ['--expires', 'tomorrow'];
    const late = await relaxd([
      'keys',
      'create',
      '--name',
      'x',
      '--role',
      'admin',
      ...time,
      ...data,
    ]);
    expect([late.code, late.said]).toEqual([2, expect.stringContaining('90d')]);
  });

  it('says how, where a service has the folder open', async () => {
    const open = await openAccessStore(data[1]!, systemClock);
    const locked = await relaxd(['keys', 'list', ...data]);
    expect(locked.code).toBe(1);
    expect(locked.said).toContain('store-locked');
    expect(locked.said).toContain('--url http://127.0.0.1:7070');
    await open[Symbol.asyncDispose]();
  });

  it('leaves an audit log that can be verified, and says where it was altered', async () => {
    const listed = await relaxd(['audit', 'list', ...data]);
    expect(listed.out).toContain('command line');
    const whole = await relaxd(['audit', 'verify', ...data]);
    expect([whole.code, whole.out]).toEqual([0, expect.stringContaining('whole: 4 entries')]);
    const end = /its end: (\S+)/.exec(whole.out)![1]!;
    expect((await relaxd(['audit', 'verify', '--expect', end, ...data])).code).toBe(0);
    const other = `2:sha256:${'0'.repeat(64)}`;
    expect((await relaxd(['audit', 'verify', '--expect', other, ...data])).code).toBe(1);
    expect((await relaxd(['audit', 'verify', '--expect', 'x', ...data])).code).toBe(2);
    const database = new (await databaseClass())(join(data[1]!, 'lab.sqlite'));
    database.exec("UPDATE audit SET who_name = 'nobody' WHERE seq = 2");
    database.close();
    const broken = await relaxd(['audit', 'verify', '--json', ...data]);
    expect(broken.code).toBe(1);
    expect(json(broken)).toMatchObject({ whole: false, broken: { seq: 2 } });
  });
});

describe('relaxd with a service that asks for keys', () => {
  let test: TestService;
  let admin: string;
  beforeAll(async () => {
    test = await startTestService({ access: { anonymous: 'none' } });
    const made = { name: 'admin', role: 'admin', expiresAt: null, createdBy: 'test' } as const;
    admin = (await test.lab.keys.create(made)).text;
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
  });

  it('keys and audit go through it, with --key or RELAXD_KEY', async () => {
    const url = ['--url', test.service.address];
    const create = ['keys', 'create', '--name', 'cleo', '--role', 'operator', '--json'];
    const { key, secret } = json<Made>(await relaxd([...create, ...url, '--key', admin]));
    const env = { RELAXD_URL: test.service.address, RELAXD_KEY: admin };
    const { items } = json<{ items: { id: string }[] }>(
      await relaxd(['keys', 'list', '--json'], env),
    );
    expect(items.map(({ id }) => id)).toContain(key.id);
    const low = await relaxd(create, { ...env, RELAXD_KEY: secret });
    expect([low.code, json(low)]).toEqual([
      2,
      { error: expect.objectContaining({ code: 'forbidden' }) as unknown },
    ]);
    expect((await relaxd(['keys', 'rotate', key.id], env)).code).toBe(0);
    expect((await relaxd(['keys', 'revoke', key.id], env)).out).toContain('is revoked');
    expect((await relaxd(['audit', 'list'], env)).out).toContain('cleo');
    expect((await relaxd(['audit', 'verify'], env)).out).toContain('whole');
  });

  it.each([
    [['devices'], 0],
    [['jobs'], 0],
    [['job', '01J'], 2],
    [['cancel', '01J'], 2],
    [['export', '01J', '--format', 'csv', '--out', '/nowhere/at/all'], 2],
  ])('%j sends the key, and without one says that it is wanted', async (args, code) => {
    const url = ['--url', test.service.address];
    const refused = await relaxd([...args, ...url]);
    expect([refused.code, refused.said]).toEqual([2, expect.stringContaining('unauthenticated')]);
    expect(refused.said).toContain('Authorization: Bearer');
    const sent = await relaxd([...args, ...url, '--key', admin]);
    expect(sent.said).not.toContain('unauthenticated');
    expect(sent.code).toBe(code);
  });
});

describe('a store that is named twice', () => {
  const both = ['--data', 'nowhere', '--database-url', 'postgres://nowhere/lab'];
  it.each([
    ['keys', 'list'],
    ['backup', 'never.tar'],
    ['restore', 'never.tar'],
  ])('%s %s is refused', async (...command) => {
    const refused = await relaxd([...command, ...both]);
    expect(refused.code).toBe(2);
    expect(refused.said).toContain('give one of them');
  });
});
