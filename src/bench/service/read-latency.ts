import { setTimeout as delay } from 'node:timers/promises';
import { throwIfAborted, type Clock } from '../../core/index.js';
import { HttpLine } from './http-line.js';
import { Serving } from './serving.js';

/** A dense network of ±1 couplings, as many sites as the goal says. */
const SITES = 1024;
const ASKS_PER_SECOND = 100;

export interface ReadLatency {
  /** From asking, waiting for a free connection included, until the answer was there. */
  readonly ms: readonly number[];
  /** Rows that the emulator wrote meanwhile, and over how many seconds: it did work. */
  readonly rows: number;
  readonly seconds: number;
  readonly fault: string | null;
}

/**
 * How long `GET /v1/jobs/{id}` takes while an emulator of N = 1024 runs on every core: asked at fixed times, whether the answer
 * before has come or not, so that a stall counts for everyone who would have asked in it. Every other time for a job that has ended, with its result.
 */
export async function readWhileRunning(
  seconds: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReadLatency> {
  await using serving = await Serving.start(null, signal);
  const lines = await Promise.all(Array.from({ length: 4 }, () => HttpLine.open(serving.port)));
  try {
    const [first] = lines as [HttpLine];
    type JobView = { readonly state: string; readonly run: string | null; readonly error: unknown };
    const earlier = await first.document<{ readonly id: string }>('POST', '/v1/jobs', {
      kind: 'retrieve',
      device: 'glauber',
      memories: 'letters-8',
      seed: 1,
    });
    const ended = `/v1/jobs/${earlier.id}`;
    let view = await first.document<JobView>('GET', `${ended}?wait=30&revision=1`);
    while (view.state !== 'completed') {
      if (view.error !== null) throw new Error(`the retrieval has failed: ${JSON.stringify(view)}`);
      await delay(20);
      view = await first.document<JobView>('GET', ended);
    }
    const job = await first.document<{ readonly id: string }>('POST', '/v1/jobs', {
      kind: 'run',
      device: 'glauber',
      program: denseProgram(),
    });
    const path = `/v1/jobs/${job.id}`;
    view = await first.document<JobView>('GET', path);
    while (view.state !== 'running' && view.error === null) {
      throwIfAborted(signal);
      await delay(20);
      view = await first.document<JobView>('GET', path);
    }
    // The compiling tiers of both processes have their time.
    await delay(1000);
    const rows = async (): Promise<number> =>
      view.run === null
        ? 0
        : (await first.document<{ readonly rows: number }>('GET', `/v1/runs/${view.run}`)).rows;
    const before = await rows();
    const beganMs = clock.monotonicMs();
    const ms: number[] = [];
    const free = [...lines];
    const waiting: (() => void)[] = [];
    const asks: Promise<void>[] = [];
    for (let k = 0; k < seconds * ASKS_PER_SECOND; k++) {
      throwIfAborted(signal);
      const dueMs = beganMs + (1000 * k) / ASKS_PER_SECOND;
      const early = dueMs - clock.monotonicMs();
      if (early > 0) await delay(early);
      const askedMs = clock.monotonicMs();
      asks.push(
        (async () => {
          while (free.length === 0) await new Promise<void>((go) => waiting.push(go));
          const line = free.pop()!;
          const { status, body } = await line.ask('GET', k % 2 === 0 ? path : ended);
          ms.push(clock.monotonicMs() - askedMs);
          if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.slice(0, 200)}`);
          free.push(line);
          waiting.shift()?.();
        })(),
      );
    }
    await Promise.all(asks);
    const took = (clock.monotonicMs() - beganMs) / 1000;
    const end = await first.document<JobView>('GET', path);
    const made = (await rows()) - before;
    await first.ask('POST', `${path}/actions/abort`);
    return {
      ms,
      rows: made,
      seconds: took,
      fault: end.state === 'running' && made > 0 ? null : `the run was ${end.state}, ${made} rows`,
    };
  } finally {
    for (const line of lines) line[Symbol.dispose]();
  }
}

/** Drawn by a counter: the same each time. */
export function denseProgram(more: Readonly<Record<string, unknown>> = {}): object {
  const data = new Array<number>(SITES * SITES).fill(0);
  let state = 1;
  for (let i = 0; i < SITES; i++) {
    for (let j = 0; j < i; j++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      data[i * SITES + j] = data[j * SITES + i] = (state >>> 31 === 0 ? -1 : 1) / 32;
    }
  }
  return {
    version: 1,
    sites: SITES,
    couplings: { kind: 'dense', data },
    dynamics: { rule: 'glauber', temperature: 1 },
    initial: { kind: 'random' },
    duration: 1000,
    readout: { every: 10, channels: ['energy'] },
    shots: 1_000_000,
    seed: 1,
    ...more,
  };
}

/** The value that a share of them does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
