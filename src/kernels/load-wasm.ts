import { existsSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { compiledUrl } from '../core/index.js';
import type { RawKernels } from './raw-kernels.js';
import { webAssembly, type WasmMemory } from './web-assembly.js';

/** A set of compiled kernels that can be bound to memories. */
export interface KernelModule {
  readonly name: string;
  /** Why it cannot be used; null: it can. */
  readonly missing: string | null;
  bind(memory: WasmMemory): RawKernels;
}

/** The build with relaxed SIMD (fused multiply-add) first. */
const BUILDS = [
  { file: 'kernels-relaxed.wasm', name: 'wasm-relaxed-simd' },
  { file: 'kernels.wasm', name: 'wasm-simd' },
] as const;
/** Node 20 has relaxed SIMD behind this flag; later ones have it anyway, and know the flag no more than a no-op. */
const RELAXED_FLAG = '--experimental-wasm-relaxed-simd';

/** For tests: the name of the build that is to be used instead of the best. */
const VARIANT = 'RELAXD_WASM_VARIANT';

let loaded: KernelModule | null = null;

/** The WebAssembly kernels of this thread, compiled once: the best build that the engine takes. */
export function loadWasm(): KernelModule {
  return (loaded ??= findBuild());
}

function findBuild(): KernelModule {
  if (process.versions.node.startsWith('20.')) setFlagsFromString(RELAXED_FLAG);
  let missing = 'this Node has no WebAssembly SIMD';
  const wanted = process.env[VARIANT];
  for (const { file, name } of BUILDS) {
    if (wanted !== undefined && wanted !== name) continue;
    const url = compiledUrl(import.meta.url, `./${file}`);
    if (!existsSync(url)) {
      missing = `${file} has not been built (npm run build)`;
      continue;
    }
    const bytes = readFileSync(url);
    if (!webAssembly.validate(bytes)) continue;
    const module = new webAssembly.Module(bytes);
    const bind = (memory: WasmMemory): RawKernels =>
      new webAssembly.Instance(module, { env: { memory } }).exports as RawKernels;
    return { name, missing: null, bind };
  }
  return unusable(missing);
}

/** A module that is not there, and why. */
export function unusable(missing: string): KernelModule {
  return {
    name: 'none',
    missing,
    bind: () => {
      throw new Error(missing);
    },
  };
}
