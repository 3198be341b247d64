/** Runs back to back for hours over a real line with faults: memory must not grow, nor the number of handles. */
import { readdirSync } from 'node:fs';
import { RealBench, type RealLine } from './real-bench.js';

export interface SoakOptions {
  readonly minutes: number;
  readonly line: RealLine;
  readonly seed: number;
  readonly collect: () => void;
  readonly say: (text: string) => void;
}

export interface SoakSample {
  readonly ms: number;
  /** Heap and buffers after collecting garbage, bytes. */
  readonly bytes: number;
  /** Open files, or −1 where the system does not say; and what keeps the process alive, timers not counted. */
  readonly files: number;
  readonly handles: number;
}

/** Slope of a straight line, and the half width of its interval of 95 %. */
export interface Slope {
  readonly perHour: number;
  readonly within: number;
}

export interface SoakOutcome {
  readonly samples: readonly SoakSample[];
  /** Of the second half. */
  readonly slope: Slope;
  readonly isFlat: boolean;
  /** Most of them in the first and in the second half. */
  readonly files: readonly [number, number];
  readonly handles: readonly [number, number];
  readonly runs: number;
  readonly uploads: number;
  readonly reopened: number;
  readonly rows: { readonly made: number; readonly delivered: number; readonly inGaps: number };
  readonly faults: number;
}

const SAMPLES = 120;
const LEAST_EVERY_MS = 1000;
const RUNS_AN_UPLOAD = 10;
const UPLOADS_A_SESSION = 10;
/** Growth over the whole second half that is not told from none: what compiled code and caches take, bytes. */
export const GROWTH_SLACK = 256 << 10;

/** @returns null where the machine has no pseudo-terminals */
export async function soak(options: SoakOptions): Promise<SoakOutcome | null> {
  const { minutes, line, seed, collect, say } = options;
  const bench = await RealBench.open(line, seed);
  if (bench === null) return null;
  const keepAlive = setInterval(() => undefined, 1000);
  try {
    const startMs = performance.now();
    const forMs = minutes * 60_000;
    const everyMs = Math.max(LEAST_EVERY_MS, forMs / SAMPLES);
    const samples: SoakSample[] = [];
    let runs = 0;
    for (let ms = 0; ms < forMs; ms = performance.now() - startMs) {
      if (runs % (RUNS_AN_UPLOAD * UPLOADS_A_SESSION) === RUNS_AN_UPLOAD * UPLOADS_A_SESSION - 1) {
        await bench.reconnect();
      }
      if (runs % RUNS_AN_UPLOAD === 0) await bench.upload();
      await bench.run();
      runs++;
      if (ms < everyMs * (samples.length + 1)) continue;
      // What one collection finds the next one frees.
      for (let k = 0; k < 3; k++) {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const { heapUsed, external } = process.memoryUsage();
      samples.push({
        ms: performance.now() - startMs,
        bytes: heapUsed + external,
        files: openFiles(),
        handles: process.getActiveResourcesInfo().filter((of) => of !== 'Timeout').length,
      });
      if (samples.length % (SAMPLES / 12) === 0) {
        const { bytes, files, handles } = samples.at(-1)!;
        say(
          `${(ms / 60_000).toFixed(1)} min, ${runs} runs: ${(bytes / 1024).toFixed(0)} KiB, ${files} files, ${handles} handles`,
        );
      }
    }
    const { rowsMade, rowsDelivered, rowsInGaps } = bench.checker.sums;
    const half = Math.floor(samples.length / 2);
    const [first, second] = [samples.slice(0, half), samples.slice(half)];
    const slope = slopeOf(second.map(({ ms, bytes }) => ({ hours: ms / 3_600_000, bytes })));
    const hours = (second.at(-1)!.ms - second[0]!.ms) / 3_600_000;
    const most = (of: readonly SoakSample[], key: 'files' | 'handles'): number =>
      Math.max(...of.map((one) => one[key]));
    return {
      samples,
      slope,
      isFlat: slope.perHour - slope.within <= 0 || slope.perHour * hours < GROWTH_SLACK,
      files: [most(first, 'files'), most(second, 'files')],
      handles: [most(first, 'handles'), most(second, 'handles')],
      runs,
      uploads: bench.uploads,
      reopened: bench.reopened,
      rows: { made: rowsMade, delivered: rowsDelivered, inGaps: rowsInGaps },
      faults: bench.faults(),
    };
  } finally {
    clearInterval(keepAlive);
    await bench.close();
  }
}

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return -1;
  }
}

/** Least squares; the errors are taken as independent: after collecting garbage little but chance is left. */
export function slopeOf(of: readonly { readonly hours: number; readonly bytes: number }[]): Slope {
  const n = of.length;
  const mean = (key: 'hours' | 'bytes'): number => of.reduce((sum, one) => sum + one[key], 0) / n;
  const [t, y] = [mean('hours'), mean('bytes')];
  let tt = 0;
  let ty = 0;
  for (const { hours, bytes } of of) {
    tt += (hours - t) ** 2;
    ty += (hours - t) * (bytes - y);
  }
  const perHour = ty / tt;
  const residuals = of.reduce(
    (sum, { hours, bytes }) => sum + (bytes - y - perHour * (hours - t)) ** 2,
    0,
  );
  // Student's t for 95 % and at least 28 degrees of freedom is at most 2.05.
  return { perHour, within: 2.05 * Math.sqrt(residuals / (n - 2) / tt) };
}
