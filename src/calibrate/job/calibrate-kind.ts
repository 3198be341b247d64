import type { TSchema } from 'typebox';
import { isoTime, RelaxdError } from '../../core/index.js';
import type { Calibration, Descriptor } from '../../device/index.js';
import { totalCost } from '../circuit/circuit-probe.js';
import { planProbes } from '../circuit/plan-probes.js';
import { isSpinDevice } from '../spins/spin-device.js';
import {
  CALIBRATE_BODY_SCHEMA,
  USUAL_REFERENCES,
  USUAL_SITES,
  type CalibrateBody,
} from './calibrate-body.js';
import { calibrationRecord, heldOutHeat, type MeasuredDevice } from './calibration-record.js';
import { profiledOf, referencesOf } from './estimate-task.js';
import type { Estimator } from './estimator.js';
import { heldOutPrograms } from './held-out.js';
import {
  measuredSupply,
  SUPPLY_GAIN,
  USUAL_SUPPLY_GAIN,
  type CostOfRun,
  type HeatMonitor,
  type SupplyReport,
} from './measured-supply.js';
import { prepareProbes, type PreparedProbe } from './prepared-probe.js';
import { lostNote, lostShare } from './probe-data.js';
import { spinCalibrationCost, spinJob } from './spin-job.js';
import type { TwinRunner } from './twin-runner.js';

/** What a run of the series has come to, as far as it is used here. */
interface ProbedRun extends CostOfRun {
  readonly run: string;
  readonly program: { readonly hash: string };
}
interface SeriesEnd {
  readonly job: string;
  readonly now: string;
  readonly device: MeasuredDevice;
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}

/** Of a job's progress: measuring and estimating take about as long as each other. */
const ESTIMATE_SHARE = 0.5;

/** A calibration in the form that the lab runs: probes one after the other, then the estimate. */
export interface CalibrationJob extends PreparedProbe {
  readonly device: string;
  readonly series: {
    readonly more: readonly PreparedProbe[];
    readonly share?: number;
    conclude(
      runs: readonly ProbedRun[],
      end: SeriesEnd,
    ): Promise<{
      readonly result: Readonly<Record<string, unknown>>;
      readonly calibration: {
        readonly record: Calibration;
        readonly reason: string;
        readonly activate: boolean;
      };
    }>;
  };
}

export interface CalibrateKind {
  readonly name: 'calibrate';
  readonly mayPreempt: true;
  readonly calibrates: true;
  readonly schema: TSchema;
  prepare(
    body: unknown,
    context: { descriptor(device: string): Promise<Descriptor> },
  ): Promise<CalibrationJob>;
}

export interface CalibrateParts {
  readonly estimator: Estimator;
  /** Runs held-out programs on a twin. */
  readonly twin: TwinRunner;
  /** Whether a job may put in force what it has found. */
  readonly mayActivate: boolean;
  readonly drawSeed: () => number;
}

const HOUR_MS = 3_600_000;

/** `{"kind":"calibrate","device":…,"against":…,"probes":"standard",…}`: measures a device, and proposes what it was found to be. */
export function calibrateKind(parts: CalibrateParts): CalibrateKind {
  return {
    name: 'calibrate',
    mayPreempt: true,
    calibrates: true,
    schema: CALIBRATE_BODY_SCHEMA,
    async prepare(body, context) {
      const request = body as CalibrateBody & { readonly device: string };
      if (request.activate === true && !parts.mayActivate) {
        throw new RelaxdError('invalid-input', 'no job may put a calibration in force here', {
          path: 'activate',
          value: true,
          limit: false,
          hint: '"calibration": {"activate": true} in the configuration allows it; or activate it by hand',
        });
      }
      const descriptor = await context.descriptor(request.device);
      if (isSpinDevice(descriptor)) return spinJob(parts, request, descriptor, resultOf);
      if (request.against != null) await parts.twin.require(request.against);
      return job(parts, request, descriptor);
    },
  };
}

/** What a calibration will take, before it is begun. */
export interface CalibrationCost {
  readonly probes: number;
  readonly heldOut: number;
  readonly shots: number;
  /** null: the device's unit of time has no value in seconds. */
  readonly deviceS: number | null;
  /** The same in the device's own unit; of devices of spins. */
  readonly deviceTime?: { readonly value: number; readonly unit: string };
  readonly parameters: number;
}

function planOf(request: CalibrateBody, descriptor: Descriptor) {
  refuseSpinTerms(request);
  const most = descriptor.sites.max;
  const sites = request.sites ?? Math.min(most, USUAL_SITES);
  if (sites > most) {
    throw new RelaxdError('invalid-input', `${descriptor.device} has no ${sites} sites`, {
      path: 'sites',
      value: sites,
      limit: most,
    });
  }
  const options = {
    sites,
    effort: request.effort ?? 1,
    parameters: {},
    ...(request.probes === 'two-temperatures' ? { siteTemperatures: true } : {}),
  };
  const plan = planProbes(descriptor, options);
  return { options, plan, held: heldOutPrograms(descriptor, plan.parameters) };
}

/** Circuits have one law, and are probed at temperatures of the plan's own. @throws RelaxdError `invalid-input` */
function refuseSpinTerms(request: CalibrateBody): void {
  for (const path of ['kernel', 'temperature'] as const) {
    if (request[path] === undefined) continue;
    throw new RelaxdError('invalid-input', `${path} is for devices of spins`, {
      path,
      value: request[path],
      hint: 'leave it out',
    });
  }
}

/** @throws RelaxdError `not-supported` for devices that no probe can measure, `invalid-input` */
export function calibrationCost(request: CalibrateBody, descriptor: Descriptor): CalibrationCost {
  if (isSpinDevice(descriptor)) return spinCalibrationCost(request, descriptor);
  const { plan, held } = planOf(request, descriptor);
  const { shots, deviceS } = totalCost([...plan.probes, ...held]);
  return {
    probes: plan.probes.length,
    heldOut: held.length,
    shots,
    deviceS,
    parameters: plan.parameters.count,
  };
}

function job(
  { estimator, twin, drawSeed }: CalibrateParts,
  request: CalibrateBody & { readonly device: string },
  descriptor: Descriptor,
): CalibrationJob {
  const { options, plan, held } = planOf(request, descriptor);
  const fitted = plan.probes.length;
  const seed = request.seed ?? drawSeed();
  const { reason, validForHours, activate = false, against = null } = request;
  const given = request.references ?? null;
  const names = plan.parameters.list.map(({ name }) => name);
  const known = referencesOf(given ?? USUAL_REFERENCES, [...names, SUPPLY_GAIN]);
  const references = known.filter(({ name }) => name !== SUPPLY_GAIN);
  const supplyGain = known.find(({ name }) => name === SUPPLY_GAIN) ?? null;
  const profiled = profiledOf(request.profile ?? [], names);
  const probes = [...plan.probes, ...held];
  const { runs, data } = prepareProbes(probes, seed);
  return {
    ...runs[0]!,
    device: request.device,
    series: {
      more: runs.slice(1),
      share: ESTIMATE_SHARE,
      async conclude(ended, end) {
        const shown = data();
        const lost = lostShare(probes, shown);
        const report = await estimator.estimate(
          { descriptor: end.device.descriptor, options, references, profiled, data: shown },
          { signal: end.signal, onProgress: end.onProgress },
        );
        const supply = measuredSupply(
          probes,
          fitted,
          ended,
          end.device.descriptor,
          supplyGain ?? USUAL_SUPPLY_GAIN,
          heatMonitorOf(report.parameters),
        );
        const nowMs = Date.parse(end.now);
        const exact = calibrationRecord({
          report,
          device: end.device,
          probes: ended.map(({ run, program }, k) => ({
            name: probes[k]!.name,
            role: k < fitted ? ('fit' as const) : ('held-out' as const),
            program: program.hash,
            run,
            shots: probes[k]!.shots,
            deviceTimeS: probes[k]!.cost.deviceS,
          })),
          heldOut: report.heldOut.map((heat, k) =>
            heldOutHeat(ended[fitted + k]!.program.hash, heat),
          ),
          supply,
          job: end.job,
          now: end.now,
          until: validForHours == null ? null : isoTime(nowMs + validForHours * HOUR_MS),
          warnings: [
            ...assumedNotes(given !== null, supplyGain !== null, supply),
            ...(lost > 0 ? [lostNote(lost)] : []),
          ],
        });
        const programs = runs.slice(fitted).map(({ program }) => program);
        const record =
          against === null
            ? exact
            : await twin.predicted(against, exact, { programs, seed, signal: end.signal });
        return {
          result: resultOf(record),
          calibration: {
            record,
            reason: reason ?? `measured by job ${end.job}`,
            activate,
          },
        };
      },
    },
  };
}

function heatMonitorOf(parameters: readonly { name: string; value: number }[]): HeatMonitor {
  const of = (wanted: string) => parameters.find(({ name }) => name === wanted)?.value;
  return { gain: of('heatGain') ?? 1, offsetW: of('heatOffset') ?? 0 };
}

/** What the values rest on that nobody has measured, or what was told for nothing. */
function assumedNotes(
  isGiven: boolean,
  knowsSupply: boolean,
  supply: SupplyReport | null,
): string[] {
  const assumed = isGiven ? [] : ['fieldGain 1 ± 0.5 % of each site', 'heatGain 1 ± 1 %'];
  if (supply !== null && !knowsSupply) assumed.push('supplyGain 1 ± 1 %');
  const notes =
    assumed.length === 0
      ? []
      : [`it rests on references that were assumed, not measured: ${assumed.join(', ')}`];
  if (supply === null && knowsSupply) {
    notes.push('supplyGain was told for nothing: the device does not measure its supply');
  }
  return notes;
}

/** What the contract prints, with the record's other parts that a person looks at first. */
function resultOf(record: Calibration): Readonly<Record<string, unknown>> {
  const { id, parameters, heldOut, unidentified, fit, residuals, probes, validity } = record;
  const { against, warnings } = record;
  return {
    calibration: {
      id,
      state: 'proposed',
      parameters: parameters.map(({ name, value, standardError, unit, identified, profile }) => ({
        name,
        value,
        standardError,
        unit,
        identified,
        ...(profile == null ? {} : { profile }),
      })),
    },
    heldOut,
    unidentified,
    fit,
    residuals,
    probes,
    validity,
    against,
    warnings,
  };
}
