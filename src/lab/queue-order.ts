import type { JobRow } from './job.js';

/** Waiting so long raises a job's priority by one, visibly (`effectivePriority`). */
export const AGEING_MS = 10 * 60_000;

/**
 * A job that stands in the line of its device. Of a sweep only the next point stands there, in the sweep's own place: with its
 * priority, and since the sweep had its last turn there. So a sweep of thousands takes turns with whatever else waits.
 */
export interface Contender {
  readonly row: JobRow;
  readonly priority: number;
  /** Since when it has been waiting for its turn. */
  readonly sinceMs: number;
}

const timeMs = (iso: string | null): number => (iso === null ? -Infinity : Date.parse(iso));

/** Rows stay as they are, and the whole line is looked at whenever it changes: times are read once. */
const singles = new WeakMap<JobRow, Contender>();

/** A job that is nobody's point. */
export function singleContender(row: JobRow): Contender {
  let contender = singles.get(row);
  if (contender === undefined) {
    const sinceMs = Math.max(timeMs(row.createdAt), timeMs(row.notBefore));
    singles.set(row, (contender = { row, priority: row.priority, sinceMs }));
  }
  return contender;
}

/** A point of a sweep. @param lastTurnMs when a point of it last began on this device; null: none has */
export const pointContender = (
  row: JobRow,
  sweep: JobRow,
  lastTurnMs: number | null,
): Contender => ({
  row,
  priority: sweep.priority,
  sinceMs: Math.max(
    timeMs(sweep.createdAt),
    timeMs(sweep.notBefore),
    timeMs(row.notBefore),
    lastTurnMs ?? -Infinity,
  ),
});

/** Priority with what waiting has added: one for every ten minutes since its turn could have come. */
export function effectivePriority({ priority, sinceMs }: Contender, nowMs: number): number {
  return priority + Math.max(0, Math.floor((nowMs - sinceMs) / AGEING_MS));
}

/** Order of the line: effective priority, then who has been waiting longer, then who came first. */
export function queueOrder(nowMs: number): (a: Contender, b: Contender) => number {
  return (a, b) =>
    effectivePriority(b, nowMs) - effectivePriority(a, nowMs) ||
    a.sinceMs - b.sinceMs ||
    (a.row.id < b.row.id ? -1 : 1);
}
