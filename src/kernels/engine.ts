import type { EngineKind } from '../core/index.js';
import type { Arena, Scratch } from './arena.js';
import type { RawKernels } from './raw-kernels.js';

/**
 * One thread's engine on one run's memory. Every kernel is a function of an engine and of arrays in its arena; it runs
 * the compiled code of {@link raw}, or the plain TypeScript reference where that is null.
 */
export interface Engine {
  readonly kind: EngineKind;
  /** For provenance: `reference`, `wasm-simd`, `wasm-relaxed-simd`, `native-avx2`, `native-avx512`, `native-neon`, … */
  readonly name: string;
  readonly arena: Arena;
  /** This thread's working arrays, taken back at the start of each block of shots. */
  readonly scratch: Scratch;
  readonly raw: RawKernels | null;
}
