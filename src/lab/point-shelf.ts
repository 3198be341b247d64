import type { JobRow } from './job.js';
import type { JobState } from './next-job.js';

/** What is known of a sweep's points, kept up with their jobs: everything here follows from the rows. */
export class PointShelf {
  /** Device → its points that wait, first ones first. */
  private readonly waiting = new Map<string, Map<string, JobRow>>();
  private readonly states = new Map<string, JobState>();
  private readonly counted = new Map<JobState, number>();
  private readonly lastTurns = new Map<string, number>();
  private readonly open = new Map<string, JobRow>();
  /** Points that wait for a time. */
  readonly delayed = new Map<string, JobRow>();
  private shotsDone = 0;
  /** The first point that failed. */
  firstFailure: JobRow | null = null;

  /** How many points are in which state. */
  get counts(): ReadonlyMap<JobState, number> {
    return this.counted;
  }
  /** Points whose jobs are stored. */
  get stored(): number {
    return this.states.size;
  }
  /** Shots of all points that have ended. */
  get shots(): number {
    return this.shotsDone;
  }
  openPoints(): Iterable<JobRow> {
    return this.open.values();
  }
  /** Devices with points that wait. */
  get devices(): Iterable<string> {
    return this.waiting.keys();
  }

  waitingOn(device: string): number {
    return this.waiting.get(device)?.size ?? 0;
  }

  /** When a point last began on a device; null: none has. */
  lastTurnMs(device: string): number | null {
    return this.lastTurns.get(device) ?? null;
  }

  /** The first points that wait for a device. */
  *next(device: string): Iterable<JobRow> {
    yield* this.waiting.get(device)?.values() ?? [];
  }

  /** A point as it now stands. @param ended it has */
  take(row: JobRow, ended: boolean): void {
    const before = this.states.get(row.id);
    if (before !== row.state) {
      if (before !== undefined) this.counted.set(before, this.counted.get(before)! - 1);
      this.counted.set(row.state, (this.counted.get(row.state) ?? 0) + 1);
      this.states.set(row.id, row.state);
      if (ended) this.shotsDone += row.progress.shots;
    }
    if (ended) this.open.delete(row.id);
    else this.open.set(row.id, row);
    const line = this.waiting.get(row.device) ?? new Map<string, JobRow>();
    if (row.state === 'queued') this.waiting.set(row.device, line.set(row.id, row));
    else {
      line.delete(row.id);
      if (line.size === 0) this.waiting.delete(row.device);
    }
    if (row.state === 'queued' && row.notBefore !== null) this.delayed.set(row.id, row);
    else this.delayed.delete(row.id);
    const startedMs = row.startedAt === null ? null : Date.parse(row.startedAt);
    if (startedMs !== null && startedMs > (this.lastTurns.get(row.device) ?? -Infinity)) {
      this.lastTurns.set(row.device, startedMs);
    }
    const first = this.firstFailure?.point ?? Infinity;
    if (row.state === 'failed' && row.point! < first) this.firstFailure = row;
  }
}
