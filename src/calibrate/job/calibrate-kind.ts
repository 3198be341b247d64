import type { TSchema } from 'typebox';
import { isoTime, RelaxdError } from '../../core/index.js';
import {
  programHash,
  readProgram,
  type Calibration,
  type Descriptor,
  type Origin,
  type Program,
  type SampleChunk,
} from '../../device/index.js';
import { planProbes } from '../circuit/plan-probes.js';
import {
  CALIBRATE_BODY_SCHEMA,
  USUAL_REFERENCES,
  USUAL_SITES,
  type CalibrateBody,
} from './calibrate-body.js';
import { calibrationRecord, heldOutHeat } from './calibration-record.js';
import { referencesOf } from './estimate-task.js';
import type { Estimator } from './estimator.js';
import { heldOutPrograms } from './held-out.js';
import { ProbeCollector } from './probe-data.js';
import type { TwinRunner } from './twin-runner.js';

/** What a run of the series has come to, as far as it is used here. */
interface ProbedRun {
  readonly run: string;
  readonly program: { readonly hash: string };
}
interface SeriesEnd {
  readonly job: string;
  readonly now: string;
  readonly device: {
    readonly id: string;
    readonly serial: string;
    readonly origin: Origin;
    readonly descriptor: Descriptor;
  };
  readonly signal: AbortSignal;
}
interface ProbeRunPrepared {
  readonly program: Program;
  readonly rule: null;
  readonly observer: {
    onSamples(chunk: SampleChunk): void;
    finish(): Record<string, never>;
  };
  readonly warnings: readonly string[];
}

/** A calibration in the form that the lab runs: probes one after the other, then the estimate. */
export interface CalibrationJob extends ProbeRunPrepared {
  readonly device: string;
  readonly series: {
    readonly more: readonly ProbeRunPrepared[];
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
  /** Runs held-out programs on a twin; null: only the exact model predicts. */
  readonly twin: TwinRunner | null;
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
      if (request.against != null && parts.twin !== null) await parts.twin.require(request.against);
      return job(parts, request, descriptor);
    },
  };
}

/** What a calibration will take, before it is begun. */
export interface CalibrationCost {
  readonly probes: number;
  readonly heldOut: number;
  readonly shots: number;
  readonly deviceS: number;
  readonly parameters: number;
}

function planOf(request: CalibrateBody, descriptor: Descriptor) {
  const most = descriptor.sites.max;
  const sites = request.sites ?? Math.min(most, USUAL_SITES);
  if (sites > most) {
    throw new RelaxdError('invalid-input', `${descriptor.device} has no ${sites} sites`, {
      path: 'sites',
      value: sites,
      limit: most,
    });
  }
  const options = { sites, effort: request.effort ?? 1, parameters: {} };
  return {
    options,
    plan: planProbes(descriptor, options),
    held: heldOutPrograms(descriptor, sites),
  };
}

/** @throws RelaxdError `not-supported` for devices that no probe can measure, `invalid-input` */
export function calibrationCost(request: CalibrateBody, descriptor: Descriptor): CalibrationCost {
  const { plan, held } = planOf(request, descriptor);
  const { seconds } = descriptor.units.time;
  const heldS = held.reduce((sum, { shots, program }) => sum + shots * durationOf(program), 0);
  return {
    probes: plan.probes.length,
    heldOut: held.length,
    shots: plan.cost.shots + held.reduce((sum, { shots }) => sum + shots, 0),
    deviceS: plan.cost.deviceS + heldS * (seconds ?? 0),
    parameters: plan.parameters.count,
  };
}

const durationOf = (program: Readonly<Record<string, unknown>>): number =>
  program['duration'] as number;

function job(
  { estimator, twin, drawSeed }: CalibrateParts,
  request: CalibrateBody & { readonly device: string },
  descriptor: Descriptor,
): CalibrationJob {
  const { options, plan, held } = planOf(request, descriptor);
  const { sites } = options;
  const seed = request.seed ?? drawSeed();
  const { reason, validForHours, activate = false, against = null } = request;
  const given = request.references ?? null;
  const references = referencesOf(
    given ?? USUAL_REFERENCES,
    plan.parameters.list.map(({ name }) => name),
  );
  const runs = [...plan.probes, ...held];
  const collectors = runs.map((run, k) => {
    const kind = 'kind' in run && k < plan.probes.length ? plan.probes[k]!.kind : 'heat';
    return new ProbeCollector(kind, sites, run.course.length, run.shots);
  });
  const prepared = runs.map(({ program }, k): ProbeRunPrepared => ({
    program: readProgram({ ...program, seed }),
    rule: null,
    observer: {
      onSamples: (chunk) => collectors[k]!.onSamples(chunk),
      finish: () => ({}),
    },
    warnings: [],
  }));
  return {
    ...prepared[0]!,
    device: request.device,
    series: {
      more: prepared.slice(1),
      async conclude(ended, end) {
        const data = collectors.map((collector) => collector.data);
        const report = await estimator.estimate(
          { descriptor: end.device.descriptor, options, references, data },
          end.signal,
        );
        const nowMs = Date.parse(end.now);
        const first = {
          report,
          device: end.device,
          probes: ended.map(({ run, program }, k) => ({
            name: runs[k]!.name,
            role: k < plan.probes.length ? ('fit' as const) : ('held-out' as const),
            program: program.hash,
            run,
            shots: runs[k]!.shots,
            deviceTimeS: secondsOf(descriptor, runs[k]!.shots * durationOf(runs[k]!.program)),
          })),
          job: end.job,
          now: end.now,
          until: validForHours == null ? null : isoTime(nowMs + validForHours * HOUR_MS),
          warnings: given === null ? [ASSUMED] : [],
        };
        const hashes = prepared
          .slice(plan.probes.length)
          .map(({ program }) => programHash(program));
        const exact = report.heldOut.map(({ measured, predicted }, k) =>
          heldOutHeat(hashes[k]!, measured, predicted),
        );
        const alone = calibrationRecord({ ...first, heldOut: exact, against: null });
        const shown =
          against === null || twin === null
            ? { heldOut: exact, warnings: [] }
            : await twin.heats(against, alone, {
                programs: prepared.slice(plan.probes.length).map(({ program }) => program),
                exact,
                seed,
                signal: end.signal,
              });
        const record = calibrationRecord({
          ...first,
          heldOut: shown.heldOut,
          against,
          warnings: [...first.warnings, ...shown.warnings],
        });
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

const ASSUMED =
  'it rests on references that were assumed, not measured: fieldGain 1 ± 0.5 % of each site, heatGain 1 ± 1 %';

const secondsOf = (descriptor: Descriptor, time: number): number | null => {
  const { seconds } = descriptor.units.time;
  return seconds === null ? null : seconds * time;
};

/** What the contract prints, with the record's other parts that a person looks at first. */
function resultOf(record: Calibration): Readonly<Record<string, unknown>> {
  const { id, parameters, heldOut, unidentified, fit, probes, validity, against, warnings } =
    record;
  return {
    calibration: {
      id,
      state: 'proposed',
      parameters: parameters.map(({ name, value, standardError, unit, identified }) => ({
        name,
        value,
        standardError,
        unit,
        identified,
      })),
    },
    heldOut,
    unidentified,
    fit,
    probes,
    validity,
    against,
    warnings,
  };
}
