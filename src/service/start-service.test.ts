import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallProgram, startTestService, until, type TestService } from './service.test-support.js';

let it0: TestService;
beforeAll(async () => {
  it0 = await startTestService();
});
afterAll(async () => {
  await it0[Symbol.asyncDispose]();
});

describe('x', () => {
  it('smoke', async () => {
    for (const p of [
      '/',
      '/healthz',
      '/readyz',
      '/v1/devices',
      '/v1/devices/one',
      '/v1/devices/one/descriptor',
      '/v1/devices/one/parameters',
      '/v1/memory-sets',
      '/v1/memory-sets/letters',
      '/v1/programs',
      '/v1/jobs',
      '/v1/queue',
      '/v1/runs',
      '/openapi.json',
      '/docs',
      '/docs/',
      '/docs/json',
      '/nope',
      '/v1/devices/x',
      '/metrics',
    ]) {
      const r = await it0.fetch(p);
      console.log(p, r.status, r.headers.get('content-type'), (await r.text()).slice(0, 150));
    }
    let r = await it0.post('/v1/jobs', { kind: 'run', device: 'one', program: smallProgram() });
    console.log(r.status, await r.clone().text());
    const job = (await r.json()) as any;
    await until(
      async () =>
        ((await (await it0.fetch(`/v1/jobs/${job.id}`)).json()) as any).state === 'completed',
    );
    const done = (await (await it0.fetch(`/v1/jobs/${job.id}`)).json()) as any;
    console.log(JSON.stringify(done));
    for (const p of ['', '/documents', '/samples', '/export?format=csv']) {
      r = await it0.fetch(`/v1/runs/${done.run}${p}`);
      console.log(r.status, (await r.text()).slice(0, 300));
    }
    r = await it0.post('/v1/compile', {
      device: 'one',
      memories: { version: 1, patterns: [[1, -1, 1, -1]] },
    });
    console.log(r.status, (await r.text()).slice(0, 300));
    console.log(it0.logged.join(''));
    expect(1).toBe(1);
  });
});
