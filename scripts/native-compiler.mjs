/** The C++ compiler and the flags of the native kernels: for build-native.mjs and count-instructions.mjs. */
import { execFile, execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the kernels' sources are. */
export const SOURCE = 'src/kernels/native';

/**
 * Instruction sets by processor. A flag with a question mark is left out where the compiler does not know it: GCC keeps a
 * vector of two registers in memory and copies it by 16 bytes; a load of 32 then waits for both stores, 3 times slower in
 * all, unless it copies by 32.
 */
export const VARIANTS = {
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

/** The first compiler that answers: `CXX`, c++, g++, clang++; null: none. */
export function findCompiler() {
  for (const name of [process.env.CXX, 'c++', 'g++', 'clang++']) {
    if (!name) continue;
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return name;
    } catch {
      // not this one
    }
  }
  return null;
}

function knows(cxx, flag) {
  try {
    execFileSync(cxx, [flag, '-x', 'c++', '-fsyntax-only', '-'], {
      input: '',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return true;
  } catch {
    return false;
  }
}

/** Compiles one source file to an object file. */
export async function compile(cxx, source, object, flags = '') {
  const chosen = words(flags).flatMap((flag) => {
    if (!flag.startsWith('?')) return [flag];
    return knows(cxx, flag.slice(1)) ? [flag.slice(1)] : [];
  });
  const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
  await run(cxx, [...words(FLAGS), ...chosen, '-I', headers, '-c', source, '-o', object]);
}

/** Links object files. */
export async function link(cxx, objects, target, flags = '') {
  await run(cxx, [...words(flags), ...objects, '-o', target]);
}
