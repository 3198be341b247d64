import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../core/index.js';
import { startTestService, until, type TestService } from './service.test-support.js';

let test: TestService;
beforeAll(async () => {
  test = await startTestService({}, 'glauber');
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

interface Call {
  readonly path: string;
  readonly init: RequestInit;
}

/** The words of a command line: spaces part them, single quotes keep them together. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

function readCurl(line: string): Call {
  const [curl, ...rest] = words(line);
  expect(curl).toBe('curl');
  const headers: Record<string, string> = {};
  let method = 'GET';
  let body: string | null = null;
  let url = '';
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === '-X') method = rest.shift()!;
    else if (word === '-d') body = rest.shift()!;
    else if (word === '-H') {
      const [name = '', value = ''] = rest.shift()!.split(/:\s*/, 2);
      headers[name] = value;
    } else url = word;
  }
  const { pathname, search, origin } = new URL(url);
  expect(origin).toBe('http://127.0.0.1:7070');
  return { path: pathname + search, init: { method, headers, ...(body === null ? {} : { body }) } };
}

describe('docs/api.md', () => {
  it('every curl of the page does what the page says: it succeeds', async () => {
    const page = await readFile(new URL('docs/api.md', packageRoot(import.meta.url)), 'utf8');
    const lines = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
      block!
        .replaceAll(/\\\n\s*/g, '')
        .trim()
        .split('\n'),
    );
    expect(lines.length).toBeGreaterThan(20);
    let job = '';
    let run = '';
    for (const line of lines) {
      const { path, init } = readCurl(line.replaceAll('$JOB', job).replaceAll('$RUN', run));
      const response = await test.fetch(path, init);
      const text = await response.text();
      expect(response.ok, `${line}\n${response.status} ${text}`).toBe(true);
      if (response.status !== 201 || !path.startsWith('/v1/jobs')) continue;
      job = (JSON.parse(text) as { id: string }).id;
      if (!line.includes('notBefore')) {
        await until(async () => (await test.lab.job(job)).state === 'completed');
        run = (await test.lab.job(job)).run!;
      }
    }
  });
});
