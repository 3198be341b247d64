import { arch, cpus, platform, totalmem } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { Clock, EngineKind } from '../core/index.js';
import { Arena, openEngine, PEAK_NUMBERS, readAll, spinFma } from '../kernels/index.js';

/** What an engine can do at most on one core, measured. */
export interface Peak {
  /** As provenance names it: `wasm-relaxed-simd`, `native-avx512`, … */
  readonly name: string;
  /** 10⁹ operations a second of independent multiplications and additions of f32 (of f64 on the reference). */
  readonly gflops: number;
  /** 10⁹ bytes a second, read once from memory beyond every cache. */
  readonly readGBs: number;
  /** 10⁹ bytes a second, read from 256 KiB again and again: the second-level cache. */
  readonly cacheGBs: number;
}

export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly arch: string;
  readonly os: string;
  readonly memoryGiB: number;
  readonly node: string;
  /** Of the best engine that took part. */
  readonly peakGflops: number;
  readonly engines: Readonly<Partial<Record<EngineKind, Peak>>>;
}

const MEMORY_WORDS = 1 << 25;
const CACHE_WORDS = 1 << 16;
const ROUNDS = 1 << 20;
const SHORTEST_S = 0.015;

/** Measures the peaks of engines in turns; of several tries the best counts, as nothing makes a machine faster than it is. */
export async function measurePeaks(
  kinds: readonly EngineKind[],
  clock: Clock,
  tries: number,
): Promise<Machine> {
  const arena = Arena.create();
  const memory = arena.int32(MEMORY_WORDS).fill(1);
  const cached = memory.subarray(0, CACHE_WORDS);
  const benches = kinds.map((kind) => {
    const engine = openEngine(kind, arena);
    const numbers = engine.arena.float32(PEAK_NUMBERS);
    numbers.fill(0.5, 0, 4).fill(1, 4, 8).fill(1, 8, 12);
    return { kind, engine, numbers, gflops: 0, readGBs: 0, cacheGBs: 0 };
  });
  /** Work a second, of work repeated for long enough. */
  const rate = (work: () => number): number => {
    let done = 0;
    let seconds = 0;
    const began = clock.monotonicMs();
    do {
      done += work();
      seconds = (clock.monotonicMs() - began) / 1000;
    } while (seconds < SHORTEST_S);
    return done / seconds / 1e9;
  };
  for (let t = 0; t < tries; t++) {
    for (const bench of benches) {
      const { engine, numbers } = bench;
      bench.gflops = Math.max(
        bench.gflops,
        rate(() => spinFma(engine, numbers, ROUNDS)),
      );
      await setImmediate();
      bench.readGBs = Math.max(
        bench.readGBs,
        rate(() => (readAll(engine, memory), memory.byteLength)),
      );
      bench.cacheGBs = Math.max(
        bench.cacheGBs,
        rate(() => (readAll(engine, cached), cached.byteLength)),
      );
      await setImmediate();
    }
  }
  const engines: Partial<Record<EngineKind, Peak>> = {};
  for (const { kind, engine, gflops, readGBs, cacheGBs } of benches) {
    engines[kind] = { name: engine.name, gflops, readGBs, cacheGBs };
  }
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: cpus().length,
    arch: arch(),
    os: platform(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    peakGflops: Math.max(0, ...benches.map(({ gflops }) => gflops)),
    engines,
  };
}
