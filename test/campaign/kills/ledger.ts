import type { Submission } from './submissions.js';

/** How something ended, as it was first told. */
export interface End {
  readonly state: string;
  readonly run: string | null;
  readonly endedAt: string | null;
  /** Hash of the result; null: it has none; undefined: it was not told. */
  readonly result?: string | null;
}

/** What clients of the lab have been told, kept where no kill reaches it. */
export class Ledger {
  readonly submissions: Submission[] = [];
  /** Jobs to which something was done behind the lab's back: nothing else is done to them, by clients neither. */
  readonly spared = new Set<string>();
  /** Ends of jobs. */
  readonly ends = new Map<string, End>();
  /** Which of the ends each was. */
  private readonly order = new Map<string, number>();
  /** What is not as it was promised, in words; each once. */
  private readonly found = new Set<string>();

  get broken(): readonly string[] {
    return [...this.found];
  }

  breaks(what: string): void {
    this.found.add(what);
  }

  /** Jobs that were acknowledged and whose end is not known. */
  openJobs(): string[] {
    return this.submissions.flatMap(({ job }) => (job === null || this.ends.has(job) ? [] : [job]));
  }

  /** How many ends are known: for {@link wasEnded}, later. */
  get endsKnown(): number {
    return this.ends.size;
  }

  /** Whether a job's end was known when so many were. What was asked before somebody saw the end may well be answered after it, with what was so before. */
  wasEnded(job: string, endsKnown: number): boolean {
    return (this.order.get(job) ?? Infinity) < endsKnown;
  }

  acknowledge(submission: Submission, job: string): void {
    if (submission.job !== null && submission.job !== job) {
      this.breaks(`key ${submission.key} gave job ${submission.job} and then ${job}`);
      return;
    }
    submission.job = job;
  }

  /** An end was told, or read. */
  sawEnd(job: string, end: End): void {
    const before = this.ends.get(job);
    if (before === undefined) {
      this.order.set(job, this.ends.size);
      this.ends.set(job, end);
      return;
    }
    for (const member of ['state', 'run', 'endedAt', 'result'] as const) {
      if (before[member] === undefined || end[member] === undefined) continue;
      if (before[member] === end[member]) continue;
      this.breaks(
        `job ${job} had ended with ${member} ${String(before[member])} and now has ${String(end[member])}`,
      );
    }
    if (before.result === undefined && end.result !== undefined) this.ends.set(job, end);
  }
}
