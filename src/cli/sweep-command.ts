import { RelaxdError } from '../core/index.js';
import type { Measured, SweepDocument, SweepQuantity, SweepRow } from '../lab/index.js';
import { loadMemories, memorySetDocument } from '../memory/index.js';
import type { Composition } from './composition.js';
import { isBuiltin } from './memories-in-body.js';
import type { Output } from './output.js';
import { number, withError } from './render-result.js';
import { endOfJob } from './run-there.js';
import type { ServiceClient } from './service-client.js';
import { readJson } from './text-files.js';
import { textPlot } from './text-plot.js';
import { ROWS_AT_ONCE, wholeSweep } from './whole-sweep.js';

export interface SweepCommandOptions {
  /** Ids with commas between: one more axis. */
  readonly device?: string;
  readonly seed?: number;
  readonly engine?: string;
}

/** `relaxd sweep`: one job over the product of its axes, in this process or by a service. */
export async function sweepCommand(
  composition: Composition,
  output: Output,
  client: ServiceClient | null,
  file: string,
  options: SweepCommandOptions,
): Promise<void> {
  const body = await withMemories(withOptions(await readSweep(file), options));
  const document =
    client === null
      ? await (await import('./sweep-here.js')).sweepHere(composition, output, body)
      : await sweepThere(client, output, body);
  // A sweep whose points all failed is no success, whatever its rows say.
  if (document.state !== 'completed') output.exitCode = 1;
  if (output.json) output.printJson(document);
  else renderSweep(output, document);
}

type Body = Readonly<Record<string, unknown>> & { readonly base: Record<string, unknown> };

async function readSweep(file: string): Promise<Body> {
  const document = await readJson(file);
  const { kind = 'sweep', base } = (document ?? {}) as { kind?: unknown; base?: unknown };
  if (kind !== 'sweep' || typeof base !== 'object' || base === null) {
    throw new RelaxdError('invalid-input', `${file} is no sweep`, {
      path: file,
      limit: '{"kind":"sweep","base":{…},"axes":[…]}',
      hint: 'docs/formats/sweep.md has examples',
    });
  }
  return { ...(document as Body), kind };
}

/** What the command line says goes over what the file does. */
function withOptions(body: Body, { device, seed, engine }: SweepCommandOptions): Body {
  const devices = device?.split(',').map((id) => id.trim()) ?? [];
  const [only, ...others] = devices;
  const axes = (body['axes'] ?? []) as readonly unknown[];
  return {
    ...body,
    ...(seed === undefined ? {} : { seed }),
    base: {
      ...body.base,
      ...(engine === undefined ? {} : { engine }),
      ...(only === undefined ? {} : { device: only }),
    },
    ...(others.length === 0 ? {} : { axes: [...axes, { path: 'device', values: devices }] }),
  };
}

/** Files and folders are read here; a service only knows built-ins and what it stores. */
async function withMemories(body: Body): Promise<Body> {
  const { memories } = body.base;
  if (typeof memories !== 'string' || memories.startsWith('sha256:') || isBuiltin(memories)) {
    return body;
  }
  const set = memorySetDocument(await loadMemories(memories));
  return { ...body, base: { ...body.base, memories: set } };
}

async function sweepThere(
  client: ServiceClient,
  output: Output,
  body: Body,
): Promise<SweepDocument> {
  const { id } = await endOfJob(client, output, body, 'sweep');
  const path = `/v1/jobs/${encodeURIComponent(id)}/sweep`;
  return wholeSweep((from) => client.get(`${path}?from=${from}&limit=${ROWS_AT_ONCE}`));
}

/** Columns of the table, in this order, where any row has the quantity. */
const SHOWN: readonly (readonly [SweepQuantity, string])[] = [
  ['success', 'success'],
  ['exact', 'exact'],
  ['overlap', 'overlap'],
  ['time', 'time'],
  ['energy', 'energy'],
  ['work', 'work'],
  ['heat', 'heat'],
  ['energyChange', 'ΔE'],
  ['entropyProduction', 'Σ (nats)'],
];
/** What a plot shows where there is a choice. */
const PLOTTED: readonly SweepQuantity[] = [
  'success',
  'overlap',
  'energy',
  'entropyProduction',
  'heat',
  'work',
];
const MOST_ROWS = 60;
const PLOT = { columns: 60, rows: 12 };
const MARKS = ['●', '○', '◆', '◇', '▲', '△', '■', '□'];

/** A sweep for people: its rows, and a plot of the first quantity against the first axis that has numbers. */
export function renderSweep(output: Output, document: SweepDocument): void {
  const { bold, dim, green, red } = output.colors;
  const { rows, counts, axes } = document;
  const paths = axes.flatMap((axis) => ('zip' in axis ? axis.zip : [axis])).map(({ path }) => path);
  const columns = SHOWN.filter(([name]) => rows.some((row) => row[name] !== null));
  output.print('');
  output.print(
    `${bold('sweep')} ${document.state === 'completed' ? green(document.state) : red(document.state)} · ` +
      `${counts.points} points: ${counts.completed} completed` +
      (['failed', 'cancelled', 'aborted', 'expired', 'waiting', 'active'] as const)
        .filter((state) => counts[state] > 0)
        .map((state) => `, ${counts[state]} ${state}`)
        .join('') +
      ` · seed ${document.seed}`,
  );
  output.print('');
  output.table(
    ['', ...paths.map(lastName), ...columns.map(([, label]) => label), ...errorHead(rows)],
    rows
      .slice(0, MOST_ROWS)
      .map((row) => [
        row.point,
        ...paths.map((path) => shown(row.values[path])),
        ...columns.map(([name]) => told(row[name])),
        ...(errorHead(rows).length === 0 ? [] : [errorOf(row)]),
      ]),
  );
  if (rows.length > MOST_ROWS) {
    output.print(dim(`… ${rows.length - MOST_ROWS} rows more: --json, or relaxd export`));
  }
  for (const line of plotLines(document, paths)) output.print(line);
  for (const warning of document.warnings) output.print(dim(`· ${warning}`));
  output.print(dim(`job ${document.job}`));
}

const errorHead = (rows: readonly SweepRow[]): string[] =>
  rows.some(({ state }) => state !== 'completed') ? ['state'] : [];
const errorOf = ({ state, error }: SweepRow): string =>
  error === null ? state : `${state}: ${error.code}`;
const lastName = (path: string): string => path.split('.').at(-1)!;
const told = (value: Measured | null): string => (value === null ? '–' : withError(value));

function shown(value: unknown): string {
  if (typeof value === 'number') return number(value);
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value) ?? '–';
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}

/** One course for each set of values on the other axes, as many as there are marks for. */
function plotLines(document: SweepDocument, paths: readonly string[]): string[] {
  const { rows } = document;
  const along = paths.find((path) => {
    const own = rows.map((row) => row.values[path]);
    return own.every((value) => typeof value === 'number') && new Set(own).size > 1;
  });
  const quantity = PLOTTED.find(
    (name) => new Set(rows.map((row) => row[name]?.mean).filter((mean) => mean != null)).size > 1,
  );
  if (along === undefined || quantity === undefined) return [];
  const courses = new Map<string, { x: number; y: number | null }[]>();
  for (const row of rows) {
    const key = paths
      .filter((path) => path !== along)
      .map((path) => `${lastName(path)} ${shown(row.values[path])}`)
      .join(', ');
    const course = courses.get(key) ?? [];
    course.push({ x: row.values[along] as number, y: row[quantity]?.mean ?? null });
    courses.set(key, course);
  }
  const drawn = [...courses].slice(0, MARKS.length);
  const values = drawn.flatMap(([, points]) => points.flatMap(({ y }) => (y === null ? [] : [y])));
  const least = Math.min(...values);
  const most = Math.max(...values);
  const margin = (most - least) * 0.05 || 1;
  return [
    '',
    `  ${SHOWN.find(([name]) => name === quantity)![1]} against ${along}`,
    ...textPlot(
      drawn.map(([, points], k) => {
        const inOrder = points.toSorted((a, b) => a.x - b.x);
        return { x: inOrder.map(({ x }) => x), y: inOrder.map(({ y }) => y), mark: MARKS[k]! };
      }),
      [least - margin, most + margin],
      PLOT,
    ),
    ...(drawn.length > 1 ? drawn.map(([key], k) => `       ${MARKS[k]} ${key}`) : []),
  ];
}
