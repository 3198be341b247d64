import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compiledUrl, packageRoot } from '../core/index.js';
import { unusable, type KernelModule } from './load-wasm.js';
import type { RawKernels } from './raw-kernels.js';

/** What the native module exports. */
interface NativeModule {
  /** Changes with the kernels' arguments: an older build is not used. */
  readonly abi: number;
  /** Instruction sets it was built for and that this processor has, best first: `avx512`, `avx2`, `neon`, `generic`. */
  readonly variants: readonly string[];
  /** Names of its kernels. */
  readonly kernels: readonly string[];
  /** @param memory all of the arena; kernels take addresses relative to its start */
  bind(memory: Uint8Array, variant: string): RawKernels;
}

/** Must be the number in `native/module.cc`. */
const ABI = 2;
/** For tests: the instruction set that is to be used instead of the best. */
const VARIANT = 'RELAXD_NATIVE_VARIANT';

/** For tests, and for a build that lies elsewhere: the module's file. */
const FILE = 'RELAXD_NATIVE_FILE';

let loaded: KernelModule | null = null;

/** The native kernels, if they have been built (`npm run build:native`). */
export function loadNative(): KernelModule {
  return (loaded ??= findModule());
}

function findModule(): KernelModule {
  const place = `build/native/relaxd-${process.platform}-${process.arch}.node`;
  const file = process.env[FILE] ?? fileURLToPath(new URL(place, packageRoot(import.meta.url)));
  if (!existsSync(file)) return unusable('it has not been built');
  let module: NativeModule;
  try {
    module = createRequire(import.meta.url)(file) as NativeModule;
  } catch (error) {
    return unusable(
      `it cannot be loaded (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  if (module.abi !== ABI || !Array.isArray(module.kernels)) {
    return unusable('it was built for another version: build it again');
  }
  const lacking = kernelNames().find((name) => !module.kernels.includes(name));
  if (lacking !== undefined) return unusable(`it was built without ${lacking}: build it again`);
  const wanted = process.env[VARIANT];
  const variant = module.variants.find((name) => wanted === undefined || name === wanted);
  if (variant === undefined) return unusable(`this processor has no ${wanted ?? 'known vectors'}`);
  return {
    name: `native-${variant}`,
    missing: null,
    // A shared memory that grows keeps its start.
    bind: (memory) => module.bind(new Uint8Array(memory.buffer, 0, 64), variant),
  };
}

/** Names of all kernels, as `npm run build` finds them in the WebAssembly module. */
function kernelNames(): readonly string[] {
  const list = compiledUrl(import.meta.url, './kernels.json');
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as string[]) : [];
}
