import type { CalibrationCost } from '../calibrate/index.js';
import type {
  CalibratedParameter,
  FitQuality,
  HeldOutHeat,
  ProbeRun,
  ResidualPlot,
} from '../device/index.js';
import type { Output } from './output.js';
import { number, withError } from './render-result.js';

/** What `relaxd calibrate --json` prints. */
export interface CalibrateResult {
  readonly calibration: {
    readonly id: string;
    readonly state: string;
    readonly parameters: readonly CalibratedParameter[];
  };
  readonly heldOut: readonly HeldOutHeat[];
  readonly unidentified: readonly { readonly reason: string }[];
  readonly fit: FitQuality | null;
  /** A service of before has none. */
  readonly residuals?: readonly ResidualPlot[];
  readonly probes: readonly ProbeRun[];
  readonly against: string | null;
  readonly warnings: readonly string[];
}

/** What it will take, beforehand. */
export function renderCost(
  print: (line: string) => void,
  device: string,
  { probes, heldOut, shots, deviceS, deviceTime, parameters }: CalibrationCost,
): void {
  const time =
    deviceS === null
      ? `${Math.round(deviceTime?.value ?? NaN)} units of the device's own time (${deviceTime?.unit ?? 'unknown'})`
      : `${deviceS.toPrecision(3)} s of the device's own time`;
  print(
    `${device}: ${probes} probes and ${heldOut} held-out programs, ${shots} shots, ${time}; ${parameters} parameters`,
  );
}

/** Kinds of which one line each is shown; of the others a summary. */
const MOST_OF_A_KIND = 4;
/** From here on a difference is worth a look. */
const NOTABLE = 3;

/** A calibration for people. @param next what to do with it, the last line; null: none */
export function renderCalibration(
  output: Output,
  result: CalibrateResult,
  next: string | null,
): void {
  const { bold, dim, green, red, yellow } = output.colors;
  const { calibration, heldOut, unidentified, fit, against, warnings } = result;
  output.print('');
  output.print(`${bold('calibration')} ${calibration.id.slice(0, 19)}… (${calibration.state})`);
  const kinds = new Map<string, CalibratedParameter[]>();
  for (const parameter of calibration.parameters) {
    const kind = parameter.name.replace(/\[.*/, '');
    kinds.set(kind, [...(kinds.get(kind) ?? []), parameter]);
  }
  output.print('');
  output.table(
    ['parameter', 'value', 'unit', 'identified'],
    [...kinds].flatMap(([kind, list]) =>
      list.length <= MOST_OF_A_KIND
        ? list.map((one) => [one.name, shown(one), one.unit, one.identified ? 'yes' : red('no')])
        : [summary(kind, list)],
    ),
  );
  const profiled = calibration.parameters.filter(({ profile }) => profile != null);
  if (profiled.length > 0) {
    output.print('');
    output.print('95 % intervals by profile likelihood');
    for (const { name, profile, unit } of profiled) {
      const [low, high] = profile!.map((end) => (end === null ? 'open' : number(end)));
      output.print(`  ${name}  ${low} … ${high} ${unit}`);
    }
  }
  if (unidentified.length > 0) {
    output.print('');
    output.print(yellow('what the data leave open'));
    for (const { reason } of unidentified.slice(0, 8)) output.print(`  ${reason}`);
    if (unidentified.length > 8) output.print(dim(`  and ${unidentified.length - 8} more`));
  }
  if (fit !== null) {
    const { chiSquare, degreesOfFreedom, pValue, samples } = fit;
    output.print('');
    output.print(
      `fit: χ² ${number(chiSquare)} for ${number(degreesOfFreedom)} degrees of freedom, p = ${number(pValue)}, ${samples} numbers`,
    );
    if (pValue !== null) {
      output.print(dim('  p: whether one model explains all probes; below 0.001 it does not'));
    }
  }
  output.print('');
  output.print(
    bold(
      `held-out heat, predicted by ${against === null ? 'the exact model' : `the twin on ${against}`}`,
    ),
  );
  output.table(
    ['program', 'measured', 'predicted', 'standard errors apart'],
    heldOut.map(({ program, heat }) => {
      const z = heat.z.toFixed(2);
      return [
        program.slice(7, 19),
        withError(heat.measured),
        withError(heat.predicted),
        Math.abs(heat.z) >= NOTABLE ? red(z) : green(z),
      ];
    }),
  );
  const paid = heldOut.flatMap(({ program, supply }) =>
    supply === undefined ? [] : [{ program, ...supply }],
  );
  if (paid.length > 0) {
    output.print('');
    output.print(bold('held-out energy of the supply, joules a shot'));
    output.table(
      ['program', 'measured', 'predicted', 'standard errors apart'],
      paid.map(({ program, measured, predicted, z }) => [
        program.slice(7, 19),
        shown({ value: measured.mean, standardError: measured.sem }),
        shown({ value: predicted.mean, standardError: predicted.sem }),
        Math.abs(z) >= NOTABLE ? red(z.toFixed(2)) : green(z.toFixed(2)),
      ]),
    );
  }
  const recalls = heldOut.flatMap(({ recall }) => (recall === undefined ? [] : [recall]));
  if (recalls.length > 0) {
    output.print('');
    output.print(bold('held-out recall, predicted by the master equation'));
    for (const { name, ...both } of recalls) {
      output.print(name);
      output.table(
        ['', 'measured', 'predicted', 'standard errors apart'],
        (['overlap', 'success'] as const).map((what) => {
          const { measured, predicted, z } = both[what];
          const apart = z.toFixed(2);
          return [
            `  ${what}`,
            withError(measured),
            withError(predicted),
            Math.abs(z) >= NOTABLE ? red(apart) : green(apart),
          ];
        }),
      );
    }
  }
  for (const warning of warnings) output.print(dim(`note: ${warning}`));
  if (next === null) return;
  output.print('');
  output.print(dim(next));
}

const shown = ({
  value,
  standardError,
}: Pick<CalibratedParameter, 'value' | 'standardError'>): string => {
  const size = Math.abs(value);
  if (standardError === null) return number(value);
  if (size >= 1e-3 && size < 1e6) return withError({ mean: value, sem: standardError });
  const largest = Math.max(size, standardError);
  const power = largest === 0 ? 0 : Math.floor(Math.log10(largest));
  const scale = 10 ** -power;
  return `(${withError({ mean: value * scale, sem: standardError * scale })})e${power}`;
};

/** Many of one kind: their mean, how far they scatter, and how well each is known. */
function summary(kind: string, list: readonly CalibratedParameter[]): string[] {
  const { unit } = list[0]!;
  const mean = list.reduce((sum, { value }) => sum + value, 0) / list.length;
  const scatter = Math.sqrt(
    list.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (list.length - 1),
  );
  const errors = list.flatMap(({ standardError }) =>
    standardError === null ? [] : [standardError],
  );
  const known = errors.length;
  const typical = errors.sort((a, b) => a - b)[Math.floor(known / 2)];
  const text = `${number(mean)}, scatter ${scatter.toPrecision(2)}${typical === undefined ? '' : `, each ± ${typical.toPrecision(2)}`}`;
  return [
    `${kind}[…] (${list.length})`,
    text,
    unit,
    known === list.length ? 'yes' : `${known} of ${list.length}`,
  ];
}
