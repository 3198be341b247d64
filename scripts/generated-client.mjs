/**
 * Makes a TypeScript client out of the running service's own OpenAPI document, with another project's generator, and drives a whole job with it:
 * `node scripts/generated-client.mjs [--generator DIR]`. DIR holds node_modules/@hey-api/openapi-ts; without it the generator is
 * installed into a temporary folder, which goes away afterwards. Needs the built service. Exit code 1 where the client does not
 * compile or the job does not do what it should.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const GENERATOR = '@hey-api/openapi-ts@0.95';
const root = resolve(import.meta.dirname, '..');
const main = join(root, 'dist/src/main.js');
const support = join(root, 'dist/test/support/service-process.js');
const { ServiceProcess } = await import(pathToFileURL(support).href);
const { values } = parseArgs({ options: { generator: { type: 'string' } } });
const folder = await mkdtemp(join(tmpdir(), 'relaxd-client-'));

function call(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command} ${args.join(' ')}: ${done.status}\n${done.stdout}${done.stderr}`);
}

/** The service asks for keys, as it does on a network. */
async function startService() {
  const data = join(folder, 'data');
  const config = join(folder, 'relaxd.json');
  await writeFile(config, JSON.stringify({ version: 1, anonymous: 'none' }));
  const args = ['keys', 'create', '--name', 'client', '--role', 'admin', '--data', data];
  const key = call(process.execPath, [main, ...args], folder).trim();
  return { service: await ServiceProcess.start(data, ['--config', config]), key };
}

let service = null;
try {
  const generator = values.generator ?? folder;
  if (values.generator === undefined) {
    call('npm', ['i', '--prefix', folder, '--no-audit', '--no-fund', GENERATOR, 'typescript@5']);
  }
  const started = await startService();
  service = started.service;
  const { key } = started;
  const { address } = service;
  const document = await (await fetch(`${address}/openapi.json`)).text();
  await writeFile(join(folder, 'openapi.json'), document);
  const made = join(folder, 'client');
  call(
    process.execPath,
    [
      join(generator, 'node_modules/@hey-api/openapi-ts/bin/run.js'),
      ...['-i', join(folder, 'openapi.json'), '-o', made, '-c', '@hey-api/client-fetch'],
    ],
    generator,
  );
  // Compiled strictly: the document's types are held to TypeScript's as well.
  const compiled = join(folder, 'compiled');
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        ...{ module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
        ...{ target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'], types: [], strict: true },
        ...{ skipLibCheck: true, rootDir: made, outDir: compiled },
      },
      include: ['client/**/*.ts'],
    }),
  );
  call(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], folder);
  await writeFile(join(compiled, 'package.json'), '{"type":"commonjs"}');
  const require = createRequire(join(compiled, 'index.js'));
  const api = require('./sdk.gen.js');
  const { createClient, createConfig } = require('./client/index.js');
  const client = createClient(createConfig({ baseUrl: address, auth: () => key }));
  const right = ({ data, error, response }) => {
    assert.equal(error, undefined, JSON.stringify(error));
    assert.ok(response.ok);
    return data;
  };

  const bare = await api.listDevices({ client: createClient(createConfig({ baseUrl: address })) });
  assert.equal(bare.error.code, 'unauthenticated');
  const devices = right(await api.listDevices({ client }));
  assert.ok(devices.items.some(({ id }) => id === 'glauber'));
  let job = right(
    await api.submitJob({
      client,
      headers: { 'idempotency-key': 'generated' },
      body: {
        ...{ kind: 'retrieve', device: 'glauber', memories: 'letters:A,B,C', rule: 'projection' },
        ...{ target: 'B', corrupt: 0.15, shots: 20, seed: 1 },
      },
    }),
  );
  const { id } = job;
  while (!['completed', 'failed', 'cancelled', 'aborted', 'expired'].includes(job.state)) {
    const query = { wait: 10, revision: job.revision };
    job = right(await api.getJob({ client, path: { id }, query }));
  }
  assert.equal(job.state, 'completed', JSON.stringify(job.error));
  assert.equal(job.result.retrieval.success, 1);
  const run = right(await api.getRun({ client, path: { id: job.run } }));
  assert.equal(run.shots, 20);
  const samples = right(
    await api.getSamples({ client, path: { id: job.run }, query: { fromRow: 0, rows: 5 } }),
  );
  assert.equal(samples.rows, 5);
  const wrong = await api.submitJob({
    client,
    body: { kind: 'retrieve', device: 'glauber', shots: '7' },
  });
  assert.equal(wrong.response.status, 400);
  assert.equal(wrong.error.code, 'invalid-input');
  const audit = right(await api.listAudit({ client, query: { action: 'submitJob' } }));
  assert.deepEqual(
    audit.items.map(({ outcome }) => outcome),
    ['refused', 'done'],
  );
  console.log(
    `a client generated from ${JSON.parse(document).openapi} with ${Object.keys(JSON.parse(document).paths).length} paths compiles and drove job ${id} to its end`,
  );
} finally {
  await service?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
}
