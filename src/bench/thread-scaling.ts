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
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Workloads that threads share out as emulators do: shots or replicas in blocks. */
export const SCALED_WORKLOADS: readonly string[] = ['W1', 'W4'];
/** The retrieval sweep: many shots through the device layer. */
export const SCALED_RETRIEVAL = { name: 'letters@glauber', set: 'letters', device: 'glauber' };

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

/** A retrieval of many shots on one thread of the device and on several. */
export async function scaleRetrieval(
  laboratory: Laboratory,
  engine: EngineKind,
  request: ScalingRequest,
): Promise<ThreadScaling> {
  const { set, device, name } = SCALED_RETRIEVAL;
  const time = async (threads: number, shots: number): Promise<number> =>
    (await retrieveOnce(laboratory, { set, device, engine, shots, threads }, request.signal))
      .seconds;
  let shots = 512;
  await time(request.threads, shots);
  // Enough shots that starting a run is little beside them.
  for (; shots < 1 << 20; shots *= 2) {
    if ((await time(1, shots)) >= 2 * SAMPLE_S) break;
  }
  return inPairs(name, engine, request, (threads) => time(threads, shots), false);
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
