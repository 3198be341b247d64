import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  smallProgram,
  startTestService,
  until,
  type TestService,
} from '../service.test-support.js';
import { BATCH_BYTES } from './sample-batch.js';
import { BUSY_AT_BYTES } from './stream-socket.js';
import { retentionSettings } from '../../lab/index.js';
import { Viewer } from './viewer.test-support.js';

let test: TestService;
const viewers: Viewer[] = [];
beforeEach(async () => {
  test = await startTestService();
});
afterEach(async () => {
  for (const viewer of viewers.splice(0)) viewer.hangUp();
  await test[Symbol.asyncDispose]();
});

async function open(options: Parameters<typeof Viewer.open>[1] = {}): Promise<Viewer> {
  const viewer = await Viewer.open(test.service.address, options);
  viewers.push(viewer);
  return viewer;
}

/** Submits a run that stands still until the test delivers its shots. */
async function manualRun(program: Record<string, unknown> = {}): Promise<string> {
  test.device.manual = true;
  const begun = test.device.started();
  const job = await test.lab.submit({ kind: 'run', device: 'one', program: smallProgram(program) });
  await begun;
  await until(async () => (await test.lab.job(job.id)).run !== null);
  return (await test.lab.job(job.id)).run!;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, k) => from + k);

describe('subscriptions to a run', () => {
  it('lossless: catches up from the record and goes on live, and all that comes is the record', async () => {
    const run = await manualRun({
      shots: 6,
      readout: { every: 1, channels: ['energy', 'overlaps', 'state'] },
    });
    await test.device.deliver(0);
    await test.device.deliver(1);
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: 'a', topic: `runs/${run}`, policy: 'lossless', from: 3 });
    const subscribed = await viewer.message('subscribed');
    expect(subscribed).toMatchObject({ id: 'a', policy: 'lossless', next: 3, head: 10 });
    for (const shot of range(2, 6)) await test.device.deliver(shot);
    await test.device.finish();
    const end = await viewer.message('end');

    expect(end).toMatchObject({ id: 'a', reason: 'completed', next: 30 });
    expect(viewer.rows()).toEqual(range(3, 30));
    expect(viewer.of('gap')).toEqual([]);
    const { chunks } = await test.lab.archive.samples(run, { fromRow: 3 });
    const batches = viewer.of('batch').map(({ batch }) => batch);
    for (const name of ['shot', 'step', 't', 'energy', 'overlaps'] as const) {
      expect(batches.flatMap((batch) => batch[name])).toEqual(
        chunks.flatMap((chunk) => Array.from(chunk[name] ?? [])),
      );
    }
    expect(batches.flatMap((batch) => Array.from(Int8Array.from(batch.stateSpins)))).toEqual(
      chunks.flatMap((chunk) => Array.from(chunk.state)),
    );
    expect(batches.map((batch) => Number(batch.sequence))).toEqual(range(1, batches.length + 1));
    expect(batches[0]).toMatchObject({
      subscription: 'a',
      run,
      origin: 'emulator',
      sites: 4,
      references: 1,
    });
    // The first readout's energy is not defined, and stays so.
    expect(batches.flatMap((batch) => batch.energy).filter(Number.isNaN)).toHaveLength(5);
  });

  it('a record that a rule deletes ends those who have not read it with a gap, and refuses who comes later', async () => {
    const rules = [{ name: 'all', mostBytes: 0 }];
    await using own = await startTestService({}, 'one', {
      retention: retentionSettings({ everyS: 86_400, rules }),
    });
    const job = await own.lab.submit({ kind: 'run', device: 'one', program: smallProgram() });
    const run = (await own.lab.jobEnd(job.id)).run!;
    const viewer = await Viewer.open(own.service.address);
    viewers.push(viewer);
    const subscribe = (id: string, more: object): void =>
      viewer.send({ op: 'subscribe', id, topic: `runs/${run}`, policy: 'lossless', ...more });
    subscribe('early', { from: 0, credit: 0 });
    await viewer.message('subscribed');
    expect(await own.lab.retention.apply()).toMatchObject({ deleted: { runs: 1 } });
    viewer.send({ op: 'credit', id: 'early', n: 10 });
    expect(await viewer.message('end')).toMatchObject({ id: 'early', reason: 'record-deleted' });
    expect(viewer.of('gap')).toMatchObject([{ id: 'early' }]);
    subscribe('late', { from: 0 });
    const error = await viewer.message('error', ({ id }) => id === 'late');
    expect(error).toMatchObject({ code: 'record-deleted' });
    // At its end there is nothing that could be missed.
    subscribe('end', {});
    const end = await viewer.message('end', ({ id }) => id === 'end');
    expect(end).toMatchObject({ reason: 'record-deleted' });
    expect(viewer.of('gap')).toHaveLength(1);
    expect(viewer.closed).toBe(null);
  });

  it('lossless: sends no more batches than there is credit for, and loses nothing for that', async () => {
    const run = await manualRun({ shots: 5 });
    const viewer = await open();
    viewer.send({
      op: 'subscribe',
      id: 'a',
      topic: `runs/${run}`,
      policy: 'lossless',
      from: 0,
      credit: 0,
    });
    await viewer.message('subscribed');
    for (const shot of range(0, 5)) await test.device.deliver(shot);
    await test.device.finish();
    viewer.send({ op: 'credit', id: 'a', n: 2 });
    await until(() => viewer.of('batch').length === 2);
    // What else might come would come before the answer to this.
    viewer.send({ op: 'unsubscribe', id: 'nobody' });
    await viewer.message('error', ({ id }) => id === 'nobody');
    expect(viewer.of('batch')).toHaveLength(2);
    viewer.send({ op: 'credit', id: 'a', n: 100 });
    await viewer.message('end');
    expect(viewer.rows()).toEqual(range(0, 25));
  });

  it('latest: what a viewer is too slow for is announced, and gaps and rows add up', async () => {
    // 2,001 rows a shot: more than one batch.
    const shots = 4;
    const run = await manualRun({
      shots,
      duration: 1000,
      readout: { every: 0.5, channels: ['energy'] },
    });
    const viewer = await open();
    viewer.send({
      op: 'subscribe',
      id: 'a',
      topic: `runs/${run}`,
      policy: 'latest',
      from: 0,
      credit: 1,
    });
    await viewer.message('subscribed');
    await test.device.deliver(0);
    await viewer.message('batch');
    await test.device.deliver(1);
    await test.device.deliver(2);
    await test.device.deliver(3);
    await test.device.finish();
    viewer.send({ op: 'credit', id: 'a', n: 1 });
    await until(() => viewer.of('batch').length === 2);
    viewer.send({ op: 'credit', id: 'a', n: 20 });
    const end = await viewer.message('end');
    const rows = shots * 2001;
    expect(end.next).toBe(rows);
    const skipped = viewer.of('gap').flatMap(({ from, to, reason }) => {
      expect(reason).toBe('skipped');
      return range(from, to + 1);
    });
    expect(skipped.length).toBeGreaterThan(0);
    expect([...viewer.rows(), ...skipped].sort((a, b) => a - b)).toEqual(range(0, rows));
    // The newest came.
    expect(viewer.rows().at(-1)).toBe(rows - 1);
    const shown = await (await test.fetch('/metrics')).text();
    expect(shown).toContain(`relaxd_stream_skipped_total{reason="skipped"} ${skipped.length}`);
  });

  it('decimate: the whole course evenly thinned where a viewer is behind, all of it where not', async () => {
    const shots = 6;
    const run = await manualRun({
      shots,
      duration: 1000,
      readout: { every: 0.5, channels: ['energy', 'overlaps', 'state'] },
    });
    const viewer = await open();
    const topic = `runs/${run}`;
    viewer.send({ op: 'subscribe', id: 'a', topic, policy: 'decimate', from: 0, credit: 1 });
    await viewer.message('subscribed');
    for (const shot of range(0, 3)) await test.device.deliver(shot);
    await viewer.message('batch');
    await until(() => viewer.of('batch').length === 1);
    // Shot 4 is lost on its way.
    await test.device.deliver(3);
    await test.device.deliver(5);
    await test.device.finish();
    viewer.send({ op: 'credit', id: 'a', n: 50 });
    const end = await viewer.message('end');
    const rows = shots * 2001;
    expect(end.next).toBe(rows);
    const seen = viewer.rows();
    expect([...seen, ...viewer.missing()].sort((a, b) => a - b)).toEqual(range(0, rows));
    expect(new Set(viewer.of('gap').map(({ reason }) => reason))).toEqual(
      new Set(['decimated', 'lost']),
    );
    expect(seen.at(-1)).toBe(rows - 1);
    // A raster that is spread over everything, shot and readout.
    expect(new Set(seen.map((row) => Math.floor(row / 2001)))).toEqual(new Set([0, 1, 2, 3, 5]));
    expect(seen.length).toBeGreaterThan(1024);
    expect(seen.length).toBeLessThan(rows / 2);
    // Each is the row that it says it is.
    const page = await test.lab.archive.samples(run, { fromRow: 0, rows: 10_000 });
    const t = new Map<number, number[]>();
    for (const chunk of page.chunks) {
      for (let k = 0; k < chunk.rows; k++) {
        t.set(chunk.firstRow + k, [chunk.shot[k]!, chunk.step[k]!, chunk.t[k]!, chunk.energy![k]!]);
      }
    }
    let at = 0;
    for (const { batch } of viewer.of('batch')) {
      expect(batch.stateRows).toEqual(range(0, batch.rows));
      for (let k = 0; k < batch.rows; k++, at++) {
        const row = seen[at]!;
        if (row < 10_000 && t.has(row)) {
          expect([batch.shot[k], batch.step[k], batch.t[k], batch.energy[k]]).toEqual(t.get(row));
        }
        const spin = batch.shot[k]! % 2 === 0 ? 1 : 255;
        expect(batch.stateSpins[k * batch.sites]).toBe(spin);
      }
    }
  });

  it('samples that nobody takes do not hold up what else the socket is sent', async () => {
    const shots = 20;
    const run = await manualRun({
      sites: 128,
      couplings: { kind: 'coo', entries: [[0, 1, 1]] },
      references: null,
      shots,
      duration: 1000,
      readout: { every: 0.125, channels: ['state'] },
    });
    const viewer = await open();
    const topic = `runs/${run}`;
    viewer.send({ op: 'subscribe', id: 'r', topic, policy: 'lossless', from: 0, credit: 1000 });
    viewer.send({ op: 'subscribe', id: 'j', topic: 'jobs', credit: 10 });
    await viewer.message('subscribed', ({ id }) => id === 'j');
    // 25 MB, many times what a network takes from a viewer that does not read.
    viewer.socket.pause();
    for (const shot of range(0, shots)) await test.device.deliver(shot);
    await test.device.finish();
    const [socket] = test.service.sockets;
    await until(async () => (await test.lab.jobs({})).items[0]!.state === 'completed');
    expect(socket!.bufferedAmount).toBeLessThan(BUSY_AT_BYTES + 2 * BATCH_BYTES);
    viewer.socket.resume();
    await viewer.message('end', ({ id }) => id === 'r');
    expect(viewer.rows()).toEqual(range(0, shots * 8001));
    const done = viewer.received.findIndex(
      (one) => one.op === 'event' && (one.body as { state: string }).state === 'completed',
    );
    const bytes = (from: number, to: number): number =>
      viewer.received
        .slice(from, to)
        .reduce((sum, one) => sum + (one.op === 'batch' ? one.batch.stateSpins.length : 0), 0);
    expect(bytes(0, done)).toBeLessThan(bytes(done, viewer.received.length));
  });

  it('announces rows that the device lost, and counts on', async () => {
    const run = await manualRun({ shots: 4 });
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: 'a', topic: `runs/${run}`, policy: 'lossless', from: 0 });
    await viewer.message('subscribed');
    await test.device.deliver(0);
    await test.device.deliver(3);
    await test.device.finish();
    await viewer.message('end');
    expect(viewer.rows()).toEqual([...range(0, 5), ...range(15, 20)]);
    expect(viewer.of('gap')).toMatchObject([{ from: 5, to: 14, reason: 'lost' }]);
  });

  it('a run that is over comes out of the record and ends', async () => {
    const job = await test.lab.submit({ kind: 'run', device: 'one', program: smallProgram() });
    await until(async () => (await test.lab.job(job.id)).state === 'completed');
    const { run } = await test.lab.job(job.id);
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: '1', topic: `runs/${run}`, policy: 'lossless', from: 0 });
    await viewer.message('end', ({ reason }) => reason === 'completed');
    expect(viewer.rows()).toEqual(range(0, 15));
    // Without `from` there is nothing left to come; the id is free again.
    viewer.send({ op: 'subscribe', id: '1', topic: `runs/${run}`, credit: 0 });
    await until(() => viewer.of('end').length === 2);
    expect(viewer.of('end')[1]).toMatchObject({ reason: 'completed', next: 15 });
  });

  it('a stalled viewer holds up neither the run nor another viewer', async () => {
    const run = await manualRun({ shots: 3 });
    const stalled = await open();
    stalled.send({
      op: 'subscribe',
      id: 's',
      topic: `runs/${run}`,
      policy: 'lossless',
      from: 0,
      credit: 0,
    });
    await stalled.message('subscribed');
    stalled.socket.pause();
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: 'v', topic: `runs/${run}`, policy: 'lossless', from: 0 });
    await viewer.message('subscribed');
    for (const shot of range(0, 3)) await test.device.deliver(shot);
    await test.device.finish();
    await viewer.message('end');
    expect(viewer.rows()).toEqual(range(0, 15));
    expect((await test.lab.archive.run(run)).rows).toBe(15);
  });
});

describe('subscriptions to events', () => {
  it('jobs: every state of a job, in order, without its result', async () => {
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: 'j', topic: 'jobs', credit: 100 });
    await viewer.message('subscribed');
    const job = await test.lab.submit({ kind: 'run', device: 'one', program: smallProgram() });
    await viewer.message('event', ({ body }) => (body as { state: string }).state === 'completed');
    const events = viewer.of('event');
    const jobs = events.map(({ body }) => body as { id: string; revision: number; state: string });
    expect(jobs.every(({ id }) => id === job.id)).toBe(true);
    expect(jobs.map(({ revision }) => revision)).toEqual(
      jobs.map(({ revision }) => revision).sort((a, b) => a - b),
    );
    expect(jobs[0]).not.toHaveProperty('result');
    expect(events.map(({ seq }) => seq)).toEqual(
      range(events[0]!.seq, events[0]!.seq + events.length),
    );
  });

  it('jobs: can be had again from an earlier number', async () => {
    const job = await test.lab.submit({ kind: 'run', device: 'one', program: smallProgram() });
    await until(async () => (await test.lab.job(job.id)).state === 'completed');
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: 'j', topic: 'jobs', from: 0, credit: 100 });
    const { head } = await viewer.message('subscribed');
    await until(() => viewer.of('event').length === head);
    expect(viewer.of('event').map(({ seq }) => seq)).toEqual(range(0, head));
  });

  it('queue and devices begin with the present state', async () => {
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: 'q', topic: 'queue' });
    viewer.send({ op: 'subscribe', id: 'd', topic: 'devices/one' });
    const queue = await viewer.message('event', ({ id }) => id === 'q');
    expect(queue.body).toEqual(await (await test.fetch('/v1/queue')).json());
    const device = await viewer.message('event', ({ id }) => id === 'd');
    expect(device.body).toEqual({
      type: 'state',
      device: await (await test.fetch('/v1/devices/one')).json(),
    });
  });

  it('devices: parameters and changes of state are told', async () => {
    const viewer = await open();
    viewer.send({
      op: 'subscribe',
      id: 'd',
      topic: 'devices/one',
      policy: 'lossless',
      credit: 100,
    });
    await viewer.message('event');
    await test.device.writeParameter('gain', 1.5);
    const told = await viewer.message(
      'event',
      ({ body }) => (body as { type: string }).type === 'parameter',
    );
    expect(told.body).toMatchObject({ reading: { name: 'gain', value: 1.5 } });
    await test.device.toSafeState('a test');
    const safe = await viewer.message('event', ({ body }) => {
      const { device } = body as { device?: { equipment: string } };
      return device?.equipment === 'safe';
    });
    expect(safe.body).toMatchObject({ device: { reason: 'a test' } });
  });

  it('latest: without credit only the newest is kept, and the rest is a gap', async () => {
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: 'd', topic: 'devices/one', credit: 1 });
    await viewer.message('event');
    for (const value of [0.1, 0.2, 0.3, 0.4]) await test.device.writeParameter('gain', value);
    viewer.send({ op: 'credit', id: 'd', n: 1 });
    const newest = await viewer.message(
      'event',
      ({ body }) => (body as { type: string }).type === 'parameter',
    );
    expect(newest.body).toMatchObject({ reading: { value: 0.4 } });
    expect(viewer.of('gap')).toMatchObject([
      { from: newest.seq - 3, to: newest.seq - 1, reason: 'skipped' },
    ]);
  });
});

describe('what is refused', () => {
  it.each([
    [{ topic: 'rums/1' }, 'unknown-topic'],
    [{ topic: '' }, 'unknown-topic'],
    [{ topic: '__proto__' }, 'unknown-topic'],
    [{ topic: 'runs/01NOBODY' }, 'unknown-run'],
    [{ topic: 'devices/nobody' }, 'unknown-device'],
    [{ topic: 'jobs', from: 1_000_000 }, 'invalid-input'],
  ])('%j is an error %s, and the socket goes on', async (request, code) => {
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: 'x', ...request });
    expect(await viewer.message('error')).toMatchObject({ id: 'x', code });
    viewer.send({ op: 'subscribe', id: 'x', topic: 'queue' });
    await viewer.message('event');
  });

  it('an id that is taken, and credit for one that is not', async () => {
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: 'x', topic: 'queue' });
    viewer.send({ op: 'subscribe', id: 'x', topic: 'jobs' });
    expect(await viewer.message('error')).toMatchObject({ id: 'x', code: 'invalid-input' });
    viewer.send({ op: 'credit', id: 'y', n: 1 });
    expect(await viewer.message('error', ({ id }) => id === 'y')).toMatchObject({
      code: 'not-found',
    });
    viewer.send({ op: 'unsubscribe', id: 'x' });
    expect(await viewer.message('end')).toMatchObject({ id: 'x', reason: 'unsubscribed' });
    // Credit that crossed the end on its way is no mistake.
    viewer.send({ op: 'credit', id: 'x', n: 1 });
    viewer.send({ op: 'credit', id: 'z', n: 1 });
    await viewer.message('error', ({ id }) => id === 'z');
    expect(viewer.of('error').filter(({ id }) => id === 'x')).toHaveLength(1);
  });

  it.each([
    ['text that is no JSON', 'hello'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an unknown op', '{"op":"shout"}'],
    ['an op of another type', '{"op":7}'],
    ['an unknown field', '{"op":"subscribe","id":"1","topic":"jobs","speed":2}'],
    ['an id that is a number', '{"op":"subscribe","id":1,"topic":"jobs"}'],
    ['credit below one', '{"op":"credit","id":"1","n":0}'],
    ['credit that is not finite', '{"op":"credit","id":"1","n":1e999}'],
    ['a from that is negative', '{"op":"subscribe","id":"1","topic":"jobs","from":-1}'],
    ['a message that is too long', `{"op":"subscribe","id":"${'x'.repeat(70_000)}"}`],
  ])('%s ends that socket with 1008, and no other', async (_what, text) => {
    const other = await open();
    other.send({ op: 'subscribe', id: 'q', topic: 'queue', credit: 100 });
    await other.message('event');
    const viewer = await open();
    viewer.send(text);
    const { code, reason } = await viewer.close();
    expect(code).toBe(1008);
    expect(reason).not.toBe('');
    other.send({ op: 'unsubscribe', id: 'q' });
    await other.message('end');
  });

  it('a binary message ends the socket with 1002', async () => {
    const viewer = await open();
    viewer.socket.send(Buffer.from([1, 2, 3]));
    expect((await viewer.close()).code).toBe(1002);
  });

  it('a viewer that asks for no subprotocol is closed with 1002', async () => {
    const viewer = await open({ protocol: '' });
    expect(await viewer.close()).toMatchObject({
      code: 1002,
      reason: 'ask for subprotocol relaxd.v1',
    });
  });

  it('a page of another site cannot open the stream', async () => {
    await expect(open({ origin: 'http://evil.example' })).rejects.toThrow('403');
    const own = await open({ origin: test.service.address });
    own.send({ op: 'subscribe', id: 'q', topic: 'queue' });
    await own.message('event');
  });

  it('more than 64 subscriptions end the socket with 1013', async () => {
    const viewer = await open();
    for (let k = 0; k < 65; k++) viewer.send({ op: 'subscribe', id: String(k), topic: 'jobs' });
    expect((await viewer.close()).code).toBe(1013);
  });
});

describe('the end of the service', () => {
  it('closes sockets with 1001 and does not hang', async () => {
    const viewer = await open();
    viewer.send({ op: 'subscribe', id: 'q', topic: 'queue' });
    await viewer.message('event');
    await test.service.close();
    expect(await viewer.close()).toMatchObject({ code: 1001 });
  });

  it('is not held up by a viewer that has stopped reading, nor by one that never finishes a request', async () => {
    const viewer = await open();
    viewer.socket.pause();
    const { host, port } = test.service;
    const slow = connect(port, host);
    slow.write(
      'POST /v1/jobs HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
    );
    slow.on('error', () => undefined);
    await new Promise((resolve) => slow.once('connect', resolve));
    const beganMs = performance.now();
    await test.service.close();
    expect(performance.now() - beganMs).toBeLessThan(5000);
    slow.destroy();
  });
});
