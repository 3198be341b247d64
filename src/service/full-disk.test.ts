import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../core/index.js';
import { Lab } from '../lab/index.js';
import { DocumentedCalls } from './documented-answer.test-support.js';
import { smallProgram, startTestService, type TestService } from './service.test-support.js';

/** More than any disk has. */
const EVERYTHING_MIB = 2 ** 30;
const folder = mkdtempSync(join(tmpdir(), 'relaxd-full-'));

describe('a service whose disk has less room than is kept free', () => {
  let lab: Lab;
  let test: TestService;
  let calls: DocumentedCalls;
  beforeAll(async () => {
    const devices = { list: () => [], get: () => expect.unreachable() };
    lab = await Lab.open({
      folder,
      devices,
      kinds: [],
      clock: systemClock,
      log: () => undefined,
      version: '0.0.0',
      disk: { warnFreeMiB: EVERYTHING_MIB, keepFreeMiB: EVERYTHING_MIB, slowMs: 60_000 },
    });
    test = await startTestService({ lab });
    calls = await DocumentedCalls.of(test);
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is not ready, and says why', async () => {
    const { body } = await calls.call('getReadiness', '/readyz', 507);
    expect(body).toMatchObject({
      code: 'disk-full',
      checks: [
        { name: 'serving', ok: true },
        { name: 'store', ok: true },
        { name: 'disk', ok: false, detail: expect.stringContaining('the disk is full') as string },
      ],
      alarms: [{ name: 'disk-full' }],
    });
    await calls.call('getLiveness', '/healthz', 200);
  });

  it('refuses submissions and backups, and shows the alarm where people look', async () => {
    const job = { kind: 'run', device: 'one', program: smallProgram() };
    const { response, body } = await calls.send('submitJob', 'POST', '/v1/jobs', 507, job);
    expect(body).toMatchObject({ code: 'disk-full', limit: `${EVERYTHING_MIB} MiB` });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    await calls.call('makeBackup', '/v1/backup', 507, { method: 'POST' });
    const queue = await calls.call('getQueue', '/v1/queue', 200);
    expect(queue.body).toMatchObject({ alarms: [{ name: 'disk-full' }], draining: false });
    const metrics = await (await test.fetch('/metrics')).text();
    expect(metrics).toContain('relaxd_alarm{alarm="disk-full"} 1');
    expect(metrics).toMatch(/^relaxd_disk_free_bytes \d+/m);
  });
});
