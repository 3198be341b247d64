import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runKind } from '../../compile/index.js';
import { throwIfAborted, type Clock } from '../../core/index.js';
import { readProgram } from '../../device/index.js';
import { Lab, openSharedStore } from '../../lab/index.js';
import type { Laboratory } from '../retrievals.js';
import { HttpLine } from './http-line.js';
import { Serving } from './serving.js';
import { syncRate } from './sync-rate.js';

export const CLIENTS = 64;
/** Who is submitted to: a device that computes nothing, locked, so that what is measured is the way in. */
const DEVICE = 'null';
const SYNC_S = 0.5;

const PROGRAM = {
  version: 1,
  sites: 8,
  couplings: { kind: 'coo', entries: Array.from({ length: 7 }, (_, i) => [i, i + 1, 1]) },
  duration: 1,
  shots: 10,
} as const;

export interface SubmitLoad {
  /** Jobs that are submitted before it is measured, and while it is. */
  readonly warmUp: number;
  readonly jobs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Submitted {
  readonly perSecond: number;
  /** Of CPU that the service, or the process with the lab in it, took for a job. */
  readonly cpuUs: number;
  /** What the disk made durable a second, just before and after. */
  readonly syncs: number;
  /** Jobs that are in the store in the end, of those that were acknowledged; what is wrong otherwise. */
  readonly fault: string | null;
}

/** Over HTTP, to a service of its own. @param databaseUrl null: with the embedded store */
export async function submitToService(
  databaseUrl: string | null,
  load: SubmitLoad,
): Promise<Submitted> {
  await using serving = await Serving.start(databaseUrl, load.signal);
  const lines = await Promise.all(
    Array.from({ length: CLIENTS }, () => HttpLine.open(serving.port)),
  );
  try {
    const [first] = lines as [HttpLine];
    await first.document('POST', `/v1/devices/${DEVICE}/actions/lock`, {
      operator: 'bench',
      note: 'measures the way in',
    });
    const stored = await first.document<{ readonly id: string }>('POST', '/v1/programs', PROGRAM);
    const body = JSON.stringify({ kind: 'run', device: DEVICE, program: stored.id });
    const submit = async (line: HttpLine): Promise<void> => {
      const { status, body: answer } = await line.ask('POST', '/v1/jobs', body);
      if (status !== 201) throw new Error(`POST /v1/jobs: ${status} ${answer.slice(0, 500)}`);
    };
    const measured = await measure(
      load,
      serving.folder,
      (client) => submit(lines[client]!),
      async () => metric((await first.ask('GET', '/metrics')).body, 'process_cpu_seconds_total'),
    );
    const { depth } = await first.document<{ readonly depth: number }>('GET', '/v1/queue');
    return { ...measured, fault: missing(depth, load) };
  } finally {
    for (const line of lines) line[Symbol.dispose]();
  }
}

/** Through the lab alone, in this process. */
export async function submitToLab(
  { devices, clock }: Pick<Laboratory, 'devices' | 'clock'>,
  databaseUrl: string | null,
  load: SubmitLoad,
): Promise<Submitted> {
  const folder = mkdtempSync(join(tmpdir(), 'relaxd-bench-'));
  try {
    const lab = await Lab.open({
      folder: join(folder, 'data'),
      devices,
      kinds: [runKind],
      clock,
      version: 'bench',
      log: () => undefined,
      ...(databaseUrl === null
        ? {}
        : {
            node: { store: await openSharedStore(databaseUrl, clock), id: 'bench', name: 'bench' },
          }),
    });
    try {
      await lab.reservations.lock(DEVICE, 'bench', 'measures the way in');
      const { id } = await lab.library.saveProgram(readProgram(PROGRAM));
      const body = { kind: 'run', device: DEVICE, program: id };
      const measured = await measure(
        load,
        folder,
        async () => void (await lab.submit(body)),
        async () => {
          const { user, system } = process.cpuUsage();
          return (user + system) / 1e6;
        },
      );
      return { ...measured, fault: missing(lab.queue().depth, load) };
    } finally {
      await lab.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  { warmUp, jobs, clock, signal }: SubmitLoad,
  folder: string,
  submit: (client: number) => Promise<void>,
  cpuSeconds: () => Promise<number>,
): Promise<Omit<Submitted, 'fault'>> {
  const all = async (count: number): Promise<void> => {
    let left = count;
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        while (left-- > 0) {
          throwIfAborted(signal);
          await submit(client);
        }
      }),
    );
  };
  await all(warmUp);
  const before = syncRate(folder, SYNC_S, clock);
  const cpuBefore = await cpuSeconds();
  const beganMs = clock.monotonicMs();
  await all(jobs);
  const tookMs = clock.monotonicMs() - beganMs;
  const cpuUs = (1e6 * ((await cpuSeconds()) - cpuBefore)) / jobs;
  const syncs = (before + syncRate(folder, SYNC_S, clock)) / 2;
  return { perSecond: (1000 * jobs) / tookMs, cpuUs, syncs };
}

/** A metric without labels; 0 where there is none. */
export function metric(text: string, name: string): number {
  const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(text);
  return Number(found?.[1] ?? 0);
}

const missing = (depth: number, { warmUp, jobs }: SubmitLoad): string | null =>
  depth === warmUp + jobs ? null : `${warmUp + jobs} were acknowledged, ${depth} wait`;
