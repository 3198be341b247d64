import { setTimeout as delay } from 'node:timers/promises';
import { throwIfAborted, type Clock } from '../../core/index.js';
import { HttpLine } from './http-line.js';
import { denseProgram } from './read-latency.js';
import { Serving } from './serving.js';
import { metric } from './submit-load.js';
import { CountingViewer, MANNERS, type Manner } from './viewer.js';

export const VIEWERS = 200;
export const BYTES_PER_SECOND = 5_000_000;
/** A row as it lies in the record: a state of 1024 spins, the other columns and the record's own. */
const ROW_BYTES = 1024 + 40;
const PER_SHOT = 100;
const LOOK_MS = 250;

export interface ViewerLoad {
  /** Bytes that the run wrote a second with the viewers, and without any. */
  readonly bytesPerSecond: number;
  readonly alone: number;
  readonly rows: number;
  readonly seconds: number;
  /** Bytes of the service's memory above what it had with the run alone, at most. */
  readonly memoryBytes: number;
  readonly viewers: readonly ViewerCount[];
  readonly fault: string | null;
}
export interface ViewerCount {
  readonly manner: Manner;
  readonly viewers: number;
  /** Of all of them together. */
  readonly received: number;
  readonly missing: number;
  readonly bytes: number;
}

/** Viewers of four manners on one run of so many bytes a second: what it costs the run and the service, and whether the numbers add up. */
export async function viewersOnRun(
  request: { readonly viewers: number; readonly seconds: number },
  clock: Clock,
  signal: AbortSignal,
): Promise<ViewerLoad> {
  await using serving = await Serving.start(null, signal);
  using line = await HttpLine.open(serving.port);
  const shotsFor = (seconds: number): number =>
    Math.ceil((seconds * BYTES_PER_SECOND) / ROW_BYTES / PER_SHOT);
  // How fast it goes, to make it one of so many bytes a second: by a guess, and once more with what that came to.
  let every = 1;
  for (const seconds of [1, request.seconds / 4]) {
    const { rate } = await runOf(line, program(every, shotsFor(seconds)), clock, signal);
    every = Math.max(0.01, (every * rate) / BYTES_PER_SECOND);
  }
  const alone = await runOf(line, program(every, shotsFor(request.seconds / 2)), clock, signal);
  const before = await residentBytes(line);
  let most = before;
  const viewers: CountingViewer[] = [];
  try {
    const watched = await runOf(line, program(every, shotsFor(request.seconds)), clock, signal, {
      begun: async (run) => {
        for (let k = 0; k < request.viewers; k++) {
          viewers.push(await CountingViewer.open(serving.port, run, MANNERS[k % MANNERS.length]!));
        }
      },
      looked: async () => {
        most = Math.max(most, await residentBytes(line));
      },
    });
    const faults: string[] = [...watched.faults];
    for (const viewer of viewers) {
      await Promise.race([viewer.readOut(), delay(60_000, undefined, { ref: false })]);
      most = Math.max(most, await residentBytes(line));
      if (viewer.fault !== null) faults.push(viewer.fault);
      else if (
        viewer.accounted !== watched.rows ||
        viewer.received + viewer.missing !== watched.rows
      ) {
        faults.push(
          `${viewer.manner}: ${viewer.received} came, ${viewer.missing} are missing, there are ${watched.rows}`,
        );
      }
    }
    return {
      bytesPerSecond: watched.rate,
      alone: alone.rate,
      rows: watched.rows,
      seconds: watched.seconds,
      memoryBytes: most - before,
      viewers: MANNERS.map((manner) => countOf(manner, viewers)),
      fault: faults.length === 0 ? null : [...new Set(faults)].slice(0, 5).join('; '),
    };
  } finally {
    for (const viewer of viewers) viewer[Symbol.dispose]();
  }
}

const program = (every: number, shots: number): object =>
  denseProgram({
    duration: every * (PER_SHOT - 1),
    readout: { every, channels: ['state'] },
    shots,
  });

function countOf(manner: Manner, all: readonly CountingViewer[]): ViewerCount {
  const viewers = all.filter((viewer) => viewer.manner === manner);
  const sum = (of: 'received' | 'missing' | 'bytes'): number =>
    viewers.reduce((total, viewer) => total + viewer[of], 0);
  return {
    manner,
    viewers: viewers.length,
    received: sum('received'),
    missing: sum('missing'),
    bytes: sum('bytes'),
  };
}

interface Watching {
  begun(run: string): Promise<void>;
  looked(): Promise<void>;
}

/** A run from its submission to its end, and what of it is in the record. */
async function runOf(
  line: HttpLine,
  body: object,
  clock: Clock,
  signal: AbortSignal,
  watching: Watching | null = null,
): Promise<{
  readonly rows: number;
  readonly rate: number;
  readonly seconds: number;
  readonly faults: readonly string[];
}> {
  const program = body as { readonly shots: number };
  const job = await line.document<{ readonly id: string }>('POST', '/v1/jobs', {
    kind: 'run',
    device: 'glauber',
    program: body,
  });
  type JobView = { readonly state: string; readonly run: string | null; readonly error: unknown };
  const look = (): Promise<JobView> => line.document<JobView>('GET', `/v1/jobs/${job.id}`);
  let view = await look();
  while (view.state !== 'running' && view.error === null && view.state !== 'completed') {
    throwIfAborted(signal);
    await delay(5);
    view = await look();
  }
  if (view.run !== null) await watching?.begun(view.run);
  while (view.state !== 'completed') {
    throwIfAborted(signal);
    if (view.error !== null) throw new Error(`the run has failed: ${JSON.stringify(view.error)}`);
    await delay(LOOK_MS);
    await watching?.looked();
    view = await look();
  }
  const run = await line.document<{
    readonly rows: number;
    readonly record: string;
    readonly startedAt: string;
    readonly endedAt: string;
  }>('GET', `/v1/runs/${view.run}`);
  const documents = await line.document<{ readonly items: readonly { readonly kind: string }[] }>(
    'GET',
    `/v1/runs/${view.run}/documents`,
  );
  const wanted = program.shots * PER_SHOT;
  const faults: string[] = [];
  if (run.rows !== wanted) faults.push(`the record has ${run.rows} rows of ${wanted}`);
  if (run.record !== 'whole') faults.push(`the record is ${run.record}`);
  if (documents.items.some(({ kind }) => kind === 'gap')) faults.push('the record has gaps');
  const seconds = (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000;
  return { rows: run.rows, rate: (run.rows * ROW_BYTES) / seconds, seconds, faults };
}

const residentBytes = async (line: HttpLine): Promise<number> =>
  metric((await line.ask('GET', '/metrics')).body, 'process_resident_memory_bytes');
