import type { ComparedNumber, Difference, RunComparison, RunSide } from '../lab/index.js';
import type { Output } from './output.js';
import { number, withError } from './render-result.js';
import type { ServiceClient } from './service-client.js';

/** `relaxd compare`: in what two runs differ. */
export async function compareCommand(
  output: Output,
  client: ServiceClient,
  a: string,
  b: string,
): Promise<void> {
  const comparison = await client.get<RunComparison>(
    `/v1/runs/${encodeURIComponent(a)}/compare/${encodeURIComponent(b)}`,
  );
  if (output.json) output.printJson(comparison);
  else renderComparison(output, comparison);
}

/** Deviations from which a difference is worth a look. */
const NOTABLE = 3;

export function renderComparison(output: Output, comparison: RunComparison): void {
  const { bold, dim, green, red, yellow } = output.colors;
  const { a, b, identical, differences, quantities, series, samples, warnings } = comparison;
  const side = (of: (run: RunSide) => string | number): string[] => [String(of(a)), String(of(b))];
  output.print('');
  output.table(
    ['', 'a', 'b'],
    [
      ['run', ...side(({ run }) => run)],
      ['device', ...side(({ device, origin }) => `${device} (${origin})`)],
      ['state', ...side(({ state }) => state)],
      ['shots', ...side(({ shots }) => shots)],
      ['rows', ...side(({ rows, gaps }) => (gaps === 0 ? rows : `${rows}, ${gaps} gaps`))],
      ['seed', ...side(({ seed }) => seed)],
      ['engine', ...side(({ engine }) => engine ?? '–')],
      [
        'took',
        ...side(({ durationS }) => (durationS === null ? '–' : `${durationS.toFixed(2)} s`)),
      ],
    ],
  );
  output.print('');
  if (identical === true) output.print(green('identical bytes: results and samples are the same'));
  else if (identical === false) output.print(yellow('the results are not the same'));

  if (differences.length > 0) {
    output.print('');
    output.print(bold('what they were made with'));
    output.table(
      ['', 'a', 'b', ''],
      shownDifferences(comparison).map(({ path, note, ...values }: Difference) => [
        path,
        told(values.a),
        told(values.b),
        note ?? '',
      ]),
    );
  } else output.print(dim('both were made with the same program, descriptor, seed and engine'));

  if (identical !== true && quantities.length > 0) {
    output.print('');
    output.print(bold('what came out'));
    output.table(
      ['', 'a', 'b', 'b − a', 'standard errors'],
      quantities.map((quantity: ComparedNumber) => {
        const { deviation } = quantity;
        const shown = deviation === null ? '–' : deviation.toFixed(1);
        return [
          quantity.name,
          quantity.a === null ? '–' : withError(quantity.a),
          quantity.b === null ? '–' : withError(quantity.b),
          number(quantity.difference),
          deviation !== null && Math.abs(deviation) >= NOTABLE ? red(shown) : shown,
        ];
      }),
    );
  }
  if (identical !== true) {
    const judged = quantities.filter(({ deviation }) => deviation !== null);
    const apart = judged.filter(({ deviation }) => Math.abs(deviation!) >= NOTABLE);
    if (judged.length > 0) {
      output.print(
        `${apart.length} of ${judged.length} differ by ${NOTABLE} standard errors or more (by chance: one in 370)`,
      );
    }
  }
  if (identical !== true && series !== null && series.length > 0) {
    output.print('');
    output.print(bold('in time, readout by readout'));
    output.table(
      ['', 'readouts', 'largest difference', 'mean square deviation', 'largest deviation'],
      series.map(({ name, readouts, largestDifference, meanSquareDeviation, largestDeviation }) => [
        name,
        readouts,
        number(largestDifference),
        meanSquareDeviation === null ? '–' : meanSquareDeviation.toFixed(2),
        largestDeviation === null
          ? '–'
          : `${largestDeviation.deviation.toFixed(1)} at t = ${number(largestDeviation.t)}`,
      ]),
    );
  }
  if (samples !== null && samples.identical !== true) {
    const { compared, rows, firstDifference } = samples;
    output.print('');
    output.print(
      `samples: ${rows[0]} and ${rows[1]} rows; ` +
        (firstDifference === null
          ? `the first ${compared} are the same`
          : `they differ from row ${firstDifference} on`),
    );
  }
  for (const warning of warnings) output.print(dim(`· ${warning}`));
}

/** Of two devices the descriptors differ all over: that they do is told in one line. */
function shownDifferences({ a, b, differences }: RunComparison): readonly Difference[] {
  const ofDescriptor = ({ path }: Difference): boolean => path.startsWith('descriptor.');
  const count = differences.filter(ofDescriptor).length;
  if (a.device === b.device || count === 0) return differences;
  const one = { path: 'descriptor', note: `${count} members differ: --json lists them` };
  const first = differences.findIndex(ofDescriptor);
  return differences.flatMap((difference, k) => {
    if (!ofDescriptor(difference)) return [difference];
    return k === first ? [one] : [];
  });
}

function told(value: unknown): string {
  if (value === undefined) return '–';
  if (typeof value === 'object' && value !== null && 'value' in value && 'unit' in value) {
    return `${told(value.value)} ${value.unit === '1' ? '' : String(value.unit)}`.trim();
  }
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : number(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
