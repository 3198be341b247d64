import { expect, it } from 'vitest';
import { AuditLog } from '../access/index.js';
import { ManualClock } from '../core/index.js';
import { codeOf } from './code-of.test-support.js';
import { describePostgres } from './describe-postgres.test-support.js';
import { JobBook } from './job-book.js';
import { openSharedStore } from './open-store.js';
import type { PostgresStore } from './postgres-store.js';
import type { Commit } from './store.js';
import { jobRow, runRow } from './store-contract.test-support.js';
import { takeOver } from './take-over.js';

const LEASE_MS = 60_000;
const clock = new ManualClock(0);

describePostgres('A store that nodes share', (server) => {
  const withStore = (
    sentence: string,
    test: (store: PostgresStore, url: string) => Promise<void>,
  ): void => {
    it(sentence, async () => {
      const url = await server().newSchema();
      const store = await openSharedStore(url, clock);
      try {
        await test(store, url);
      } finally {
        await store[Symbol.asyncDispose]();
      }
    });
  };
  const join = (store: PostgresStore, name: string) =>
    store.join({ id: `id-${name}`, name, address: `http://${name}` }, LEASE_MS);
  /** As if a node had been silent for longer than its lease. */
  const runOut = (url: string, token: number) =>
    server().query(`UPDATE nodes SET expires_at = 0 WHERE token = ${token}`, url);
  /** A job under way under a token, with its run. */
  const underWay = async (store: PostgresStore, id: string, token: number) => {
    await store.insertJob({ row: jobRow(id), body: {}, transitions: [], idempotency: null });
    const claim = { token, node: 'n' };
    const row = jobRow(id, { revision: 2, state: 'running', armed: true, run: `R${id}`, claim });
    await store.commit({
      alive: token,
      job: { row, expectedRevision: 1, transitions: [] },
      runs: [runRow(`R${id}`, id)],
    });
    return row;
  };

  withStore('gives leases that end by its own clock, and for good', async (store, url) => {
    const one = await join(store, 'one');
    const two = await join(store, 'two');
    expect(two.token).toBeGreaterThan(one.token);
    expect(await store.renew(one.token, LEASE_MS)).toBe(true);
    expect(await store.endLeases()).toEqual([]);
    await runOut(url, one.token);
    // Late, but nobody has ended it yet: it goes on.
    expect(await store.renew(one.token, LEASE_MS)).toBe(true);
    await runOut(url, one.token);
    expect(await store.endLeases()).toEqual([one]);
    expect(await store.renew(one.token, LEASE_MS)).toBe(false);
    expect(await store.nodes()).toEqual([two]);
    const again = await join(store, 'one');
    expect(again.token).toBeGreaterThan(two.token);
    await store.leave(two.token);
    expect(await store.nodes()).toEqual([again]);
  });

  withStore('takes a job over with the record as it is then', async (store, url) => {
    const late = await join(store, 'late');
    const row = await underWay(store, '01A', late.token);
    const fence = { job: '01A', token: late.token };
    const sealed = (blocks: number) => ({
      rows: 3 * blocks,
      shots: blocks,
      nextRow: 3 * blocks,
      blocks,
    });
    const seal = (number: number) =>
      store.seal('R01A', { number, bytes: Uint8Array.of(1) }, 3, sealed(number + 1), fence);
    await seal(0);
    await runOut(url, late.token);
    await store.endLeases();
    const book = new JobBook(store, clock, () => undefined);
    let looks = 0;
    // A block that was on its way when the node went arrives after the record was looked at.
    const looked = Object.create(store, {
      sealed: {
        value: async (run: string) => {
          const found = await store.sealed(run);
          if (looks++ === 0) await seal(1);
          return found;
        },
      },
    }) as PostgresStore;
    const audit = new AuditLog(store.access, clock);
    const take = () => takeOver(row, { store: looked, book, clock, log: () => undefined, audit });
    await take();
    expect((await store.job('01A'))?.state).toBe('running');
    await take();
    expect((await store.job('01A'))?.state).toBe('failed');
    expect(await store.run('R01A')).toMatchObject({ rows: 6, shots: 2, record: 'repaired' });
    expect(looks).toBe(2);
    // Nothing is added any more.
    expect(await codeOf(seal(2))).toBe('lease-lost');
  });

  withStore('refuses every write under a token that is not the job’s', async (store, url) => {
    const late = await join(store, 'late');
    const row = await underWay(store, '01A', late.token);
    const fence = { job: '01A', token: late.token };
    const document = { run: 'R01A', kind: 'gap' as const, at: '', document: {} };
    await store.commit({ fence, documents: [document] });
    const sealed = { rows: 3, shots: 1, nextRow: 3, blocks: 1 };
    await store.seal('R01A', { number: 0, bytes: Uint8Array.of(1) }, 3, sealed, fence);

    // The node is silent for longer than its lease, and another one takes the job over.
    await runOut(url, late.token);
    await store.endLeases();
    expect((await store.orphans()).map(({ id }) => id)).toEqual(['01A']);
    const taken = jobRow('01A', { revision: 3, state: 'failed', claim: null });
    await store.commit({ fence, job: { row: taken, expectedRevision: 2, transitions: [] } });
    expect(await store.orphans()).toEqual([]);

    // Then it wakes up, and goes on as if nothing had happened.
    const result = { run: 'R01A', shots: 3 } as never;
    const completed = { ...row, revision: 4, state: 'completed' as const };
    const writes: Commit[] = [
      { documents: [document] },
      { runs: [runRow('R01A', '01A', { state: 'completed' })] },
      { result },
      { job: { row: completed, expectedRevision: 3, transitions: [] }, result },
      { job: { row: completed, expectedRevision: 2, transitions: [] } },
    ];
    for (const write of writes) {
      expect(await codeOf(store.commit({ ...write, fence }))).toBe('lease-lost');
    }
    const block = { number: 1, bytes: Uint8Array.of(2) };
    expect(await codeOf(store.seal('R01A', block, 3, { ...sealed, blocks: 2 }, fence))).toBe(
      'lease-lost',
    );
    expect(await store.job('01A')).toEqual(taken);
    expect(await store.documents('R01A')).toHaveLength(1);
    expect((await store.run('R01A'))?.state).toBe('armed');
    expect(await store.result('R01A')).toBe(null);
    expect(await store.sealed('R01A')).toEqual(sealed);
    expect(await store.blocks('R01A', 0, 10)).toHaveLength(1);

    // Without the fence it would have been written: it is the fence that holds.
    await store.commit({ result });
    expect(await store.result('R01A')).not.toBe(null);
  });

  withStore('lets no node take a job whose lease is over', async (store, url) => {
    const node = await join(store, 'one');
    await runOut(url, node.token);
    await store.endLeases();
    expect(await codeOf(underWay(store, '01A', node.token))).toBe('lease-lost');
    expect((await store.job('01A'))?.state).toBe('queued');
  });

  withStore(
    'keeps a record block by block, each once, and finds a damaged one',
    async (store, url) => {
      const { token } = await join(store, 'one');
      await underWay(store, '01A', token);
      const fence = { job: '01A', token };
      const part = (k: number) => ({ number: k, bytes: Uint8Array.of(k, 0, 255) });
      for (const k of [0, 1, 1, 2]) {
        const after = { rows: 10 * (k + 1), shots: k, nextRow: 10 * (k + 1), blocks: k + 1 };
        await store.seal('R01A', part(k), 10, after, fence);
      }
      expect(await store.sealed('R01A')).toEqual({ rows: 30, shots: 2, nextRow: 30, blocks: 3 });
      const read = await store.blocks('R01A', 1, 10);
      expect(read.map(({ number, bytes }) => [number, ...bytes])).toEqual([
        [1, 1, 0, 255],
        [2, 2, 0, 255],
      ]);
      await server().query("UPDATE sample_batches SET bytes = '\\x00' WHERE number = 2", url);
      expect(await codeOf(store.blocks('R01A', 0, 10))).toBe('record-damaged');
      await server().query('DELETE FROM sample_batches WHERE number = 1', url);
      expect(await codeOf(store.blocks('R01A', 0, 10))).toBe('record-damaged');
    },
  );

  withStore('tells every change, also of transactions that end late', async (store, url) => {
    const other = await openSharedStore(url, clock);
    const insert = (id: string) =>
      store.insertJob({ row: jobRow(id), body: {}, transitions: [], idempotency: null });
    const since = await store.now();
    await insert('01A');
    const { default: pg } = await import('pg');
    const slow = new pg.Client({ connectionString: url });
    await slow.connect();
    await slow.query('BEGIN');
    await slow.query(
      `INSERT INTO jobs (id, revision, state, device, ended, document)
         VALUES ('01B', 1, 'queued', 'a', 0, '${JSON.stringify(jobRow('01B'))}')`,
    );
    await insert('01C');
    const first = await other.changes(since);
    expect(first.jobs.map(({ id }) => id)).toEqual(['01A', '01C']);
    await slow.query('COMMIT');
    await slow.end();
    const second = await other.changes(first.upTo);
    expect(second.jobs.map(({ id }) => id)).toContain('01B');
    expect((await other.changes(second.upTo)).jobs).toEqual([]);
    await other[Symbol.asyncDispose]();
  });

  withStore('shows the devices of the nodes that are here', async (store) => {
    const one = await join(store, 'one');
    const device = {
      device: 'board',
      attached: true,
      link: 'online',
      equipment: 'standby',
      reason: null,
      driver: 'serial-board',
      origin: 'hardware',
      serial: '7',
      descriptor: { version: 1 },
    };
    await store.showDevices(one.token, [device]);
    await store.showDevices(one.token, [device]);
    expect(await store.nodeDevices()).toEqual([{ ...device, node: one }]);
    await store.leave(one.token);
    expect(await store.nodeDevices()).toEqual([]);
  });
});
