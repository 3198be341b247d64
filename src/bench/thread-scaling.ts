import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  compiledUrl,
  throwIfAborted,
  WORKER_FLAGS,
  type Clock,
  type EngineKind,
} from '../core/index.js';
import { Arena } from '../kernels/index.js';
import { retrieveOnce, type Laboratory } from './retrievals.js';
import type { ScalingWork } from './scaling-worker.js';
import { median } from './statistics.js';

/** How much more work several threads do in the same time. */
export interface ThreadScaling {
  readonly workload: string;
  readonly engine: EngineKind;
  readonly threads: number;
  /** Work a second on so many threads over work a second on one; the median of pairs measured one after the other. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly samples: readonly number[];
}

export interface ScalingRequest {
  readonly threads: number;
  readonly samples: number;
  readonly quick: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Workloads that threads share out as emulators do: shots or replicas in blocks. */
export const SCALED_WORKLOADS: readonly string[] = ['W1', 'W4'];
/** The retrieval sweep: how well cues are retrieved, against how much of them is wrong. */
export const SCALED_RETRIEVAL = { name: 'digits@glauber', set: 'digits', device: 'glauber' };
/** Shares of wrong signs, the points of the sweep. */
const SWEEP = [0.1, 0.2, 0.3];
/** Shots of a point: standard errors of a success of half a per cent. In full some seconds on one thread. */
const SWEEP_SHOTS = { full: 4096, quick: 512 };

const WARM_UP_S = 0.6;
/** A sample on one thread takes about so long. */
const SAMPLE_S = 0.3;

/** The same workload on one thread and on several at a time, each with an engine of its own on one shared arena. */
export async function scaleWorkload(
  workload: string,
  engine: EngineKind,
  request: ScalingRequest,
): Promise<ThreadScaling> {
  const { clock, signal } = request;
  const arena = Arena.create();
  const work: ScalingWork = { memory: arena.memory, kind: engine, workload };
  const workers = Array.from(
    { length: request.threads },
    () =>
      new Worker(compiledUrl(import.meta.url, './scaling-worker.js'), {
        workerData: work,
        execArgv: WORKER_FLAGS,
      }),
  );
  /** Seconds until each of so many workers has done so many runs. */
  const time = async (count: number, runs: number): Promise<number> => {
    throwIfAborted(signal);
    const busy = workers.slice(0, count);
    const beganMs = clock.monotonicMs();
    await Promise.all(
      busy.map((worker) => {
        const done = once(worker, 'message', { signal });
        worker.postMessage(runs);
        return done;
      }),
    );
    return (clock.monotonicMs() - beganMs) / 1000;
  };
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message', { signal })));
    let warm = 0;
    let last = 0;
    while (warm < WARM_UP_S) warm += last = await time(workers.length, 1);
    const runs = Math.max(1, Math.round(SAMPLE_S / last));
    return await inPairs(workload, engine, request, (threads) => time(threads, runs), true);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/**
 * A sweep of retrievals, as a user's script asks for them: each is compiled, certified and run in turn, on one thread of
 * the device or on several. What this process does beside its threads counts, and takes a core of theirs where there are
 * no more cores than threads.
 */
export async function scaleRetrieval(
  laboratory: Laboratory,
  engine: EngineKind,
  request: ScalingRequest,
): Promise<ThreadScaling> {
  const { set, device, name } = SCALED_RETRIEVAL;
  const shots = request.quick ? SWEEP_SHOTS.quick : SWEEP_SHOTS.full;
  const time = async (threads: number): Promise<number> => {
    let total = 0;
    for (const corrupt of SWEEP) {
      const ask = { set, device, engine, shots, corrupt, threads };
      total += (await retrieveOnce(laboratory, ask, request.signal)).seconds;
    }
    return total;
  };
  // The threads start, and compilers have done their work in all of them.
  await time(request.threads);
  return inPairs(name, engine, request, time, false);
}

/** @param each whether every thread does the whole work, or all of them share it */
async function inPairs(
  workload: string,
  engine: EngineKind,
  { threads, samples }: ScalingRequest,
  time: (threads: number) => Promise<number>,
  each: boolean,
): Promise<ThreadScaling> {
  const ratios: number[] = [];
  for (let k = 0; k < samples; k++) {
    // In turns: which comes first changes.
    const first = await time(k % 2 === 0 ? 1 : threads);
    const second = await time(k % 2 === 0 ? threads : 1);
    const [one, several] = k % 2 === 0 ? [first, second] : [second, first];
    ratios.push(((each ? threads : 1) * one) / several);
  }
  return {
    workload,
    engine,
    threads,
    ratio: median(ratios),
    low: Math.min(...ratios),
    high: Math.max(...ratios),
    samples: ratios,
  };
}
