import { asRelaxdError, RelaxdError, type Clock, type Timeline } from '../core/index.js';
import { failureOf, type JobBook } from './job-book.js';
import type { Calibrations } from './calibrations.js';
import type { JobRow } from './job.js';
import type { JobState } from './next-job.js';
import { onceATurn } from './once-a-turn.js';
import type { Reservations } from './reservations.js';
import type { Log } from './log.js';
import type { Scheduler } from './scheduler.js';
import type { Sweeps } from './sweeps.js';

const WAITING = new Set<JobState>(['submitted', 'validated', 'queued', 'held']);
/** A store that fails is tried again after so long. */
const TRY_AGAIN_MS = 5000;
/** What is blocked for a reason that no device announces is tried again after so long. */
const BLOCKED_AGAIN_MS = 30_000;

/** Wakes up for the next job that may begin, or that has waited too long. */
export class WaitingAlarm {
  private callOff: () => void = () => undefined;
  private closed = false;
  /** Not before: the store did not take that a job has expired. */
  private againMs = -Infinity;

  constructor(
    private readonly ports: {
      readonly book: JobBook;
      readonly scheduler: Scheduler;
      readonly reservations: Pick<Reservations, 'nextChangeMs'>;
      readonly calibrations: Pick<Calibrations, 'nextChangeMs'>;
      readonly sweeps: Pick<Sweeps, 'look'>;
      readonly clock: Clock;
      readonly setAlarm: Timeline['after'];
      readonly log: Log;
    },
  ) {}

  /** To be called whenever the queue has changed. */
  readonly set = onceATurn(() => this.setAnew());

  private setAnew(): void {
    this.callOff();
    if (this.closed) return;
    const { book, scheduler, reservations, calibrations, clock } = this.ports;
    const nowMs = clock.wallMs();
    let nextMs = scheduler.anyBlocked ? nowMs + BLOCKED_AGAIN_MS : Infinity;
    nextMs = Math.min(nextMs, reservations.nextChangeMs(nowMs), calibrations.nextChangeMs(nowMs));
    for (const row of book.timed()) {
      const deadlineMs = row.deadline === null ? Infinity : Date.parse(row.deadline);
      if (row.sweep !== null) {
        // Points that wait then end; those that run do not.
        if (deadlineMs > nowMs) nextMs = Math.min(nextMs, deadlineMs);
        for (const point of book.points(row.id).delayed.values()) {
          nextMs = Math.min(nextMs, soonest(point, nowMs));
        }
      } else if (!WAITING.has(row.state)) continue;
      else nextMs = Math.min(nextMs, deadlineMs);
      nextMs = Math.min(nextMs, soonest(row, nowMs));
    }
    if (nextMs === Infinity) return;
    const atMs = Math.max(nowMs, nextMs, this.againMs);
    this.callOff = this.ports.setAlarm(atMs - nowMs, () => void this.ring());
  }

  close(): void {
    this.closed = true;
    this.callOff();
  }

  private async ring(): Promise<void> {
    const { book, scheduler, sweeps, clock, log } = this.ports;
    const nowMs = clock.wallMs();
    for (const { id, state, deadline, sweep } of [...book.timed()]) {
      if (sweep !== null) {
        sweeps.look(id);
        continue;
      }
      if (!WAITING.has(state) || deadline === null || Date.parse(deadline) > nowMs) continue;
      const late = new RelaxdError('deadline-passed', `the job still waited at ${deadline}`, {
        value: deadline,
      });
      try {
        await book.change(id, { type: 'expire' }, { patch: { error: failureOf(late) } });
      } catch (error) {
        const known = asRelaxdError(error);
        if (known.code === 'illegal-transition') continue; // it went on meanwhile
        log('error', `job ${id} cannot expire: ${known.message}`, { code: known.code });
        this.againMs = nowMs + TRY_AGAIN_MS;
      }
    }
    scheduler.unblock(null);
    this.set();
  }
}

const soonest = ({ notBefore }: JobRow, nowMs: number): number => {
  const beginMs = notBefore === null ? -Infinity : Date.parse(notBefore);
  return beginMs > nowMs ? beginMs : Infinity;
};
