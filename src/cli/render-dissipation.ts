import type { DissipationReport, PreparedDissipation } from '../calibrate/index.js';
import type { Output } from './output.js';
import { number, withError } from './render-result.js';

/** From here on a difference is worth a look. */
const NOTABLE = 3;
/** Sites that are shown; --json has all. */
const MOST_SITES = 32;

/** What a dissipation job will run, and what it will tell: before it runs. */
export function renderDissipationPlan(
  print: (line: string) => void,
  device: string,
  { plan, lag }: PreparedDissipation,
): void {
  const { cost, runs, at } = plan;
  print(
    `${device}: ${runs.length} runs, ${cost.shots} shots, ${cost.deviceS.toPrecision(3)} s of the device's own time; velocities over ${number(lag * at.course.interval)} t0`,
  );
}

/** What each site's current is expected to be, for people. */
export function renderExpected(output: Output, { expected }: PreparedDissipation): void {
  output.print('');
  output.table(
    ['site', 'heat current expected', 'of the error: shots', 'calibration'],
    expected
      .slice(0, MOST_SITES)
      .map(({ site, current, scatter, calibration }) => [
        String(site),
        withError(current),
        `± ${number(Number(scatter.toPrecision(2)))}`,
        `± ${number(Number(calibration.toPrecision(2)))}`,
      ]),
  );
  rest(output, expected.length);
}

/** Heat by violation, site by site, and the monitor's beside it. */
export function renderDissipation(output: Output, report: DissipationReport): void {
  const { bold, dim, green, red } = output.colors;
  const { device, sites, total, comparison, calibration, units, warnings } = report;
  const z = (value: number): string =>
    Math.abs(value) >= NOTABLE ? red(value.toFixed(2)) : value.toFixed(2);
  output.print('');
  output.print(`${bold(`heat that each site of ${device} gives off`)} ${dim(`run ${report.run}`)}`);
  output.print(
    dim(
      `by the violation of the fluctuation–response relation over ${number(report.lag * report.interval)} t0; ${report.shots} ${report.shots === 1 ? 'shot' : 'shots'}, ${report.responses.shots} of responses; calibration ${calibration.slice(7, 19)}`,
    ),
  );
  output.print('');
  output.table(
    ['site', 'heat current', 'reading', 'predicted', 'standard errors apart'],
    sites
      .slice(0, MOST_SITES)
      .map(({ site, current, reading, predicted, z: apart }) => [
        String(site),
        withError(current),
        withError(reading),
        number(Number(predicted.toPrecision(4))),
        z(apart),
      ]),
  );
  rest(output, sites.length);
  output.print('');
  const p = Number(report.pValue.toPrecision(2));
  const watts = units.energyJ / units.timeS;
  output.print(
    `all sites  ${withError(total)} program energy a t0, ${(total.mean * watts).toExponential(2)} W`,
  );
  if (comparison !== null) {
    const { direct, heatGain } = comparison;
    output.print(
      `monitor    ${withError(direct)}, as calibrated: ${z(comparison.z)} standard errors apart`,
    );
    output.print(
      heatGain === null
        ? dim('no gain of the monitor: the heat of all sites is less than four of its errors')
        : `gain of the monitor that makes them equal: ${withError(heatGain)}`,
    );
  }
  output.print(
    report.agrees
      ? green(`the device does what its calibration says (p = ${p})`)
      : red(`the device does not do what its calibration says (p = ${p})`),
  );
  for (const warning of warnings) output.print(dim(`note: ${warning}`));
}

function rest(output: Output, count: number): void {
  if (count > MOST_SITES) {
    output.print(output.colors.dim(`and ${count - MOST_SITES} further sites, which --json has`));
  }
}
