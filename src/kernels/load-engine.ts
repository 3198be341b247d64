import { ENGINES, RelaxdError, type EngineKind } from '../core/index.js';
import { Arena, Scratch } from './arena.js';
import type { Engine } from './engine.js';
import { loadNative } from './load-native.js';
import { loadWasm } from './load-wasm.js';
import type { RawKernels } from './raw-kernels.js';
import type { WasmMemory } from './web-assembly.js';

/** Environment variable with the engine that is used where none is asked for. */
const VARIABLE = 'RELAXD_ENGINE';

/**
 * The engine that is used where none is asked for: what `RELAXD_ENGINE` names, else native where it has been built, else
 * WebAssembly, else the reference. @throws RelaxdError `invalid-input` where the variable names none
 */
export function defaultEngine(): EngineKind {
  const wanted = process.env[VARIABLE];
  if (wanted !== undefined && wanted !== '') {
    const kind = ENGINES.find((name) => name === wanted);
    if (kind !== undefined) return kind;
    throw new RelaxdError('invalid-input', `${VARIABLE} is '${wanted}'`, {
      path: VARIABLE,
      value: wanted,
      limit: ENGINES,
      hint: 'leave it unset for the fastest engine that is here',
    });
  }
  return ENGINES.toReversed().find((kind) => engineMissing(kind) === null)!;
}

/**
 * Makes an engine the default one of this process, and of threads and processes that it starts from now on.
 * @throws RelaxdError `not-supported` where it cannot be used here
 */
export function useEngine(kind: EngineKind): void {
  requireEngine(kind);
  process.env[VARIABLE] = kind;
}

/** Why an engine cannot be used here; null where it can. */
export function engineMissing(kind: EngineKind): string | null {
  if (kind === 'reference') return null;
  if (kind === 'wasm') return loadWasm().missing;
  return loadNative().missing;
}

/** Name of an engine in provenance: `reference`, `wasm-simd`, `native-avx512`, … @throws RelaxdError `not-supported` */
export function engineName(kind: EngineKind): string {
  requireEngine(kind);
  if (kind === 'reference') return 'reference';
  return kind === 'wasm' ? loadWasm().name : loadNative().name;
}

/** @throws RelaxdError `not-supported` where it cannot be used here */
export function requireEngine(kind: EngineKind): void {
  const missing = engineMissing(kind);
  if (missing === null) return;
  throw new RelaxdError('not-supported', `the engine '${kind}' is not here: ${missing}`, {
    value: kind,
    limit: ENGINES.filter((one) => engineMissing(one) === null),
    hint:
      kind === 'native'
        ? 'build it with npm run build:native (needs a C++ compiler), or leave --engine out'
        : 'leave --engine out',
  });
}

/** Kernels of this thread on memories that are there: a memory may be opened for one run after another. */
const BOUND = {
  wasm: new WeakMap<WasmMemory, RawKernels>(),
  native: new WeakMap<WasmMemory, RawKernels>(),
};

function bound(kind: 'wasm' | 'native', memory: WasmMemory): RawKernels {
  let raw = BOUND[kind].get(memory);
  if (raw === undefined) {
    raw = (kind === 'wasm' ? loadWasm() : loadNative()).bind(memory);
    BOUND[kind].set(memory, raw);
  }
  return raw;
}

/**
 * This thread's engine on a memory.
 * @param kind null: {@link defaultEngine}
 * @throws RelaxdError `not-supported` where it cannot be used here
 */
export function openEngine(kind: EngineKind | null = null, arena: Arena = Arena.create()): Engine {
  const chosen = kind ?? defaultEngine();
  const name = engineName(chosen);
  const scratch = new Scratch(arena);
  const raw = chosen === 'reference' ? null : bound(chosen, arena.memory);
  return { kind: chosen, name, arena, scratch, raw };
}
