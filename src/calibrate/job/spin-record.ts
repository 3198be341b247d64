import { RelaxdError } from '../../core/index.js';
import {
  calibrationId,
  descriptorHash,
  type Calibration,
  type HeldOutHeat,
  type ResidualPlot,
} from '../../device/index.js';
import type { SpinAsked, SpinDevice } from '../spins/spin-device.js';
import type { SpinProbe } from '../spins/spin-probe.js';
import { openOf, type RecordParts } from './calibration-record.js';
import type { RecallPair, SpinReport } from './spin-estimate-task.js';

export const SPIN_KERNEL = 'spin-kernel';

const LAWS: Readonly<Record<SpinReport['law'], string>> = {
  glauber: 'Glauber’s rates',
  power: 'rates |x|^p of a bath',
};

/**
 * By which law, at which temperature a calibration of spins was measured: its checks are, too.
 * @throws RelaxdError `not-calibrated` where it does not say that
 */
export function probedAs({ id, dynamics = null }: Calibration): SpinAsked {
  if (dynamics === null) {
    throw new RelaxdError(
      'not-calibrated',
      'the calibration in force does not say by which law and at which temperature its spins were probed',
      {
        path: 'dynamics',
        value: id,
        hint: 'calibrate the device anew: records made since say it',
      },
    );
  }
  const { kernel, temperature } = dynamics as SpinAsked;
  return {
    ...(kernel === undefined ? {} : { kernel }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

/** What a calibration says of a device of spins (docs/formats/calibration.md), from what was estimated. */
export function spinRecord(
  parts: Omit<RecordParts, 'report' | 'heldOut'> & {
    readonly report: SpinReport;
    readonly plan: readonly SpinProbe[];
    readonly spins: SpinDevice;
    /** Hashes of the held-out programs. */
    readonly programs: readonly string[];
  },
): Calibration {
  const { report, device, job, now, until, plan, programs, spins } = parts;
  const { test } = report;
  const rest: Omit<Calibration, 'id'> = {
    version: 1,
    device: device.id,
    serial: device.serial,
    origin: device.origin,
    descriptor: descriptorHash(device.descriptor),
    model: SPIN_KERNEL,
    dynamics: { ...spins.dynamics, temperature: spins.temperature },
    parameters: report.parameters.map(
      ({ name, value, standardError, unit, identified, nominal }) => ({
        name,
        value,
        standardError,
        unit,
        identified,
        nominal,
      }),
    ),
    covariance: report.covariance,
    unidentified: openOf(report.open),
    fit: {
      method: `exact likelihood of single spins that are read with errors, ${LAWS[report.law]}, Fisher scoring; χ² of what followed on what (Rao–Robson–Nikulin)`,
      samples: report.samples,
      logLikelihood: report.logLikelihood,
      chiSquare: test.chiSquare,
      degreesOfFreedom: test.degreesOfFreedom,
      pValue: test.pValue,
    },
    residuals: plotsOf(report, plan),
    probes: parts.probes,
    heldOut: report.heldOut.map((pair, k) => heldOutRecall(programs[k]!, pair)),
    against: null,
    validity: { from: now, until, temperatureK: null },
    job,
    createdAt: now,
    warnings: [...report.warnings, ...parts.warnings],
  };
  return { ...rest, id: calibrationId(rest) };
}

/** A recall as it was measured and as the fitted kernel has it, with the differences in standard errors of both. */
function heldOutRecall(program: string, { name, measured, predicted }: RecallPair): HeldOutHeat {
  const compare = (what: 'overlap' | 'success' | 'heat') => {
    const [m, p] = [measured[what], predicted[what]];
    const error = Math.hypot(m.sem, p.sem);
    return { measured: m, predicted: p, z: error > 0 ? (m.mean - p.mean) / error : 0 };
  };
  return {
    program,
    heat: compare('heat'),
    recall: { name, overlap: compare('overlap'), success: compare('success') },
  };
}

function plotsOf({ test, parameters }: SpinReport, plan: readonly SpinProbe[]): ResidualPlot[] {
  const rates = parameters.flatMap((one, k) => (one.name.startsWith('rate') ? [k] : []));
  const shares: ResidualPlot = {
    title: 'Flips between two readouts, by what they cost',
    probe: null,
    x: {
      label: 'cost of the flip',
      unit: 'program energy',
      values: test.shares.map(({ cost }) => cost),
    },
    y: { label: 'share of readouts', unit: '1' },
    measured: test.shares.map(({ measured }) => measured),
    standardError: test.shares.map(({ standardError }) => standardError),
    predicted: test.shares.map(({ predicted }) => predicted),
  };
  const bySite = (
    title: string,
    label: string,
    unit: string,
    values: Omit<ResidualPlot, 'title' | 'probe' | 'x' | 'y'>,
  ): ResidualPlot => ({
    title,
    probe: null,
    x: { label: 'site', unit: '1', values: values.measured.map((_, i) => i) },
    y: { label, unit },
    ...values,
  });
  const plots = [
    shares,
    bySite(
      'Flips of each site over what its fit expects',
      'difference in standard deviations',
      '1',
      {
        measured: [...test.sites],
        standardError: test.sites.map(() => 1),
        predicted: test.sites.map(() => 0),
      },
    ),
  ];
  if (rates.length > 1) {
    const list = rates.map((k) => parameters[k]!);
    const mean = list.reduce((sum, { value }) => sum + value, 0) / list.length;
    plots.push(
      bySite('Rates of the sites, and their mean', 'rate', list[0]!.unit, {
        measured: list.map(({ value }) => value),
        standardError: list.map(({ standardError }) => standardError),
        predicted: list.map(() => mean),
      }),
    );
  }
  return plan.length === 0 ? [] : plots;
}
