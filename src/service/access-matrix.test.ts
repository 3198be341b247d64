import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isoTime, systemClock } from '../core/index.js';
import { ROLES, type Role, type Scope } from '../access/index.js';
import { smallProgram, startTestService, until, type TestService } from './service.test-support.js';
import { Viewer } from './stream/viewer.test-support.js';

/** Who may use what, written down once more and by hand: a mistake in the roles is not in here as well. */
const MAY: Readonly<Record<Scope, readonly Role[]>> = {
  read: ['observer', 'operator', 'calibrator', 'admin'],
  jobs: ['operator', 'calibrator', 'admin'],
  devices: ['operator', 'calibrator', 'admin'],
  calibrations: ['calibrator', 'admin'],
  maintenance: ['calibrator', 'admin'],
  keys: ['admin'],
  audit: ['admin'],
  backup: ['admin'],
};
/** Calls that change nothing although they are a POST. */
const CHANGES_NOTHING = [
  'POST /v1/compile',
  'POST /v1/devices/:id/validate',
  'POST /v1/programs/validate',
  'POST /v1/retention/preview',
  'POST /v1/stream/tickets',
];
/** What anybody may call: probes, pages, and the document that describes everything else. */
const PUBLIC = /^\/$|^\/(healthz|readyz|openapi\.json)$|^\/docs(\/|$)/;

let test: TestService;
const credentials = new Map<string, string | null>();
const ended = ['malformed', 'unknown', 'expired', 'revoked', 'rotated'] as const;
let run: string;
beforeAll(async () => {
  test = await startTestService({
    access: { anonymous: 'none', limits: { failuresPerMinute: 1_000_000 } },
  });
  const make = async (role: Role, expiresAt: string | null = null) =>
    test.lab.keys.create({ name: role, role, expiresAt, createdBy: 'test' });
  for (const role of ROLES) credentials.set(role, (await make(role)).text);
  credentials.set('no key', null);
  credentials.set('malformed', 'rlx_nonsense');
  credentials.set('unknown', `rlx_${'a'.repeat(12)}_${'A'.repeat(43)}`);
  const soon = isoTime(systemClock.wallMs() + 20);
  credentials.set('expired', (await make('admin', soon)).text);
  const revoked = await make('admin');
  await test.lab.keys.revoke(revoked.key.id);
  credentials.set('revoked', revoked.text);
  const rotated = await make('admin');
  await test.lab.keys.rotate(rotated.key.id);
  credentials.set('rotated', rotated.text);
  const job = await test.lab.submit({ kind: 'run', device: 'one', program: smallProgram() });
  await until(async () => (await test.lab.job(job.id)).state === 'completed');
  run = (await test.lab.job(job.id)).run!;
  await until(() => systemClock.wallMs() > Date.parse(soon));
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly challenge: string | null;
  readonly code: string | null;
  readonly scope: string | null;
  readonly role: string | null;
}
async function call(method: string, url: string, who: string): Promise<Answer> {
  const key = credentials.get(who)!;
  const path = url.replace(/:\w+/g, 'nobody').replace('*', 'nobody');
  const body = method === 'POST' || method === 'PUT' || method === 'PATCH';
  const response = await test.fetch(path, {
    method,
    redirect: 'manual',
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: '{}' } : {}),
  });
  const text = await response.text();
  const problem = response.headers.get('content-type')?.includes('problem+json')
    ? (JSON.parse(text === '' ? '{}' : text) as Record<string, string>)
    : {};
  const { code = null, scope = null, role = null } = problem;
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    code,
    scope,
    role,
  };
}

describe('every route of the running server', () => {
  it('says what it needs, and its document says the same', async () => {
    const { routes } = test.service;
    expect(routes.length).toBeGreaterThan(40);
    const document = (await (await test.fetch('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { 'x-scope': string; security: unknown[] }>>;
      components: { securitySchemes: object };
    };
    expect(document.components.securitySchemes).toHaveProperty('key');
    let shown = 0;
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const url = path.replace(/\{(\w+)\}/g, ':$1');
        const route = routes.find((one) => one.url === url && one.method === method.toUpperCase());
        expect(route, `${method} ${path}`).toMatchObject({ scope: operation['x-scope'] });
        expect(operation.security).toEqual(route!.scope === 'public' ? [] : [{ key: [] }]);
        shown++;
      }
    }
    expect(shown).toBeGreaterThan(25);
  });

  it('what needs no key is a probe or a page, and what changes something needs more than to read', () => {
    for (const { method, url, scope } of test.service.routes) {
      const name = `${method} ${url}`;
      if (scope === 'public') expect(PUBLIC.test(url), name).toBe(true);
      const reading = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
      if (!reading && !CHANGES_NOTHING.includes(name)) expect(scope, name).not.toBe('read');
      if (url.startsWith('/v1/keys')) expect(scope, name).toBe('keys');
      if (url.startsWith('/v1/audit')) expect(scope, name).toBe('audit');
    }
  });

  it('times no key, keys that do not work, and each role: 401, 403 with the scope, or neither', async () => {
    let calls = 0;
    for (const { method, url, scope } of test.service.routes) {
      const answers = await Promise.all(
        [...credentials.keys()].map(async (who) => [who, await call(method, url, who)] as const),
      );
      for (const [who, answer] of answers) {
        const name = `${method} ${url} for ${who}: ${JSON.stringify(answer)}`;
        calls++;
        if (scope === 'public') {
          expect([401, 403], name).not.toContain(answer.status);
        } else if (!(ROLES as readonly string[]).includes(who)) {
          expect(answer.status, name).toBe(401);
          expect(answer.challenge, name).toMatch(/^Bearer realm="relaxd"/);
          if (method !== 'HEAD') expect(answer.code, name).toBe('unauthenticated');
        } else if (MAY[scope].includes(who as Role)) {
          expect([401, 403], name).not.toContain(answer.status);
          expect(answer.status, name).toBeLessThan(500);
        } else {
          expect(answer.status, name).toBe(403);
          if (method !== 'HEAD')
            expect(answer, name).toMatchObject({ code: 'forbidden', scope, role: who });
        }
      }
    }
    expect(calls).toBe(test.service.routes.length * credentials.size);
  });

  it('a server with a route that says nothing does not start', async () => {
    const { DeclaredRoutes } = await import('./declared-routes.js');
    const routes = new DeclaredRoutes();
    routes.add({ method: 'GET', url: '/v1/new', handler: () => undefined });
    expect(() => routes.list()).toThrow('no scope is declared for GET /v1/new');
  });
});

describe('every topic of the running stream', () => {
  it('times no key, keys that do not work, and each role', async () => {
    const { topics } = test.service;
    expect(topics.map(({ topic }) => topic).sort()).toEqual(
      expect.arrayContaining(['audit', 'devices/one', 'jobs', 'queue', 'runs/{id}']),
    );
    for (const who of ['no key', ...ended]) {
      const key = credentials.get(who)!;
      const refused = await Viewer.open(test.service.address, key === null ? {} : { key }).catch(
        (error: unknown) => (error as Error).message,
      );
      expect(refused, who).toContain('401');
    }
    for (const role of ROLES) {
      const viewer = await Viewer.open(test.service.address, { key: credentials.get(role)! });
      for (const { topic, scope } of topics) {
        const id = `${topic} for ${role}`;
        viewer.send({ op: 'subscribe', id, topic: topic.replace('{id}', run), credit: 0 });
        if (MAY[scope].includes(role)) {
          await viewer.message('subscribed', (message) => message.id === id);
        } else {
          const error = await viewer.message('error', (message) => message.id === id);
          expect(error, id).toMatchObject({ code: 'forbidden', details: { scope, role } });
        }
      }
      viewer.hangUp();
    }
  });
});
