import { throwIfAborted, type Clock } from '../../core/index.js';
import { openScratchSchema } from '../../lab/index.js';
import type { BenchRow, Skipped } from '../bench-row.js';
import type { Laboratory } from '../retrievals.js';
import { median } from '../statistics.js';
import { quantile, readWhileRunning } from './read-latency.js';
import { submitToLab, submitToService, type Submitted } from './submit-load.js';
import { viewersOnRun, VIEWERS, type ViewerCount } from './viewer-load.js';
import type { ServiceWorkload } from './workloads.js';

export interface ServiceRequest {
  readonly quick: boolean;
  readonly laboratory: Laboratory;
  /** An empty database; null: what is measured with PostgreSQL is left out. */
  readonly databaseUrl: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly skipped: Skipped[];
  readonly onProgress: (fraction: number) => void;
}

interface Plan {
  readonly samples: number;
  readonly warmUp: number;
  readonly jobs: number;
  readonly readS: number;
  readonly viewers: number;
  readonly watchS: number;
}
/** Together fewer than the longest queue that the lab takes. */
const FULL: Plan = {
  samples: 5,
  warmUp: 2000,
  jobs: 6000,
  readS: 20,
  viewers: VIEWERS,
  watchS: 15,
};
const QUICK: Plan = { samples: 1, warmUp: 200, jobs: 500, readS: 2, viewers: 20, watchS: 2 };

export interface ServiceDone {
  readonly rows: readonly BenchRow[];
  readonly viewers: readonly ViewerCount[];
}

/** One load, as often as is planned, with each store that it is for. */
export async function runServiceWorkload(
  workload: ServiceWorkload,
  request: ServiceRequest,
): Promise<ServiceDone> {
  const plan = request.quick ? QUICK : FULL;
  switch (workload.name) {
    case 'service-submit':
    case 'lab-submit':
      return { rows: await submitRows(workload, plan, request), viewers: [] };
    case 'service-read':
      return { rows: await readRows(workload, plan, request), viewers: [] };
    case 'service-viewers':
      return watchRows(workload, plan, request);
  }
}

async function submitRows(
  workload: ServiceWorkload,
  { samples, warmUp, jobs }: Plan,
  request: ServiceRequest,
): Promise<BenchRow[]> {
  const { laboratory, databaseUrl, clock, signal, skipped, onProgress } = request;
  const stores: { readonly engine: string; readonly url: string | null }[] = [
    { engine: 'sqlite', url: null },
    ...(databaseUrl === null ? [] : [{ engine: 'postgresql', url: databaseUrl }]),
  ];
  if (databaseUrl === null) {
    skipped.push({
      workload: workload.name,
      engine: 'postgresql',
      reason: '--database-url names no database',
    });
  }
  const done = new Map<string, Submitted[]>(stores.map(({ engine }) => [engine, []]));
  const load = { warmUp, jobs, clock, signal };
  for (let round = 0; round < samples; round++) {
    for (const [index, { engine, url }] of stores.entries()) {
      throwIfAborted(signal);
      await using schema = url === null ? null : await openScratchSchema(url, 'relaxd_bench');
      done
        .get(engine)!
        .push(
          workload.name === 'service-submit'
            ? await submitToService(schema?.url ?? null, load)
            : await submitToLab(laboratory, schema?.url ?? null, load),
        );
      onProgress((round + (index + 1) / stores.length) / samples);
    }
  }
  return [...done].map(([engine, all]) => {
    const figures = all.map(({ perSecond }) => perSecond);
    const syncs = median(all.map((one) => one.syncs));
    return {
      ...rowOf(workload, engine, figures),
      ratioTo: { engine: 'fdatasync', ratio: median(figures) / syncs },
      variant: `${Math.round(median(all.map(({ cpuUs }) => cpuUs)))} µs of CPU a job, ${Math.round(syncs)} fdatasync/s`,
      fault: all.find(({ fault }) => fault !== null)?.fault ?? null,
    };
  });
}

async function readRows(
  workload: ServiceWorkload,
  { readS }: Plan,
  { clock, signal, onProgress }: ServiceRequest,
): Promise<BenchRow[]> {
  const { ms, rows, seconds, fault } = await readWhileRunning(readS, clock, signal);
  onProgress(1);
  return ([50, 99] as const).map((percent) => ({
    ...rowOf(workload, 'sqlite', [quantile(ms, percent / 100)]),
    workload: `service-read-p${percent}`,
    low: quantile(ms, 0),
    high: quantile(ms, 1),
    variant: `${ms.length} reads, ${Math.round(rows / seconds)} rows/s`,
    fault,
  }));
}

async function watchRows(
  workload: ServiceWorkload,
  { viewers, watchS }: Plan,
  { clock, signal, onProgress }: ServiceRequest,
): Promise<ServiceDone> {
  const done = await viewersOnRun({ viewers, seconds: watchS }, clock, signal);
  onProgress(1);
  const { fault, bytesPerSecond, alone, memoryBytes } = done;
  const variant = `${viewers} viewers, ${(alone / 1e6).toFixed(1)} MB/s without`;
  const rate = rowOf(workload, 'sqlite', [bytesPerSecond / 1e6]);
  return {
    rows: [
      { ...rate, variant, ratioTo: { engine: 'alone', ratio: bytesPerSecond / alone }, fault },
      {
        ...rowOf(workload, 'sqlite', [memoryBytes / 2 ** 20]),
        workload: 'service-viewers-memory',
        title: 'memory of the service above that with the run alone, at most',
        unit: 'MiB',
        lowerIsBetter: true,
        variant,
        fault,
      },
    ],
    viewers: done.viewers,
  };
}

const rowOf = (
  { name, title, unit, lowerIsBetter }: ServiceWorkload,
  engine: string,
  figures: readonly number[],
): BenchRow => ({
  workload: name,
  title,
  engine,
  variant: null,
  median: median(figures),
  low: Math.min(...figures),
  high: Math.max(...figures),
  unit,
  lowerIsBetter,
  samples: figures,
  ratioTo: null,
  gflops: null,
  gbytes: null,
  fractionOfPeak: null,
  fractionOfCache: null,
  fault: null,
});
