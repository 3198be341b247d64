/**
 * Builds the optional native engine: `npm run build:native`. Needs a C++17 compiler (`CXX`, else c++, g++ or clang++) and
 * nothing else: Node-API's headers come from the package node-api-headers, so no download and no Python.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';

const run = promisify(execFile);
const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
const source = 'src/kernels/native';
const out = 'build/native';

/**
 * A flag with a question mark is left out where the compiler does not know it. GCC keeps a vector of two registers in
 * memory and copies it by 16 bytes; a load of 32 then waits for both stores, 3 times slower, unless it copies by 32.
 */
const VARIANTS = {
  x64: {
    avx512:
      '-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx512vpopcntdq -mavx2 -mfma -mbmi2 -mpopcnt',
    avx2: '-mavx2 -mfma -mbmi2 -mpopcnt ?-mmove-max=256 ?-mstore-max=256',
    generic: '',
  },
  arm64: { neon: '', generic: '' },
};
/** No contraction: where a kernel wants a fused multiply-add it says so, and integer-field kernels are the same everywhere. */
const FLAGS =
  '-std=c++17 -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math -fPIC -fvisibility=hidden -Wall -Wextra -Wno-psabi -DNAPI_VERSION=8 -DNODE_GYP_MODULE_NAME=relaxd_kernels';
const words = (text) => text.split(' ').filter((word) => word !== '');

function compiler() {
  for (const name of [process.env.CXX, 'c++', 'g++', 'clang++']) {
    if (!name) continue;
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return name;
    } catch {
      // not this one
    }
  }
  console.error(
    'build:native: there is no C++ compiler (CXX, c++, g++, clang++); relaxd runs without this engine',
  );
  process.exit(1);
}

/** Flags of a variant, without those that this compiler does not know. */
function known(cxx, flags) {
  return words(flags).flatMap((flag) => {
    if (!flag.startsWith('?')) return [flag];
    try {
      execFileSync(cxx, [flag.slice(1), '-x', 'c++', '-fsyntax-only', '-'], {
        input: '',
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      return [flag.slice(1)];
    } catch {
      return [];
    }
  });
}

const started = performance.now();
const cxx = compiler();
mkdirSync(out, { recursive: true });
const variants = VARIANTS[process.arch] ?? { generic: '' };
const objects = [];
const compile = async (file, object, flags) => {
  objects.push(join(out, object));
  await run(cxx, [
    ...words(FLAGS),
    ...known(cxx, flags),
    '-I',
    headers,
    '-c',
    join(source, file),
    '-o',
    join(out, object),
  ]);
};
try {
  await Promise.all([
    compile('module.cc', 'module.o', ''),
    ...Object.entries(variants).map(([name, flags]) =>
      compile('kernels.cc', `kernels-${name}.o`, `${flags} -DVARIANT=${name}`),
    ),
  ]);
  const target = join(out, `relaxd-${process.platform}-${process.arch}.node`);
  const link = process.platform === 'darwin' ? '-bundle -undefined dynamic_lookup' : '-shared';
  // A running process may have the old file mapped: it keeps it.
  rmSync(target, { force: true });
  await run(cxx, [...words(link), ...objects, '-o', target]);
  console.log(
    `build:native: ${target} (${Object.keys(variants).join(', ')}) with ${cxx} in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
} catch (error) {
  console.error(error.stderr ?? error.message);
  console.error(`build:native: ${cxx} failed in ${dirname(out)}; relaxd runs without this engine`);
  process.exit(1);
}
