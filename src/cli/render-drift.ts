import type { DriftReading } from '../lab/index.js';
import type { Output } from './output.js';

/** Charts that are shown, those that are furthest on first. */
const MOST_SHOWN = 6;

/** What a check has read of a device, for people. */
export function renderDrift(output: Output, reading: DriftReading): void {
  const { bold, dim, green, red } = output.colors;
  const { device, calibration, run, chart, quantities, alarms } = reading;
  output.print('');
  output.print(
    `${bold(`check of ${device}`)} ${dim(`against calibration ${calibration.slice(7, 19)}, run ${run}`)}`,
  );
  output.print('');
  const level = ({ upper, lower }: DriftReading['quantities'][number]): number =>
    Math.max(upper, lower) / chart.limit;
  const furthest = [...quantities].sort((a, b) => level(b) - level(a)).slice(0, MOST_SHOWN);
  output.table(
    ['quantity', 'standard errors off', 'chart, of its limit'],
    furthest.map((one) => {
      const percent = `${Math.round(100 * level(one))} %`;
      return [
        one.name,
        one.z?.toFixed(2) ?? '–',
        alarms.includes(one.name) ? red(percent) : percent,
      ];
    }),
  );
  const rest = quantities.length - furthest.length;
  if (rest > 0) output.print(dim(`and ${rest} more, none further on`));
  output.print('');
  output.print(
    alarms.length === 0
      ? green('no drift')
      : red(
          `drift: ${alarms.slice(0, MOST_SHOWN).join(', ')}${alarms.length > MOST_SHOWN ? ` and ${alarms.length - MOST_SHOWN} more` : ''}`,
        ),
  );
  const { reference, limit, falseAlarmEvery, shift, delay, effort, checks } = chart;
  output.print(
    dim(
      `charts of effort ${effort}, check ${checks} of theirs: each sums what is off beyond ${reference} standard errors, up to ${number(limit)}`,
    ),
  );
  output.print(
    dim(
      `a drift of ${shift} standard errors is found after ${number(delay)} checks; one in ${falseAlarmEvery} checks alarms falsely`,
    ),
  );
}

const number = (value: number): string => String(Number(value.toPrecision(3)));
