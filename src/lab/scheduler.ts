import { asRelaxdError, type Clock, type RelaxdError } from '../core/index.js';
import type { JobRow } from './job.js';
import type { PreparedRun } from './job-kind.js';
import { onceATurn } from './once-a-turn.js';
import { queueOrder, type Contender } from './queue-order.js';

/** Prepared runs that are kept for jobs which still wait. */
const MOST_PREPARED = 8;

export interface SchedulerPorts {
  readonly clock: Clock;
  /** Jobs that are queued and may go; of each sweep the next points only. */
  contenders(): Iterable<Contender>;
  /** Jobs that are queued for a device, or all: those that something keeps back, too. */
  queued(device: string | null): Iterable<JobRow>;
  prepare(row: JobRow): Promise<PreparedRun>;
  /** A preparation failed for good. Never rejects. */
  refuse(row: JobRow, error: RelaxdError): Promise<void>;
  /** Why a device cannot take a run now; null: it can. */
  obstacle(device: string): string | null;
  /** Why a job may not have its device now, though others may; null: it may. */
  bar(row: JobRow): string | null;
  /** Whether a run under way is to make room. @param next who would go; null: nobody */
  yields(device: string, running: string, next: JobRow | null): boolean;
  /** Pauses a run at a shot and puts it aside: whether its device is free now. Never rejects. */
  putAside(job: string): Promise<boolean>;
  /** A run that was put aside has its device again, and goes on as it did. Never rejects. */
  takeUp(job: string): Promise<void>;
  /**
   * Takes a job through its run. Never rejects.
   *
   * @param free to be called once the device is: what is left to do then needs none
   */
  conduct(row: JobRow, prepared: PreparedRun, free: () => void): Promise<void>;
  changed(): void;
}

/**
 * Deals queued jobs to devices: one run a device, devices in parallel, strictly by priority and then by age. A
 * job is prepared before it takes its device, and one of lower priority that is prepared already does not pass.
 * What is left to do once a run is measured does not keep its device.
 */
export class Scheduler {
  /** Device → the job that has it. */
  private readonly leases = new Map<string, string>();
  /** Device → jobs whose runs are put aside there, the last one last. */
  private readonly aside = new Map<string, string[]>();
  /** Devices whose run is being put aside or taken up. */
  private readonly turning = new Set<string>();
  /** Runs that could not be put aside: not asked again. */
  private readonly stay = new Set<string>();
  private readonly ready = new Map<string, PreparedRun>();
  private readonly preparing = new Set<string>();
  /** Jobs whose preparation has to wait for something: a device that is offline. */
  private readonly blocked = new Map<string, RelaxdError>();
  private readonly underWay = new Set<Promise<void>>();
  /** Counts what has changed about devices: who failed to prepare before a change is not blocked after it. */
  private changes = 0;
  private begun = false;
  private draining = false;
  private closing = false;

  constructor(private readonly ports: SchedulerPorts) {}

  /** Nothing is prepared or dispatched before. */
  begin(): void {
    this.begun = true;
    this.pump();
  }

  /** Nothing more is prepared, dispatched, put aside or taken up; what is under way goes on. */
  drain(): void {
    this.draining = true;
  }

  leaseOf(device: string): string | null {
    return this.leases.get(device) ?? null;
  }

  /** Jobs whose runs are paused and put aside on a device. */
  asideOn(device: string): readonly string[] {
    return this.aside.get(device) ?? [];
  }

  /** Why a queued job is not dispatched now; null: only because others come first. */
  waitsFor(row: JobRow): string | null {
    if (this.draining) return 'the service is being stopped';
    const blocked = this.blocked.get(row.id);
    if (blocked !== undefined) return blocked.message;
    if (row.notBefore !== null && Date.parse(row.notBefore) > this.ports.clock.wallMs()) {
      return `not before ${row.notBefore}`;
    }
    const bar = this.ports.bar(row);
    if (bar !== null) return bar;
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
    this.stay.delete(job);
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
    if (device === null) this.blocked.clear();
    else if (this.blocked.size > 0) {
      for (const row of this.ports.queued(device)) this.blocked.delete(row.id);
    }
    this.pump();
  }

  /** Sees to it that every device which has jobs waiting or put aside is looked at, and that what can be done is. */
  readonly pump = onceATurn(() => this.advanceAll());

  private advanceAll(): void {
    if (!this.begun || this.draining || this.closing) return;
    const nowMs = this.ports.clock.wallMs();
    const firsts = new Map<string, Contender>();
    const order = queueOrder(nowMs);
    for (const contender of this.ports.contenders()) {
      const { row } = contender;
      if (row.notBefore !== null && Date.parse(row.notBefore) > nowMs) continue;
      if (this.blocked.has(row.id) || this.ports.bar(row) !== null) continue;
      const first = firsts.get(row.device);
      if (first === undefined || order(contender, first) < 0) firsts.set(row.device, contender);
    }
    const devices = new Set([...firsts.keys(), ...this.aside.keys(), ...this.leases.keys()]);
    for (const device of devices) this.advance(device, firsts.get(device)?.row ?? null);
  }

  private advance(device: string, row: JobRow | null): void {
    const prepared = row === null ? undefined : this.ready.get(row.id);
    if (row !== null && prepared === undefined && !this.preparing.has(row.id)) {
      this.track(this.prepare(row));
    }
    if (this.turning.has(device)) return;
    const running = this.leases.get(device);
    if (running !== undefined) {
      const isReady = row === null || prepared !== undefined;
      if (isReady && !this.stay.has(running) && this.ports.yields(device, running, row)) {
        this.turn(device, this.putAside(device, running));
      }
      return;
    }
    const waits = this.aside.get(device)?.at(-1);
    if (waits !== undefined && !this.ports.yields(device, waits, row)) {
      this.turn(device, this.takeUp(device, waits));
      return;
    }
    if (row === null || prepared === undefined || this.ports.obstacle(device) !== null) return;
    this.dispatch(device, row, prepared);
  }

  private dispatch(device: string, row: JobRow, prepared: PreparedRun): void {
    this.leases.set(device, row.id);
    this.ready.delete(row.id); // its observer serves one run
    let has = true;
    const free = (): void => {
      if (!has) return;
      has = false;
      this.letGo(device, row.id);
      this.ports.changed();
      this.pump();
    };
    this.track(this.ports.conduct(row, prepared, free).finally(free));
  }

  private letGo(device: string, job: string): void {
    if (this.leases.get(device) === job) this.leases.delete(device);
    const others = this.asideOn(device).filter((id) => id !== job);
    if (others.length > 0) this.aside.set(device, others);
    else this.aside.delete(device);
  }

  private turn(device: string, work: Promise<void>): void {
    this.turning.add(device);
    this.track(
      work.finally(() => {
        this.turning.delete(device);
        this.ports.changed();
        this.pump();
      }),
    );
  }

  private async putAside(device: string, job: string): Promise<void> {
    if (!(await this.ports.putAside(job))) {
      this.stay.add(job);
      return;
    }
    if (this.leases.get(device) !== job) return; // it has ended meanwhile
    this.leases.delete(device);
    this.aside.set(device, [...this.asideOn(device), job]);
  }

  private async takeUp(device: string, job: string): Promise<void> {
    const others = this.asideOn(device).filter((id) => id !== job);
    if (others.length > 0) this.aside.set(device, others);
    else this.aside.delete(device);
    this.leases.set(device, job);
    await this.ports.takeUp(job);
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
