import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry, Role } from '../access/index.js';
import { isoTime, ManualClock, systemClock } from '../core/index.js';
import { accessSettings, KeyBook } from '../access/index.js';
import { MemoryAccessStore } from '../access/memory-access-store.test-support.js';
import { DocumentedCalls } from './documented-answer.test-support.js';
import { Gate } from './gate.js';
import { ACCESS_OPERATIONS } from './routes/access-routes.js';
import {
  runKind,
  smallProgram,
  startTestService,
  until,
  type TestService,
} from './service.test-support.js';
import { TICKET_LIFE_MS, Tickets } from './stream/tickets.js';
import { Viewer } from './stream/viewer.test-support.js';

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const keyOf = async (test: TestService, role: Role, name: string = role) =>
  test.lab.keys.create({ name, role, expiresAt: null, createdBy: 'test' });
const code = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { code: unknown }).code;

describe('a service that asks for keys', () => {
  let test: TestService;
  let calls: DocumentedCalls;
  let admin: string;
  beforeAll(async () => {
    test = await startTestService({ access: { anonymous: 'none' } });
    calls = await DocumentedCalls.of(test);
    admin = (await keyOf(test, 'admin')).text;
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
  });

  it('makes, lists, rotates and revokes keys, and shows a secret only where it is made', async () => {
    const made = await calls.send(
      'createKey',
      'POST',
      '/v1/keys',
      201,
      { name: 'ann', role: 'operator' },
      bearer(admin),
    );
    const { key, secret } = made.body as { key: { id: string; createdBy: string }; secret: string };
    expect(secret.startsWith(`rlx_${key.id}_`)).toBe(true);
    expect(key.createdBy).toBe('admin');
    expect(made.response.headers.get('cache-control')).toBe('no-store');
    const me = await calls.call('getCaller', '/v1/me', 200, { headers: bearer(secret) });
    expect(me.body).toMatchObject({
      name: 'ann',
      role: 'operator',
      scopes: ['read', 'jobs', 'devices'],
      key: key.id,
    });
    const listed = await calls.call('listKeys', '/v1/keys', 200, { headers: bearer(admin) });
    await calls.call('getKey', `/v1/keys/${key.id}`, 200, { headers: bearer(admin) });
    const ids: string[] = [];
    for (let next: string | null = null; ;) {
      const query = next === null ? '' : `&cursor=${next}`;
      const { body } = await calls.call('listKeys', `/v1/keys?limit=1${query}`, 200, {
        headers: bearer(admin),
      });
      const keyPage = body as { items: { id: string }[]; next: string | null };
      expect(keyPage.items).toHaveLength(1);
      ids.push(keyPage.items[0]!.id);
      next = keyPage.next;
      if (next === null) break;
    }
    expect(ids).toEqual((listed.body as { items: { id: string }[] }).items.map(({ id }) => id));
    const none = { headers: bearer(admin) };
    await calls.call('listKeys', '/v1/keys?cursor=nobody', 400, none);
    const shown = JSON.stringify(listed.body);
    expect(shown).toContain(key.id);
    expect(shown).not.toContain(secret.slice(-43));
    expect(shown).not.toContain('hash');
    const act = (action: string) =>
      calls.send(
        'actOnKey',
        'POST',
        `/v1/keys/${key.id}/actions/${action}`,
        200,
        {},
        bearer(admin),
      );
    const { secret: second } = (await act('rotate')).body as { secret: string };
    await calls.call('getCaller', '/v1/me', 401, { headers: bearer(secret) });
    await calls.call('getCaller', '/v1/me', 200, { headers: bearer(second) });
    expect((await act('revoke')).body).toMatchObject({ state: 'revoked' });
    const gone = await calls.call('getCaller', '/v1/me', 401, { headers: bearer(second) });
    expect(gone.body).toMatchObject({ code: 'unauthenticated', detail: 'the API key was revoked' });
    await calls.send(
      'actOnKey',
      'POST',
      `/v1/keys/${key.id}/actions/rotate`,
      409,
      {},
      bearer(admin),
    );
    await calls.send(
      'actOnKey',
      'POST',
      `/v1/keys/${key.id}/actions/explode`,
      404,
      {},
      bearer(admin),
    );
    await calls.call('getKey', '/v1/keys/nobody', 404, { headers: bearer(admin) });
  });

  it('names what is wrong with a wish for a key', async () => {
    const wish = (body: object) =>
      calls.send('createKey', 'POST', '/v1/keys', 400, body, bearer(admin));
    expect((await wish({ name: 'x', role: 'root' })).body).toMatchObject({ path: 'role' });
    expect((await wish({ name: 'x', role: 'admin', scopes: [] })).body).toMatchObject({
      code: 'unknown-field',
      path: 'scopes',
    });
    expect((await wish({ name: 'x', role: 'admin', expiresAt: '2001-01-01' })).body).toMatchObject({
      path: 'expiresAt',
    });
  });

  it('writes what was done and by whom, in the same commit as a job, and no secret', async () => {
    const { text, key } = await keyOf(test, 'operator', 'ben');
    const submitted = await test.post(
      '/v1/jobs',
      { kind: 'run', device: 'one', program: smallProgram() },
      bearer(text),
    );
    const { id } = (await submitted.json()) as { id: string };
    await until(async () => (await test.lab.job(id)).state === 'completed');
    expect((await test.post(`/v1/jobs/${id}/actions/hold`, {}, bearer(text))).status).toBe(409);
    expect((await test.post('/v1/keys', { name: 'x', role: 'admin' }, bearer(text))).status).toBe(
      403,
    );
    const { body } = await calls.call('listAudit', `/v1/audit?key=${key.id}`, 200, {
      headers: bearer(admin),
    });
    const { items } = body as { items: AuditEntry[] };
    expect(items).toMatchObject([
      { action: 'createKey', outcome: 'denied', details: { scope: 'keys', status: 403 } },
      {
        action: 'actOnJob',
        target: `/v1/jobs/${id}/actions/hold`,
        outcome: 'refused',
        details: { code: 'illegal-transition' },
      },
      { action: 'submitJob', target: '/v1/jobs', outcome: 'done', details: { job: id } },
    ]);
    expect(items[0]!.who).toEqual({
      key: key.id,
      name: 'ben',
      role: 'operator',
      address: '127.0.0.1',
    });
    const all = await calls.call('listAudit', '/v1/audit?limit=500', 200, {
      headers: bearer(admin),
    });
    expect(JSON.stringify(all.body)).not.toMatch(/rlx_[a-z0-9]{12}_[A-Za-z0-9_-]{43}/);
    const report = await calls.call('verifyAudit', '/v1/audit/verification', 200, {
      headers: bearer(admin),
    });
    expect(report.body).toMatchObject({ whole: true, broken: null });
    await calls.call('verifyAudit', '/v1/audit/verification?seq=1', 400, {
      headers: bearer(admin),
    });
    const two = await calls.call('listAudit', '/v1/audit?limit=2', 200, { headers: bearer(admin) });
    const { next, items: first } = two.body as { next: string; items: AuditEntry[] };
    const more = await calls.call('listAudit', `/v1/audit?limit=2&cursor=${next}`, 200, {
      headers: bearer(admin),
    });
    expect((more.body as { items: AuditEntry[] }).items[0]!.seq).toBe(first[1]!.seq - 1);
    await calls.call('listAudit', '/v1/audit?cursor=x', 400, { headers: bearer(admin) });
  });

  it('sends each entry to those who watch the topic', async () => {
    const viewer = await Viewer.open(test.service.address, { key: admin });
    viewer.send({ op: 'subscribe', id: 'a', topic: 'audit' });
    await viewer.message('subscribed');
    await test.fetch('/v1/jobs');
    const { body } = await viewer.message(
      'event',
      (event) => (event.body as AuditEntry).outcome === 'denied',
    );
    expect(body).toMatchObject({
      action: 'listJobs',
      who: { name: 'unknown' },
      details: { status: 401 },
    });
    viewer.hangUp();
  });

  it('closes the sockets of a key that is revoked within a second, and no others', async () => {
    const { text, key } = await keyOf(test, 'observer');
    const viewer = await Viewer.open(test.service.address, { key: text });
    const other = await Viewer.open(test.service.address, { key: admin });
    const beganMs = systemClock.monotonicMs();
    await test.lab.keys.revoke(key.id);
    expect(await viewer.close()).toEqual({ code: 4401, reason: 'the API key was revoked' });
    expect(systemClock.monotonicMs() - beganMs).toBeLessThan(1000);
    expect(other.closed).toBe(null);
    other.hangUp();
  });

  it('closes the sockets of a key that expires', async () => {
    let laterMs = 0;
    const clock = {
      wallMs: () => systemClock.wallMs() + laterMs,
      monotonicMs: () => systemClock.monotonicMs(),
    };
    const own = await startTestService({ clock, access: { anonymous: 'none' } });
    const { text } = await own.lab.keys.create({
      name: 'brief',
      role: 'observer',
      expiresAt: isoTime(clock.wallMs() + 3_600_000),
      createdBy: 'test',
    });
    const viewer = await Viewer.open(own.service.address, { key: text });
    laterMs = 3_600_000;
    expect(await viewer.close()).toEqual({ code: 4401, reason: 'the API key has expired' });
    await own[Symbol.asyncDispose]();
  });

  it('lets a page in with a ticket, once', async () => {
    const { text } = await keyOf(test, 'observer');
    const made = await calls.send(
      'createStreamTicket',
      'POST',
      '/v1/stream/tickets',
      201,
      {},
      bearer(text),
    );
    const { ticket } = made.body as { ticket: string };
    const origin = test.service.address;
    const viewer = await Viewer.open(test.service.address, { ticket, origin });
    viewer.send({ op: 'subscribe', id: 'q', topic: 'queue' });
    await viewer.message('event');
    expect(viewer.socket.protocol).toBe('relaxd.v1');
    viewer.hangUp();
    await expect(Viewer.open(test.service.address, { ticket, origin })).rejects.toThrow('401');
  });

  it('forgets the tickets of a key that is revoked', async () => {
    const { text, key } = await keyOf(test, 'observer');
    const made = await test.post('/v1/stream/tickets', {}, bearer(text));
    const { ticket } = (await made.json()) as { ticket: string };
    await test.lab.keys.revoke(key.id);
    await expect(Viewer.open(test.service.address, { ticket })).rejects.toThrow('401');
  });

  it('every operation of keys and audit was called here and answered as it says', () => {
    expect(ACCESS_OPERATIONS.filter((id) => !calls.seen.has(id))).toEqual([]);
  });

  it('shows metrics only to keys, and health to anybody', async () => {
    expect((await test.fetch('/metrics')).status).toBe(401);
    expect((await test.fetch('/metrics', { headers: bearer(admin) })).status).toBe(200);
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs', '/']) {
      expect((await test.fetch(path)).status, path).toBe(200);
    }
    // What is not there is not there, for anybody.
    expect((await test.fetch('/v1/nothing')).status).toBe(404);
  });
});

describe('a calibration', () => {
  it('is made by whoever may propose one, as a point of a sweep and once more too', async () => {
    await using test = await startTestService({ access: { anonymous: 'none' } }, 'one', {
      kinds: [runKind, { ...runKind, name: 'calibrate' }],
    });
    await test.lab.reservations.lock('one', 'a test', 'jobs wait');
    const keys = {
      operator: bearer((await keyOf(test, 'operator')).text),
      calibrator: bearer((await keyOf(test, 'calibrator')).text),
    };
    const calibrate = { kind: 'calibrate', device: 'one', program: smallProgram() };
    const run = { ...calibrate, kind: 'run' };
    const sweep = (base: object) => ({
      kind: 'sweep',
      base,
      axes: [{ path: 'program.seed', values: [1, 2] }],
    });
    for (const [body, operator] of [
      [calibrate, 403],
      [sweep(calibrate), 403],
      [run, 201],
      [sweep(run), 201],
    ] as const) {
      for (const [role, status] of [
        ['operator', operator],
        ['calibrator', 201],
      ] as const) {
        const made = await test.post('/v1/jobs', body, keys[role]);
        expect([role, body.kind, made.status]).toEqual([role, body.kind, status]);
        if (role === 'operator') continue;
        const { id } = (await made.json()) as { id: string };
        if (body.kind === 'sweep') {
          await until(async () => (await test.lab.jobs({ parent: id, limit: 2 })).items.length > 0);
        }
        await test.lab.act(id, 'cancel', {});
        await until(async () => (await test.lab.job(id)).state === 'cancelled');
        const again = await test.post(`/v1/jobs/${id}/actions/retry`, {}, keys.operator);
        expect([body.kind, again.status]).toEqual([body.kind, operator === 403 ? 403 : 200]);
      }
    }
  });
});

describe('a service on a loopback address without keys', () => {
  it.each([
    ['admin', 200, 201],
    ['operator', 403, 201],
    ['observer', 403, 403],
    ['none', 401, 401],
  ] as const)(
    'anonymous %s: keys answer %i, a job %i; the log says so',
    async (anonymous, keys, job) => {
      const test = await startTestService({ access: { anonymous } });
      expect((await test.fetch('/v1/keys')).status).toBe(keys);
      const body = { kind: 'run', device: 'one', program: smallProgram() };
      expect((await test.post('/v1/jobs', body)).status).toBe(job);
      // A key that does not work is not better than none.
      expect((await test.fetch('/v1/jobs', { headers: bearer('rlx_x') })).status).toBe(401);
      // Whatever has come through a proxy is not from this machine.
      const proxied = await test.fetch('/v1/jobs', { headers: { 'x-forwarded-for': '10.1.2.3' } });
      expect(proxied.status).toBe(401);
      const said = test.logged.join('');
      if (anonymous === 'none')
        expect(said).toContain('every call needs an API key and there is none');
      else expect(said).toContain(`need no API key: they have role '${anonymous}'`);
      await test[Symbol.asyncDispose]();
    },
  );

  it('bound elsewhere nobody comes in without one, and the hint says how to make the first', async () => {
    const clock = new ManualClock(0);
    const keys = new KeyBook(new MemoryAccessStore(), clock, (n) => new Uint8Array(n));
    const gate = new Gate(keys, accessSettings(), '0.0.0.0', clock);
    const bare = {
      address: '127.0.0.1',
      authorization: undefined,
      protocols: undefined,
      forwarded: false,
    };
    const refused = await gate.admit(bare).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'unauthenticated',
      details: { hint: expect.stringContaining('relaxd keys create') as string },
    });
    const first = await keys.create({
      name: 'me',
      role: 'admin',
      expiresAt: null,
      createdBy: 'test',
    });
    const again = await gate.admit(bare).catch((error: unknown) => error);
    expect(again).toMatchObject({
      details: { hint: expect.not.stringContaining('keys create') as string },
    });
    const let_in = await gate.admit({
      address: '10.0.0.9',
      authorization: `bearer ${first.text}`,
      protocols: undefined,
      forwarded: true,
    });
    expect(let_in).toMatchObject({ name: 'me', role: 'admin', address: '10.0.0.9' });
  });
});

describe('limits', () => {
  it('hold reads and changes of one key apart, and say when to go on', async () => {
    const test = await startTestService({
      access: { anonymous: 'none', limits: { readsPerMinute: 5, writesPerMinute: 2 } },
    });
    const { text: one } = await keyOf(test, 'admin', 'one');
    const { text: two } = await keyOf(test, 'admin', 'two');
    const statuses = async (call: () => Promise<Response>, n: number) => {
      const all: number[] = [];
      for (let k = 0; k < n; k++) all.push((await call()).status);
      return all;
    };
    const read = () => test.fetch('/v1/queue', { headers: bearer(one) });
    expect(await statuses(read, 7)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const refused = await read();
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(refused.headers.get('content-type')).toContain('problem+json');
    expect(await code(refused)).toBe('rate-limited');
    expect(await statuses(() => test.post('/v1/jobs', {}, bearer(one)), 3)).toEqual([
      400, 400, 429,
    ]);
    // Another key has its own, probes and sockets are not counted.
    expect((await test.fetch('/v1/queue', { headers: bearer(two) })).status).toBe(200);
    expect(await statuses(() => test.fetch('/healthz'), 20)).toEqual(Array(20).fill(200));
    const viewer = await Viewer.open(test.service.address, { key: one });
    viewer.hangUp();
    await test[Symbol.asyncDispose]();
  });

  it('hold keys that do not work to fewer, and never those that do', async () => {
    const test = await startTestService({
      access: { anonymous: 'none', limits: { failuresPerMinute: 3 } },
    });
    const { text } = await keyOf(test, 'observer');
    const wrong = () =>
      test.fetch('/v1/queue', { headers: bearer(`rlx_${'a'.repeat(12)}_${'A'.repeat(43)}`) });
    const statuses = [];
    for (let k = 0; k < 5; k++) statuses.push((await wrong()).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await wrong()).headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await test.fetch('/v1/queue', { headers: bearer(text) })).status).toBe(200);
    await test[Symbol.asyncDispose]();
  });

  it('hold the sockets of one key', async () => {
    const test = await startTestService({
      access: { anonymous: 'none', limits: { socketsPerKey: 2 } },
    });
    const { text } = await keyOf(test, 'observer');
    const open = () => Viewer.open(test.service.address, { key: text });
    const viewers = [await open(), await open()];
    expect(await (await open()).close()).toMatchObject({ code: 1013 });
    viewers[0]!.hangUp();
    await until(() => test.service.sockets.size === 1);
    viewers.push(await open());
    expect(viewers[2]!.closed).toBe(null);
    for (const viewer of viewers) viewer.hangUp();
    await test[Symbol.asyncDispose]();
  });

  it('do not hold who needs no key', async () => {
    const test = await startTestService({
      access: { limits: { readsPerMinute: 1, writesPerMinute: 1 } },
    });
    for (let k = 0; k < 5; k++) expect((await test.fetch('/v1/queue')).status).toBe(200);
    await test[Symbol.asyncDispose]();
  });
});

describe('pages of other sites', () => {
  const DASH = 'https://dash.example';
  let test: TestService;
  beforeAll(async () => {
    test = await startTestService({ access: { origins: [DASH] } });
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
  });
  const preflight = (origin: string, path = '/v1/jobs') =>
    test.fetch(path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type',
      },
    });

  it('that are configured may ask, read and change', async () => {
    const asked = await preflight(DASH);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(DASH);
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(asked.headers.get('access-control-allow-credentials')).toBe(null);
    const read = await test.fetch('/v1/queue', { headers: { origin: DASH } });
    expect(read.headers.get('access-control-allow-origin')).toBe(DASH);
    expect(read.headers.get('vary')?.toLowerCase()).toContain('origin');
    const changed = await test.post('/v1/jobs', {}, { origin: DASH });
    expect(changed.status).toBe(400);
    const viewer = await Viewer.open(test.service.address, { origin: DASH });
    viewer.hangUp();
  });

  it('that are not may not, and may not read what they are answered', async () => {
    const origin = 'https://evil.example';
    const asked = await preflight(origin);
    expect(asked.headers.get('access-control-allow-origin')).toBe(null);
    const read = await test.fetch('/v1/queue', { headers: { origin } });
    expect(read.headers.get('access-control-allow-origin')).toBe(null);
    const changed = await test.post('/v1/jobs', {}, { origin });
    expect([changed.status, await code(changed)]).toEqual([403, 'origin-refused']);
    await expect(Viewer.open(test.service.address, { origin })).rejects.toThrow('403');
    // A form that a page sends without asking first.
    const form = await test.fetch('/v1/jobs', {
      method: 'POST',
      headers: { origin, 'content-type': 'text/plain' },
      body: '{}',
    });
    expect(form.status).toBe(403);
  });

  it('a path that is not there stays one that is not there', async () => {
    expect((await test.fetch('/v1/nothing')).status).toBe(404);
    const wrong = await test.fetch('/v1/queue', { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('the page of the service itself may, under each of its names', async () => {
    const { port } = test.service;
    const own = await test.post('/v1/jobs', {}, { origin: `http://127.0.0.1:${port}` });
    expect(own.status).toBe(400);
  });

  it('without configured origins nobody is told that he may', async () => {
    const closed = await startTestService();
    const read = await closed.fetch('/v1/queue', { headers: { origin: DASH } });
    expect(read.headers.get('access-control-allow-origin')).toBe(null);
    const asked = await closed.fetch('/v1/jobs', {
      method: 'OPTIONS',
      headers: { origin: DASH, 'access-control-request-method': 'POST' },
    });
    expect(asked.status).toBe(405);
    const changed = await closed.post('/v1/jobs', {}, { origin: DASH });
    expect(changed.status).toBe(403);
    await closed[Symbol.asyncDispose]();
  });
});

describe('tickets', () => {
  it('are good once, for half a minute, and so many at once', () => {
    const clock = new ManualClock(0);
    const tickets = new Tickets(clock);
    const ann = { key: null, name: 'ann', role: 'observer', address: '::1' } as const;
    const { ticket } = tickets.issue(ann);
    expect(tickets.redeem(ticket)).toEqual(ann);
    expect(tickets.redeem(ticket)).toBe(null);
    const late = tickets.issue(ann).ticket;
    clock.advance(TICKET_LIFE_MS);
    expect(tickets.redeem(late)).toBe(null);
    const oldest = tickets.issue(ann).ticket;
    for (let k = 0; k < 1000; k++) tickets.issue(ann);
    expect(tickets.redeem(oldest)).toBe(null);
  });
});
