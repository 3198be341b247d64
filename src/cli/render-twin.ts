import type { TwinQuantity, TwinReport } from '../calibrate/index.js';
import type { Output } from './output.js';
import { number, withError } from './render-result.js';

/** From here on a difference is worth a look. */
const NOTABLE = 3;
const OVERLAP = /^overlap /;
/** Overlaps that are shown, of those that do not count. */
const MOST_OTHERS = 4;

/** A job on a device and on its twin, for people. */
export function renderTwin(output: Output, report: TwinReport): void {
  const { bold, dim, green, red, yellow } = output.colors;
  const { device, calibration, shots, quantities, fit, agrees, warnings } = report;
  output.print('');
  output.print(
    `${bold(`one ${report.base} job on ${device} and on its twin`)} ${dim(`run ${report.run}`)}`,
  );
  output.print(
    dim(
      `the twin: calibration ${calibration.slice(7, 19)}, ${shots.draws} draws of its parameters, ${shots.twin} shots each; ${shots.device} shots of ${device}`,
    ),
  );
  output.print('');
  const counted = quantities.filter((one) => one.counted || !OVERLAP.test(one.name));
  const others = quantities.filter((one) => !counted.includes(one));
  output.table(
    ['', device, 'twin', 'of it the calibration’s', 'standard errors apart'],
    [...counted, ...others.slice(0, MOST_OTHERS)].map((one) => {
      const z = one.z === null ? '–' : one.z.toFixed(2);
      return [
        one.name === `overlap ${report.target}` ? `${one.name} (target)` : one.name,
        shown(one.device),
        shown(one.twin),
        one.twin.calibration === null
          ? '–'
          : `± ${number(Number(one.twin.calibration.toPrecision(2)))}`,
        `${one.z !== null && Math.abs(one.z) >= NOTABLE ? red(z) : z}${one.counted ? '' : ' *'}`,
      ];
    }),
  );
  if (others.length > MOST_OTHERS) {
    output.print(dim(`and ${others.length - MOST_OTHERS} further overlaps, which --json has`));
  }
  output.print('');
  if (fit === null) output.print(yellow('nothing counts in χ²: all shots are alike'));
  else {
    output.print(
      `χ² ${number(fit.chiSquare)} for ${fit.degreesOfFreedom} degrees of freedom, p = ${number(fit.pValue)}`,
    );
  }
  output.print(
    agrees
      ? green('the device does what its twin does')
      : red('the device does not do what its calibration says'),
  );
  for (const reason of reasons(quantities)) output.print(dim(`* ${reason}`));
  for (const warning of warnings) output.print(dim(`note: ${warning}`));
}

const shown = (estimate: TwinQuantity['device']): string =>
  estimate.mean === null ? '–' : withError(estimate);

/** Why some do not count, each reason once, with whose it is. */
function reasons(quantities: readonly TwinQuantity[]): string[] {
  const by = new Map<string, string[]>();
  for (const { name, reason } of quantities) {
    if (reason !== null) by.set(reason, [...(by.get(reason) ?? []), name]);
  }
  return [...by].map(([reason, names]) => {
    const rest = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return `not in χ²: ${names.slice(0, 3).join(', ')}${rest}: ${reason}`;
  });
}
