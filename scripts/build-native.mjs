/**
 * Builds the optional native engine: `npm run build:native`. Needs a C++17 compiler (`CXX`, else c++, g++ or clang++) and
 * nothing else: Node-API's headers come from the package node-api-headers, so no download and no Python.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { compile, findCompiler, link, SOURCE, VARIANTS } from './native-compiler.mjs';

const out = 'build/native';
const started = performance.now();
const cxx = findCompiler();
if (cxx === null) {
  console.error(
    'build:native: there is no C++ compiler (CXX, c++, g++, clang++); relaxd runs without this engine',
  );
  process.exit(1);
}
mkdirSync(out, { recursive: true });
const variants = VARIANTS[process.arch] ?? { generic: '' };
const units = [
  { source: 'module.cc', object: join(out, 'module.o'), flags: '' },
  ...Object.entries(variants).map(([name, flags]) => ({
    source: 'kernels.cc',
    object: join(out, `kernels-${name}.o`),
    flags: `${flags} -DVARIANT=${name}`,
  })),
];
try {
  await Promise.all(
    units.map(({ source, object, flags }) => compile(cxx, join(SOURCE, source), object, flags)),
  );
  const target = join(out, `relaxd-${process.platform}-${process.arch}.node`);
  // Put in place when it is whole: a process that starts meanwhile finds the old one, and keeps it.
  const whole = `${target}.${process.pid}`;
  await link(
    cxx,
    units.map(({ object }) => object),
    whole,
    process.platform === 'darwin' ? '-bundle -undefined dynamic_lookup' : '-shared',
  );
  renameSync(whole, target);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `build:native: ${target} (${Object.keys(variants).join(', ')}) with ${cxx} in ${seconds} s`,
  );
} catch (error) {
  console.error(error.stderr ?? error.message);
  console.error(`build:native: ${cxx} failed; relaxd runs without this engine`);
  process.exit(1);
}
