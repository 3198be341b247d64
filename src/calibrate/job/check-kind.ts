import type { TSchema } from 'typebox';
import { RelaxdError, Type } from '../../core/index.js';
import type { Calibration, Descriptor } from '../../device/index.js';
import { LINEAR_CIRCUIT } from './calibration-record.js';
import type { CheckReport, DriftCharts } from '../drift/drift-charts.js';
import { checkProbes } from './check-task.js';
import { requireSame } from './circuit-calibration.js';
import type { Estimator } from './estimator.js';
import { prepareProbes, type PreparedProbe } from './prepared-probe.js';
import { spinCheckPlan } from './spin-check-task.js';
import { prepareSpins } from './spin-collector.js';
import { probedAs, SPIN_KERNEL } from './spin-record.js';

/** Body of a `check` job, without the fields that all jobs have. */
export const CHECK_BODY_SCHEMA = Type.Object(
  {
    effort: Type.Optional(Type.Number({ minimum: 0.1, maximum: 100 })),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  },
  { additionalProperties: false },
);

export interface Reading extends CheckReport {
  readonly version: 1;
  readonly device: string;
  readonly calibration: string;
  readonly run: string;
  readonly at: string;
}
interface CheckEnd {
  readonly now: string;
  readonly device: { readonly id: string; readonly descriptor: Descriptor };
  readonly signal: AbortSignal;
  readonly readings: (calibration: string) => Promise<readonly Reading[]>;
}
export interface CheckJob extends PreparedProbe {
  readonly device: string;
  readonly series: {
    readonly more: readonly PreparedProbe[];
    conclude(
      runs: readonly { readonly run: string; readonly calibration: string | null }[],
      end: CheckEnd,
    ): Promise<{ readonly result: Readonly<Record<string, unknown>>; readonly reading: Reading }>;
  };
}
export interface CheckKind {
  readonly name: 'check';
  readonly mayPreempt: true;
  readonly schema: TSchema;
  prepare(
    body: unknown,
    context: {
      descriptor(device: string): Promise<Descriptor>;
      calibration?(device: string): Promise<Calibration | null>;
    },
  ): Promise<CheckJob>;
}

/** `{"kind":"check","device":…}`: a few seconds of probes, held against the calibration in force; control charts tell a drift. */
export function checkKind(estimator: Estimator, drawSeed: () => number): CheckKind {
  return {
    name: 'check',
    mayPreempt: true,
    schema: CHECK_BODY_SCHEMA,
    async prepare(body, context) {
      const request = body as { device: string; effort?: number; seed?: number };
      const { device, effort = 1, seed = drawSeed() } = request;
      const descriptor = await context.descriptor(device);
      const calibration = (await context.calibration?.(device)) ?? null;
      if (calibration === null) {
        throw notCalibrated(device, `${device} has no calibration in force to be checked`);
      }
      const asked = { device, descriptor, calibration, effort, seed };
      const { runs, report } = probesOf(estimator, asked);
      return {
        ...runs[0]!,
        device,
        series: {
          more: runs.slice(1),
          async conclude(ended, end) {
            requireSame(ended, calibration, { what: 'check', again: 'check again' });
            const readings = await end.readings(calibration.id);
            const last = readings.at(-1);
            // Charts are of one effort.
            const before = readings.findLast(({ chart }) => chart.effort === effort) ?? null;
            const found = await report(before, end.signal);
            const alarms = [...new Set([...(last?.alarms ?? []), ...found.alarms])];
            const reading: Reading = {
              version: 1,
              device,
              calibration: calibration.id,
              run: ended.at(-1)!.run,
              at: end.now,
              ...found,
              alarms,
            };
            return { result: { ...reading }, reading };
          },
        },
      };
    },
  };
}

interface Asked {
  readonly device: string;
  readonly descriptor: Descriptor;
  readonly calibration: Calibration;
  readonly effort: number;
  readonly seed: number;
}
/** What a check runs, and what it says of what they show. */
interface CheckProbes {
  readonly runs: readonly PreparedProbe[];
  readonly report: (before: DriftCharts | null, signal: AbortSignal) => Promise<CheckReport>;
}

/** @throws RelaxdError `not-calibrated` */
function probesOf(estimator: Estimator, asked: Asked): CheckProbes {
  const { device, descriptor, calibration, effort, seed } = asked;
  if (calibration.model === LINEAR_CIRCUIT) {
    const { runs, data } = prepareProbes(checkProbes(descriptor, calibration, effort), seed);
    const task = { descriptor, calibration, effort };
    return {
      runs,
      report: (before, signal) => estimator.check({ ...task, data: data(), before }, signal),
    };
  }
  if (calibration.model === SPIN_KERNEL) {
    const task = { descriptor, calibration, asked: probedAs(calibration), effort };
    const { probes } = spinCheckPlan(descriptor, calibration, task.asked, effort);
    const { runs, data } = prepareSpins(probes, seed);
    return {
      runs,
      report: (before, signal) => estimator.checkSpins({ ...task, data: data(), before }, signal),
    };
  }
  throw notCalibrated(device, `${device}: no check is known for the model '${calibration.model}'`);
}

const notCalibrated = (device: string, message: string): RelaxdError =>
  new RelaxdError('not-calibrated', message, {
    value: device,
    hint: 'relaxd calibrate, then activate what it proposes',
  });
