import { RelaxdError, throwIfAborted, type Clock, type EngineKind } from '../core/index.js';
import type { BenchRow, Skipped } from './bench-row.js';
import { EngineContestant, type Contestant, type Sample } from './contestant.js';
import { GOALS, judge, judgeService, type GoalReached, type ServiceGoalReached } from './goals.js';
import { PeakMeter, type Machine } from './machine.js';
import { annealingInstance, OutsideContestant, type OutsideProgram } from './outside.js';
import { PeerContestant } from './peer-contestant.js';
import { PeerProcess, type PeerName } from './peer-process.js';
import {
  cannotGoTogether,
  enginesFor,
  RetrievalContestant,
  RETRIEVALS,
  RETRIEVAL_SETS,
  RETRIEVAL_SHOTS,
  type Laboratory,
  type RetrievalWorkload,
} from './retrievals.js';
import { runServiceWorkload } from './service/run-service.js';
import { SERVICE_WORKLOADS, type ServiceWorkload } from './service/workloads.js';
import type { ViewerLoad } from './service/viewer-load.js';
import { median } from './statistics.js';
import { runSweeps, type Sweep } from './sweep.js';
import {
  SCALED_RETRIEVAL,
  SCALED_WORKLOADS,
  scaleRetrieval,
  scaleWorkload,
  type ThreadScaling,
} from './thread-scaling.js';
import { WORKLOADS } from './workloads.js';

export interface BenchRequest {
  /** `W1` …, `letters` (on every device), `letters@glauber` or `service`; all but the service where empty. */
  readonly names: readonly string[];
  /** Engines that take part; all of them have to be here. */
  readonly engines: readonly EngineKind[];
  readonly quick: boolean;
  /** Those that are installed take part; those that are not are said. */
  readonly peers: readonly PeerName[];
  readonly outside: readonly OutsideProgram[];
  /** Threads whose speed-up is measured; 1: it is not. */
  readonly threads: number;
  /** Measures cost against sizes too. */
  readonly sweep: boolean;
  readonly laboratory: Laboratory;
  /** An empty PostgreSQL database for what the service does with one; null: that is left out. */
  readonly databaseUrl: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: (fraction: number, what: string) => void;
  /** A workload's rows, as soon as they are known. */
  readonly onRows?: (rows: readonly BenchRow[], bench: PartOfBench) => void;
}

export interface PartOfBench {
  readonly machine: Machine;
  readonly peers: Readonly<Record<string, string>>;
}
export interface BenchReport extends PartOfBench {
  readonly quick: boolean;
  readonly rows: readonly BenchRow[];
  readonly threads: readonly ThreadScaling[];
  readonly goals: readonly GoalReached[];
  readonly serviceGoals: readonly ServiceGoalReached[];
  /** What viewers of each manner got. */
  readonly viewers: ViewerLoad['viewers'];
  readonly sweeps: readonly Sweep[];
  readonly skipped: readonly Skipped[];
}

/** What a name asks for: a workload of kernels, a retrieval through the device layer, or a load on the service. */
type Chosen =
  | { readonly kind: 'workload'; readonly workload: (typeof WORKLOADS)[number] }
  | { readonly kind: 'retrieval'; readonly workload: RetrievalWorkload }
  | { readonly kind: 'service'; readonly workload: ServiceWorkload };

/** All that is of the service. */
const SERVICE = 'service';

/** Every name that there is. */
export const benchNames = (): string[] => [
  ...WORKLOADS.map(({ name }) => name),
  ...RETRIEVAL_SETS,
  ...RETRIEVALS.map(({ name }) => name),
  SERVICE,
  ...SERVICE_WORKLOADS.map(({ name }) => name),
];

/** What is said of workloads before they are run. */
export const benchList = (chosen: readonly Chosen[]): About[] => chosen.map(aboutOf);

function aboutOf({ kind, workload }: Chosen): About {
  if (kind === 'retrieval') {
    const { name, set, device } = workload;
    return {
      name,
      title: `${set} on ${device}, ${RETRIEVAL_SHOTS} shots`,
      unit: 'ms a run',
      lowerIsBetter: true,
    };
  }
  const { name, title, unit, lowerIsBetter } = workload;
  return { name, title, unit, lowerIsBetter };
}

/** @throws RelaxdError `wrong-call` for a name that there is not */
export function chooseWorkloads(names: readonly string[]): Chosen[] {
  const usual: Chosen[] = [
    ...WORKLOADS.map((workload) => ({ kind: 'workload' as const, workload })),
    ...RETRIEVALS.map((workload) => ({ kind: 'retrieval' as const, workload })),
  ];
  // It wants the machine to itself, and is no matter of kernels.
  if (names.length === 0) return usual;
  const all: Chosen[] = [
    ...usual,
    ...SERVICE_WORKLOADS.map((workload) => ({ kind: 'service' as const, workload })),
  ];
  const chosen = new Set<Chosen>();
  for (const name of names) {
    const wanted = name.toLowerCase();
    const found = all.filter(
      ({ kind, workload }) =>
        workload.name.toLowerCase() === wanted ||
        (kind === 'retrieval' && workload.set === wanted) ||
        (kind === 'service' && wanted === SERVICE),
    );
    if (found.length === 0) {
      throw new RelaxdError('wrong-call', `there is no workload '${name}'`, {
        path: 'name',
        value: name,
        limit: benchNames(),
        hint: 'without a name, all of them are run but those of the service',
      });
    }
    for (const one of found) chosen.add(one);
  }
  return all.filter((one) => chosen.has(one));
}

interface Plan {
  readonly samples: number;
  readonly warmUpS: number;
  readonly peakTries: number;
}
const FULL: Plan = { samples: 5, warmUpS: 0.5, peakTries: 7 };
const QUICK: Plan = { samples: 3, warmUpS: 0.1, peakTries: 3 };
const OUTSIDE_RUNS = 4;

/**
 * Runs workloads on every engine and in every peer in turns.
 * @throws RelaxdError `wrong-call` (names), `not-supported` (engines), `aborted`
 */
export async function runBench(request: BenchRequest): Promise<BenchReport> {
  const chosen = chooseWorkloads(request.names);
  const plan = request.quick ? QUICK : FULL;
  const { clock, signal } = request;
  const rows: BenchRow[] = [];
  const threads: ThreadScaling[] = [];
  const skipped: Skipped[] = [];
  const sweeps: Sweep[] = [];
  const viewers: ViewerLoad['viewers'][number][] = [];
  request.onProgress?.(0, 'peaks of the machine');
  const meter = new PeakMeter(request.engines, clock);
  await meter.measure(plan.peakTries);
  const peers = new Map<PeerName, PeerProcess>();
  const versions: Record<string, string> = {};
  try {
    if (chosen.some(({ kind }) => kind === 'workload')) {
      for (const name of request.peers) {
        const peer = await PeerProcess.start(name, signal);
        if (peer instanceof PeerProcess) {
          peers.set(name, peer);
          versions[name] = peer.hello.version;
        } else skipped.push({ workload: null, engine: name, reason: peer });
      }
    }
    for (const [index, one] of chosen.entries()) {
      const { name } = one.workload;
      if (one.kind === 'service') {
        const done = await runServiceWorkload(one.workload, {
          ...request,
          skipped,
          onProgress: (fraction) => request.onProgress?.((index + fraction) / chosen.length, name),
        });
        rows.push(...done.rows);
        viewers.push(...done.viewers);
        for (const of of new Set(done.rows.map(({ workload }) => workload))) {
          request.onRows?.(
            done.rows.filter(({ workload }) => workload === of),
            { machine: meter.machine, peers: versions },
          );
        }
        continue;
      }
      const contestants: Contestant[] =
        one.kind === 'workload'
          ? [
              ...request.engines.map((kind) => new EngineContestant(one.workload, kind, clock)),
              ...[...peers]
                .filter(([, peer]) => peer.hello.workloads.includes(name))
                .map(([engine, peer]) => new PeerContestant(name, engine, peer, signal)),
              ...(name === 'W1'
                ? request.outside.map(
                    (program) =>
                      new OutsideContestant(
                        program,
                        annealingInstance(1000, 1000, request.quick ? 1 : OUTSIDE_RUNS, 1),
                        signal,
                        true,
                      ),
                  )
                : []),
            ]
          : enginesFor(one.workload.device, request.engines).map(
              (kind) => new RetrievalContestant(one.workload, kind, request.laboratory, signal),
            );
      const done = await runInTurns(contestants, aboutOf(one), {
        plan,
        meter,
        clock,
        signal,
        skipped,
        onProgress: (fraction) => request.onProgress?.((index + fraction) / chosen.length, name),
      });
      rows.push(...done);
      request.onRows?.(done, { machine: meter.machine, peers: versions });
    }
    for (let count = 2; count <= request.threads; count *= 2) {
      threads.push(...(await scaleThreads({ ...request, threads: count }, chosen, plan, skipped)));
    }
    if (request.sweep) {
      const { engines, quick, laboratory, onProgress } = request;
      const { devices } = laboratory;
      sweeps.push(
        ...(await runSweeps({
          engines,
          devices,
          clock,
          signal,
          quick,
          ...(onProgress === undefined ? {} : { onProgress }),
        })),
      );
    }
  } finally {
    await Promise.all([...peers.values()].map((peer) => peer.close()));
  }
  return {
    machine: meter.machine,
    peers: versions,
    quick: request.quick,
    rows,
    threads,
    goals: goalsOf(rows),
    serviceGoals: judgeService(rows),
    viewers,
    sweeps,
    skipped,
  };
}

interface About {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly lowerIsBetter: boolean;
}

/** Rounds in which everyone takes one sample, the first of a round another one each time. */
async function runInTurns(
  contestants: readonly Contestant[],
  about: About,
  run: {
    readonly plan: Plan;
    readonly meter: PeakMeter;
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly skipped: Skipped[];
    readonly onProgress: (fraction: number) => void;
  },
): Promise<BenchRow[]> {
  const { plan, signal, skipped } = run;
  const here: { contestant: Contestant; samples: Sample[] }[] = [];
  const steps = contestants.length * (plan.samples + 1);
  let step = 0;
  const leaveOut = (contestant: Contestant, error: unknown): void => {
    throwIfAborted(signal);
    const reason =
      cannotGoTogether(error) ?? (error instanceof Error ? error.message : String(error));
    skipped.push({ workload: about.name, engine: contestant.engine, reason });
  };
  for (const contestant of contestants) {
    try {
      await warmUp(contestant, run.clock, plan.warmUpS);
      here.push({ contestant, samples: [] });
    } catch (error) {
      leaveOut(contestant, error);
      await contestant.close();
    }
    run.onProgress(++step / steps);
  }
  for (let round = 0; round < plan.samples; round++) {
    if (here.some(({ contestant }) => contestant instanceof EngineContestant)) {
      await run.meter.measure(1);
    }
    for (const entry of here.map((_, k) => here[(k + round) % here.length]!)) {
      throwIfAborted(signal);
      entry.samples.push(await entry.contestant.sample());
      run.onProgress(++step / steps);
    }
  }
  const rows: Omit<BenchRow, 'ratioTo'>[] = [];
  for (const { contestant, samples } of here) {
    const fault = await contestant.check();
    rows.push(rowOf(contestant, samples, about, run.meter.machine, fault));
    await contestant.close();
  }
  return rows.map((row) => ({ ...row, ratioTo: compare(row, rows) }));
}

async function warmUp(contestant: Contestant, clock: Clock, seconds: number): Promise<void> {
  await contestant.prepare();
  const beganMs = clock.monotonicMs();
  do await contestant.sample();
  while (clock.monotonicMs() - beganMs < 1000 * seconds);
}

function rowOf(
  contestant: Contestant,
  samples: readonly Sample[],
  { name, title, unit, lowerIsBetter }: About,
  machine: Machine,
  fault: string | null,
): Omit<BenchRow, 'ratioTo'> {
  const figures = samples.map(({ figure }) => figure);
  const seconds = median(samples.map((sample) => sample.seconds));
  const pace = contestant.pace({ seconds, figure: median(figures) });
  const peak = machine.engines[contestant.engine as EngineKind];
  const share = (rate: number | undefined, of: number | undefined): number | null =>
    rate === undefined || of === undefined ? null : rate / 1e9 / of;
  return {
    workload: name,
    title,
    engine: contestant.engine,
    variant: contestant.variant,
    median: median(figures),
    low: Math.min(...figures),
    high: Math.max(...figures),
    unit,
    lowerIsBetter,
    samples: figures,
    gflops: pace === null ? null : pace.operations / 1e9,
    gbytes: pace === null ? null : pace.bytes / 1e9,
    fractionOfPeak: share(pace?.operations, peak?.gflops),
    fractionOfCache: share(pace?.bytes, peak?.cacheGBs),
    fault,
  };
}

type Figures = Pick<BenchRow, 'engine' | 'median' | 'lowerIsBetter' | 'fault'>;

/** How many times as fast one is as another. */
export const timesAsFast = (one: Figures, other: Figures): number =>
  one.lowerIsBetter ? other.median / one.median : one.median / other.median;

const OWN: readonly string[] = ['reference', 'wasm', 'native'];

/** The fastest of those that are not ours and did the work right. */
export function bestPeer<R extends Figures>(rows: readonly R[]): R | null {
  const peers = rows.filter(({ engine, fault }) => !OWN.includes(engine) && fault === null);
  return peers.reduce<R | null>(
    (best, row) => (best === null || timesAsFast(row, best) > 1 ? row : best),
    null,
  );
}

function compare(row: Figures, rows: readonly Figures[]): BenchRow['ratioTo'] {
  const yardstick = bestPeer(rows) ?? rows.find(({ engine }) => engine === 'reference');
  if (yardstick === undefined || yardstick === row) return null;
  return { engine: yardstick.engine, ratio: timesAsFast(row, yardstick) };
}

function goalsOf(rows: readonly BenchRow[]): GoalReached[] {
  return GOALS.flatMap((goal) => {
    const own = rows.find((r) => r.workload === goal.workload && r.engine === goal.engine);
    const peer = rows.find((r) => r.workload === goal.workload && r.engine === goal.peer);
    if (own === undefined || peer === undefined || own.fault !== null || peer.fault !== null) {
      return [];
    }
    return [judge(goal, timesAsFast(own, peer))];
  });
}

async function scaleThreads(
  request: BenchRequest,
  chosen: readonly Chosen[],
  plan: Plan,
  skipped: Skipped[],
): Promise<ThreadScaling[]> {
  const { threads, clock, signal, laboratory } = request;
  const scaling = { threads, samples: plan.samples, quick: request.quick, clock, signal };
  const found: ThreadScaling[] = [];
  for (const one of chosen) {
    const { name } = one.workload;
    if (one.kind === 'service') continue;
    const scaled =
      one.kind === 'workload' ? SCALED_WORKLOADS.includes(name) : name === SCALED_RETRIEVAL.name;
    if (!scaled) continue;
    for (const engine of request.engines.filter((kind) => kind !== 'reference')) {
      request.onProgress?.(1, `${name} on ${threads} threads`);
      try {
        found.push(
          one.kind === 'workload'
            ? await scaleWorkload(name, engine, scaling)
            : await scaleRetrieval(laboratory, engine, scaling),
        );
      } catch (error) {
        throwIfAborted(signal);
        skipped.push({
          workload: `${name} on ${threads} threads`,
          engine,
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    }
  }
  return found;
}
