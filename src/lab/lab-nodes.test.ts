import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresMissing, PostgresServer } from '../../test/support/postgres-server.js';
import { RedisServer, redisMissing } from '../../test/support/redis-server.js';
import { systemClock } from '../core/index.js';
import type { LoadReceipt, Program } from '../device/index.js';
import { FakeDevice } from './fake-device.test-support.js';
import { codeOf } from './code-of.test-support.js';
import { deviceSource, reaches, runKind } from './lab-bench.test-support.js';
import { Lab } from './lab.js';
import { openNodeLine, openSharedStore } from './open-store.js';
import { retentionSettings, type RetentionSettings } from './retention-rule.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const folder = temporaryFolder();
const BODY = { kind: 'run', device: 'a' };
const missing = postgresMissing ?? redisMissing;

interface Node {
  readonly name: string;
  readonly lab: Lab;
  readonly device: FakeDevice;
  readonly token: () => number;
}

/** A device that belongs to one node. */
class AttachedDevice extends FakeDevice {
  override readonly origin = 'firmware-sim' as never;
}

/** Takes no program before it is told to. */
class SlowDevice extends FakeDevice {
  go: () => void = () => undefined;
  private readonly gate = new Promise<void>((resolve) => {
    this.go = resolve;
  });

  override async load(program: Program): Promise<LoadReceipt> {
    await this.gate;
    return super.load(program);
  }
}

describe.skipIf(missing !== null)(
  `Labs of several nodes${missing === null ? '' : `, left out: ${missing}`}`,
  () => {
    let postgres: PostgresServer;
    let redis: RedisServer;
    beforeAll(async () => {
      [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
    });
    afterAll(async () => {
      await postgres?.[Symbol.asyncDispose]();
      await redis?.[Symbol.asyncDispose]();
    });

    async function node(
      url: string,
      name: string,
      options: {
        readonly devices?: readonly FakeDevice[];
        readonly redis?: boolean;
        readonly leaseMs?: number;
        readonly retention?: RetentionSettings;
      } = {},
    ): Promise<Node> {
      const device = new FakeDevice('a');
      device.auto = false;
      const store = await openSharedStore(url, systemClock);
      const line =
        options.redis === true
          ? await openNodeLine({
              url: redis.url,
              lab: await store.labId(),
              node: name,
              clock: systemClock,
              log: () => undefined,
            })
          : null;
      const lab = await Lab.open({
        folder: mkdtempSync(join(folder, 'node-')),
        devices: deviceSource(options.devices ?? [device]),
        kinds: [runKind],
        clock: systemClock,
        log: () => undefined,
        version: 'test',
        node: { store, id: name, name, leaseMs: options.leaseMs ?? 1000, line },
        begin: false,
        ...(options.retention === undefined ? {} : { retention: options.retention }),
      });
      lab.begin(`http://${name}`);
      for (;;) {
        const { claim, lineUp } = lab.nodes!;
        if (claim !== null && (line === null || lineUp)) break;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { name, lab, device, token: () => lab.nodes!.claim!.token };
    }

    const within = async (what: () => boolean | Promise<boolean>): Promise<void> => {
      while (!(await what())) await new Promise((resolve) => setImmediate(resolve));
    };

    describe.each([
      ['by looking', false],
      ['with Redis', true],
    ])('%s', (_name, withRedis) => {
      it('run a job once, wherever it was submitted, and show it everywhere', async () => {
        const url = await postgres.newSchema();
        const one = await node(url, 'one', { redis: withRedis });
        const two = await node(url, 'two', { redis: withRedis });
        await using _one = one.lab;
        await using _two = two.lab;
        const ids: string[] = [];
        for (let k = 0; k < 6; k++) {
          const { lab } = k % 2 === 0 ? one : two;
          ids.push((await lab.submit(BODY, { idempotencyKey: `k${k}` })).id);
        }
        const again = await two.lab.submit(BODY, { idempotencyKey: 'k0' });
        expect(again.id).toBe(ids[0]);
        for (const { device } of [one, two]) {
          device.auto = true;
          if (device.equipment === 'acquiring') void device.finish();
        }
        for (const id of ids) {
          const there = await one.lab.jobEnd(id);
          expect(there).toMatchObject({ state: 'completed', result: { shots: 2 } });
          expect(await two.lab.job(id)).toEqual(there);
        }
        const plans = [...one.device.plans, ...two.device.plans].map(({ run }) => run);
        expect(new Set(plans).size).toBe(6);
        expect(plans).toHaveLength(6);
      });

      it('take over at once what a node had that was drained: its lease is given back, not waited for', async () => {
        const url = await postgres.newSchema();
        const leaseMs = 600_000;
        const one = await node(url, 'one', { redis: withRedis, leaseMs });
        const going = await one.lab.submit({ ...BODY, retry: { attempts: 2 } });
        await reaches(one.lab, going.id, 'running');
        const waits = await one.lab.submit(BODY);
        const two = await node(url, 'two', { redis: withRedis, leaseMs });
        await using _two = two.lab;
        two.device.auto = true;
        await one.lab.drain(0);
        expect(await codeOf(one.lab.submit(BODY))).toBe('service-stopping');
        await one.lab.close();
        expect(await two.lab.jobEnd(waits.id)).toMatchObject({ state: 'completed' });
        const ended = await two.lab.jobEnd(going.id);
        expect(ended).toMatchObject({ state: 'completed', attempt: 2 });
        // The run that was cut off is written down as what it was.
        const runs = (await two.lab.archive.runs({ job: going.id })).items;
        expect(runs.map(({ state, error }) => [state, error?.code])).toEqual([
          ['completed', undefined],
          ['failed', 'service-restart'],
        ]);
        expect((await two.lab.submit(BODY)).state).toBe('queued');
      });

      it('carry what is asked through any node to the run', async () => {
        const url = await postgres.newSchema();
        const one = await node(url, 'one', { redis: withRedis });
        await using _one = one.lab;
        const { id } = await one.lab.submit({ ...BODY, shots: 1000 });
        await reaches(one.lab, id, 'running');
        const two = await node(url, 'two', { redis: withRedis });
        await using _two = two.lab;
        const run = (await two.lab.job(id)).run!;
        // The record is read through the other node while it grows.
        let heard = 0;
        two.lab.on('run', (row) => {
          heard = Math.max(heard, row.rows);
        });
        let recorded = 0;
        await within(async () => {
          await one.device.shot();
          recorded += 3;
          const { chunks } = await two.lab.archive.samples(run);
          return chunks.length > 0 && (await two.lab.archive.run(run)).rows > 0;
        });
        await within(() => heard > 0);
        if (withRedis) {
          // At once, and not with the next block.
          await within(async () => {
            await one.device.shot();
            recorded += 3;
            return (await two.lab.archive.samples(run)).chunks.reduce(rowsOf, 0) === recorded;
          });
        }
        await two.lab.act(id, 'cancel');
        await within(() => one.device.calls.includes('stop'));
        expect(await two.lab.jobEnd(id)).toMatchObject({ state: 'cancelled' });
        const { rows, record } = await two.lab.archive.run(run);
        expect(record).toBe('whole');
        const pages = await Promise.all([
          one.lab.archive.samples(run),
          two.lab.archive.samples(run),
        ]);
        expect(pages[1].chunks.reduce(rowsOf, 0)).toBe(rows);
        expect(pages[1]).toEqual(pages[0]);
        expect(two.lab.queue()).toMatchObject({ active: 0 });
      });
    });

    it('delete a record once, wherever it is asked for, and nobody reads it as whole then', async () => {
      const url = await postgres.newSchema();
      const rules = [{ name: 'at once', olderThanDays: 1e-9 }];
      const retention = retentionSettings({ everyS: 86_400, rules });
      const one = await node(url, 'one', { retention });
      const two = await node(url, 'two', { retention });
      await using _one = one.lab;
      await using _two = two.lab;
      const runs: string[] = [];
      for (const { device } of [one, two]) device.auto = true;
      for (let k = 0; k < 6; k++) {
        const { run } = await one.lab.jobEnd((await one.lab.submit(BODY)).id);
        runs.push(run!);
      }
      const [pinned] = runs;
      await two.lab.archive.pin(pinned!, 'ada', 'figure 3');
      // A copy at the one that will be told of the deletion.
      await one.lab.archive.samples(runs[1]!);
      const reports = await Promise.all([one.lab.retention.apply(), two.lab.retention.apply()]);
      const deleted = reports.reduce((sum, report) => sum + report.deleted.runs, 0);
      expect(deleted).toBe(5);
      const log = "SELECT target FROM audit WHERE action = 'record-deleted'";
      const targets = (await postgres.query(log, url)).map(({ target }) => target);
      expect(targets.sort()).toEqual(runs.slice(1).map((run) => `/v1/runs/${run}`));
      for (const run of runs) {
        for (const { lab } of [one, two]) {
          const read = codeOf(lab.archive.samples(run));
          expect(await read).toBe(run === pinned ? 'nothing was thrown' : 'record-deleted');
        }
      }
      expect(await one.lab.archive.run(runs[1]!)).toEqual(await two.lab.archive.run(runs[1]!));
      const blocks = 'SELECT DISTINCT run FROM sample_batches';
      expect(await postgres.query(blocks, url)).toEqual([{ run: pinned }]);
      await within(async () =>
        [one, two].every(({ lab }) =>
          runs.slice(1).every((run) => !existsSync(join(lab['folder'], 'runs', run))),
        ),
      );
    });

    it('keep their data folders to themselves', async () => {
      const url = await postgres.newSchema();
      const shared = mkdtempSync(join(folder, 'node-'));
      const open = async (name: string): Promise<Lab> =>
        Lab.open({
          folder: shared,
          devices: deviceSource([]),
          kinds: [runKind],
          clock: systemClock,
          log: () => undefined,
          version: 'test',
          node: { store: await openSharedStore(url, systemClock), id: name, name },
        });
      const one = await open('one');
      expect(await codeOf(open('two'))).toBe('store-locked');
      await one.close();
      await (await open('two')).close();
    });

    it('take over what a node leaves: not armed, it is queued again; armed, it has failed', async () => {
      const url = await postgres.newSchema();
      const one = await node(url, 'one');
      const { id } = await one.lab.submit(BODY);
      await reaches(one.lab, id, 'running');
      await one.device.shot();
      const two = await node(url, 'two');
      await using _two = two.lab;
      const lost = one.token();
      await postgres.query(`UPDATE nodes SET expires_at = 0, gone = 1 WHERE token = ${lost}`, url);
      const job = await two.lab.jobEnd(id);
      expect(job).toMatchObject({ state: 'failed', error: { code: 'node-lost' } });
      expect(await two.lab.archive.run(job.run!)).toMatchObject({ state: 'failed' });
      // The node that was silent finds out, ends what it had, and is one of them again.
      await within(() => one.lab.nodes!.claim !== null && one.token() > lost);
      await within(() => one.device.calls.includes('abort'));
      const { id: next } = await one.lab.submit(BODY);
      for (const { device } of [one, two]) device.auto = true;
      expect(await two.lab.jobEnd(next)).toMatchObject({ state: 'completed' });
      expect(await two.lab.job(id)).toEqual(job);
      await one.lab.close();
    });

    it('write down how a run ended whose lease was lost, also where there is one node only', async () => {
      const url = await postgres.newSchema();
      const slow = new SlowDevice('slow');
      const device = new FakeDevice('a');
      device.auto = false;
      // Longer than a busy machine may keep it silent: it is lost by hand here, and by nothing else.
      const one = await node(url, 'one', { devices: [device, slow], leaseMs: 5000 });
      await using _one = one.lab;
      const armed = await one.lab.submit(BODY);
      await reaches(one.lab, armed.id, 'running');
      await device.shot();
      const waits = await one.lab.submit({ ...BODY, device: 'slow' });
      await reaches(one.lab, waits.id, 'dispatching');
      const lost = one.token();
      await postgres.query(`UPDATE nodes SET expires_at = 0, gone = 1 WHERE token = ${lost}`, url);
      const job = await one.lab.jobEnd(armed.id);
      expect(job).toMatchObject({ state: 'failed', error: { code: 'node-lost' } });
      const run = await one.lab.archive.run(job.run!);
      expect(run).toMatchObject({ state: 'failed', error: { code: 'node-lost' } });
      expect(run.record).not.toBe('open');
      const kinds = (await one.lab.archive.documents(job.run!)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'stop')).toHaveLength(1);
      await within(() => device.calls.includes('abort'));
      // What was not armed is done again, and the audit log says why.
      await reaches(one.lab, waits.id, 'queued');
      slow.go();
      expect(await one.lab.jobEnd(waits.id)).toMatchObject({ state: 'completed' });
      expect(slow.plans).toHaveLength(1);
      const all = { limit: 100, before: null, key: null, action: null, outcome: null };
      const noted = (await one.lab.audit.entries(all)).map(({ action, target, details }) => [
        action,
        target,
        details['reason'],
      ]);
      expect(noted.sort()).toEqual([
        ['job-failed', `/v1/jobs/${armed.id}`, 'node-lost'],
        ['job-queued-again', `/v1/jobs/${waits.id}`, 'node-lost'],
      ]);
      device.auto = true;
      const { id: next } = await one.lab.submit(BODY);
      expect(await one.lab.jobEnd(next)).toMatchObject({ state: 'completed' });
      expect(await one.lab.job(armed.id)).toEqual(job);
    });

    it('send jobs for a device that one node has to that node, and wait where it has gone', async () => {
      const url = await postgres.newSchema();
      const board = new AttachedDevice('board');
      const one = await node(url, 'one', { devices: [board] });
      const two = await node(url, 'two');
      await using _two = two.lab;
      const body = { kind: 'run', device: 'board' };
      await within(() => two.lab.nodes!.ownerOf('board') !== null);
      expect(
        two.lab.nodes!.elsewhere().map(({ device, node: { name } }) => [device, name]),
      ).toEqual([['board', 'one']]);
      const held = await two.lab.reservations.reserve({
        device: 'board',
        until: new Date(systemClock.wallMs() + 3_600_000).toISOString(),
        note: 'alignment',
        holder: 'Ada',
      });
      expect(held).toMatchObject({ device: 'board', state: 'active' });
      await two.lab.reservations.release(held.id);
      const { id } = await two.lab.submit(body);
      expect(await two.lab.jobEnd(id)).toMatchObject({ state: 'completed', device: 'board' });
      expect(board.plans).toHaveLength(1);
      await board.setLink('offline');
      const waits = await two.lab.submit(body);
      await one.lab.close();
      await within(() => two.lab.nodes!.ownerOf('board') === null);
      expect(await two.lab.job(waits.id)).toMatchObject({ state: 'queued' });
      expect(await codeOf(two.lab.submit(body))).toBe('unknown-device');
      const again = new AttachedDevice('board');
      const three = await node(url, 'three', { devices: [again] });
      await using _three = three.lab;
      expect(await two.lab.jobEnd(waits.id)).toMatchObject({ state: 'completed' });
      expect(again.plans).toHaveLength(1);
    });
  },
);

const rowsOf = (sum: number, chunk: { readonly rows: number }): number => sum + chunk.rows;
