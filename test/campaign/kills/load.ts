import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RandomStream } from '../../../src/core/index.js';
import { EXPORT_FORMATS, TERMINAL_STATES } from '../../../src/lab/index.js';
import { RecordReader } from '../../../src/lab/record-reader.js';
import type { JobView } from '../../support/service-process.js';
import { checkRows } from './check-record.js';
import type { Ledger } from './ledger.js';
import { newSubmission, type Submission } from './submissions.js';

interface RunView {
  readonly id: string;
  readonly seed: number;
  readonly device: string;
  readonly rows: number;
  readonly state: string;
}
interface Page<T> {
  readonly items: readonly T[];
}

/** So many jobs may be open, so that what is submitted comes to its turn. */
const MOST_OPEN = 40;
const ACTIONS = ['cancel', 'abort', 'pause', 'resume', 'hold', 'release', 'reprioritise'] as const;

/** Everything that was done to a lab in a campaign, by what it was. */
export interface LoadCounts {
  submissions: number;
  repeats: number;
  together: number;
  otherBodies: number;
  actions: number;
  exports: number;
  exportedRows: number;
  unanswered: number;
}

/** Clients of one relaxd, at work until it falls silent. */
export class Load {
  private struck = false;

  constructor(
    private readonly address: string,
    private readonly ledger: Ledger,
    private readonly random: RandomStream,
    private readonly counts: LoadCounts,
    private readonly scratch: string,
    /** The database may be away: then the service says 503. */
    private readonly mayBeAway: boolean,
  ) {}

  /** From here on silence is no defect. */
  strike(): void {
    this.struck = true;
  }

  async go(): Promise<void> {
    await Promise.all([
      this.again(10, () => this.submitNew()),
      this.again(15, () => this.repeat()),
      this.again(30, () => this.act()),
      this.again(20, () => this.watch()),
      this.again(5, () => this.export()),
      this.again(40, () => this.submitTogether()),
    ]);
  }

  private async again(pauseMs: number, work: () => Promise<void>): Promise<void> {
    while (!this.struck) {
      await work();
      await delay(2 * pauseMs * this.random.uniform());
    }
  }

  private below(count: number): number {
    return Math.floor(count * this.random.uniform());
  }

  private one<T>(of: readonly T[]): T | undefined {
    return of[this.below(of.length)];
  }

  private next(): Submission {
    const { submissions } = this.ledger;
    const submission = newSubmission(submissions.length + 1, this.random);
    submissions.push(submission);
    return submission;
  }

  /** Submits under a key, new or not: whoever answers names the one job. */
  async submit(submission: Submission): Promise<void> {
    this.counts.submissions++;
    const { endsKnown } = this.ledger;
    const answer = await this.ask<JobView>('POST', '/v1/jobs', submission.body, submission.key);
    if (answer === null) this.counts.unanswered++;
    else {
      this.ledger.acknowledge(submission, answer.id);
      this.see(answer, endsKnown);
    }
  }

  private async submitNew(): Promise<void> {
    if (this.ledger.openJobs().length < MOST_OPEN) await this.submit(this.next());
  }

  /** The same again: what nobody has answered, or what somebody has; or another body under a key that is taken. */
  private async repeat(): Promise<void> {
    const { submissions } = this.ledger;
    const silent = submissions.filter(({ job }) => job === null);
    const submission = this.one(silent.length > 0 && this.below(2) === 0 ? silent : submissions);
    if (submission === undefined) return;
    if (submission.job !== null && this.below(4) === 0) {
      this.counts.otherBodies++;
      const body = { ...submission.body, priority: 1 };
      const answer = await this.ask<JobView>('POST', '/v1/jobs', body, submission.key, [409]);
      if (answer !== null) {
        this.ledger.breaks(`key ${submission.key} took another body: job ${answer.id}`);
      }
      return;
    }
    this.counts.repeats++;
    await this.submit(submission);
  }

  /** One key from two clients in the same moment. */
  private async submitTogether(): Promise<void> {
    if (this.ledger.openJobs().length >= MOST_OPEN) return;
    this.counts.together++;
    const submission = this.next();
    await Promise.all([this.submit(submission), this.submit(submission)]);
  }

  private async act(): Promise<void> {
    const { spared } = this.ledger;
    const id = this.one(this.ledger.openJobs().filter((job) => !spared.has(job)));
    if (id === undefined) return;
    const action = this.one(ACTIONS)!;
    // Runs that are ended by hand are not what the campaign is about.
    if ((action === 'cancel' || action === 'abort') && this.below(3) > 0) return;
    this.counts.actions++;
    const body = action === 'reprioritise' ? { priority: this.below(5) } : {};
    const path = `/v1/jobs/${id}/actions/${action}`;
    const { endsKnown } = this.ledger;
    const job = await this.ask<JobView>('POST', path, body, undefined, [409, 501]);
    if (job !== null) this.see(job, endsKnown);
  }

  private async watch(): Promise<void> {
    const page = await this.ask<Page<JobView>>(
      'GET',
      `/v1/jobs?state=${TERMINAL_STATES.join(',')}&limit=20`,
    );
    for (const job of page?.items ?? []) this.see(job, this.ledger.endsKnown);
    const id = this.one(this.ledger.openJobs());
    if (id === undefined) return;
    const { endsKnown } = this.ledger;
    const job = await this.ask<JobView>('GET', `/v1/jobs/${id}`);
    if (job !== null) this.see(job, endsKnown);
  }

  /** @param endsKnown when it was asked for */
  private see({ id, state, run, endedAt }: JobView, endsKnown: number): void {
    if ((TERMINAL_STATES as readonly string[]).includes(state))
      this.ledger.sawEnd(id, { state, run, endedAt });
    else if (this.ledger.wasEnded(id, endsKnown)) {
      this.ledger.breaks(`job ${id} had ended and is ${state} again`);
    }
  }

  /** A record on its way out, of a run that has ended or not: no row of it is wrong. */
  private async export(): Promise<void> {
    const page = await this.ask<Page<RunView>>('GET', '/v1/runs?limit=20');
    const witnessed = page?.items.filter(({ device, rows }) => device !== 'glauber' && rows > 0);
    const run = this.one(witnessed ?? []);
    if (run === undefined) return;
    const format = this.below(2) === 0 ? 'arrow' : this.one(EXPORT_FORMATS)!;
    const bytes = await this.fetch('GET', `/v1/runs/${run.id}/export?format=${format}`);
    if (bytes === null) return;
    this.counts.exports++;
    if (format !== 'arrow') return;
    const path = join(this.scratch, `${randomUUID()}.arrow`);
    writeFileSync(path, bytes);
    try {
      await using reader = await RecordReader.open(path);
      if (!reader.ended) this.ledger.breaks(`export of run ${run.id} has no end`);
      if (reader.rows < run.rows) {
        this.ledger.breaks(`export of run ${run.id} has ${reader.rows} of ${run.rows} rows`);
      }
      this.counts.exportedRows += reader.rows;
      for await (const chunk of reader.chunks()) {
        for (const what of checkRows(chunk, run, reader.header.sites)) this.ledger.breaks(what);
      }
    } finally {
      rmSync(path);
    }
  }

  private async ask<T>(
    method: string,
    path: string,
    body?: unknown,
    key?: string,
    refusals: readonly number[] = [],
  ): Promise<T | null> {
    const bytes = await this.fetch(method, path, body, key, refusals);
    return bytes === null ? null : (JSON.parse(bytes.toString('utf8')) as T);
  }

  /** null: no answer, or one of the refusals. Everything else that is no success is a defect. */
  private async fetch(
    method: string,
    path: string,
    body?: unknown,
    key?: string,
    refusals: readonly number[] = [],
  ): Promise<Buffer | null> {
    try {
      const response = await fetch(this.address + path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (response.ok) return bytes;
      if (refusals.includes(response.status)) return null;
      if (response.status === 503 && this.mayBeAway) return null;
      this.ledger.breaks(
        `${method} ${path.replaceAll(/[0-9A-Z]{26}/g, '…')}: ${response.status} ${bytes.toString('utf8').slice(0, 300)}`,
      );
      return null;
    } catch (error) {
      if (!this.struck) {
        this.ledger.breaks(`${method} ${path}: no answer before the blow (${String(error)})`);
        this.struck = true;
      }
      return null;
    }
  }
}
