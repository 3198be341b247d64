import { canonicalJson } from '../core/index.js';
import type { Failure, JobRow } from './job.js';
import type { JobState } from './next-job.js';
import { NO_QUANTITIES, SWEEP_QUANTITIES, type PointQuantities } from './point-summary.js';
import type { SweepCounts } from './sweep-counts.js';
import { valuesAt, type SweepDimension, type SweepPlan } from './sweep-points.js';

/** One point of a sweep, whatever became of it. */
export interface SweepRow extends PointQuantities {
  readonly point: number;
  /** By the paths of the axes. */
  readonly values: Readonly<Record<string, unknown>>;
  /** null: its job is not stored yet. */
  readonly job: string | null;
  readonly device: string;
  /** The last attempt's. */
  readonly run: string | null;
  readonly state: JobState;
  readonly attempts: number;
  readonly error: Failure | null;
  readonly seed: number | null;
  readonly shots: number | null;
  readonly durationS: number | null;
}

export interface SweepDocument {
  readonly version: 1;
  readonly kind: 'sweep';
  readonly job: string;
  readonly state: JobState;
  readonly seed: number;
  readonly axes: readonly (
    | { readonly path: string; readonly values: readonly unknown[] }
    | { readonly zip: SweepDimension }
  )[];
  readonly rows: readonly SweepRow[];
  readonly counts: SweepCounts;
  readonly warnings: readonly string[];
  /** Give it as `from` for the rows that follow; null: there are none. */
  readonly next: number | null;
}

/** What a sweep says of points that did not come to a result. */
export function sweepWarnings(counts: SweepCounts): string[] {
  return (['failed', 'cancelled', 'aborted', 'expired'] as const).flatMap((state) =>
    counts[state] === 0 ? [] : [`${counts[state]} of ${counts.points} points ${state}`],
  );
}

/** The row of a point. @param job null: not stored yet */
export function sweepRow(plan: SweepPlan, point: number, job: JobRow | null): SweepRow {
  const values: Record<string, unknown> = {};
  for (const { path, value } of valuesAt(plan.dimensions, point)) values[path] = value;
  const summary = job?.summary ?? null;
  return {
    point,
    values,
    job: job?.id ?? null,
    device: job?.device ?? deviceAt(plan, point),
    run: job?.run ?? null,
    state: job?.state ?? 'queued',
    attempts: job?.attempt ?? 1,
    error: job?.error ?? null,
    seed: summary?.seed ?? null,
    shots: summary?.shots ?? null,
    durationS: summary?.durationS ?? null,
    ...(summary?.quantities ?? NO_QUANTITIES),
  };
}

/** The device that a point is for. */
export function deviceAt(plan: SweepPlan, point: number): string {
  const own = valuesAt(plan.dimensions, point).find(({ path }) => path === 'device');
  return String(own?.value ?? plan.base['device']);
}

/** Every device of a sweep, in the order of its first points. */
export function devicesOf(plan: SweepPlan): string[] {
  const axis = plan.dimensions.flat().find(({ path }) => path === 'device');
  return axis === undefined ? [String(plan.base['device'])] : [...new Set(axis.values.map(String))];
}

export const axesOf = (dimensions: readonly SweepDimension[]): SweepDocument['axes'] =>
  dimensions.map((dimension) => (dimension.length === 1 ? dimension[0]! : { zip: dimension }));

/**
 * One line a point: `point`, a column for each axis, `device`, `state`, `job`, `run`, `seed`, `shots`, and for each quantity its
 * mean and, as `…_sem`, its standard error; empty where there is none. Values that are lists or objects are JSON.
 */
export function* sweepCsv(
  plan: SweepPlan,
  rows: Iterable<SweepRow>,
): Generator<string, void, undefined> {
  const paths = plan.dimensions.flat().map(({ path }) => path);
  const own = paths.filter((path) => path !== 'device');
  const columns = [
    'point',
    ...own,
    'device',
    'state',
    'job',
    'run',
    'attempts',
    'error',
    'seed',
    'shots',
    'durationS',
    ...SWEEP_QUANTITIES.flatMap((name) => [name, `${name}_sem`]),
  ];
  yield line(columns);
  for (const row of rows) {
    yield line([
      row.point,
      ...own.map((path) => row.values[path]),
      row.device,
      row.state,
      row.job,
      row.run,
      row.attempts,
      row.error?.code ?? null,
      row.seed,
      row.shots,
      row.durationS,
      ...SWEEP_QUANTITIES.flatMap((name) => [row[name]?.mean ?? null, row[name]?.sem ?? null]),
    ]);
  }
}

const line = (cells: readonly unknown[]): string => `${cells.map(cell).join(',')}\n`;

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const plain = typeof value === 'string' || typeof value === 'number';
  const text = plain ? String(value) : canonicalJson(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
