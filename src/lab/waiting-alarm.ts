import { asRelaxdError, RelaxdError, type Clock, type Timeline } from '../core/index.js';
import { failureOf, type JobBook } from './job-book.js';
import type { JobState } from './next-job.js';
import type { Log } from './run-conductor.js';
import type { Scheduler } from './scheduler.js';

const WAITING = new Set<JobState>(['submitted', 'validated', 'queued', 'held']);
/** What is blocked for a reason that no device announces is tried again after so long. */
const BLOCKED_AGAIN_MS = 30_000;

/** Wakes up for the next job that may begin, or that has waited too long. */
export class WaitingAlarm {
  private callOff: () => void = () => undefined;
  private closed = false;

  constructor(
    private readonly book: JobBook,
    private readonly scheduler: Scheduler,
    private readonly clock: Clock,
    private readonly setAlarm: Timeline['after'],
    private readonly log: Log,
  ) {}

  /** To be called whenever the queue has changed. */
  set(): void {
    this.callOff();
    if (this.closed) return;
    const nowMs = this.clock.wallMs();
    let nextMs = this.scheduler.anyBlocked ? nowMs + BLOCKED_AGAIN_MS : Infinity;
    for (const row of this.book.open()) {
      if (!WAITING.has(row.state)) continue;
      if (row.deadline !== null) nextMs = Math.min(nextMs, Date.parse(row.deadline));
      const beginMs = row.notBefore === null ? -Infinity : Date.parse(row.notBefore);
      if (beginMs > nowMs) nextMs = Math.min(nextMs, beginMs);
    }
    if (nextMs === Infinity) return;
    this.callOff = this.setAlarm(Math.max(0, nextMs - nowMs), () => void this.ring());
  }

  close(): void {
    this.closed = true;
    this.callOff();
  }

  private async ring(): Promise<void> {
    const nowMs = this.clock.wallMs();
    for (const { id, state, deadline } of [...this.book.open()]) {
      if (!WAITING.has(state) || deadline === null || Date.parse(deadline) > nowMs) continue;
      const late = new RelaxdError('deadline-passed', `the job still waited at ${deadline}`, {
        value: deadline,
      });
      try {
        await this.book.change(id, { type: 'expire' }, { patch: { error: failureOf(late) } });
      } catch (error) {
        const known = asRelaxdError(error);
        if (known.code === 'illegal-transition') continue; // it went on meanwhile
        this.log('error', `job ${id} cannot expire: ${known.message}`, { code: known.code });
      }
    }
    this.scheduler.unblock(null);
    this.set();
  }
}
