/**
 * What docker-compose.yml starts, Grafana aside, without Docker and from Debian's programs: `node scripts/lab-of-nodes.mjs [--nodes N]
 * [--folder DIR]`. PostgreSQL, Redis, N nodes (2), the simulated board at the first, and Prometheus where it is here; everything in a
 * folder of its own, on free ports of 127.0.0.1. Says where each of them is and runs until SIGINT or SIGTERM.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { nodes: { type: 'string', default: '2' }, folder: { type: 'string' } },
});
const dist = resolve(import.meta.dirname, '../dist');
const support = (name) => import(pathToFileURL(join(dist, 'test/support', name)).href);
const { findProgram, freePort, OwnServer } = await support('own-server.js');
const { PostgresServer, postgresMissing } = await support('postgres-server.js');
const { RedisServer, redisMissing } = await support('redis-server.js');
const main = join(dist, 'src/main.js');

const missing = postgresMissing ?? redisMissing;
if (missing !== null) {
  console.error(`${missing}: apt-get install postgresql redis-server`);
  process.exit(1);
}
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'relaxd-lab-'));
mkdirSync(folder, { recursive: true });
/** What is ended, the last one first. */
const open = [];
let ending = false;
async function end(code) {
  if (ending) return;
  ending = true;
  for (const close of open.reverse()) await close();
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end(0));

/** A relaxd as a process; resolves with the line that says where it is. */
async function relaxd(args, pattern) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  process.on('exit', () => child.kill('SIGKILL'));
  open.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  });
  let said = '';
  return new Promise((resolveLine, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
        const match = pattern.exec(said);
        if (match !== null) resolveLine(match[1]);
      });
    }
    child.once('exit', () => reject(new Error(said)));
  });
}

try {
  const postgres = await PostgresServer.start();
  open.push(() => postgres[Symbol.asyncDispose]());
  const redis = await RedisServer.start();
  open.push(() => redis[Symbol.asyncDispose]());
  const databaseUrl = await postgres.newDatabase();
  console.log(`postgres    ${databaseUrl}`);
  console.log(`redis       ${redis.url}`);
  const board = `127.0.0.1:${await freePort()}`;
  await relaxd(['board-sim', '--tcp', board], /(\S*\d+)/);
  console.log(`board       ${board}`);
  const targets = [];
  for (let k = 1; k <= Number(values.nodes); k++) {
    const name = `node-${k}`;
    const config = join(folder, `${name}.json`);
    const bench = { id: 'bench-board', driver: 'serial-board', options: { tcp: board } };
    const document = {
      version: 1,
      port: 0,
      data: join(folder, name),
      databaseUrl,
      redisUrl: redis.url,
      ...(k === 1 ? { devices: [bench] } : {}),
      node: { name },
    };
    writeFileSync(config, JSON.stringify(document));
    const address = await relaxd(['serve', '--config', config], /relaxd \S+ at (http:\/\/\S+)/);
    targets.push(new URL(address).host);
    console.log(`${name}      ${address}`);
  }
  const prometheus = findProgram('prometheus');
  if (prometheus !== null) {
    const port = await freePort();
    const config = join(folder, 'prometheus.yml');
    // JSON is YAML.
    const scrape = [{ job_name: 'relaxd', static_configs: [{ targets }] }];
    const rules = [resolve(import.meta.dirname, '../deploy/alerts.yml')];
    const global = { scrape_interval: '5s' };
    const document = { global, rule_files: rules, scrape_configs: scrape };
    writeFileSync(config, JSON.stringify(document));
    execFileSync(prometheus, ['--version']);
    const url = `http://127.0.0.1:${port}`;
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'prometheus')}`];
    const server = await OwnServer.start(
      prometheus,
      [...args, `--web.listen-address=127.0.0.1:${port}`],
      () =>
        fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
    );
    open.push(() => server.end('SIGTERM'));
    console.log(`prometheus  ${url}`);
  }
  console.log('ready');
} catch (error) {
  console.error(error);
  await end(1);
}
