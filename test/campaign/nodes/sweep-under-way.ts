import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SweepDocument, SweepRow } from '../../../src/lab/index.js';
import { RelaxdCommand } from '../../support/relaxd-command.js';
import type { JobView } from '../../support/service-process.js';
import type { Clients } from './clients.js';

const ROWS_AT_ONCE = 1000;
const KEY = 'the-sweep';

/** One sweep, submitted and looked at through whichever node answers. */
export class SweepUnderWay {
  job: string | null = null;
  rows: readonly SweepRow[] = [];
  /** Runs of points that have completed, as they were first told. */
  private readonly seen = new Map<number, string>();

  constructor(
    private readonly clients: Clients,
    private readonly body: Readonly<Record<string, unknown>>,
  ) {}

  get done(): number {
    return this.seen.size;
  }

  /** Goes on until the sweep has ended, or the signal fires. */
  async finish(signal: AbortSignal): Promise<void> {
    const body = JSON.stringify(this.body);
    while (!signal.aborted) {
      // The same key again and again: there is one sweep.
      const job = (await this.clients.ask('POST', '/v1/jobs', body, KEY)) as JobView | null;
      if (job !== null) {
        if (this.job !== null && this.job !== job.id) {
          this.clients.breaks(`the key of sweep ${this.job} gave job ${job.id}`);
        }
        this.job = job.id;
        await this.look();
        if (job.endedAt !== null && job.state !== 'completed') {
          this.clients.breaks(`the sweep has ended as ${job.state}`);
          return;
        }
        const gathered =
          this.rows.length > 0 && this.rows.every(({ state }) => state === 'completed');
        if (job.endedAt !== null && gathered) return;
      }
      await delay(500);
    }
    this.clients.breaks(`the sweep is not done: ${this.done} points are`);
  }

  /** What has been gathered stays as it is. */
  private async look(): Promise<void> {
    const rows: SweepRow[] = [];
    for (let from: number | null = 0; from !== null;) {
      const page = (await this.clients.ask(
        'GET',
        `/v1/jobs/${this.job}/sweep?from=${from}&limit=${ROWS_AT_ONCE}`,
      )) as SweepDocument | null;
      if (page === null) return;
      rows.push(...page.rows);
      from = page.next;
    }
    this.rows = rows;
    for (const { point, state, run } of rows) {
      const before = this.seen.get(point);
      if (before !== undefined && (before !== run || state !== 'completed')) {
        // A node that was away may tell what it knew before.
        if (state === 'completed') {
          this.clients.breaks(`point ${point} had run ${before} and has run ${String(run)}`);
        }
        continue;
      }
      if (state === 'completed') this.seen.set(point, run!);
    }
  }

  /** Each point once, as it was told before, with the numbers that the same sweep has on one quiet machine. */
  async check(folder: string): Promise<void> {
    const { rows, clients } = this;
    writeFileSync(join(folder, 'sweep.json'), JSON.stringify(this.body));
    const answer = await new RelaxdCommand(folder).call('sweep', 'sweep.json', '--json');
    if (answer.exit !== 0) throw new Error(answer.err);
    const alone = JSON.parse(answer.out) as SweepDocument;
    if (rows.length !== alone.counts.points) {
      clients.breaks(`the sweep has ${rows.length} rows for ${alone.counts.points} points`);
    }
    const once = (what: string, of: readonly unknown[]): void => {
      if (new Set(of).size !== rows.length) clients.breaks(`${what} of points are not each once`);
    };
    once(
      'numbers',
      rows.map(({ point }) => point),
    );
    once(
      'jobs',
      rows.map(({ job }) => job),
    );
    once(
      'runs',
      rows.map(({ run }) => run),
    );
    for (const [k, row] of rows.entries()) {
      const due = alone.rows[k];
      if (due !== undefined && measured(row) !== measured(due)) {
        clients.breaks(`point ${k} is ${measured(row)}, and by itself ${measured(due)}`);
      }
    }
  }
}

/** What a point is about, without who has run it, when, and how often it was tried. */
function measured(row: SweepRow): string {
  const { job, run, attempts, durationS, device, ...rest } = row;
  void [job, run, attempts, durationS, device];
  return JSON.stringify(rest);
}
