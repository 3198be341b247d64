import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RelaxdError } from '../core/index.js';
import { readArchive } from '../lab/index.js';
import { memorySetNpy, loadMemories, memorySetFromNpy } from '../memory/index.js';
import { DocumentedCalls } from './documented-answer.test-support.js';
import { ACCESS_OPERATIONS } from './routes/access-routes.js';
import { CALIBRATION_OPERATIONS } from './routes/calibration-routes.js';
import { smallProgram, startTestService, until, type TestService } from './service.test-support.js';

let test: TestService;
let calls: DocumentedCalls;
beforeAll(async () => {
  test = await startTestService();
  calls = await DocumentedCalls.of(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
afterEach(async () => {
  test.device.manual = false;
  test.device.failure = null;
  await until(async () => {
    await test.device.finish();
    return test.lab.queue().quiescent;
  });
});

interface Listed {
  readonly items: readonly { readonly id: string }[];
  readonly next: string | null;
}
interface ProblemBody {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly path?: string;
  readonly violations?: readonly { readonly path: string; readonly limit?: unknown }[];
}
const problem = async (response: Response): Promise<ProblemBody> => {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const body = (await response.json()) as ProblemBody;
  expect(body.status).toBe(response.status);
  return body;
};

async function completedRun(program = smallProgram()): Promise<{ job: string; run: string }> {
  const { id } = await test.lab.submit({ kind: 'run', device: 'one', program });
  await until(async () => (await test.lab.job(id)).state === 'completed');
  return { job: id, run: (await test.lab.job(id)).run! };
}

describe('devices', () => {
  it('lists all, also one that could not be made, with the reason', async () => {
    const { body } = await calls.call('listDevices', '/v1/devices', 200);
    expect((body as Listed).items).toMatchObject([
      { id: 'one', link: 'online', equipment: 'standby', origin: 'emulator', error: null },
      { id: 'gone', link: 'offline', origin: null, error: { code: 'driver-failed' } },
    ]);
    await calls.call('getDevice', '/v1/devices/gone', 200);
  });

  it('shows one, its descriptor, health and parameters, and answers 304 to a known ETag', async () => {
    const { response } = await calls.call('getDevice', '/v1/devices/one', 200);
    const etag = response.headers.get('etag')!;
    await calls.call('getDevice', '/v1/devices/one', 304, { headers: { 'if-none-match': etag } });
    const descriptor = await calls.call('getDescriptor', '/v1/devices/one/descriptor', 200);
    await calls.call('getDescriptor', '/v1/devices/one/descriptor', 304, {
      headers: { 'if-none-match': descriptor.response.headers.get('etag')! },
    });
    await calls.call('getHealth', '/v1/devices/one/health', 200);
    const { body } = await calls.call('readParameters', '/v1/devices/one/parameters', 200);
    expect(body).toMatchObject({ items: [{ name: 'gain', unit: '1' }] });
  });

  it('writes a parameter within its limits', async () => {
    const path = '/v1/devices/one/parameters/gain';
    const { body } = await calls.send('writeParameter', 'PUT', path, 200, { value: 0.5 });
    expect(body).toMatchObject({ name: 'gain', value: 0.5 });
    const over = await calls.send('writeParameter', 'PUT', path, 422, { value: 3 });
    expect(over.body).toMatchObject({ code: 'parameter-out-of-range', value: 3, limit: [0, 2] });
    await calls.send('writeParameter', 'PUT', '/v1/devices/one/parameters/no', 404, { value: 1 });
    const text = await calls.send('writeParameter', 'PUT', path, 400, { value: '1' });
    expect(text.body).toMatchObject({ code: 'invalid-input', path: 'value' });
  });

  it('acts: safe state and back, self test', async () => {
    const act = (action: string, status: number, body: unknown = {}) =>
      calls.send('actOnDevice', 'POST', `/v1/devices/one/actions/${action}`, status, body);
    expect((await act('safe-state', 200, { cause: 'tidying' })).body).toMatchObject({
      equipment: 'safe',
      reason: 'tidying',
    });
    const bare = await act('clear-fault', 400, { operator: 'me' });
    expect(bare.body).toMatchObject({ violations: [{ path: 'fault' }, { path: 'note' }] });
    const clear = { fault: 'f', operator: 'me', note: 'looked at it' };
    expect((await act('clear-fault', 200, clear)).body).toMatchObject({ equipment: 'standby' });
    expect((await act('self-test', 200)).body).toMatchObject({ ok: true });
    expect((await act('disconnect', 200)).body).toMatchObject({ link: 'offline' });
    expect((await act('connect', 200)).body).toMatchObject({ link: 'online' });
    expect((await act('explode', 404)).body).toMatchObject({ code: 'not-found' });
  });

  it('an action needs no body', async () => {
    const path = '/v1/devices/one/actions/self-test';
    await calls.call('actOnDevice', path, 200, { method: 'POST' });
  });

  it('does not disconnect a device that is running a job', async () => {
    test.device.manual = true;
    const begun = test.device.started();
    await test.lab.submit({ kind: 'run', device: 'one', program: smallProgram() });
    await begun;
    const path = '/v1/devices/one/actions/disconnect';
    const refused = await calls.call('actOnDevice', path, 409, { method: 'POST' });
    expect(refused.body).toMatchObject({ code: 'device-busy', state: 'acquiring' });
  });

  it('an unknown device is 404, one that could not be made says why', async () => {
    await calls.call('getDevice', '/v1/devices/nobody', 404);
    const gone = await calls.call('getDescriptor', '/v1/devices/gone/descriptor', 500);
    expect(gone.body).toMatchObject({
      code: 'driver-failed',
      detail: 'the driver has no hardware',
    });
  });

  it('a device that cannot tell what it is is listed with the reason', async () => {
    test.device.failure = new RelaxdError('device-offline', 'nobody answers');
    await test.device.close();
    await test.device.connect();
    const { body } = await calls.call('getDevice', '/v1/devices/one', 200);
    expect(body).toMatchObject({ title: null, error: { code: 'device-offline' } });
    await calls.call('getDescriptor', '/v1/devices/one/descriptor', 503);
  });
});

describe('memory sets', () => {
  const set = {
    version: 1,
    name: 'ab',
    shape: [2, 2],
    patterns: [
      [1, -1, 1, -1],
      [1, 1, -1, -1],
    ],
  };

  it('built-in ones are there, also in parts, as JSON and as .npy', async () => {
    const { body } = await calls.call('listMemorySets', '/v1/memory-sets', 200);
    expect((body as Listed).items[0]).toMatchObject({ id: 'letters', builtin: true, patterns: 26 });
    const ab = await calls.call('getMemorySet', '/v1/memory-sets/letters:A,B', 200);
    expect(ab.body).toMatchObject({ labels: ['A', 'B'], shape: [10, 10] });
    const npy = await calls.call('getMemorySet', '/v1/memory-sets/letters:A,B', 200, {
      headers: { accept: 'application/octet-stream' },
    });
    expect(memorySetFromNpy(npy.body as Uint8Array).patterns).toEqual(
      (await loadMemories('letters:A,B')).patterns,
    );
  });

  it('stores one under its hash, once, and gives it back', async () => {
    const first = await calls.send('saveMemorySet', 'POST', '/v1/memory-sets', 201, set);
    const { id } = first.body as { id: string };
    expect(first.response.headers.get('location')).toBe(`/v1/memory-sets/${id}`);
    const again = await calls.send('saveMemorySet', 'POST', '/v1/memory-sets', 201, set);
    expect(again.body).toMatchObject({ id });
    const got = await calls.call('getMemorySet', `/v1/memory-sets/${id}`, 200);
    expect(got.body).toMatchObject({ ...set, id });
    await calls.call('getMemorySet', `/v1/memory-sets/${id}`, 304, {
      headers: { 'if-none-match': `W/${got.response.headers.get('etag')}` },
    });
    const list = await calls.call('listMemorySets', '/v1/memory-sets', 200);
    const stored = (list.body as Listed).items.filter((item) => item.id === id);
    expect(stored).toMatchObject([{ name: 'ab', patterns: 2, shape: [2, 2], builtin: false }]);
  });

  it('takes a .npy as it takes JSON: the same set has the same id', async () => {
    const bytes = memorySetNpy(await loadMemories(set));
    const { body } = await calls.call('saveMemorySet', '/v1/memory-sets?name=ab', 201, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: Buffer.from(bytes),
    });
    const json = await calls.send('saveMemorySet', 'POST', '/v1/memory-sets', 201, set);
    expect(body).toEqual(json.body);
  });

  it('refuses what is no memory set, with path and value', async () => {
    const zero = { ...set, patterns: [[1, 0, 1, -1]] };
    const refused = await calls.send('saveMemorySet', 'POST', '/v1/memory-sets', 400, zero);
    expect(refused.body).toMatchObject({
      code: 'pattern-values',
      path: 'patterns[0][1]',
      value: 0,
    });
    const torn = await calls.call('saveMemorySet', '/v1/memory-sets', 400, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: 'no npy',
    });
    expect((torn.body as ProblemBody).code).not.toBe('internal');
    await calls.call('saveMemorySet', '/v1/memory-sets', 400, { method: 'POST' });
    await calls.call('getMemorySet', '/v1/memory-sets/nothing', 404);
    await calls.call('getMemorySet', `/v1/memory-sets/sha256:${'0'.repeat(64)}`, 404);
    // A path of the machine is no memory set to a service.
    await calls.call('getMemorySet', '/v1/memory-sets/%2Fetc%2Fpasswd', 404);
  });
});

describe('programs', () => {
  it('stores one under its hash and gives it back', async () => {
    const { body } = await calls.send('saveProgram', 'POST', '/v1/programs', 201, smallProgram());
    const { id } = body as { id: string };
    const got = await calls.call('getProgram', `/v1/programs/${id}`, 200);
    expect(got.body).toMatchObject({ version: 1, sites: 4, duration: 4 });
    const again = await calls.send('saveProgram', 'POST', '/v1/programs', 201, got.body);
    expect(again.body).toMatchObject({ id });
    const list = await calls.call('listPrograms', '/v1/programs', 200);
    expect((list.body as Listed).items.map((item) => item.id)).toContain(id);
    await calls.call('getProgram', `/v1/programs/sha256:${'0'.repeat(64)}`, 404);
  });

  it('refuses a wrong one with every violation at once', async () => {
    const wrong = smallProgram({ duration: -1, colour: 'red', dynamics: { rule: 'magic' } });
    const { body } = await calls.send('saveProgram', 'POST', '/v1/programs', 400, wrong);
    expect((body as ProblemBody).code).toBe('program-invalid');
    expect((body as ProblemBody).violations?.map(({ path }) => path).sort()).toEqual([
      'colour',
      'duration',
      'dynamics.rule',
    ]);
  });

  it('says what a device cannot do with one, all at once', async () => {
    const wide = smallProgram({ fields: [5, 0, 0, 0], shots: 5000 });
    const { body } = await calls.send(
      'validateProgram',
      'POST',
      '/v1/devices/one/validate',
      200,
      wide,
    );
    const { violations } = body as ProblemBody;
    expect(violations?.length).toBe(2);
    expect(violations?.every((violation) => violation.limit !== undefined)).toBe(true);
    const saved = await test.post('/v1/programs', wide);
    const { id } = (await saved.json()) as { id: string };
    const stored = await calls.send('validateStoredProgram', 'POST', '/v1/programs/validate', 200, {
      device: 'one',
      program: id,
    });
    expect(stored.body).toEqual(body);
    const fine = await calls.send(
      'validateProgram',
      'POST',
      '/v1/devices/one/validate',
      200,
      smallProgram(),
    );
    expect(fine.body).toMatchObject({ violations: [] });
  });

  it('compiles memories for a device, and the program runs as it is', async () => {
    const { body } = await calls.send('compile', 'POST', '/v1/compile', 200, {
      device: 'one',
      memories: { version: 1, patterns: [[1, -1, 1, -1]] },
      rule: 'hebb',
    });
    const { id, program } = body as { id: string; program: unknown };
    const saved = await calls.send('saveProgram', 'POST', '/v1/programs', 201, program);
    expect(saved.body).toMatchObject({ id });
  });

  it('a compile that cannot be says where', async () => {
    const call = (body: unknown, status: number) =>
      calls.send('compile', 'POST', '/v1/compile', status, body);
    expect(
      (await call({ device: 'one', memories: 'letters', rule: 'magic' }, 400)).body,
    ).toMatchObject({
      code: 'unknown-rule',
    });
    expect((await call({ device: 'nobody', memories: 'letters' }, 404)).body).toMatchObject({
      code: 'unknown-device',
    });
    expect((await call({ device: 'one', memories: 'runes' }, 404)).body).toMatchObject({
      code: 'unknown-memory-set',
    });
    const inside = await call({ device: 'one', memories: { version: 1, patterns: [[0]] } }, 400);
    expect(inside.body).toMatchObject({ path: 'memories.patterns[0][0]' });
    expect((await call({ device: 'one', memories: 'letters', speed: 1 }, 400)).body).toMatchObject({
      code: 'unknown-field',
      path: 'speed',
    });
  });
});

describe('jobs', () => {
  const body = () => ({ kind: 'run', device: 'one', program: smallProgram() });

  it('a submitted job is answered 201 with its place, runs, and has a result', async () => {
    const { response, body: job } = await calls.send('submitJob', 'POST', '/v1/jobs', 201, body());
    const { id } = job as { id: string };
    expect(response.headers.get('location')).toBe(`/v1/jobs/${id}`);
    await until(async () => (await test.lab.job(id)).state === 'completed');
    const done = await calls.call('getJob', `/v1/jobs/${id}`, 200);
    expect(done.body).toMatchObject({ state: 'completed', result: { job: id, seed: 1 } });
    const list = await calls.call('listJobs', '/v1/jobs?state=completed&device=one', 200);
    expect((list.body as Listed).items.map((item) => item.id)).toContain(id);
    expect((list.body as Listed).items[0]).not.toHaveProperty('result');
  });

  it('a retrieval by names alone is the contract’s example, and is refused where the device is too small', async () => {
    const retrieve = {
      kind: 'retrieve',
      device: 'one',
      memories: 'digits',
      rule: 'hebb',
      shots: 2,
      seed: 1,
    };
    const { body: refused } = await calls.send('submitJob', 'POST', '/v1/jobs', 422, retrieve);
    expect((refused as ProblemBody).detail).toContain('128');
    const fits = {
      ...retrieve,
      memories: { version: 1, patterns: [[1, -1, 1, -1, 1, 1, 1, 1]] },
      corrupt: 0.15,
      priority: 1,
    };
    await calls.send('submitJob', 'POST', '/v1/jobs', 201, fits);
  });

  it('the same Idempotency-Key makes one job, with another body a conflict', async () => {
    const key = { 'idempotency-key': 'k-1' };
    const first = await calls.send('submitJob', 'POST', '/v1/jobs', 201, body(), key);
    const [second, third] = await Promise.all([
      calls.send('submitJob', 'POST', '/v1/jobs', 201, body(), key),
      calls.send('submitJob', 'POST', '/v1/jobs', 201, body(), key),
    ]);
    const { id } = first.body as { id: string };
    expect([second.body, third.body]).toMatchObject([{ id }, { id }]);
    const other = { ...body(), priority: 5 };
    const conflict = await calls.send('submitJob', 'POST', '/v1/jobs', 409, other, key);
    expect(conflict.body).toMatchObject({ code: 'idempotency-conflict' });
  });

  it('pages: each job once, newest first', async () => {
    for (let k = 0; k < 3; k++) await test.post('/v1/jobs', body());
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = (await calls.call('listJobs', `/v1/jobs?limit=2${query}`, 200)).body as Listed;
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual([...seen].sort().reverse());
  });

  it('a long poll answers when the job changes, and a known revision is 304', async () => {
    test.device.manual = true;
    const begun = test.device.started();
    const job = await test.lab.submit(body());
    await begun;
    await until(async () => (await test.lab.job(job.id)).state === 'running');
    const { revision } = await test.lab.job(job.id);
    const etag = `"${revision}"`;
    await calls.call('getJob', `/v1/jobs/${job.id}`, 304, { headers: { 'if-none-match': etag } });
    const waiting = calls.call('getJob', `/v1/jobs/${job.id}?wait=30&revision=${revision}`, 200);
    const tagged = calls.call('getJob', `/v1/jobs/${job.id}?wait=30`, 200, {
      headers: { 'if-none-match': etag },
    });
    await test.device.finish();
    for (const { body: later } of await Promise.all([waiting, tagged])) {
      expect((later as { revision: number }).revision).toBeGreaterThan(revision);
    }
  });

  it('a long poll ends when its time is up, and at once where the revision is an old one', async () => {
    test.device.manual = true;
    const begun = test.device.started();
    const job = await test.lab.submit(body());
    await begun;
    await until(async () => (await test.lab.job(job.id)).state === 'running');
    const { revision } = await test.lab.job(job.id);
    const path = `/v1/jobs/${job.id}`;
    await calls.call('getJob', `${path}?wait=30&revision=${revision - 1}`, 200);
    const { body: same } = await calls.call(
      'getJob',
      `${path}?wait=0.05&revision=${revision}`,
      200,
    );
    expect(same).toMatchObject({ revision });
  });

  it('actions: hold, release, reprioritise, cancel; with If-Match only at that revision', async () => {
    test.device.manual = true;
    const begun = test.device.started();
    await test.lab.submit(body());
    await begun;
    const { id, revision } = await test.lab.submit(body());
    const act = (action: string, status: number, sent: unknown = {}, headers = {}) =>
      calls.send('actOnJob', 'POST', `/v1/jobs/${id}/actions/${action}`, status, sent, headers);
    const stale = await act('hold', 412, {}, { 'if-match': `"${revision + 7}"` });
    expect(stale.body).toMatchObject({ code: 'revision-conflict' });
    await act('hold', 400, {}, { 'if-match': 'yesterday' });
    const held = await act('hold', 200, {}, { 'if-match': `"${revision}"` });
    expect(held.body).toMatchObject({ state: 'held' });
    expect(held.response.headers.get('etag')).toBe(
      `"${(held.body as { revision: number }).revision}"`,
    );
    expect((await act('pause', 409)).body).toMatchObject({ code: 'illegal-transition' });
    expect((await act('release', 200)).body).toMatchObject({ state: 'queued' });
    expect((await act('reprioritise', 200, { priority: 3 })).body).toMatchObject({ priority: 3 });
    expect((await act('reprioritise', 400)).body).toMatchObject({ path: 'priority' });
    expect((await act('fly', 404)).body).toMatchObject({ code: 'not-found' });
    const queue = await calls.call('getQueue', '/v1/queue', 200);
    expect(queue.body).toMatchObject({ quiescent: false, depth: 1 });
    expect((await act('cancel', 200)).body).toMatchObject({ state: 'cancelled' });
    // After the end, cancel answers with the end.
    expect((await act('cancel', 200)).body).toMatchObject({ state: 'cancelled' });
  });

  it('an unknown job is 404 at once, also for a long poll', async () => {
    await calls.call('getJob', '/v1/jobs/nobody', 404);
    await calls.call('getJob', '/v1/jobs/nobody?wait=30&revision=1', 404);
    await calls.call('actOnJob', '/v1/jobs/nobody/actions/cancel', 404, { method: 'POST' });
  });

  it('what cannot work is refused at the door, with every violation', async () => {
    const call = async (sent: unknown, status: number) =>
      (await calls.send('submitJob', 'POST', '/v1/jobs', status, sent)).body as ProblemBody;
    expect((await call({ kind: 'dance', device: 'one' }, 400)).code).toBe('unknown-kind');
    expect((await call({ ...body(), device: 'nobody' }, 404)).code).toBe('unknown-device');
    expect(
      (await call({ ...body(), colour: 1, priority: 'high' }, 400)).violations
        ?.map(({ path }) => path)
        .sort(),
    ).toEqual(['colour', 'priority']);
    expect((await call({ ...body(), program: smallProgram({ shots: 5000 }) }, 422)).path).toBe(
      'shots',
    );
    expect((await call([], 400)).code).toBe('invalid-input');
  });

  it.each([
    'limit=0',
    'limit=ten',
    'limit=1.5',
    'limit=1&limit=2',
    'state=happy',
    'colour=red',
    'limit=',
    'limit=99999999999999999999',
  ])('the query %s is refused', async (query) => {
    const { body: refused } = await calls.call('listJobs', `/v1/jobs?${query}`, 400);
    expect((refused as ProblemBody).path).toBe(query.split('=')[0]);
  });
});

describe('runs', () => {
  it('a run, its documents and its samples', async () => {
    const { job, run } = await completedRun();
    const one = await calls.call('getRun', `/v1/runs/${run}`, 200);
    expect(one.body).toMatchObject({
      id: run,
      job,
      origin: 'emulator',
      rows: 15,
      state: 'completed',
    });
    await calls.call('getRun', `/v1/runs/${run}`, 304, {
      headers: { 'if-none-match': one.response.headers.get('etag')! },
    });
    const list = await calls.call('listRuns', `/v1/runs?job=${job}&device=one`, 200);
    expect((list.body as Listed).items.map(({ id }) => id)).toEqual([run]);
    const { body } = await calls.call('listRunDocuments', `/v1/runs/${run}/documents`, 200);
    const kinds = (body as { items: { kind: string }[] }).items.map(({ kind }) => kind);
    expect(kinds[0]).toBe('start');
    expect(kinds.at(-1)).toBe('stop');
    const all = await calls.call('getSamples', `/v1/runs/${run}/samples`, 200);
    expect(all.body).toMatchObject({ firstRow: 0, rows: 15, next: null });
    const part = await calls.call('getSamples', `/v1/runs/${run}/samples?fromRow=4&rows=3`, 200);
    expect(part.body).toMatchObject({
      rows: 3,
      next: 7,
      columns: { row: [4, 5, 6], shot: [0, 1, 1], energy: [-0.5, null, -1.125], work: null },
      states: [{ row: 4, state: [1, 1, 1, 1] }],
    });
  });

  it('samples as Arrow, by Accept, are the record as it is', async () => {
    const { run } = await completedRun();
    const { response, body } = await calls.call('getSamples', `/v1/runs/${run}/samples`, 200, {
      headers: { accept: 'application/vnd.apache.arrow.stream, application/json;q=0.5' },
    });
    expect(response.headers.get('content-type')).toBe('application/vnd.apache.arrow.stream');
    const exported = await calls.call('exportRun', `/v1/runs/${run}/export?format=arrow`, 200);
    expect(Buffer.from(body as Uint8Array)).toEqual(Buffer.from(exported.body as Uint8Array));
    expect((body as Uint8Array).length).toBeGreaterThan(500);
  });

  it.each([
    ['arrow', [0xff, 0xff, 0xff, 0xff]],
    ['parquet', [...Buffer.from('PAR1')]],
    ['csv', [...Buffer.from('row,')]],
    ['npz', [...Buffer.from('PK')]],
    ['hdf5', [0x89, ...Buffer.from('HDF')]],
  ])('exports %s, as a file with a name', async (format, magic) => {
    const { run } = await completedRun();
    const { response, body } = await calls.call(
      'exportRun',
      `/v1/runs/${run}/export?format=${format}`,
      200,
    );
    expect([...(body as Uint8Array).subarray(0, magic.length)]).toEqual(magic);
    expect(response.headers.get('content-disposition')).toContain(`filename="${run}.`);
  });

  it('refuses formats and runs that are not there', async () => {
    const { run } = await completedRun();
    const { body } = await calls.call('exportRun', `/v1/runs/${run}/export?format=xls`, 400);
    expect(body).toMatchObject({
      path: 'format',
      limit: ['arrow', 'parquet', 'csv', 'npz', 'hdf5'],
    });
    await calls.call('exportRun', `/v1/runs/${run}/export`, 400);
    for (const part of ['', '/documents', '/samples', '/export?format=csv']) {
      const response = await test.fetch(`/v1/runs/nobody${part}`);
      expect((await problem(response)).code).toBe('unknown-run');
    }
  });
});

describe('sweeps and comparisons', () => {
  const body = {
    kind: 'sweep',
    base: { kind: 'run', device: 'one', program: smallProgram({ seed: 3 }) },
    axes: [{ path: 'program.shots', values: [1, 2, 2] }],
  };

  it('a sweep answers with its rows, is exported, and its points are jobs beside the list', async () => {
    const made = await calls.send('submitJob', 'POST', '/v1/jobs', 201, body);
    const { id } = made.body as { readonly id: string };
    const job = await test.lab.jobEnd(id);
    expect(job).toMatchObject({ state: 'completed', points: { completed: 3 } });
    const whole = await calls.call('getJob', `/v1/jobs/${id}`, 200);
    expect(whole.body).toMatchObject({ result: { kind: 'sweep' } });
    const { body: page } = await calls.call('getSweep', `/v1/jobs/${id}/sweep?from=1&limit=1`, 200);
    expect(page).toMatchObject({
      rows: [{ point: 1, values: { 'program.shots': 2 }, state: 'completed', shots: 2 }],
      next: 2,
    });
    const csv = await calls.call('exportSweep', `/v1/jobs/${id}/export?format=csv`, 200);
    expect(
      Buffer.from(csv.body as Uint8Array)
        .toString()
        .split('\n'),
    ).toHaveLength(5);
    const json = await calls.call('exportSweep', `/v1/jobs/${id}/export?format=json`, 200);
    expect((json.body as { rows: unknown[] }).rows).toHaveLength(3);
    const top = await calls.call('listJobs', '/v1/jobs?limit=500', 200);
    const ids = (top.body as { items: { id: string; parent?: string }[] }).items;
    expect(ids.filter(({ parent }) => parent !== undefined)).toEqual([]);
    const points = await calls.call('listJobs', `/v1/jobs?parent=${id}`, 200);
    expect((points.body as { items: unknown[] }).items).toHaveLength(3);
    await calls.call('getSweep', '/v1/jobs/none/sweep', 404);
    const wrong = { ...body, axes: [{ path: 'progam.shots', values: [1] }] };
    const refused = await calls.send('submitJob', 'POST', '/v1/jobs', 400, wrong);
    expect(refused.body).toMatchObject({ code: 'unknown-field', path: 'axes[0].path' });
  });

  it('two runs are compared, and the same program and seed are the same bytes', async () => {
    const { items } = await test.lab.archive.runs({ limit: 2 });
    const [a, b] = items;
    const { body: same } = await calls.call(
      'compareRuns',
      `/v1/runs/${a!.id}/compare/${b!.id}`,
      200,
    );
    expect(same).toMatchObject({ identical: true, differences: [] });
    await calls.call('compareRuns', `/v1/runs/${a!.id}/compare/none`, 404);
  });
});

describe('retention', () => {
  it('keeps everything without rules, and shows what others would do', async () => {
    const { body } = await calls.call('getRetention', '/v1/retention', 200);
    expect(body).toEqual({ rules: [], everyS: 3600, last: null });
    const preview = (expected: number, given: object) =>
      calls.send('previewRetention', 'POST', '/v1/retention/preview', expected, given);
    for (const nothing of [{}, { rules: null, limit: null }]) {
      const { body: none } = await preview(200, nothing);
      expect(none).toMatchObject({ goes: { runs: 0 }, items: [] });
    }
    const rules = [{ name: 'all', mostBytes: 0 }];
    const { body: all } = await preview(200, { rules, limit: 1 });
    const { goes, records, items, more } = all as {
      goes: { runs: number };
      records: { runs: number };
      items: { run: string }[];
      more: number;
    };
    expect(goes.runs).toBeGreaterThan(0);
    expect([items.length, more]).toEqual([1, records.runs - 1]);
    expect((await preview(400, { rules: [{ name: 'x' }] })).body).toMatchObject({
      violations: [{ path: 'rules[0]' }],
    });
    expect((await preview(400, { rules: [{ name: 'x', olderThen: 1 }] })).body).toMatchObject({
      code: 'unknown-field',
    });
    const act = (action: string, expected: number) =>
      calls.send('actOnRetention', 'POST', `/v1/retention/actions/${action}`, expected, {});
    expect((await act('apply', 200)).body).toMatchObject({ deleted: { runs: 0 }, kept: [] });
    await act('forget', 404);
    const path = `/v1/runs/${items[0]!.run}`;
    expect((await calls.call('getRun', path, 200)).body).toMatchObject({ record: 'whole' });
  });

  it('pins a run against every rule, with a note, until it is unpinned', async () => {
    const [run] = (await test.lab.archive.runs({ limit: 1 })).items;
    const path = `/v1/runs/${run!.id}`;
    const act = (action: string, expected: number, body: object = {}) =>
      calls.send('actOnRun', 'POST', `${path}/actions/${action}`, expected, body);
    await act('pin', 400);
    await act('pin', 400, { note: null });
    await act('praise', 404);
    const before = (await calls.call('getRun', path, 200)).response.headers.get('etag')!;
    const pinned = await act('pin', 200, { note: 'figure 3' });
    expect(pinned.body).toMatchObject({ pins: [{ by: 'anybody', note: 'figure 3' }] });
    await calls.call('getRun', path, 200, { headers: { 'if-none-match': before } });
    const rules = [{ name: 'all', mostBytes: 0 }];
    const { body } = await calls.send('previewRetention', 'POST', '/v1/retention/preview', 200, {
      rules,
    });
    const { items } = body as { items: { run: string; held: string | null }[] };
    expect(items.find((item) => item.run === run!.id)!.held).toContain('figure 3');
    await act('unpin', 409, { by: 'ada' });
    expect((await act('unpin', 200)).body).toMatchObject({ pins: [] });
    await calls.send('actOnRun', 'POST', '/v1/runs/none/actions/pin', 404, { note: 'x' });
  });
});

describe('reservations and locks', () => {
  const later = (minutes: number): string => new Date(Date.now() + 60_000 * minutes).toISOString();

  it('keep the device for one holder, and say so to the others', async () => {
    const terms = {
      ...{ device: 'one', from: null, until: later(5), note: 'annealing', holder: 'ada' },
      preempt: null,
    };
    const made = await calls.send('reserve', 'POST', '/v1/reservations', 201, terms);
    const { id } = made.body as { readonly id: string };
    expect(made.body).toMatchObject({ holder: 'ada', state: 'active', preempt: null });
    const again = { ...terms, holder: 'bob' };
    const refused = await calls.send('reserve', 'POST', '/v1/reservations', 409, again);
    expect(refused.body).toMatchObject({
      code: 'reservation-conflict',
      holder: 'ada',
      note: 'annealing',
      until: terms.until,
    });
    const device = await calls.call('getDevice', '/v1/devices/one', 200);
    expect(device.body).toMatchObject({ reservation: { id, holder: 'ada' }, lock: null });
    await calls.send('submitJob', 'POST', '/v1/jobs', 201, {
      kind: 'run',
      device: 'one',
      program: smallProgram(),
    });
    const queue = await calls.call('getQueue', '/v1/queue', 200);
    expect((queue.body as { items: { waitsFor: string }[] }).items[0]!.waitsFor).toContain(
      'one is reserved for ada until',
    );
    const list = await calls.call('listReservations', '/v1/reservations?device=one', 200);
    expect((list.body as { items: unknown[] }).items).toHaveLength(1);
    for (const [query, count] of [
      ['state=active&holder=ada', 1],
      ['state=active,upcoming&device=one', 1],
      ['state=released', 0],
      ['holder=bob', 0],
    ] as const) {
      const some = await calls.call('listReservations', `/v1/reservations?${query}`, 200);
      expect([query, (some.body as { items: unknown[] }).items.length]).toEqual([query, count]);
    }
    const never = await calls.call('listReservations', '/v1/reservations?state=never', 400);
    expect(never.body).toMatchObject({ path: 'state', value: 'never' });
    const path = `/v1/reservations/${id}`;
    const act = (action: string, expected: number, more: object = {}) =>
      calls.send('actOnReservation', 'POST', `${path}/actions/${action}`, expected, more);
    const longer = later(10);
    expect((await act('extend', 200, { until: longer })).body).toMatchObject({
      until: longer,
      revision: 2,
    });
    await act('extend', 400);
    await act('keep', 404);
    const { response } = await calls.call('getReservation', path, 200);
    const headers = { 'if-none-match': response.headers.get('etag')! };
    await calls.call('getReservation', path, 304, { headers });
    expect((await act('release', 200)).body).toMatchObject({ state: 'released' });
    await act('release', 409);
    await calls.call('getReservation', '/v1/reservations/none', 404);
    await until(async () => test.lab.queue().quiescent);
  });

  it('a lock refuses jobs and actions with its note, and goes with unlock', async () => {
    const act = (action: string, expected: number, body: object = {}) =>
      calls.send('actOnDevice', 'POST', `/v1/devices/one/actions/${action}`, expected, body);
    await act('lock', 400, { operator: 'ada' });
    await act('lock', 400, { note: 'new coils' });
    const locked = await act('lock', 200, { operator: 'ada', note: 'new coils' });
    expect(locked.body).toMatchObject({ lock: { holder: 'ada', note: 'new coils' } });
    const refused = await act('self-test', 409);
    expect(refused.body).toMatchObject({ code: 'device-locked', holder: 'ada', note: 'new coils' });
    await act('self-test', 200, { operator: 'ada' });
    await act('unlock', 409, { operator: 'bob' });
    const open = await act('unlock', 200, { operator: 'bob', force: true });
    expect(open.body).toMatchObject({ lock: null });
  });
});

describe('operations', () => {
  it('is alive, ready, and measured', async () => {
    await calls.call('getLiveness', '/healthz', 200);
    await calls.call('getReadiness', '/readyz', 200);
    await completedRun();
    await calls.call('getMetrics', '/metrics', 200);
    const text = await (await test.fetch('/metrics')).text();
    for (const name of [
      'relaxd_jobs_total{state="completed"}',
      'relaxd_runs_total{state="completed",device="one",engine="test"}',
      'relaxd_samples_recorded_total',
      'relaxd_queue_depth 0',
      'relaxd_queue_quiescent 1',
      'relaxd_http_request_duration_seconds_count{method="GET",route="/healthz",status="200"}',
      'process_cpu_seconds_total',
    ]) {
      expect(text).toContain(name);
    }
  });

  it('makes a backup that can be read through', async () => {
    await completedRun();
    const { body, response } = await calls.call('makeBackup', '/v1/backup', 200, {
      method: 'POST',
    });
    expect(response.headers.get('content-type')).toBe('application/x-tar');
    const folder = await mkdtemp(join(tmpdir(), 'relaxd-backup-'));
    const file = join(folder, 'lab.tar');
    await writeFile(file, body as Uint8Array);
    const { manifest, contents } = await readArchive(file);
    expect(manifest).toMatchObject({ relaxd: '0.0.0', store: 'embedded' });
    expect(contents.files.map(({ name }) => name)).toContain('lab.sqlite');
    await rm(folder, { recursive: true });
  });

  it('the log names jobs and runs', async () => {
    const { job, run } = await completedRun();
    const lines = test.logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({ jobId: job, runId: run, state: 'completed', level: 'info' }),
    );
  });

  it('has a page for the API and one in place of a dashboard that is not built', async () => {
    expect(await (await test.fetch('/docs')).text()).toContain('swagger');
    const page = await test.fetch('/');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('npm run build');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  });

  it('serves a dashboard where there is one, and its assets for long', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'relaxd-dashboard-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<title>lab</title>');
    await writeFile(join(folder, 'assets', 'app-1.js'), 'export {};');
    await using other = await startTestService({ dashboardFolder: folder });
    const page = await other.fetch('/');
    expect(await page.text()).toBe('<title>lab</title>');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const asset = await other.fetch('/assets/app-1.js');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect(asset.headers.get('content-type')).toContain('javascript');
    expect((await other.fetch('/assets/none.js')).status).toBe(404);
    await rm(folder, { recursive: true });
  });
});

describe('what is not there, or not so', () => {
  it('unknown addresses are 404, known ones with another method 405 with what there is', async () => {
    expect((await problem(await test.fetch('/v1/nothing'))).code).toBe('not-found');
    const response = await test.fetch('/v1/jobs', { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
    expect((await problem(response)).code).toBe('method-not-allowed');
    expect((await test.fetch('/v1/devices/%zz')).status).toBe(404);
    expect((await test.fetch(`/v1/devices/${'x'.repeat(2000)}`)).status).toBeLessThan(500);
    expect((await problem(await test.fetch('/v1/stream'))).code).toBe('invalid-input');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'application/xml',
  ])('a body of %s is 415', async (type) => {
    const response = await test.fetch('/v1/jobs', {
      method: 'POST',
      headers: { 'content-type': type },
      body: '{}',
    });
    expect((await problem(response)).code).toBe('unsupported-media');
  });

  it.each([
    ['torn JSON', '{"kind":'],
    ['NaN', '{"kind":NaN}'],
    ['nothing', ''],
    ['a prototype', '{"__proto__":{"x":1}}'],
  ])('a body that is %s is 400 invalid-json', async (_what, text) => {
    const response = await test.fetch('/v1/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    });
    expect((await problem(response)).code).toBe('invalid-json');
  });

  it('bodies are limited: 1 MiB, and 64 MiB for programs, memory sets and jobs', async () => {
    const long = JSON.stringify({ value: 1, more: 'x'.repeat(1_100_000) });
    const init = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: long };
    const response = await test.fetch('/v1/devices/one/parameters/gain', init);
    expect((await problem(response)).code).toBe('too-large');
    const job = await test.post('/v1/jobs', { kind: 'dance', more: 'x'.repeat(1_100_000) });
    expect((await problem(job)).code).toBe('unknown-kind');
  });

  it('a page of another site can change nothing, and a foreign host name is not served', async () => {
    const foreign = { origin: 'http://evil.example' };
    const response = await test.post('/v1/devices/one/actions/safe-state', {}, foreign);
    expect((await problem(response)).code).toBe('origin-refused');
    expect(test.device.equipment).not.toBe('safe');
    const own = await test.post(
      '/v1/devices/one/actions/self-test',
      {},
      { origin: test.service.address },
    );
    expect(own.status).toBe(200);
    expect(await rawRequest(test, 'GET /v1/devices HTTP/1.1\r\nhost: evil.example')).toContain(
      '403',
    );
    expect(
      await rawRequest(test, `GET /healthz HTTP/1.1\r\nhost: localhost:${test.service.port}`),
    ).toContain('200 OK');
  });

  it('what is no HTTP is answered with a problem and hung up on', async () => {
    expect(await rawRequest(test, 'HELLO')).toContain('application/problem+json');
  });
});

function rawRequest({ service }: TestService, head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(service.port, service.host);
    let text = '';
    socket.on('data', (data) => (text += data.toString('utf8')));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.end(`${head}\r\nconnection: close\r\n\r\n`);
  });
}

describe('starting and stopping', () => {
  it('a port that is taken is an error that says what to do', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startTestService({ port })).rejects.toMatchObject({
      code: 'port-taken',
      details: { value: port, hint: expect.stringContaining('--port') as string },
    });
    other.close();
  });

  it('an address of another machine is a wrong call', async () => {
    await expect(startTestService({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'wrong-call',
    });
  });

  it('closing ends long polls and frees the port', async () => {
    await using other = await startTestService();
    other.device.manual = true;
    const begun = other.device.started();
    const { id } = await other.lab.submit({ kind: 'run', device: 'one', program: smallProgram() });
    await begun;
    await until(async () => (await other.lab.job(id)).state === 'running');
    const { revision } = await other.lab.job(id);
    const poll = other.fetch(`/v1/jobs/${id}?wait=60&revision=${revision}`);
    await until(async () => (await other.fetch('/healthz')).ok);
    await other.service.close();
    expect(await (await poll).json()).toMatchObject({ id, revision });
    await expect(other.fetch('/healthz')).rejects.toThrow();
    await using again = await startTestService({ port: other.service.port });
    expect((await again.fetch('/healthz')).status).toBe(200);
  });
});

describe('the OpenAPI document', () => {
  it('is 3.1, every operation has an id of its own and schemas for its answers, every reference leads somewhere', () => {
    const { document } = calls;
    expect(document.openapi).toBe('3.1.0');
    expect(new Set(calls.operations).size).toBe(calls.operations.length);
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods)) {
        expect(operation.operationId, path).toBeTruthy();
        expect(operation.responses['default']?.content).toHaveProperty([
          'application/problem+json',
        ]);
        for (const [status, { content }] of Object.entries(operation.responses)) {
          if (status === '304' || status === '101') continue;
          const schemas = Object.values(content ?? {}).map(({ schema }) => schema);
          expect(schemas.length, `${path} ${status}`).toBeGreaterThan(0);
          for (const schema of schemas) calls.resolved(schema);
        }
      }
    }
  });

  it('every operation was called here and answered as it says (stream, keys, audit and calibrations have their own tests)', () => {
    const elsewhere = new Set<string>([...ACCESS_OPERATIONS, ...CALIBRATION_OPERATIONS]);
    const left = calls.operations.filter((id) => !calls.seen.has(id) && !elsewhere.has(id));
    expect(left.sort()).toEqual(['getOpenApi', 'openStream']);
  });
});
