import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Viewer } from '../../src/service/stream/viewer.test-support.js';
import { NodeLab } from '../campaign/nodes/node-lab.js';
import { postgresMissing } from '../support/postgres-server.js';
import { redisMissing } from '../support/redis-server.js';
import type { ServiceProcess } from '../support/service-process.js';

const missing = postgresMissing ?? redisMissing;

const ring = (device: string, shots: number, duration: number): Record<string, unknown> => ({
  kind: 'run',
  device,
  program: {
    version: 1,
    sites: 8,
    couplings: { kind: 'coo', entries: Array.from({ length: 7 }, (_, i) => [i, i + 1, 1]) },
    dynamics: { rule: 'glauber', order: 'random', temperature: 1 },
    duration,
    readout: { every: duration / 100, channels: ['energy'] },
    shots,
    seed: 1,
  },
});

describe.skipIf(missing !== null)(
  `Two nodes as processes${missing === null ? '' : `, left out: ${missing}`}`,
  () => {
    let lab: NodeLab;
    let one: ServiceProcess;
    let two: ServiceProcess;
    beforeAll(async () => {
      lab = await NodeLab.start({ nodes: 2, leaseS: 3, redis: true });
      one = lab.nodes[0]!.service!;
      two = lab.nodes[1]!.service!;
    });
    afterAll(async () => {
      await lab?.[Symbol.asyncDispose]();
    });

    const submit = async (node: ServiceProcess, body: object): Promise<string> =>
      (await node.submit(body)).id;
    const ready = (node: ServiceProcess) =>
      node.get<{ node: { lease: boolean; nodes: number; redis: string } }>('/readyz');
    const comes = async (what: () => Promise<boolean>): Promise<void> => {
      while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 50));
    };

    it('know of each other, and say how they stand', async () => {
      for (const node of [one, two]) {
        await comes(async () => (await ready(node)).node.nodes === 2);
      }
      expect((await ready(one)).node).toMatchObject({ lease: true, nodes: 2, redis: 'up' });
      const metrics = await (await fetch(`${two.address}/metrics`)).text();
      expect(metrics).toContain('relaxd_nodes 2');
      expect(metrics).toContain('relaxd_redis_up 1');
    });

    it('show what is attached to one of them, and pass on what is asked of it', async () => {
      interface Devices {
        readonly items: readonly { readonly id: string; readonly node?: string }[];
      }
      await comes(async () => {
        const { items } = await two.get<Devices>('/v1/devices');
        return items.find(({ id }) => id === 'board-sim')?.node === 'node-0';
      });
      const { items } = await one.get<Devices>('/v1/devices');
      expect(items.find(({ id }) => id === 'board-sim')?.node).toBe('node-0');
      expect(items.find(({ id }) => id === 'glauber')?.node).toBe(undefined);
      const [here, there] = await Promise.all(
        [one, two].map((node) => node.get('/v1/devices/board-sim/descriptor')),
      );
      expect(there).toEqual(here);
      const cause = { cause: 'a test of two nodes' };
      const safe = await two.post('/v1/devices/board-sim/actions/safe-state', cause);
      expect(await safe.json()).toMatchObject({ equipment: 'safe' });
      expect(await one.get('/v1/devices/board-sim')).toMatchObject({ equipment: 'safe' });
      const wrong = await two.post('/v1/devices/board-sim/actions/nonsense', {});
      expect(wrong.status).toBe(404);
      expect(await wrong.json()).toMatchObject({ code: 'not-found' });
    });

    it('write what was passed on into the audit log once, with how it went and whence it came', async () => {
      interface Audit {
        readonly items: readonly Record<string, unknown>[];
      }
      const { items } = await one.get<Audit>('/v1/audit?action=actOnDevice');
      const details = { forwardedFor: '127.0.0.1' };
      expect(items).toMatchObject([
        { target: '/v1/devices/board-sim/actions/nonsense', outcome: 'refused', details },
        { target: '/v1/devices/board-sim/actions/safe-state', outcome: 'done', details },
      ]);
    });

    it('show the events of such a device to viewers of any node, under the same numbers', async () => {
      const viewers = await Promise.all([one, two, two].map(({ address }) => Viewer.open(address)));
      try {
        for (const viewer of viewers) {
          const topic = 'devices/board-sim';
          viewer.send({
            op: 'subscribe',
            id: 'a',
            topic,
            policy: 'lossless',
            from: 0,
            credit: 900,
          });
          viewer.send({ op: 'subscribe', id: 'now', topic });
        }
        const stream = await Promise.all(
          viewers.map(async (viewer) => (await viewer.message('subscribed')).stream),
        );
        expect(new Set(stream).size).toBe(1);
        for (const action of ['disconnect', 'connect']) {
          const done = await two.post(`/v1/devices/board-sim/actions/${action}`, {});
          expect(done.status).toBe(200);
        }
        const [there, here, besides] = await Promise.all(
          viewers.map(async (viewer) => {
            const linkOf = (body: unknown): string | undefined =>
              (body as { readonly device?: { readonly link: string } }).device?.link;
            const away = await viewer.message(
              'event',
              ({ id, body }) => id === 'a' && linkOf(body) === 'offline',
            );
            const { seq } = await viewer.message(
              'event',
              ({ id, body, seq: at }) => id === 'a' && at > away.seq && linkOf(body) === 'online',
            );
            const present = await viewer.message('event', ({ id }) => id === 'now');
            expect(present).toMatchObject({ snapshot: true, body: { type: 'state' } });
            return viewer.of('event').filter((event) => event.id === 'a' && event.seq <= seq);
          }),
        );
        expect(there!.length).toBeGreaterThan(1);
        expect(here).toEqual(there);
        expect(besides).toEqual(there);
        const [here1] = viewers.slice(1);
        here1!.send({ op: 'subscribe', id: 'b', topic: 'devices/board-sim', from: 1e9 });
        expect(await here1!.message('error', ({ id }) => id === 'b')).toMatchObject({
          code: 'invalid-input',
        });
      } finally {
        for (const viewer of viewers) viewer.hangUp();
      }
    });

    it('take no pass but that of a node', async () => {
      for (const pass of ['1', `1.${'A'.repeat(43)}`, `99.${'A'.repeat(43)}`, '1.']) {
        const answer = await fetch(`${one.address}/v1/devices`, {
          headers: { authorization: `Node ${pass}` },
        });
        expect(answer.status).toBe(401);
      }
    });

    it('go on without Redis, say so, and recover', async () => {
      await lab.redis!.kill();
      await comes(async () => (await ready(two)).node.redis === 'away');
      const ids = await Promise.all([one, two].map((node) => submit(node, ring('glauber', 2, 10))));
      expect(await one.jobEnd(ids[1]!)).toMatchObject({ state: 'completed' });
      expect(await two.jobEnd(ids[0]!)).toMatchObject({ state: 'completed' });
      await lab.redis!.startAgain();
      await comes(async () => (await ready(two)).node.redis === 'up');
      expect(await one.jobEnd(await submit(two, ring('glauber', 2, 10)))).toMatchObject({
        state: 'completed',
      });
    });

    it('refuse what a paused one writes when it wakes up', async () => {
      const id = await submit(one, ring('glauber', 50, 200_000));
      await two.jobUntil(id, ({ state }) => state === 'running');
      const [row] = await lab.query(
        `SELECT n.name FROM jobs j JOIN nodes n ON n.token = j.claim WHERE j.id = '${id}'`,
      );
      const paused = lab.nodes.find(({ name }) => name === row!['name'])!;
      const other = paused === lab.nodes[0] ? two : one;
      paused.pause();
      const job = await other.jobEnd(id);
      expect(job).toMatchObject({ state: 'failed', error: { code: 'node-lost' } });
      const [before] = await lab.query(`SELECT sealed_blocks FROM runs WHERE id = '${job.run}'`);
      paused.goOn();
      await comes(async () => paused.output.includes('lease-lost'));
      await comes(async () => (await ready(paused.service!)).node.lease);
      expect(await other.get(`/v1/jobs/${id}`)).toEqual(job);
      expect(await paused.service!.get(`/v1/jobs/${id}`)).toEqual(job);
      expect(await lab.query(`SELECT sealed_blocks FROM runs WHERE id = '${job.run}'`)).toEqual([
        before,
      ]);
      expect(await lab.query(`SELECT run FROM results WHERE run = '${job.run}'`)).toEqual([]);
      // It is a node like any other again.
      expect(
        await other.jobEnd(await submit(paused.service!, ring('glauber', 2, 10))),
      ).toMatchObject({ state: 'completed' });
    });
  },
);
