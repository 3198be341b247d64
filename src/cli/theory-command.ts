import { availableParallelism } from 'node:os';
import { RelaxdError } from '../core/index.js';
import { loadTheories, type TheoryRoom } from '../model/index.js';
import type { Output } from './output.js';
import { withError } from './render-result.js';

type Theory = TheoryRoom['THEORIES'][number];
type Point = Awaited<ReturnType<TheoryRoom['evaluateTheory']>>[number];
type Course = NonNullable<Point['course']>;

export interface TheoryOptions {
  readonly list?: boolean;
}

/**
 * `relaxd theory`: the numbers of a theory of the catalogue, or what there is.
 * @param words the name, then `--parameter value` in any order
 */
export async function theoryCommand(
  output: Output,
  words: readonly string[],
  options: TheoryOptions,
): Promise<void> {
  const room = await loadTheories();
  const [name, ...rest] = words;
  if (name === '--help' || name === '-h') return help(output);
  if (name === undefined || options.list === true) return list(output, room.THEORIES);
  if (name.startsWith('-')) {
    throw new RelaxdError('wrong-call', `'${name}' stands where the name of a theory should`, {
      path: 'name',
      value: name,
      hint: 'relaxd theory NAME --PARAMETER VALUE; relaxd theory lists the names',
    });
  }
  const theory = room.THEORIES.find((one) => one.name === name);
  if (theory === undefined) {
    throw new RelaxdError('wrong-call', `there is no theory '${name}'`, {
      path: 'name',
      value: name,
      limit: room.THEORIES.map((one) => one.name),
      hint: 'relaxd theory lists them with what they say',
    });
  }
  if (rest.some((word) => word === '--help' || word === '-h'))
    return describe(output, room, theory);
  const points = await room.evaluateTheory(theory, given(theory.name, rest), {
    threads: availableParallelism(),
  });
  if (output.json) return output.printJson(documentOf(room, theory, points));
  render(output, room, theory, points);
}

/** `--name value` and `--name=value`. */
function given(theory: string, words: readonly string[]): Record<string, string> {
  const all: Record<string, string> = {};
  for (let k = 0; k < words.length; k++) {
    const [, name, text] = /^--([^=]+)(?:=(.*))?$/.exec(words[k]!) ?? [];
    const value = text ?? words[k + 1];
    const wrong =
      name === undefined
        ? `'${words[k]!}' stands where a parameter should`
        : value === undefined || (text === undefined && value.startsWith('--'))
          ? `--${name} has no value`
          : name in all
            ? `--${name} is given twice; several values stand with commas between`
            : null;
    if (wrong !== null) {
      throw new RelaxdError('wrong-call', wrong, {
        path: name ?? words[k]!,
        hint: `relaxd theory ${theory} --help shows its parameters`,
      });
    }
    all[name!] = value!;
    if (text === undefined) k++;
  }
  return all;
}

function help(output: Output): void {
  output.print(`Usage: relaxd theory [NAME [--PARAMETER VALUE …]] [--json]

The numbers of a theory: capacities, phase boundaries, basins, and the work, heat and entropy of driven memories.

  relaxd theory                                        the names
  relaxd theory NAME --help                            its parameters and results
  relaxd theory ags --alpha 0.05 --temperature 0.2,0.3  several values: a table
  --json                                               print one JSON document`);
}

function list(output: Output, theories: readonly Theory[]): void {
  if (output.json) {
    output.printJson({
      theories: theories.map(({ name, says, source }) => ({ name, says, source })),
    });
  } else
    output.table(
      ['name', 'what it says'],
      theories.map(({ name, says }) => [name, says]),
    );
}

function documentOf(
  { dashed, rangeText, shownDefault }: TheoryRoom,
  { name, says, source, parameters, quantities }: Theory,
  points: readonly Point[] | null,
): unknown {
  return {
    theory: name,
    says,
    source,
    parameters: Object.entries(parameters).map(([parameter, spec]) => ({
      name: parameter,
      option: `--${dashed(parameter)}`,
      about: spec.about,
      unit: spec.unit,
      allowed: rangeText(spec),
      default: shownDefault(spec),
    })),
    quantities: Object.entries(quantities).map(([quantity, spec]) => ({ name: quantity, ...spec })),
    ...(points === null ? {} : { points }),
  };
}

function describe(output: Output, room: TheoryRoom, theory: Theory): void {
  if (output.json) return output.printJson(documentOf(room, theory, null));
  const { bold, dim } = output.colors;
  output.print(`${bold(theory.name)}  ${theory.says}`);
  output.print(dim(theory.source));
  output.print('');
  const parameters = Object.entries(theory.parameters);
  if (parameters.length > 0) {
    output.table(
      ['parameter', 'default', 'unit', 'allowed', ''],
      parameters.map(([name, spec]) => [
        `--${room.dashed(name)}`,
        room.shownDefault(spec),
        spec.unit,
        room.rangeText(spec),
        spec.about,
      ]),
    );
    output.print('');
  }
  output.table(
    ['result', 'unit', 'class', ''],
    Object.entries(theory.quantities).map(([name, spec]) => [
      name,
      spec.unit,
      spec.class,
      spec.about,
    ]),
  );
}

function render(output: Output, room: TheoryRoom, theory: Theory, points: readonly Point[]): void {
  const { bold, dim } = output.colors;
  output.print(`${bold(theory.name)}  ${theory.says}`);
  output.print(dim(theory.source));
  output.print('');
  if (points.length === 1) renderPoint(output, room, theory, points[0]!);
  else renderScan(output, room, theory, points);
  const warnings = new Set(points.flatMap((point) => point.warnings));
  for (const warning of warnings) output.print(dim(`· ${warning}`));
}

function renderPoint(output: Output, room: TheoryRoom, theory: Theory, point: Point): void {
  const parameters = Object.entries(point.parameters)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${room.dashed(name)} ${shownParameter(value)}`);
  if (parameters.length > 0) output.print(`at ${parameters.join(', ')}`);
  output.table(
    ['', 'value', 'unit', 'class', ''],
    Object.entries(theory.quantities).map(([name, spec]) => [
      name,
      shown(point.values[name] ?? null, point.errors?.[name]),
      spec.unit,
      spec.class,
      spec.about,
    ]),
  );
  if (point.course !== undefined) renderCourse(output, point.course);
}

function renderScan(
  output: Output,
  room: TheoryRoom,
  theory: Theory,
  points: readonly Point[],
): void {
  const varied = Object.keys(theory.parameters).filter(
    (name) => new Set(points.map(({ parameters }) => String(parameters[name]))).size > 1,
  );
  const fixed = Object.keys(theory.parameters).filter(
    (name) => !varied.includes(name) && points[0]!.parameters[name] !== null,
  );
  const results = Object.keys(theory.quantities).filter((name) =>
    points.some(({ values }) => values[name] !== null),
  );
  if (fixed.length > 0) {
    const at = fixed.map(
      (name) => `${room.dashed(name)} ${shownParameter(points[0]!.parameters[name]!)}`,
    );
    output.print(`at ${at.join(', ')}`);
  }
  const unit = (name: string, text: string): string => (text === '' ? name : `${name} (${text})`);
  output.table(
    [
      ...varied.map((name) => output.colors.dim(room.dashed(name))),
      ...results.map((name) => unit(name, theory.quantities[name]!.unit)),
    ],
    points.map((point) => [
      ...varied.map((name) => shownParameter(point.parameters[name]!)),
      ...results.map((name) => shown(point.values[name]!, point.errors?.[name])),
    ]),
  );
}

/** A line for each column: its shape over time, and where it begins and ends. */
function renderCourse(output: Output, { columns }: Course): void {
  const [time, ...rest] = columns;
  const at = time!.values;
  output.print('');
  output.table(
    [
      '',
      `${time!.name} = ${shown(at[0]!)} … ${shown(at.at(-1)!)} ${time!.unit}`,
      'from',
      'to',
      'unit',
    ],
    rest.map(({ name, values, errors, unit }) => [
      name,
      sparkline(values),
      shown(values[0]!, errors?.[0]),
      shown(values.at(-1)!, errors?.at(-1)),
      unit,
    ]),
  );
}

const BARS = '▁▂▃▄▅▆▇█';
/** Samples that a line shows at most. */
const WIDEST = 24;

/** Differences below this are rounding. */
const ROUNDING = 1e-12;

/** Bars between the least and the greatest value; a constant is low, a null a gap. */
export function sparkline(values: readonly (number | null)[]): string {
  const count = Math.min(WIDEST, values.length);
  const chosen = Array.from(
    { length: count },
    (_, k) => values[Math.round((k * (values.length - 1)) / Math.max(1, count - 1))]!,
  );
  const known = chosen.filter((value) => value !== null);
  const least = Math.min(...known);
  const span = Math.max(...known) - least;
  return chosen
    .map((value) => {
      if (value === null) return ' ';
      const share = span > ROUNDING * Math.max(1, Math.abs(least)) ? (value - least) / span : 0;
      return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))]!;
    })
    .join('');
}

function shownParameter(value: Point['parameters'][string]): string {
  if (value === null) return '–';
  if (typeof value !== 'object') return String(value);
  return value.length === 0 ? 'none' : value.map(([t, h]) => `${t}:${h}`).join(',');
}

/** Nine digits of a number that is known, fewer of one with a standard error. */
function shown(value: number | null, error?: number): string {
  if (value === null) return '–';
  if (error !== undefined && error > 0) return withError({ mean: value, sem: error });
  const size = Math.abs(value);
  if (size < ROUNDING) return '0';
  if (size < 1e-4 || size >= 1e9) return value.toExponential(5);
  return String(Number(value.toPrecision(9)));
}
