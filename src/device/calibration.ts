import { contentHash, shownValue, type Violation } from '../core/index.js';
import type { Origin, Range } from './descriptor.js';

/** One number of a device's model, in SI where the device has units of SI. */
export interface CalibratedParameter {
  /** What and where: `capacitance[3]`, `coupling[0,4]`. */
  readonly name: string;
  readonly value: number;
  /** One standard deviation; null: the data do not identify it. */
  readonly standardError: number | null;
  /** One of {@link CALIBRATED_UNITS}. */
  readonly unit: string;
  readonly identified: boolean;
  /** What the descriptor and the program ask for; left out or null: nothing. */
  readonly nominal?: number | null;
  /** Its 95 % interval by profile likelihood, where that was looked for; an end that is null is open. */
  readonly profile?: readonly [number | null, number | null] | null;
}

/** Covariances among some parameters: the lower triangle, row by row. */
export interface CovarianceBlock {
  readonly parameters: readonly string[];
  readonly lower: readonly number[];
  /** Covariances of this block's parameters with some of other blocks, row by row, a row for each parameter of this one. */
  readonly across?: {
    readonly parameters: readonly string[];
    readonly rows: readonly number[];
  };
}

/** A direction in which the data say nothing: parameters may move together like this and nothing that was measured changes. */
export interface UnidentifiedDirection {
  readonly combination: readonly { readonly name: string; readonly weight: number }[];
  readonly reason: string;
}

/** How well the model fits what was measured; null: not known for this model. */
export interface FitQuality {
  readonly method: string;
  /** Numbers that were fitted. */
  readonly samples: number;
  readonly logLikelihood: number | null;
  readonly chiSquare: number | null;
  readonly degreesOfFreedom: number | null;
  readonly pValue: number | null;
}

/** What is drawn to judge a fit: measured and predicted values over something. */
export interface ResidualPlot {
  readonly title: string;
  readonly probe: string | null;
  readonly x: { readonly label: string; readonly unit: string; readonly values: readonly number[] };
  readonly y: { readonly label: string; readonly unit: string };
  readonly measured: readonly (number | null)[];
  readonly standardError: readonly (number | null)[];
  readonly predicted: readonly (number | null)[];
}

/** A run that was measured for it. */
export interface ProbeRun {
  readonly name: string;
  readonly role: 'fit' | 'held-out';
  /** Hash of the program. */
  readonly program: string;
  readonly run: string | null;
  readonly shots: number;
  /** Time that the device took, s; null: its unit of time has no value in seconds. */
  readonly deviceTimeS: number | null;
}

/** A mean as it was measured and as the calibrated model has it. */
export interface HeldOutMean {
  readonly measured: { readonly mean: number; readonly sem: number };
  readonly predicted: { readonly mean: number; readonly sem: number };
  /** Difference in standard errors of both. */
  readonly z: number;
}

/** Heat of a program that was not fitted, in the program's unit. */
export interface HeldOutHeat {
  readonly program: string;
  readonly heat: HeldOutMean;
  /** What the supply gave a shot, joules; left out where that is not measured. */
  readonly supply?: HeldOutMean;
  /** Of spins: how a stored memory was recalled, as it is read; left out elsewhere. */
  readonly recall?: {
    readonly name: string;
    /** Mean overlap with it at the end. */
    readonly overlap: HeldOutMean;
    /** Share of shots that ended in it. */
    readonly success: HeldOutMean;
  };
}

export interface CalibrationValidity {
  /** ISO times; `until` is not part of it; null: for good. */
  readonly from: string;
  readonly until: string | null;
  /** Temperatures of the device at which it holds, K; null: any. */
  readonly temperatureK: Range | null;
}

/** What a device was found to be (docs/formats/calibration.md). It never changes: what becomes of it are events beside it. */
export interface Calibration {
  readonly version: 1;
  /** {@link calibrationId} of it. */
  readonly id: string;
  readonly device: string;
  readonly serial: string;
  readonly origin: Origin;
  /** Hash of the descriptor. */
  readonly descriptor: string;
  /** Which model the parameters are of. */
  readonly model: string;
  /** Of spins: `dynamics` of the programs that were measured, the law of flips and the temperature; left out elsewhere. */
  readonly dynamics?: Readonly<Record<string, unknown>> | null;
  readonly parameters: readonly CalibratedParameter[];
  readonly covariance: readonly CovarianceBlock[];
  readonly unidentified: readonly UnidentifiedDirection[];
  readonly fit: FitQuality | null;
  readonly residuals: readonly ResidualPlot[];
  readonly probes: readonly ProbeRun[];
  readonly heldOut: readonly HeldOutHeat[];
  /** Whose model predicted the held-out heat; null: nobody's. */
  readonly against: string | null;
  readonly validity: CalibrationValidity;
  /** The job that measured it; null: it was made elsewhere. */
  readonly job: string | null;
  readonly createdAt: string;
  readonly warnings: readonly string[];
}

/** What a calibration may be in, and between which values: what is beyond is a mistake, whatever the device. */
export const CALIBRATED_UNITS: Readonly<Record<string, Range>> = {
  '1': [-1e6, 1e6],
  ohm: [1e-6, 1e18],
  F: [1e-21, 10],
  H: [1e-15, 1e3],
  // Noise sources are hotter than anything else: 5 pJ is k · 3.6e11 K.
  K: [1e-9, 1e18],
  V: [-1e5, 1e5],
  A: [-1e4, 1e4],
  S: [-1e6, 1e6],
  'A/V³': [-1e18, 1e18],
  C: [-10, 10],
  s: [0, 1e9],
  Hz: [0, 1e15],
  J: [-1e3, 1e3],
  W: [-1e5, 1e5],
  // Of devices whose energies and times have no value in SI: units of their programs.
  'program energy': [-1e12, 1e12],
  '1/device time': [0, 1e12],
};

/** Nothing is built ten times as large as it was meant to be. */
const MOST_OF_NOMINAL = 10;

/** What a calibration says, without where it comes from: the device, its model and the values in SI, sorted by name. */
export function calibrationId(
  calibration: Pick<Calibration, 'device' | 'serial' | 'descriptor' | 'model'> & {
    readonly parameters: readonly Pick<CalibratedParameter, 'name' | 'value' | 'unit'>[];
  },
): string {
  const { device, serial, descriptor, model } = calibration;
  const parameters = calibration.parameters
    .map(({ name, value, unit }) => ({ name, value, unit }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return contentHash({ version: 1, device, serial, descriptor, model, parameters });
}

/**
 * What no calibration may say, each with path, value and limit: values out of range, errors that are none, a name twice, covariances
 * that do not fit, an id that is another's.
 */
export function calibrationViolations(calibration: Calibration): Violation[] {
  const found: Violation[] = [];
  const say = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'invalid-input', path, message, value: shownValue(value), limit });
  };
  const known = new Set<string>();
  calibration.parameters.forEach((parameter, k) => {
    const path = `parameters[${k}]`;
    if (known.has(parameter.name)) {
      say(`${path}.name`, 'is there twice', parameter.name, 'once');
    }
    known.add(parameter.name);
    valueViolations(parameter, path, say);
  });
  calibration.covariance.forEach((block, k) => {
    blockViolations(block, `covariance[${k}]`, known, say);
  });
  calibration.unidentified.forEach(({ combination }, k) => {
    combination.forEach(({ name }, j) => {
      if (known.has(name)) return;
      say(`unidentified[${k}].combination[${j}].name`, 'is no parameter', name, 'a parameter');
    });
  });
  calibration.residuals.forEach(({ x, measured, standardError, predicted }, k) => {
    const lengths = [measured.length, standardError.length, predicted.length];
    if (lengths.every((length) => length === x.values.length)) return;
    say(`residuals[${k}]`, 'lists of different lengths', lengths.join(', '), x.values.length);
  });
  const { from, until, temperatureK } = calibration.validity;
  if (until !== null && Date.parse(until) <= Date.parse(from)) {
    say('validity.until', 'is not after from', until, `after ${from}`);
  }
  if (temperatureK !== null && !(temperatureK[0] > 0 && temperatureK[0] < temperatureK[1])) {
    say('validity.temperatureK', 'is no range of temperatures', temperatureK, '0 < least < most');
  }
  if (found.length === 0 && calibration.id !== calibrationId(calibration)) {
    say('id', 'is not the hash of what it says', calibration.id, calibrationId(calibration));
  }
  return found;
}

type Say = (path: string, message: string, value: unknown, limit: unknown) => void;

function valueViolations(parameter: CalibratedParameter, path: string, say: Say): void {
  const { value, unit, standardError, identified, nominal = null, profile = null } = parameter;
  const range = CALIBRATED_UNITS[unit];
  if (range === undefined) {
    say(`${path}.unit`, 'is no unit of a calibration', unit, Object.keys(CALIBRATED_UNITS));
    return;
  }
  const [least, most] = range;
  if (!(value >= least && value <= most)) {
    say(`${path}.value`, `${parameter.name} is out of range`, value, range);
  } else if (nominal !== null && nominal !== 0) {
    const ratio = value / nominal;
    if (!(Math.abs(ratio) <= MOST_OF_NOMINAL && Math.abs(ratio) >= 1 / MOST_OF_NOMINAL)) {
      const limit = [nominal / MOST_OF_NOMINAL, nominal * MOST_OF_NOMINAL];
      say(`${path}.value`, `${parameter.name} is not what was built`, value, limit);
    }
  }
  const [low, high] = profile ?? [null, null];
  if ((low ?? value) > value || (high ?? value) < value) {
    say(`${path}.profile`, 'does not have the value between its ends', profile, value);
  }
  if (identified && !(standardError !== null && standardError > 0)) {
    say(`${path}.standardError`, 'what is identified has an error', standardError, '> 0');
  }
}

function blockViolations(
  { parameters, lower, across }: CovarianceBlock,
  path: string,
  known: ReadonlySet<string>,
  say: Say,
): void {
  const strangers = (names: readonly string[], at: string): void => {
    const stranger = names.find((name) => !known.has(name));
    if (stranger !== undefined) say(at, 'names what is no parameter', stranger, 'a parameter');
  };
  strangers(parameters, `${path}.parameters`);
  if (across !== undefined) {
    strangers(across.parameters, `${path}.across.parameters`);
    const entries = parameters.length * across.parameters.length;
    if (across.rows.length !== entries) {
      say(
        `${path}.across.rows`,
        'does not have an entry for each two',
        across.rows.length,
        entries,
      );
    }
  }
  const size = (parameters.length * (parameters.length + 1)) / 2;
  if (lower.length !== size) {
    say(`${path}.lower`, 'is no lower triangle of its parameters', lower.length, size);
    return;
  }
  parameters.forEach((name, k) => {
    const variance = lower[(k * (k + 3)) / 2]!;
    if (variance > 0) return;
    say(`${path}.lower`, `the variance of ${name} is not positive`, variance, '> 0');
  });
}

/** Whether a calibration has run out of time. */
export const isExpired = (validity: CalibrationValidity, nowMs: number): boolean =>
  validity.until !== null && Date.parse(validity.until) <= nowMs;

/** The standard error and correlations as a full matrix of one block. */
export function covarianceOf({ parameters, lower }: CovarianceBlock): number[][] {
  return parameters.map((_, i) =>
    parameters.map((__, j) => {
      const [row, column] = i >= j ? [i, j] : [j, i];
      return lower[(row * (row + 1)) / 2 + column]!;
    }),
  );
}
