import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { findProgram } from '../support/own-server.js';
import { ServiceProcess } from '../support/service-process.js';

/**
 * The service on disks that are full, read-only and slow: real ones, a small tmpfs and a small ext4 in a file, mounted for the test, and
 * a disk that is slow to say that it has what it was given.
 */
const MIB = 2 ** 20;
const folder = temporaryFolder();
const mounted: string[] = [];
let service: ServiceProcess | undefined;
afterEach(async () => {
  await service?.end('SIGKILL');
  service = undefined;
  for (const place of mounted.splice(0)) execFileSync('umount', [place]);
});

const call = (program: string, ...args: string[]): void =>
  void execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });

function mount(name: string, ...args: string[]): string {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  call('mount', ...args, place);
  mounted.push(place);
  return place;
}
const tmpfs = (name: string, mib: number): string =>
  mount(name, '-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs');

/** Why something cannot be done here; null: it can. */
function reason(what: string, tryIt: () => void): string | null {
  try {
    tryIt();
    return null;
  } catch {
    return what;
  } finally {
    for (const place of mounted.splice(0)) execFileSync('umount', [place]);
  }
}
const noTmpfs = reason('a file system may not be mounted here', () => void tmpfs('try', 1));
const image = (name: string): string => {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  for (let k = 0; k < 32; k++) writeSync(file, Buffer.alloc(MIB));
  closeSync(file);
  call('mkfs.ext4', '-q', '-F', path);
  return path;
};
const noLoop = reason('a file may not be mounted as ext4 here', () => {
  mount('try', '-o', 'loop', image('try.img'));
  rmSync(join(folder, 'try.img'));
});
const gcc = findProgram('gcc');
const leftOut = (why: string | null): string => (why === null ? '' : `, left out: ${why}`);

/** `npm run campaign -- disk` */
const itInFull = process.env['RELAXD_CAMPAIGN'] === 'full' ? it : (): void => undefined;

interface Told {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: {
    readonly id: string;
    readonly code: string;
    readonly checks?: readonly { readonly name: string; readonly ok: boolean }[];
    readonly alarms?: readonly { readonly name: string }[];
  };
}
async function told(response: Response): Promise<Told> {
  const { status, headers } = response;
  return {
    status,
    retryAfter: headers.get('retry-after'),
    body: (await response.json()) as Told['body'],
  };
}
const asked = async (path: string): Promise<Told> => told(await fetch(service!.address + path));
const submitted = async (body: object): Promise<Told> =>
  told(await service!.post('/v1/jobs', body));
const jobOf = (
  id: string,
): Promise<{ state: string; run: string | null; error: { code: string } | null }> =>
  service!.get(`/v1/jobs/${id}`);

async function becomes(what: string, isSo: () => Promise<boolean>, seconds = 40): Promise<void> {
  for (let k = 0; k < 20 * seconds; k++) {
    if (await isSo()) return;
    await delay(50);
  }
  throw new Error(`${what} has not come about in ${seconds} s:\n${service!.output.slice(-3000)}`);
}
const ends = (id: string, state: string): Promise<void> =>
  becomes(`job ${id} ${state}`, async () => (await jobOf(id)).state === state);
const metric = async (line: string): Promise<boolean> =>
  (await (await fetch(`${service!.address}/metrics`)).text()).split('\n').includes(line);

const run = (shots: number, sites = 8) => ({
  kind: 'run',
  device: 'glauber',
  program: {
    version: 1,
    sites,
    couplings: { kind: 'coo', entries: [[0, 1, 1]] },
    dynamics: { rule: 'glauber', order: 'random', temperature: 1 },
    duration: 100,
    readout: { every: 1, channels: ['energy', 'state'] },
    shots,
    seed: 1,
  },
});
/** Some 200 bytes a row: more than any of the disks here has. */
const ENDLESS = run(100_000, 128);

function configuration(data: string, disk: object): string[] {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.json`);
  writeFileSync(file, JSON.stringify({ version: 1, data, disk, drainS: 1 }));
  return ['--config', file];
}

/** Every row that a run says it has is in its record, in order, and no more. */
async function recordIsWhole(id: string): Promise<number> {
  const { rows } = await service!.get<{ rows: number }>(`/v1/runs/${id}`);
  let counted = 0;
  for (let next: number | null = 0; next !== null;) {
    const page: { rows: number; firstRow: number; next: number | null } = await service!.get(
      `/v1/runs/${id}/samples?fromRow=${next}&rows=10000`,
    );
    expect(page.firstRow).toBe(counted);
    counted += page.rows;
    next = page.next;
  }
  expect(counted).toBe(rows);
  return rows;
}

describe.skipIf(noTmpfs !== null)(`A disk that fills${leftOut(noTmpfs)}`, () => {
  it('is warned of, refused before it is full, and used again by itself; nothing acknowledged is lost', async () => {
    const place = tmpfs('filling', 20);
    const filler = join(place, 'filler');
    const config = configuration(join(place, 'data'), { warnFreeMiB: 14, keepFreeMiB: 4 });
    service = await ServiceProcess.start(join(place, 'data'), config);
    const acknowledged = [(await submitted(run(3))).body.id];
    await ends(acknowledged[0]!, 'completed');
    expect((await asked('/readyz')).status).toBe(200);

    writeFileSync(filler, Buffer.alloc(7 * MIB));
    await becomes('the warning', async () => metric('relaxd_alarm{alarm="disk-low"} 1'));
    expect(await asked('/readyz')).toMatchObject({
      status: 200,
      body: { alarms: [{ name: 'disk-low' }] },
    });
    // It fills the rest itself; what waits behind it must not fail for that.
    const endless = (await submitted(ENDLESS)).body.id;
    acknowledged.push(endless, (await submitted(run(3))).body.id);
    await ends(endless, 'failed');
    const { error, run: its } = await jobOf(endless);
    expect(error).toMatchObject({ code: 'disk-full' });

    await becomes('the refusal', async () => (await asked('/readyz')).status === 507);
    expect(await asked('/readyz')).toMatchObject({
      body: { code: 'disk-full', alarms: [{ name: 'disk-full' }] },
    });
    const refused = await submitted(run(3));
    expect(refused).toMatchObject({ status: 507, body: { code: 'disk-full' } });
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    expect(await metric('relaxd_alarm{alarm="disk-full"} 1')).toBe(true);
    expect((await jobOf(acknowledged[2]!)).state).toBe('queued');
    const queue = await service.get<{ items: { job: string; waitsFor: string }[] }>('/v1/queue');
    expect(queue.items[0]).toMatchObject({
      job: acknowledged[2],
      waitsFor: expect.stringContaining('the disk is full') as string,
    });
    expect(service.output).toContain('"alarm":"disk-full"');

    rmSync(filler);
    await ends(acknowledged[2]!, 'completed');
    acknowledged.push((await submitted(run(3))).body.id);
    await service.end('SIGKILL');
    service = await ServiceProcess.start(join(place, 'data'), config);
    for (const id of acknowledged) expect((await jobOf(id)).state).not.toBe('unknown');
    expect((await jobOf(endless)).error).toMatchObject({ code: 'disk-full' });
    expect(await recordIsWhole(its!)).toBeGreaterThan(1000);
  }, 120_000);

  itInFull(
    'and is full to the last byte: the run that meets that has failed once it can be written down, and not before',
    async () => {
      const place = tmpfs('full', 12);
      const filler = join(place, 'filler');
      writeFileSync(filler, Buffer.alloc(4 * MIB));
      const data = join(place, 'data');
      const config = configuration(data, { warnFreeMiB: 0, keepFreeMiB: 0 });
      service = await ServiceProcess.start(data, config);
      const before = (await submitted(run(3))).body.id;
      await ends(before, 'completed');
      const endless = (await submitted(ENDLESS)).body.id;
      await becomes('the full disk', async () => (await asked('/readyz')).status === 507);
      const more: string[] = [];
      for (let k = 0; k < 30; k++) {
        const { status, body } = await submitted(run(3));
        if (status === 201) more.push(body.id);
        else expect([status, body.code]).toEqual([507, 'disk-full']);
      }
      rmSync(filler);
      await ends(endless, 'failed');
      const { error, run: its } = await jobOf(endless);
      expect(error).toMatchObject({ code: 'disk-full' });
      expect(await recordIsWhole(its!)).toBeGreaterThan(1000);
      await becomes('readiness', async () => (await asked('/readyz')).status === 200);
      const after = (await submitted(run(3))).body.id;
      await ends(after, 'completed');
      for (const id of more) await ends(id, 'completed');
    },
    120_000,
  );
});

describe.skipIf(noLoop !== null)(`A disk that becomes read-only${leftOut(noLoop)}`, () => {
  it('is refused, and nothing acknowledged is lost', async () => {
    const file = image('read-only.img');
    const place = mount('read-only', '-o', 'loop', file);
    const data = join(place, 'data');
    const config = configuration(data, { warnFreeMiB: 1, keepFreeMiB: 1 });
    service = await ServiceProcess.start(data, config);
    const done = (await submitted(run(3))).body.id;
    await ends(done, 'completed');
    const endless = (await submitted(run(100_000))).body.id;
    await becomes('the run', async () => (await jobOf(endless)).state === 'running');
    const waits = (await submitted(run(3))).body.id;
    call('mount', '-o', 'remount,abort', place);
    await becomes('the refusal', async () => (await asked('/readyz')).status === 503);
    expect(await submitted(run(3))).toMatchObject({ status: 503, body: { code: 'store-failed' } });
    expect(await metric('relaxd_alarm{alarm="disk-unwritable"} 1')).toBe(true);
    // It cannot be written down how the run has ended, so it has not.
    expect((await jobOf(endless)).state).not.toBe('completed');
    await service.end('SIGKILL');
    call('umount', place);
    call('mount', '-o', 'loop', file, place);
    service = await ServiceProcess.start(data, config);
    expect((await jobOf(done)).state).toBe('completed');
    const ended = await jobOf(endless);
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'service-restart' } });
    await recordIsWhole(ended.run!);
    await ends(waits, 'completed');
  }, 120_000);
});

describe.skipIf(gcc === null)(
  `A disk that is slow${leftOut(gcc === null ? 'gcc is not installed' : null)}`,
  () => {
    it('is an alarm; what is acknowledged is durable all the same', async () => {
      const library = join(folder, 'slow-sync.so');
      call(
        gcc!,
        '-shared',
        '-fPIC',
        '-o',
        library,
        join(import.meta.dirname, 'slow-sync.c'),
        '-ldl',
      );
      const slow = join(folder, 'slow');
      writeFileSync(slow, '0');
      const data = join(folder, 'slow-data');
      const config = configuration(data, { warnFreeMiB: 0, keepFreeMiB: 0, slowMs: 100 });
      const env = { LD_PRELOAD: library, SLOW_SYNC_FILE: slow };
      service = await ServiceProcess.start(data, config, { env });
      const jobs = [(await submitted(run(3))).body.id];
      await ends(jobs[0]!, 'completed');
      expect(await metric('relaxd_alarm{alarm="disk-slow"} 0')).toBe(true);
      writeFileSync(slow, '150');
      await becomes('the alarm', async () => metric('relaxd_alarm{alarm="disk-slow"} 1'));
      const { status, body } = await asked('/readyz');
      expect([status, body.alarms]).toMatchObject([200, [{ name: 'disk-slow' }]]);
      expect(service.output).toContain('the disk is slow');
      const beganMs = performance.now();
      const { status: taken, body: job } = await submitted(run(3));
      expect(taken).toBe(201);
      // Acknowledged once it was on the disk, and that took its time.
      expect(performance.now() - beganMs).toBeGreaterThan(150);
      await service.end('SIGKILL');
      service = await ServiceProcess.start(data, config);
      await ends(job.id, 'completed');
      expect(await metric('relaxd_alarm{alarm="disk-slow"} 0')).toBe(true);
    }, 120_000);
  },
);
