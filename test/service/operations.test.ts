import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { RelaxdCommand, type Answer } from '../support/relaxd-command.js';
import { ServiceProcess, type JobView } from '../support/service-process.js';

const folder = temporaryFolder();
const relaxd = new RelaxdCommand(folder);
let service: ServiceProcess | undefined;
afterEach(async () => {
  await service?.end('SIGKILL');
  service = undefined;
});

const run = (shots: number, duration = 100) => ({
  kind: 'run',
  device: 'glauber',
  program: {
    version: 1,
    sites: 64,
    couplings: { kind: 'coo', entries: [[0, 1, 1]] },
    dynamics: { rule: 'glauber', order: 'random', temperature: 1 },
    duration,
    readout: { every: duration / 10, channels: ['energy'] },
    shots,
    seed: 1,
  },
});

const submit = (body: object): Promise<JobView> => service!.submit(body);
const job = (id: string): Promise<JobView> => service!.job(id);
const reaches = (id: string, state: string): Promise<JobView> =>
  service!.jobUntil(id, (job) => job.state === state);

describe('A service that is told to stop', () => {
  it('takes nothing more, lets runs end, closes its streams, writes all of it down, and ends with 0', async () => {
    const data = join(folder, 'one');
    service = await ServiceProcess.start(data, ['--drain', '30']);
    const going = await submit(run(800, 1000));
    await reaches(going.id, 'running');
    const waits = await submit(run(2));
    const socket = new WebSocket(`${service.address.replace('http', 'ws')}/v1/stream`, 'relaxd.v1');
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('open', resolve));

    const gone = once(service.child, 'exit');
    service.child.kill('SIGTERM');
    let refused: Response;
    do refused = await service.post('/v1/jobs', run(2));
    while (refused.status === 201);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'service-stopping' });
    const ready = await fetch(`${service.address}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      {
        code: 'service-stopping',
        checks: [{ name: 'serving', ok: false }, { ok: true }, { ok: true }],
      },
    ]);
    expect((await fetch(`${service.address}/healthz`)).status).toBe(200);
    expect((await job(going.id)).state).toBe('running');
    await gone;
    expect(service.child.exitCode).toBe(0);
    expect(await closed).toBe(1001);

    // Every line about a job or a run says which, on what, and where.
    const ids = [going.id, waits.id];
    const lines = service.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const about = lines.filter((line) => ids.some((id) => JSON.stringify(line).includes(id)));
    expect(about.length).toBeGreaterThan(6);
    for (const line of about) {
      if ('jobs' in line) continue; // a list of several
      expect(line).toMatchObject({
        jobId: expect.stringMatching(/^\w{26}$/) as string,
        deviceId: 'glauber',
        node: expect.any(String) as string,
      });
      expect(line).toHaveProperty('runId');
    }
    expect(lines.every((line) => typeof line['node'] === 'string')).toBe(true);

    service = await ServiceProcess.start(data);
    expect((await job(going.id)).state).toBe('completed');
    await reaches(waits.id, 'completed');
  });

  it('ends what is left when the time is over, and at once at a second signal', async () => {
    const data = join(folder, 'two');
    service = await ServiceProcess.start(data, ['--drain', '600']);
    const { id } = await submit(run(1_000_000));
    await reaches(id, 'running');
    service.child.kill('SIGTERM');
    await delay(300);
    expect(service.child.exitCode).toBe(null);
    expect(await service.end('SIGTERM')).toBe(0);
    expect(service.output).toContain('ending at once');
    expect(service.output).toMatch(new RegExp(`"jobId":"${id}".*"code":"service-restart"`));
  });
});

describe('relaxd backup, restore and config check', () => {
  it('back up a service under load, and bring it back elsewhere', async () => {
    const data = join(folder, 'three');
    service = await ServiceProcess.start(data);
    const { address } = service;
    const known = await submit(run(3));
    await reaches(known.id, 'completed');
    const file = join(folder, 'lab.tar');
    let going = true;
    const load = (async () => {
      while (going) await submit(run(2));
    })();
    const [locked, made, twice] = (await relaxd.together([
      ['backup', 'never.tar', '--data', data, '--json'],
      ['backup', file, '--url', address, '--json'],
      ['backup', file, '--url', address],
    ])) as readonly Answer[] as [Answer, Answer, Answer];
    going = false;
    await load;
    expect(locked.exit).toBe(1);
    expect(JSON.parse(locked.out)).toMatchObject({ error: { code: 'store-locked' } });
    expect(existsSync(join(folder, 'never.tar'))).toBe(false);
    expect([made.exit, made.err]).toEqual([0, '']);
    expect(JSON.parse(made.out)).toMatchObject({
      file,
      manifest: { format: 'relaxd-backup', store: 'embedded' },
    });
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(existsSync(`${file}.part`)).toBe(false);
    expect(twice.exit).toBe(2);
    expect(twice.err).toContain('nothing is written over');
    await service.end('SIGKILL');

    const [back, again] = (await relaxd.together([
      ['restore', file, '--data', 'back', '--json'],
      ['restore', file, '--data', 'back'],
    ])) as readonly Answer[] as [Answer, Answer];
    expect([back.exit, back.err]).toEqual([0, '']);
    expect(JSON.parse(back.out)).toMatchObject({ missingRecords: [], audit: { whole: true } });
    expect(again.exit).toBe(2);
    service = await ServiceProcess.start(join(folder, 'back'));
    const { state, run: its } = await job(known.id);
    expect(state).toBe('completed');
    expect(await service.get(`/v1/runs/${its!}/samples`)).toMatchObject({ rows: 33 });
  });

  it('judge a configuration as serve would, and start nothing', async () => {
    const config = join(folder, 'relaxd.json');
    const devices = [{ id: 'glauber-2', driver: 'glauber', options: { speed: 2 } }];
    const guards = [{ driver: 'gpio', devices: ['nobody'], options: {} }];
    const tls = { cert: 'no.pem', key: 'no.key' };
    const good = join(folder, 'good.json');
    writeFileSync(config, JSON.stringify({ version: 1, data: './four', tls, devices, guards }));
    writeFileSync(good, JSON.stringify({ version: 1, data: './four', port: 0 }));
    const [wrong, right, lost] = (await relaxd.together([
      ['config', 'check', config, '--json'],
      ['config', 'check', good, '--drain', '5', '--json'],
      ['config', 'check', 'nowhere.json'],
    ])) as readonly Answer[] as [Answer, Answer, Answer];
    expect(wrong.exit).toBe(1);
    const { ok, violations } = JSON.parse(wrong.out) as {
      ok: boolean;
      violations: { path: string }[];
    };
    expect(ok).toBe(false);
    expect(violations.map(({ path }) => path)).toEqual(['tls', 'devices[0]', 'guards[0]']);
    expect(right.exit).toBe(0);
    expect(JSON.parse(right.out)).toMatchObject({ ok: true, store: { state: 'new' } });
    expect(existsSync(join(folder, 'four'))).toBe(false);
    expect(lost.exit).toBe(2);
  });
});
