import type { Estimate, Sweep, SweepRow } from '../api/documents.js';
import { shown } from '../text/numbers.js';

/** Quantities of a sweep's rows: their names in the API and for people. */
export const QUANTITIES = [
  ['success', 'success'],
  ['exact', 'exactly'],
  ['overlap', 'overlap'],
  ['time', 'time'],
  ['energy', 'energy'],
  ['work', 'work'],
  ['heat', 'heat'],
  ['energyChange', 'energy change'],
  ['entropyProduction', 'entropy production (nats)'],
] as const;
export type Quantity = (typeof QUANTITIES)[number][0];

/** The points with the same values on all axes but one, along that one. */
export interface Course {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly estimate: Estimate | null }[];
}

export const pathsOf = ({ axes }: Sweep): string[] =>
  axes.flatMap((axis) => ('zip' in axis ? axis.zip : [axis])).map(({ path }) => path);

/** The last part of a path: what a column's head has room for. */
export const shortPath = (path: string): string => path.split('.').at(-1)!;

/** A value of an axis in a few characters. */
export function shownValue(value: unknown): string {
  if (typeof value === 'number') return shown(value);
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value) ?? '–';
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}

/** The first axis that has different numbers; null: none has. */
export function axisAlong(sweep: Sweep): string | null {
  return (
    pathsOf(sweep).find((path) => {
      const values = sweep.rows.map((row) => row.values[path]);
      return values.every((value) => typeof value === 'number') && new Set(values).size > 1;
    }) ?? null
  );
}

/** Quantities that some row has. */
export const presentQuantities = (rows: readonly SweepRow[]): Quantity[] =>
  QUANTITIES.map(([name]) => name).filter((name) => rows.some((row) => row[name] !== null));

export function coursesOf(sweep: Sweep, along: string, quantity: Quantity): Course[] {
  const others = pathsOf(sweep).filter((path) => path !== along);
  const courses = new Map<string, Course['points'][number][]>();
  for (const row of sweep.rows) {
    const label = others
      .map((path) => `${shortPath(path)} ${shownValue(row.values[path])}`)
      .join(', ');
    const points = courses.get(label) ?? [];
    points.push({ x: row.values[along] as number, estimate: row[quantity] });
    courses.set(label, points);
  }
  return [...courses].map(([label, points]) => ({
    label,
    points: points.toSorted((a, b) => a.x - b.x),
  }));
}
