/**
 * The whole build: protobuf code, TypeScript, what is not TypeScript, and the dashboard.
 * Run by `npm run build` and, through `prepare`, by `npm ci`.
 * A part whose inputs are older than its output is skipped, so that `npm test` starts quickly.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.mjs';

const bin = (name) => join('node_modules', '.bin', name);
const exec = (name, args) => execFileSync(bin(name), args, { stdio: 'inherit' });

const newest = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
};
const fresh = (output, inputs) =>
  existsSync(output) && statSync(output).mtimeMs > Math.max(...inputs.map(newest));

// 1. Protobuf: static modules with types, one root name a file.
mkdirSync('proto/gen', { recursive: true });
for (const file of readdirSync('proto').filter((f) => f.endsWith('.proto'))) {
  const name = file.replace(/\.proto$/, '');
  const js = `proto/gen/${name}.js`;
  if (fresh(js, [`proto/${file}`])) continue;
  exec('pbjs', [
    '-t',
    'static-module',
    '-w',
    'esm',
    '-r',
    `relaxd_${name}`,
    '--force-number',
    '-o',
    js,
    `proto/${file}`,
  ]);
  exec('pbts', ['-o', `proto/gen/${name}.d.ts`, js]);
}

// 2. WebAssembly kernels, with and without relaxed SIMD.
mkdirSync('dist/src/kernels', { recursive: true });
for (const [file, features] of [
  ['kernels.wasm', ['simd', 'threads']],
  ['kernels-relaxed.wasm', ['simd', 'threads', 'relaxed-simd']],
]) {
  const target = `dist/src/kernels/${file}`;
  if (fresh(target, ['src/kernels/assembly', 'scripts/build.mjs'])) continue;
  exec('asc', [
    'src/kernels/assembly/index.ts',
    '-O3',
    ...features.flatMap((feature) => ['--enable', feature]),
    ...['--runtime', 'stub', '--importMemory', '--sharedMemory'],
    ...['--initialMemory', '2', '--maximumMemory', '65536', '--memoryBase', '1024'],
    ...['--use', `RELAXED=${features.includes('relaxed-simd') ? 1 : 0}`],
    ...['--use', 'abort='],
    // Vectors cross between our own modules only, not to JavaScript.
    ...['--disableWarning', '112'],
    ...['--outFile', target],
  ]);
}
// Their names: a native module that lacks one is not used.
const { Module } = globalThis.WebAssembly;
const kernels = Module.exports(new Module(readFileSync('dist/src/kernels/kernels.wasm')));
writeFileSync(
  'dist/src/kernels/kernels.json',
  JSON.stringify(kernels.filter(({ kind }) => kind === 'function').map(({ name }) => name)),
);

// 3. TypeScript.
exec('tsc', ['-p', 'tsconfig.json']);
chmodSync('dist/src/main.js', 0o755);

// 4. What is not TypeScript: generated code, manifests, pictures.
cpSync('proto/gen', 'dist/proto/gen', { recursive: true });
for (const name of readdirSync('drivers')) {
  const manifest = join('drivers', name, 'driver.json');
  if (existsSync(manifest)) cpSync(manifest, join('dist', manifest));
}
for (const folder of ['src/memory/builtin', 'drivers/template']) {
  if (existsSync(folder)) {
    cpSync(folder, join('dist', folder), {
      recursive: true,
      filter: (path) => !path.endsWith('.ts'),
    });
  }
}

// 5. The bundle of what has been compiled.
if (!fresh('dist/bundle/modules.json', ['dist/.tsbuildinfo', 'scripts/bundle.mjs'])) await bundle();

// 6. The dashboard.
if (
  existsSync('src/dashboard/vite.config.mjs') &&
  !fresh('dist/dashboard/index.html', ['src/dashboard'])
) {
  exec('vite', ['build', '--config', 'src/dashboard/vite.config.mjs', '--logLevel', 'warn']);
}
