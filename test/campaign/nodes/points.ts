import { setTimeout as delay } from 'node:timers/promises';
import type { JobView } from '../../support/service-process.js';
import type { Clients } from './clients.js';

/** What may be tried again as a new job: nothing else may happen to a run on an emulator. */
const AGAIN = ['node-lost', 'lease-lost', 'service-restart'];

/** A job that has to come to a result once. */
export interface Point {
  readonly number: number;
  /** Jobs that were acknowledged for it, in order. */
  readonly jobs: string[];
  done: boolean;
}

/** Somebody with single jobs, who submits them through whichever node answers, and asks for them through another. */
export class Points {
  readonly points: Point[];
  /** State in which a job was first seen to have ended. */
  readonly ends = new Map<string, string>();

  constructor(
    private readonly clients: Clients,
    count: number,
    private readonly body: (number: number) => Readonly<Record<string, unknown>>,
  ) {
    this.points = Array.from({ length: count }, (_, number) => ({ number, jobs: [], done: false }));
  }

  get open(): Point[] {
    return this.points.filter(({ done }) => !done);
  }

  /** Goes on until every point has come to a result, or the signal fires. */
  async finish(atOnce: number, signal: AbortSignal): Promise<void> {
    const waiting = [...this.points];
    const worker = async (): Promise<void> => {
      for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
        await this.one(point, signal);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  private async one(point: Point, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      const job = await this.submit(point, attempt, signal);
      if (job === null) return;
      point.jobs.push(job.id);
      const end = await this.end(job.id, signal);
      if (end === null) return;
      if (end.state === 'completed') {
        point.done = true;
        return;
      }
      if (end.state !== 'failed' || !AGAIN.includes(end.error?.code ?? '')) {
        this.clients.breaks(`point ${point.number}: ${end.state} ${JSON.stringify(end.error)}`);
        return;
      }
    }
  }

  /** The same key until somebody has acknowledged it, whoever that is. */
  private async submit(
    point: Point,
    attempt: number,
    signal: AbortSignal,
  ): Promise<JobView | null> {
    const body = JSON.stringify(this.body(point.number));
    const key = `point-${point.number}-${attempt}`;
    while (!signal.aborted) {
      const answer = await this.clients.ask('POST', '/v1/jobs', body, key);
      if (answer !== null) return answer as JobView;
      await delay(50);
    }
    return null;
  }

  private async end(id: string, signal: AbortSignal): Promise<JobView | null> {
    let revision = 0;
    while (!signal.aborted) {
      const job = (await this.clients.ask(
        'GET',
        `/v1/jobs/${id}?wait=1&revision=${revision}`,
      )) as JobView | null;
      if (job === null) {
        await delay(50);
        continue;
      }
      const before = this.ends.get(id);
      if (before !== undefined && before !== job.state) {
        this.clients.breaks(`job ${id} was ${before} and is ${job.state}`);
      }
      if (job.endedAt !== null) {
        this.ends.set(id, job.state);
        return job;
      }
      revision = job.revision;
      await delay(20);
    }
    return null;
  }
}
