import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_TABLE } from '../core/index.js';
import { replaced } from './replaced.test-support.js';
import { smallProgram, startTestService, type TestService } from './service.test-support.js';
import { Viewer } from './stream/viewer.test-support.js';

let test: TestService;
beforeAll(async () => {
  test = await startTestService();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const program = smallProgram();
const set = { version: 1, name: 'ab', shape: [2, 2], labels: ['a'], patterns: [[1, -1, 1, -1]] };
/** Calls that are right, to be spoilt. */
const CALLS: readonly (readonly [string, string, object])[] = [
  ['POST', '/v1/jobs', { kind: 'run', device: 'one', program, priority: 0 }],
  [
    'POST',
    '/v1/jobs',
    {
      kind: 'retrieve',
      device: 'one',
      memories: set,
      rule: 'hebb',
      target: 0,
      corrupt: 0.1,
      shots: 2,
      seed: 1,
    },
  ],
  ['POST', '/v1/programs', program],
  ['POST', '/v1/memory-sets', set],
  ['POST', '/v1/devices/one/validate', program],
  ['POST', '/v1/programs/validate', { device: 'one', program }],
  ['POST', '/v1/compile', { device: 'one', memories: set, rule: 'hebb', corrupt: 0.1 }],
  ['PUT', '/v1/devices/one/parameters/gain', { value: 1 }],
  ['POST', '/v1/devices/one/actions/clear-fault', { fault: 'f', operator: 'me', note: 'n' }],
  ['POST', '/v1/jobs/nobody/actions/reprioritise', { priority: 1 }],
];

type Path = readonly (string | number)[];
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key])),
  ];
}

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    0,
    -1,
    1.5,
    2 ** 53,
    1e308,
    '',
    '1',
    [],
    {},
    true,
    null,
    [[]],
    '\u0000',
    'sha256:',
    '__proto__',
  ),
);
/** A right call with one member put wrong, and sometimes another one added. */
const spoiltCall = fc
  .tuple(fc.constantFrom(...CALLS), fc.nat(), odd, fc.option(fc.tuple(fc.string(), odd)))
  .map(([[method, path, body], at, by, more]) => {
    const paths = pathsOf(body);
    const wrong = replaced(body, paths[at % paths.length]!, by);
    const added =
      more !== null && typeof wrong === 'object' && wrong !== null && !Array.isArray(wrong)
        ? { ...wrong, [more[0]]: more[1] }
        : wrong;
    return { method, path, text: JSON.stringify(added) };
  });
/** JSON that numbers cannot hold, and text that is no JSON. */
const tornCall = fc
  .tuple(
    fc.constantFrom(...CALLS),
    fc.constantFrom('1e999', '-1e999', 'NaN', '{', '"', '[1,', '\u{1F9F2}'),
    fc.nat(),
  )
  .map(([[method, path, body], torn, at]) => {
    const text = JSON.stringify(body);
    const numbers = [...text.matchAll(/(?<=[:,[])-?\d+/g)];
    const where = numbers[at % Math.max(1, numbers.length)];
    if (where === undefined) return { method, path, text: torn };
    return {
      method,
      path,
      text: text.slice(0, where.index) + torn + text.slice(where.index + where[0].length),
    };
  });

describe('whatever is sent', () => {
  it('a bad body is never answered with a defect: 220 spoilt calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 8, arbitrary: spoiltCall }, { weight: 3, arbitrary: tornCall }),
        async ({ method, path, text }) => {
          const response = await test.fetch(path, {
            method,
            headers: { 'content-type': 'application/json' },
            body: text,
          });
          const answer = await response.text();
          expect(response.status, answer).toBeLessThan(500);
          if (response.status < 400) return;
          expect(response.headers.get('content-type')).toContain('application/problem+json');
          const { code, status, detail } = JSON.parse(answer) as Record<string, string>;
          expect(Object.keys(ERROR_TABLE)).toContain(code);
          expect(status).toBe(response.status);
          expect(detail).not.toBe('');
        },
      ),
      { numRuns: 220 },
    );
    expect((await test.fetch('/readyz')).status).toBe(200);
  });

  it('a bad path or query neither: 100 of them', async () => {
    const paths = [
      '/v1/jobs/',
      '/v1/runs/',
      '/v1/devices/',
      '/v1/memory-sets/',
      '/v1/programs/',
      '/v1/jobs?',
      '/v1/runs?',
      '/v1/',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.string({ unit: 'binary', maxLength: 40 }),
        async (path, text) => {
          const response = await test.fetch(`${path}${encodeURIComponent(text)}`);
          expect(response.status, await response.text()).toBeLessThan(500);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('a bad stream message ends at most its own socket, with 1008: 100 of them', async () => {
    const other = await Viewer.open(test.service.address);
    const right = { op: 'subscribe', id: '1', topic: 'jobs', policy: 'latest', from: 0, credit: 1 };
    const message = fc.oneof(
      fc.tuple(fc.nat(), odd).map(([at, by]) => {
        const paths = pathsOf(right);
        return JSON.stringify(replaced(right, paths[at % paths.length]!, by));
      }),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(message, async (text) => {
        const viewer = await Viewer.open(test.service.address);
        viewer.send(text);
        // Answered, or closed for it.
        viewer.send({ op: 'unsubscribe', id: 'nobody' });
        const answered = viewer.message('error', ({ id }) => id === 'nobody').then(() => null);
        const closed = await Promise.race([viewer.close(), answered.catch(() => viewer.close())]);
        if (closed !== null) expect(closed.code).toBe(1008);
        viewer.hangUp();
      }),
      { numRuns: 100 },
    );
    other.send({ op: 'subscribe', id: 'q', topic: 'queue' });
    await other.message('event');
    other.hangUp();
  });
});
