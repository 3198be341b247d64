import { arch, cpus, platform, totalmem } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { Clock, EngineKind } from '../core/index.js';
import {
  Arena,
  openEngine,
  type Engine,
  PEAK_NUMBERS,
  readAll,
  spinFma,
} from '../kernels/index.js';

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

interface PeakEntry {
  readonly kind: EngineKind;
  readonly engine: Engine;
  readonly numbers: Float32Array;
  gflops: number;
  readGBs: number;
  cacheGBs: number;
}

const MEMORY_WORDS = 1 << 25;
const CACHE_WORDS = 1 << 16;
const ROUNDS = 1 << 20;
const SHORTEST_S = 0.015;

/**
 * Measures the peaks of engines in turns. The best try counts: nothing makes a machine faster than it is, and much makes it
 * slower.
 */
export class PeakMeter {
  private readonly arena = Arena.create();
  private readonly memory = this.arena.int32(MEMORY_WORDS).fill(1);
  private readonly cached = this.memory.subarray(0, CACHE_WORDS);
  private readonly entries: readonly PeakEntry[];

  constructor(
    kinds: readonly EngineKind[],
    private readonly clock: Clock,
  ) {
    this.entries = kinds.map((kind) => {
      const engine = openEngine(kind, this.arena);
      const numbers = this.arena.float32(PEAK_NUMBERS);
      numbers.fill(0.5, 0, 4).fill(1, 4, 8).fill(1, 8, 12);
      return { kind, engine, numbers, gflops: 0, readGBs: 0, cacheGBs: 0 };
    });
  }

  /** A try of every engine: 50 ms each. */
  async measure(tries: number): Promise<void> {
    const { memory, cached } = this;
    for (let t = 0; t < tries; t++) {
      for (const entry of this.entries) {
        const { engine, numbers } = entry;
        this.best(entry, 'gflops', () => spinFma(engine, numbers, ROUNDS));
        // The compiler of the optimising tier hands its code over between tasks.
        await setImmediate();
        this.best(entry, 'readGBs', () => (readAll(engine, memory), memory.byteLength));
        this.best(entry, 'cacheGBs', () => (readAll(engine, cached), cached.byteLength));
        await setImmediate();
      }
    }
  }

  /** Work a second, of work repeated for long enough. */
  private best(
    entry: PeakEntry,
    what: 'gflops' | 'readGBs' | 'cacheGBs',
    work: () => number,
  ): void {
    let done = 0;
    let seconds: number;
    const beganMs = this.clock.monotonicMs();
    do {
      done += work();
      seconds = (this.clock.monotonicMs() - beganMs) / 1000;
    } while (seconds < SHORTEST_S);
    entry[what] = Math.max(entry[what], done / seconds / 1e9);
  }

  /** What has been found so far. */
  get machine(): Machine {
    const engines: Partial<Record<EngineKind, Peak>> = {};
    for (const { kind, engine, gflops, readGBs, cacheGBs } of this.entries) {
      engines[kind] = { name: engine.name, gflops, readGBs, cacheGBs };
    }
    return {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cpus: cpus().length,
      arch: arch(),
      os: platform(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      peakGflops: Math.max(0, ...this.entries.map(({ gflops }) => gflops)),
      engines,
    };
  }
}
