import {
  calibrationId,
  descriptorHash,
  type Calibration,
  type CovarianceBlock,
  type Descriptor,
  type HeldOutHeat,
  type Origin,
  type ProbeRun,
  type ResidualPlot,
  type UnidentifiedDirection,
} from '../../device/index.js';
import type { EstimatedParameter } from '../estimate.js';
import type { EstimateReport, HeatPair } from './estimate-task.js';
import type { SupplyReport } from './measured-supply.js';

/** Models' names in records. */
export const LINEAR_CIRCUIT = 'linear-circuit';

/** Which device was measured. */
export interface MeasuredDevice {
  readonly id: string;
  readonly serial: string;
  readonly origin: Origin;
  readonly descriptor: Descriptor;
}

export interface RecordParts {
  readonly report: EstimateReport;
  readonly device: MeasuredDevice;
  readonly probes: readonly ProbeRun[];
  /** Predicted by the fitted model itself. */
  readonly heldOut: readonly HeldOutHeat[];
  /** null, or left out: the device does not measure it. */
  readonly supply?: SupplyReport | null;
  readonly job: string;
  readonly now: string;
  readonly until: string | null;
  readonly warnings: readonly string[];
}

/** Not built, or perhaps not: nominal values are where a search begins. */
const NOT_BUILT = /^(readoutNoise|readoutPole|heatOffset|offsetCurrent|readoutOffset)/;

/** What a calibration says of a device (docs/formats/calibration.md), from what was estimated. */
export function calibrationRecord(parts: RecordParts): Calibration {
  const { report, device, supply = null, job, now, until } = parts;
  const ofCircuit = report.parameters.map(
    ({ name, value, standardError, unit, identified, nominal, profile }) => ({
      name,
      value,
      standardError,
      unit,
      identified,
      nominal: NOT_BUILT.test(name) ? null : nominal,
      ...(profile === null ? {} : { profile }),
    }),
  );
  const ofSupply = (supply?.fit.parameters ?? []).map((one) => ({ ...one, nominal: null }));
  const count = report.probes.reduce((sum, probe) => sum + probe.count, 0);
  const quartic = ofCircuit.some(({ name }) => name.startsWith('quarticGain'));
  const { chiSquare, degreesOfFreedom, pValue } = report.spread;
  const rest: Omit<Calibration, 'id'> = {
    version: 1,
    device: device.id,
    serial: device.serial,
    origin: device.origin,
    descriptor: descriptorHash(device.descriptor),
    model: LINEAR_CIRCUIT,
    parameters: [...ofCircuit, ...ofSupply],
    covariance: [...report.covariance, ...blockOf(supply)],
    unidentified: openOf(report.open),
    fit: {
      method: `exact likelihood of the linear circuit${quartic ? ', closed moments of its quartic wells' : ''}, Fisher scoring; χ² of the spread of prediction errors between probes (Rao)`,
      samples: count,
      logLikelihood: report.logLikelihood,
      chiSquare,
      degreesOfFreedom,
      pValue,
    },
    residuals: [...plotsOf(report), ...(supply === null ? [] : [supply.residuals])],
    probes: parts.probes,
    heldOut: parts.heldOut.map((one, k) => {
      const paid = supply?.heldOut[k] ?? null;
      return paid === null ? one : { ...one, supply: paid };
    }),
    against: null,
    validity: { from: now, until, temperatureK: null },
    job,
    createdAt: now,
    warnings: [...report.missing, ...report.parameters.flatMap(missingPart), ...parts.warnings],
  };
  return { ...rest, id: calibrationId(rest) };
}

function blockOf(supply: SupplyReport | null): CovarianceBlock[] {
  if (supply === null) return [];
  const { covariance } = supply.fit;
  return covariance.parameters.length === 0 ? [] : [covariance];
}

/** Held-out heat as it was measured and as the model has it, with the difference in standard errors of both. */
export function heldOutHeat(program: string, { measured, predicted }: HeatPair): HeldOutHeat {
  const z = (measured.mean - predicted.mean) / Math.hypot(measured.sem, predicted.sem);
  return { program, heat: { measured, predicted, z } };
}

/** What is said of a part that may not be there. */
const missingPart = ({ name, unit, below }: EstimatedParameter): string[] =>
  below === null
    ? []
    : [`${name}: not identified, none is seen; it is below ${below.toPrecision(2)} ${unit} (95 %)`];

/** What stays open, in the form of records. */
export const openOf = (open: EstimateReport['open']): UnidentifiedDirection[] =>
  open.map(({ coefficients, text }) => ({
    combination: coefficients.map(({ parameter, coefficient }) => ({
      name: parameter,
      weight: coefficient,
    })),
    reason: `${text} changes nothing that was measured`,
  }));

function plotsOf({ probes, spread: { runs } }: EstimateReport): ResidualPlot[] {
  const fit: ResidualPlot = {
    title: 'Prediction errors of each probe over what the model expects',
    probe: null,
    x: { label: 'probe', unit: '1', values: runs.map(({ run }) => run) },
    y: { label: 'Σ e²/variance over its mean', unit: '1' },
    measured: runs.map(({ ratio }) => ratio),
    standardError: runs.map(({ standardError }) => standardError),
    predicted: runs.map(() => 1),
  };
  const heats = probes.flatMap(({ heat }) => (heat === null ? [] : [heat]));
  if (heats.length === 0) return [fit];
  return [
    fit,
    {
      title: 'Heat of the probes that measure it',
      probe: null,
      x: { label: 'probe', unit: '1', values: heats.map((_, k) => k) },
      y: { label: 'heat of a shot', unit: 'program energy' },
      measured: heats.map(({ measured }) => measured.mean),
      standardError: heats.map(({ measured }) => measured.sem),
      predicted: heats.map(({ predicted }) => predicted.mean),
    },
  ];
}
