import type { ComparedQuantity, DriveSummary } from '../drive/index.js';
import type { MinimumDocument } from './minimal-here.js';
import type { Output } from './output.js';
import { number, withError, type ShownResult } from './render-result.js';
import { textPlot } from './text-plot.js';

/** A result with the member that jobs of kind `drive` add. */
export type DrivenResult = ShownResult & { readonly drive: DriveSummary };

const PLOT_ROWS = 13;
const MOST_COLUMNS = 72;

/** A driven retrieval for people: what was asked, the overlaps in time, and what it cost beside theory. */
export function renderDrive(
  output: Output,
  { device, drive }: DrivenResult,
  labels: readonly string[],
): void {
  const { bold, dim, green, red, cyan, yellow } = output.colors;
  const name = (index: number | null): string =>
    index === null ? '–' : (labels[index] ?? String(index));
  const from =
    drive.from === 'paramagnet'
      ? 'the paramagnet'
      : 'memory' in drive.from
        ? `memory ${name(drive.from.memory)} (overlap ${number(drive.startOverlap)})`
        : `memory ${name(drive.from.corrupted)}, ${number(100 * drive.from.fraction)} % wrong`;
  output.print('');
  output.print(
    `${bold(`order ${drive.order}`)} on ${device} · N = ${drive.sites}, P = ${drive.memories}, T = ${number(drive.temperature)} · from ${from} to ${bold(name(drive.target))}`,
  );
  output.print(
    dim(
      `cue accuracy ${number(drive.cue.accuracy)} (${drive.cue.wrong} wrong sites, drawn once) · field ${drive.protocol.map(([t, h]) => `${number(t)}:${number(h)}`).join(' ')}`,
    ),
  );
  renderCourses(output, drive, { name, dim, cyan, yellow, green });
  const known = drive.noTheory === null;
  const row = (what: string, quantity: ComparedQuantity): string[] => {
    const shown = [what, withError(quantity)];
    if (!known) return shown;
    const { deviation } = quantity;
    const far = deviation !== null && Math.abs(deviation) > 4;
    const said =
      deviation === null ? '–' : `${deviation >= 0 ? '+' : '−'}${Math.abs(deviation).toFixed(1)}`;
    return [...shown, number(quantity.theory), far ? red(said) : said];
  };
  output.print('');
  output.table(
    ['per site', 'measured', ...(known ? ['theory', 'off by s.e.'] : [])],
    [
      row(`success (overlap > ${drive.successAbove})`, drive.success),
      row('overlap at the release', drive.held),
      row('overlap at the end', drive.overlap),
      row('time of the transition', drive.transitionTime),
      row('work', drive.work),
      row('power, until the release', drive.power),
      row('heat into the bath', drive.heat),
      row('heat / T (nats)', drive.mediumEntropy),
      row('entropy production (nats)', drive.entropyProduction),
    ],
  );
  if (!known) output.print(dim(`· no theory: ${drive.noTheory}`));
  renderSearch(output, drive);
}

type Paint = (text: string) => string;

function renderCourses(
  output: Output,
  drive: DriveSummary,
  {
    name,
    dim,
    cyan,
    yellow,
    green,
  }: { name: (index: number | null) => string } & Record<
    'dim' | 'cyan' | 'yellow' | 'green',
    Paint
  >,
): void {
  const { t, target, other, cue } = drive.courses;
  if (target.mean.length === 0) return;
  const theory = (course: typeof target | null, mark: string) =>
    course?.theory == null ? [] : [{ x: t, y: course.theory, mark }];
  const lowest = Math.min(
    0,
    ...[target, other, cue].flatMap((c) => (c?.mean ?? []).map((m) => m ?? 0)),
  );
  const paint = (mark: string): string =>
    ({ '●': green(mark), '○': yellow(mark), '×': cyan(mark) })[mark] ?? dim(mark);
  const lines = textPlot(
    [
      ...theory(target, '·'),
      ...theory(other, '·'),
      ...theory(cue, '·'),
      { x: t, y: cue.mean, mark: '×' },
      ...(other === null ? [] : [{ x: t, y: other.mean, mark: '○' }]),
      { x: t, y: target.mean, mark: '●' },
    ],
    [lowest < -0.02 ? -1 : 0, 1],
    { columns: Math.max(20, Math.min(MOST_COLUMNS, output.columns - 10)), rows: PLOT_ROWS },
    paint,
  );
  output.print('');
  output.print(
    `  overlap with  ${green('●')} ${name(drive.target)}${other === null ? '' : `  ${yellow('○')} ${name(drive.other)}`}  ${cyan('×')} cue${target.theory === null ? '' : `  ${dim('· theory')}`}`,
  );
  for (const line of lines) output.print(`  ${line}`);
}

function renderSearch(output: Output, { optimised }: DriveSummary): void {
  if (optimised === null) return;
  const { found, baseline, gain, objective } = optimised;
  const value = (c: { work: number; entropyProduction: number }): number =>
    objective === 'work' ? c.work : c.entropyProduction;
  const what = objective === 'work' ? 'work' : 'entropy production';
  output.print('');
  output.print(
    `searched for the least ${what}: ${number(value(found))} in theory, against ${number(value(baseline))} of the best ${baseline.shape} (h = ${number(baseline.height)});` +
      ` gain ${number(gain.predicted)}, measured ${withError(gain.measured)}`,
  );
}

/** What `--minimal` found, for people. */
export function renderMinimum(output: Output, minimum: MinimumDocument): void {
  const { bold, dim } = output.colors;
  const { measured, theory, deviation, trials } = minimum;
  output.print('');
  output.print(
    `${bold('least step')} on ${minimum.device}, order ${minimum.order}, T = ${number(minimum.temperature)}, N = ${minimum.sites}, held for ${number(minimum.hold)}: ` +
      `h = ${withError({ mean: measured.field, sem: measured.standardError })}` +
      (theory === null
        ? ''
        : `, theory ${theory.toPrecision(5)}${deviation === null ? '' : ` (off by ${deviation.toFixed(1)} s.e.)`}`),
  );
  output.table(
    ['h', 'succeeded', 'of'],
    [...trials]
      .sort((a, b) => a.field - b.field)
      .map((t) => [t.field.toPrecision(5), t.succeeded, t.shots]),
  );
  if (measured.width === null) output.print(dim('· the width of the threshold is not resolved'));
}
