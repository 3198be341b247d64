import { canonicalJson } from '../core/index.js';
import type { SampleChunk, Series } from '../device/index.js';
import { documentDifferences, type Difference } from './document-differences.js';
import { recordDeleted } from './record-deleted.js';
import type { Run, RunDocument, SamplePage } from './run.js';
import type { RunResult } from './run-result.js';

/** A number of each of two runs and how far they are apart. */
export interface ComparedNumber {
  readonly name: string;
  readonly a: Told | null;
  readonly b: Told | null;
  /** b − a; null where one of them has none. */
  readonly difference: number | null;
  /** The difference in standard errors of both together; null where there are none. */
  readonly deviation: number | null;
}
interface Told {
  readonly mean: number;
  readonly sem: number | null;
}
/** A share of so many shots, where it is one: of two shares the error is that of the pooled one. */
interface Counted extends Told {
  readonly of?: number;
}

/** A quantity in time, where both runs were read out at the same times. */
export interface ComparedSeries {
  readonly name: string;
  /** Readouts at which both have it. */
  readonly readouts: number;
  readonly largestDifference: number;
  /** Readouts with standard errors: mean square of the deviations, and the largest one with its time. */
  readonly meanSquareDeviation: number | null;
  readonly largestDeviation: { readonly deviation: number; readonly t: number } | null;
}

export interface ComparedSamples {
  /** Rows that were held against each other, of how many in each record. */
  readonly compared: number;
  readonly rows: readonly [number, number];
  /** Rows and states have the same bytes; null: there is not the same number of them, or not all were compared. */
  readonly identical: boolean | null;
  /** The first row that differs. */
  readonly firstDifference: number | null;
}

export interface RunSide {
  readonly run: string;
  readonly job: string;
  readonly device: string;
  readonly origin: string;
  readonly state: string;
  readonly seed: number;
  readonly shots: number;
  /** Rows of the record, and losses that its documents tell of. */
  readonly rows: number;
  readonly gaps: number;
  readonly engine: string | null;
  readonly durationS: number | null;
  readonly createdAt: string;
}

export interface RunComparison {
  readonly version: 1;
  readonly kind: 'comparison';
  readonly a: RunSide;
  readonly b: RunSide;
  /**
   * The results are the same bit for bit, but for run, job and duration, and so are the records where they are long enough to say;
   * null: a result is missing.
   */
  readonly identical: boolean | null;
  /** By what was set: program, descriptor, parameters, calibration, seed, engine, provenance. */
  readonly differences: readonly Difference[];
  readonly quantities: readonly ComparedNumber[];
  /** null: they were not read out at the same times, or a result is missing. */
  readonly series: readonly ComparedSeries[] | null;
  /** null: a record is missing. */
  readonly samples: ComparedSamples | null;
  readonly warnings: readonly string[];
}

/** A run with everything that is compared. */
export interface RunWhole {
  readonly run: Run;
  readonly documents: readonly RunDocument[];
  samples(fromRow: number, rows: number): Promise<SamplePage>;
}

/** Rows of records that are held against each other. */
const MOST_ROWS = 200_000;
const ROWS_AT_ONCE = 10_000;

/** What two runs have in common, and in what they differ. */
export async function compareRuns(a: RunWhole, b: RunWhole): Promise<RunComparison> {
  const [one, two] = [a.run.result, b.run.result];
  const bare = (result: RunResult): string => {
    const { run: _run, job: _job, durationS: _durationS, ...rest } = result;
    return canonicalJson(rest);
  };
  const sameResult = one === null || two === null ? null : bare(one) === bare(two);
  const samples = await compareSamples(a, b);
  const sameTimes =
    one !== null &&
    two !== null &&
    canonicalJson(one.observables.t) === canonicalJson(two.observables.t);
  return {
    version: 1,
    kind: 'comparison',
    a: side(a),
    b: side(b),
    identical: sameResult === true ? samples?.identical !== false : sameResult,
    differences: documentDifferences(setting(a), setting(b)),
    quantities: one === null || two === null ? [] : compareNumbers(one, two),
    series: sameTimes ? compareSeries(one, two) : null,
    samples,
    warnings: [
      ...doubts(a, b),
      ...[a, b].flatMap(({ run }) =>
        run.result === null ? [`run ${run.id} has no result: it is '${run.state}'`] : [],
      ),
      ...(one !== null && two !== null && !sameTimes
        ? ['the runs were read out at other times: their courses are not compared']
        : []),
      ...[a, b].flatMap(({ run }) =>
        hasRecord(run)
          ? []
          : [
              `${run.record === 'deleted' ? recordDeleted(run).message : `run ${run.id} has no record`}: samples are not compared`,
            ],
      ),
      ...(one !== null && two !== null && one.seed === two.seed && sameResult === false
        ? ['the seeds are the same: deviations do not count as those of independent runs']
        : []),
    ],
  };
}

const side = ({ run, documents }: RunWhole): RunSide => {
  const { id, job, device, origin, state, seed, shots, rows, engine, result, createdAt } = run;
  const durationS = result?.durationS ?? null;
  const gaps = documents.filter(({ kind }) => kind === 'gap').length;
  const about = { run: id, job, device, origin, state, seed, shots, rows, gaps };
  return { ...about, engine, durationS, createdAt };
};

/** What keeps the numbers of two runs from being held against each other as they are. */
function doubts(a: RunWhole, b: RunWhole): string[] {
  const [one, two] = [a, b].map(({ documents }) => {
    const found = documents.find(({ kind }) => kind === 'descriptor');
    return (found?.document['units'] ?? {}) as Readonly<Record<string, { readonly name?: string }>>;
  });
  return [
    ...(['time', 'energy'] as const).flatMap((unit) => {
      const [x, y] = [one?.[unit], two?.[unit]];
      if (x === undefined || y === undefined || canonicalJson(x) === canonicalJson(y)) return [];
      return [
        `${unit} is in '${x.name}' in a and in '${y.name}' in b: such numbers are compared as they stand, each in its own unit`,
      ];
    }),
    ...[a, b].flatMap(({ run, documents }) => {
      const gaps = documents.filter(({ kind }) => kind === 'gap');
      if (gaps.length === 0) return [];
      const rows = gaps.reduce((sum, { document }) => sum + Number(document['rows'] ?? 0), 0);
      return [`run ${run.id} has ${gaps.length} gaps: ${rows} rows or more are missing`];
    }),
  ];
}

/** What a run was made with, in the order in which differences are told. */
function setting({ run, documents }: RunWhole): Record<string, unknown> {
  const start = documents.find(({ kind }) => kind === 'start')?.document ?? {};
  const descriptor = documents.find(({ kind }) => kind === 'descriptor')?.document ?? {};
  const { document: program, ...about } = (start['program'] ?? {}) as Record<string, unknown>;
  const { seed: _seed, ...own } = (program ?? {}) as Record<string, unknown>;
  const parameters = (start['parameters'] ?? []) as readonly {
    readonly name: string;
    readonly value: unknown;
    readonly unit: string;
  }[];
  return {
    device: run.device,
    origin: run.origin,
    program: { ...own, rule: about['rule'] },
    descriptor,
    parameters: Object.fromEntries(
      parameters.map(({ name, value, unit }) => [name, { value, unit }]),
    ),
    calibration: start['calibration'],
    seed: run.seed,
    engine: run.engine,
    algorithm: run.result?.algorithm,
    provenance: start['provenance'],
  };
}

/** Everything in two results that has a mean, and the shares of a retrieval. */
function compareNumbers(a: RunResult, b: RunResult): ComparedNumber[] {
  const [one, two] = [numbersOf(a), numbersOf(b)];
  return [...new Set([...one.keys(), ...two.keys()])].map((name) => {
    const [x, y] = [one.get(name) ?? null, two.get(name) ?? null];
    const difference = x === null || y === null ? null : y.mean - x.mean;
    const own = deviation(difference, x, y);
    return { name, a: told(x), b: told(y), difference, deviation: own };
  });
}

const told = (value: Counted | null): Told | null =>
  value === null ? null : { mean: value.mean, sem: value.sem };

function deviation(difference: number | null, a: Counted | null, b: Counted | null): number | null {
  if (difference === null || a?.sem == null || b?.sem == null) return null;
  if (difference === 0) return 0;
  const error = pooledError(a, b) ?? Math.hypot(a.sem, b.sem);
  return error > 0 ? difference / error : null;
}

/**
 * Of two shares that are the same: √(p (1 − p) (1/n + 1/m)) with p of all shots together. Each one's own error is 0 where all
 * or none of its shots are counted, and would make the smallest difference infinite. null: they are no shares.
 */
function pooledError(a: Counted, b: Counted): number | null {
  if (a.of === undefined || b.of === undefined) return null;
  const p = (a.mean * a.of + b.mean * b.of) / (a.of + b.of);
  return Math.sqrt(p * (1 - p) * (1 / a.of + 1 / b.of));
}

function numbersOf(result: RunResult): Map<string, Counted> {
  const found = new Map<string, Counted>();
  const share = (name: string, value: unknown): void => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return;
    const sem = Math.sqrt((value * (1 - value)) / result.shots);
    found.set(name, { mean: value, sem, of: result.shots });
  };
  const retrieval = result['retrieval'] as Readonly<Record<string, unknown>> | undefined;
  share('retrieval.success', retrieval?.['success']);
  share('retrieval.exact', retrieval?.['exact']);
  const walk = (value: unknown, path: string, depth: number): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > 4) return;
    const { mean, sem } = value as { mean?: unknown; sem?: unknown };
    if (typeof mean === 'number' && Number.isFinite(mean)) {
      found.set(path, { mean, sem: typeof sem === 'number' ? sem : null });
    }
    for (const [key, member] of Object.entries(value)) walk(member, `${path}.${key}`, depth + 1);
  };
  walk(retrieval, 'retrieval', 0);
  walk(result['drive'], 'drive', 0);
  for (const [key, member] of Object.entries(result.thermodynamics)) walk(member, key, 1);
  const atEnd = (name: string, mean: number | null | undefined, sem: number | null | undefined) => {
    if (typeof mean === 'number') found.set(`${name} at the end`, { mean, sem: sem ?? null });
  };
  const { energy, overlaps } = result.observables;
  atEnd('energy', energy?.mean.at(-1), energy?.sem.at(-1));
  overlaps?.mean.forEach((mean, k) => {
    atEnd(`overlap ${k}`, mean.at(-1), overlaps.sem[k]?.at(-1));
  });
  return found;
}

function compareSeries(a: RunResult, b: RunResult): ComparedSeries[] {
  const t = a.observables.t;
  const pairs: [string, Series | undefined, Series | undefined][] = (
    ['energy', 'work', 'heat'] as const
  ).map((name) => [name, a.observables[name], b.observables[name]]);
  const memories = a.observables.overlaps?.mean.length ?? 0;
  for (let k = 0; k < memories; k++) {
    const of = ({ observables: { overlaps } }: RunResult): Series | undefined => {
      const mean = overlaps?.mean[k];
      return mean === undefined ? undefined : { mean, sem: overlaps?.sem[k] ?? [] };
    };
    pairs.push([`overlap ${k}`, of(a), of(b)]);
  }
  return pairs.flatMap(([name, x, y]) =>
    x === undefined || y === undefined ? [] : [oneSeries(name, t, x, y)],
  );
}

function oneSeries(name: string, t: readonly number[], a: Series, b: Series): ComparedSeries {
  let readouts = 0;
  let largestDifference = 0;
  let squares = 0;
  let counted = 0;
  let largest: ComparedSeries['largestDeviation'] = null;
  t.forEach((time, k) => {
    const [x, y] = [a.mean[k] ?? null, b.mean[k] ?? null];
    if (x === null || y === null) return;
    readouts++;
    const difference = y - x;
    largestDifference = Math.max(largestDifference, Math.abs(difference));
    const error = Math.hypot(a.sem[k] ?? NaN, b.sem[k] ?? NaN);
    if (!(error > 0)) return;
    counted++;
    const own = difference / error;
    squares += own * own;
    if (largest === null || Math.abs(own) > Math.abs(largest.deviation)) {
      largest = { deviation: own, t: time };
    }
  });
  return {
    name,
    readouts,
    largestDifference,
    meanSquareDeviation: counted === 0 ? null : squares / counted,
    largestDeviation: largest,
  };
}

const hasRecord = ({ record }: Run): boolean => record !== 'missing' && record !== 'deleted';

/** null: one of them has no record. */
async function compareSamples(a: RunWhole, b: RunWhole): Promise<ComparedSamples | null> {
  if ([a, b].some(({ run }) => !hasRecord(run))) return null;
  const rows = [a.run.rows, b.run.rows] as const;
  const most = Math.min(...rows, MOST_ROWS);
  let firstDifference: number | null = null;
  let compared = 0;
  while (compared < most && firstDifference === null) {
    const count = Math.min(ROWS_AT_ONCE, most - compared);
    const [one, two] = await Promise.all([a.samples(compared, count), b.samples(compared, count)]);
    firstDifference = firstDifferent(rowsOf(one.chunks), rowsOf(two.chunks));
    compared += count;
  }
  const whole = rows[0] === rows[1] && compared === rows[0];
  return {
    compared,
    rows,
    identical: firstDifference === null ? (whole ? true : null) : false,
    firstDifference,
  };
}

/** Each row as text in which every bit counts, by its number. */
function rowsOf(chunks: readonly SampleChunk[]): Map<number, string> {
  const rows = new Map<number, string>();
  for (const chunk of chunks) {
    const { firstRow, rows: count, overlaps, stateRows, state } = chunk;
    const references = overlaps === null ? 0 : overlaps.length / count;
    const sites = stateRows.length === 0 ? 0 : state.length / stateRows.length;
    const stateOf = new Map(Array.from(stateRows, (row, k) => [row, k]));
    for (let k = 0; k < count; k++) {
      const at = stateOf.get(k);
      rows.set(
        firstRow + k,
        [
          chunk.shot[k],
          chunk.step[k],
          chunk.t[k],
          chunk.energy?.[k],
          chunk.work?.[k],
          chunk.heat?.[k],
          overlaps?.subarray(k * references, (k + 1) * references).join(),
          at === undefined ? '' : state.subarray(at * sites, (at + 1) * sites).join(),
        ].join(';'),
      );
    }
  }
  return rows;
}

/** The first row that only one has, or that they have otherwise. */
function firstDifferent(a: Map<number, string>, b: Map<number, string>): number | null {
  const numbers = [...new Set([...a.keys(), ...b.keys()])].sort((x, y) => x - y);
  return numbers.find((row) => a.get(row) !== b.get(row)) ?? null;
}
