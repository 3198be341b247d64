import { asRelaxdError, type Clock, type RelaxdError } from '../core/index.js';
import type { JobRow } from './job.js';
import type { PreparedRun } from './job-kind.js';

/** Waiting so long raises a job's priority by one, visibly (`effectivePriority`). */
export const AGEING_MS = 10 * 60_000;
/** Prepared runs that are kept for jobs which still wait. */
const MOST_PREPARED = 8;

/** Priority with what waiting has added: one for every ten minutes since the job could have run. */
export function effectivePriority(row: JobRow, nowMs: number): number {
  const since = Math.max(
    Date.parse(row.createdAt),
    row.notBefore === null ? 0 : Date.parse(row.notBefore),
  );
  return row.priority + Math.max(0, Math.floor((nowMs - since) / AGEING_MS));
}

/** Order of the queue: effective priority, then age. */
export function queueOrder(nowMs: number): (a: JobRow, b: JobRow) => number {
  return (a, b) =>
    effectivePriority(b, nowMs) - effectivePriority(a, nowMs) || (a.id < b.id ? -1 : 1);
}

export interface SchedulerPorts {
  readonly clock: Clock;
  /** Jobs that are queued. */
  queued(): JobRow[];
  prepare(row: JobRow): Promise<PreparedRun>;
  /** A preparation failed for good. Never rejects. */
  refuse(row: JobRow, error: RelaxdError): Promise<void>;
  /** Why a device cannot take a run now; null: it can. */
  obstacle(device: string): string | null;
  /** Resolves once the device is free again. Never rejects. */
  conduct(row: JobRow, prepared: PreparedRun): Promise<void>;
  changed(): void;
}

/**
 * Deals queued jobs to devices: one run a device, devices in parallel, strictly by priority and then by age. A
 * job is prepared before it takes its device, and one of lower priority that is prepared already does not pass.
 */
export class Scheduler {
  /** Device → the job that has it. */
  private readonly leases = new Map<string, string>();
  private readonly ready = new Map<string, PreparedRun>();
  private readonly preparing = new Set<string>();
  /** Jobs whose preparation has to wait for something: a device that is offline. */
  private readonly blocked = new Map<string, RelaxdError>();
  private readonly underWay = new Set<Promise<void>>();
  /** Counts what has changed about devices: who failed to prepare before a change is not blocked after it. */
  private changes = 0;
  private begun = false;
  private closing = false;

  constructor(private readonly ports: SchedulerPorts) {}

  /** Nothing is prepared or dispatched before. */
  begin(): void {
    this.begun = true;
    this.pump();
  }

  leaseOf(device: string): string | null {
    return this.leases.get(device) ?? null;
  }

  /** Why a queued job is not dispatched now; null: only because others come first. */
  waitsFor(row: JobRow): string | null {
    const blocked = this.blocked.get(row.id);
    if (blocked !== undefined) return blocked.message;
    if (row.notBefore !== null && Date.parse(row.notBefore) > this.ports.clock.wallMs()) {
      return `not before ${row.notBefore}`;
    }
    if (this.leases.has(row.device)) return null;
    return this.ports.obstacle(row.device);
  }

  /** What was compiled at submission is used for the run, if it is soon. */
  keepPrepared(job: string, prepared: PreparedRun): void {
    this.ready.set(job, prepared);
    for (const oldest of this.ready.keys()) {
      if (this.ready.size <= MOST_PREPARED) break;
      this.ready.delete(oldest);
    }
  }

  forget(job: string): void {
    this.ready.delete(job);
    this.blocked.delete(job);
  }

  get anyBlocked(): boolean {
    return this.blocked.size > 0;
  }

  /** A job that could not be dispatched after all waits until something changes. */
  block(job: string, error: RelaxdError): void {
    this.blocked.set(job, error);
  }

  /** Something about a device has changed: what waited for it may go on. */
  unblock(device: string | null): void {
    this.changes++;
    for (const row of this.ports.queued()) {
      if (device === null || row.device === device) this.blocked.delete(row.id);
    }
    this.pump();
  }

  /** Looks at every device that has jobs waiting, and does what can be done. */
  pump(): void {
    if (!this.begun || this.closing) return;
    const nowMs = this.ports.clock.wallMs();
    const firsts = new Map<string, JobRow>();
    const order = queueOrder(nowMs);
    for (const row of this.ports.queued()) {
      if (row.notBefore !== null && Date.parse(row.notBefore) > nowMs) continue;
      if (this.blocked.has(row.id)) continue;
      const first = firsts.get(row.device);
      if (first === undefined || order(row, first) < 0) firsts.set(row.device, row);
    }
    for (const row of firsts.values()) this.advance(row);
  }

  private advance(row: JobRow): void {
    const prepared = this.ready.get(row.id);
    if (prepared === undefined) {
      if (!this.preparing.has(row.id)) this.track(this.prepare(row));
      return;
    }
    if (this.leases.has(row.device) || this.ports.obstacle(row.device) !== null) return;
    this.leases.set(row.device, row.id);
    this.ready.delete(row.id); // its observer serves one run
    this.track(
      this.ports.conduct(row, prepared).finally(() => {
        this.leases.delete(row.device);
        this.ports.changed();
        this.pump();
      }),
    );
  }

  private async prepare(row: JobRow): Promise<void> {
    this.preparing.add(row.id);
    const { changes } = this;
    try {
      this.keepPrepared(row.id, await this.ports.prepare(row));
    } catch (error) {
      const known = asRelaxdError(error);
      if (known.row.retryable) {
        if (this.changes === changes) this.blocked.set(row.id, known);
      } else {
        await this.ports.refuse(row, known);
      }
    } finally {
      this.preparing.delete(row.id);
    }
    this.ports.changed();
    this.pump();
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  /** Dispatches nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.closing = true;
    while (this.underWay.size > 0) await Promise.allSettled([...this.underWay]);
  }
}
