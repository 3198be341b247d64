import { asRelaxdError, type Clock, type RelaxdError } from '../core/index.js';
import type { JobBook } from './job-book.js';
import type { PreparedRun } from './job-kind.js';

/** Progress is stored, and so announced, at most so often. */
const EVERY_MS = 500;

/** How far a job is, through all of its runs and what comes after the last of them. */
export class ProgressTeller {
  private toldAtMs = -Infinity;
  private underWay: Promise<void> | null = null;
  /** Of each run, by the time that it takes of the device. */
  private readonly times: readonly number[];
  private readonly sum: number;
  /** Of what comes after the last run. */
  private readonly share: number;

  constructor(
    private readonly job: string,
    prepared: PreparedRun,
    private readonly book: Pick<JobBook, 'update'>,
    private readonly clock: Clock,
    private readonly onFailure: (error: RelaxdError) => void,
  ) {
    const runs = [prepared, ...(prepared.series?.more ?? [])];
    this.times = runs.map(({ program }) => program.duration * program.shots);
    this.sum = this.times.reduce((a, b) => a + b, 0);
    this.share = prepared.series?.share ?? 0;
  }

  /** @param fraction of the run that is at this place among the job's */
  measured(place: number, fraction: number): number {
    const before = this.times.slice(0, place).reduce((a, b) => a + b, 0);
    const done = (before + fraction * this.times[place]!) / this.sum;
    return done * (1 - this.share);
  }

  /** @param fraction of what comes after the last run */
  concluded(fraction: number): number {
    return 1 - this.share * (1 - fraction);
  }

  /** Stores it, unless that was done a moment ago. @param fraction of the whole job */
  tell(fraction: number, shots: number): void {
    const nowMs = this.clock.monotonicMs();
    if (this.underWay !== null || nowMs - this.toldAtMs < EVERY_MS) return;
    this.toldAtMs = nowMs;
    this.underWay = this.book
      .update(this.job, { progress: { fraction, shots } })
      .catch((error: unknown) => this.onFailure(asRelaxdError(error)))
      .finally(() => {
        this.underWay = null;
      });
  }

  /** Once nothing of it is on its way to the store. */
  async settled(): Promise<void> {
    await this.underWay;
  }
}
