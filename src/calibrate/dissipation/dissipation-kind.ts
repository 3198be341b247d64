import type { TSchema } from 'typebox';
import { RelaxdError } from '../../core/index.js';
import {
  readProgram,
  resolveProgram,
  type Calibration,
  type Descriptor,
  type Program,
} from '../../device/index.js';
import { normalTail } from '../../model/index.js';
import { circuitCalibration, requireSame } from '../job/circuit-calibration.js';
import type { Estimator } from '../job/estimator.js';
import type { PreparedProbe } from '../job/prepared-probe.js';
import { lostNote, lostShare, ProbeCollector } from '../job/probe-data.js';
import { assumptionsOf, toldAssumptions } from '../twin/assumptions.js';
import type { Assumption } from '../twin/draw-values.js';
import { unitsOf } from '../twin/twin-units.js';
import { calibratedEstimate } from './calibrated-estimate.js';
import { DISSIPATION_BODY_SCHEMA, USUAL_LAG, type DissipationBody } from './dissipation-body.js';
import type { DissipationReport } from './dissipation-report.js';
import { expectedDissipation, type ExpectedSite } from './expected-dissipation.js';
import type { Dissipation } from './measure-dissipation.js';
import { planDissipation, type DissipationPlan } from './plan-dissipation.js';

interface Preparation {
  descriptor(device: string): Promise<Descriptor>;
  program(hash: string): Promise<Program | null>;
  calibration?(device: string): Promise<Calibration | null>;
}
interface EndedRun {
  readonly run: string;
  readonly program: { readonly hash: string };
  readonly calibration: string | null;
}
export interface DissipationJob extends PreparedProbe {
  readonly device: string;
  readonly series: {
    readonly more: readonly PreparedProbe[];
    conclude(
      runs: readonly EndedRun[],
      end: { readonly signal: AbortSignal },
    ): Promise<{ readonly result: Readonly<Record<string, unknown>> }>;
  };
}
export interface DissipationKind {
  readonly name: 'dissipation';
  readonly schema: TSchema;
  prepare(body: unknown, context: Preparation): Promise<DissipationJob>;
}
export interface DissipationParts {
  readonly estimator: Pick<Estimator, 'dissipation'>;
  readonly nowMs: () => number;
  readonly drawSeed: () => number;
}

type Request = DissipationBody & { readonly device: string };

/** `{"kind":"dissipation","device":…,"program":…}`: the heat of each site of a program, by the violation of the fluctuation–response relation. */
export function dissipationKind(parts: DissipationParts): DissipationKind {
  return {
    name: 'dissipation',
    schema: DISSIPATION_BODY_SCHEMA,
    async prepare(body, context) {
      const request = body as Request;
      const { device, program: given } = request;
      const descriptor = await context.descriptor(device);
      const calibration = await circuitCalibration(
        request,
        descriptor,
        async () => (await context.calibration?.(device)) ?? null,
        { nowMs: parts.nowMs(), use: 'to read dissipation with', what: 'dissipation' },
      );
      const program = typeof given === 'string' ? await stored(given, context) : readProgram(given);
      return job(parts, request, preparedDissipation(request, program, calibration, descriptor));
    },
  };
}

async function stored(hash: string, context: Preparation): Promise<Program> {
  const program = await context.program(hash);
  if (program !== null) return program;
  throw new RelaxdError('invalid-input', `no program ${hash} is stored here`, {
    path: 'program',
    value: hash,
    hint: 'give the program itself',
  });
}

/** Everything that is known before anything runs. */
export interface PreparedDissipation {
  readonly program: Program;
  readonly calibration: Calibration;
  readonly descriptor: Descriptor;
  readonly assumed: readonly Assumption[];
  readonly lag: number;
  readonly plan: DissipationPlan;
  readonly expected: readonly ExpectedSite[];
}

/** @throws RelaxdError `not-supported` for programs or devices that nothing can be read off, `invalid-input` */
export function preparedDissipation(
  { shots, lag = USUAL_LAG, references = [] }: Omit<DissipationBody, 'program'>,
  given: Program,
  calibration: Calibration,
  descriptor: Descriptor,
): PreparedDissipation {
  const program = { ...given, ...(shots === undefined ? {} : { shots }) };
  const plan = planDissipation(program, descriptor, lag);
  // Work is not compared: nothing need be known of its monitor.
  const readout = { every: plan.at.course.interval, channels: ['state' as const] };
  const asked = { ...resolveProgram(program, descriptor, 0), readout };
  const assumed = assumptionsOf(asked, calibration, descriptor, references);
  const fit = calibratedEstimate(calibration, descriptor, plan.at.setting, assumed);
  const expected = expectedDissipation(fit, plan);
  return { program, calibration, descriptor, assumed, lag, plan, expected };
}

function job(
  { estimator, drawSeed }: DissipationParts,
  request: Request,
  prepared: PreparedDissipation,
): DissipationJob {
  const { program, calibration, descriptor, assumed, lag, plan, expected } = prepared;
  const seed = request.seed ?? program.seed ?? drawSeed();
  const collectors = plan.runs.map(
    ({ kind, samples, shots }) => new ProbeCollector(kind, program.sites, samples, shots),
  );
  const runs = plan.runs.map((run, k): PreparedProbe => ({
    // Of one seed an emulator's runs would have one noise.
    program: readProgram({ ...run.program, seed: (seed + k) % Number.MAX_SAFE_INTEGER }),
    rule: null,
    observer: { onSamples: (chunk) => collectors[k]!.onSamples(chunk), finish: () => ({}) },
    warnings: [],
  }));
  return {
    ...runs[0]!,
    device: request.device,
    series: {
      more: runs.slice(1),
      async conclude(ended, { signal }) {
        requireSame(ended, request.calibration == null ? calibration : null);
        const data = collectors.map((collector) => collector.data);
        const found = await estimator.dissipation(
          { program, calibration, descriptor, assumed, lag, data },
          signal,
        );
        const nominal = new Map(calibration.parameters.map((one) => [one.name, one.nominal]));
        const { energyJ, timeS } = unitsOf({ nominal: (name) => nominal.get(name) ?? undefined });
        const pValue = pValueOf(found);
        const report: DissipationReport = {
          version: 1,
          device: request.device,
          run: ended[0]!.run,
          programHash: ended[0]!.program.hash,
          calibration: calibration.id,
          interval: plan.at.course.interval,
          shots: program.shots,
          responses: {
            field: plan.responses[0]!.field,
            shots: plan.responses.reduce((sum, { shots }) => sum + 2 * shots, 0),
          },
          units: { energyJ, timeS },
          seed,
          ...found,
          pValue,
          agrees: pValue >= LEAST_P,
          assumed,
          warnings: warningsOf(prepared, lostShare(plan.runs, data), expected),
        };
        return { result: { ...report } };
      },
    },
  };
}

/** One false alarm in a thousand devices that do what their calibrations say. */
const LEAST_P = 1e-3;

/** Of the largest z of sites and monitor: Bonferroni's, which holds whatever their correlations are. */
function pValueOf({ sites, comparison }: Dissipation): number {
  const zs = [...sites.map(({ z }) => z), ...(comparison === null ? [] : [comparison.z])];
  const most = Math.max(...zs.map(Math.abs));
  return Math.min(1, 2 * zs.length * normalTail(most));
}

/** A current that is less than that many of its errors is not told from none. */
const TOLD = 3;

function warningsOf(
  { assumed, calibration, plan }: PreparedDissipation,
  lost: number,
  expected: readonly ExpectedSite[],
): string[] {
  const open = calibration.parameters.filter(({ identified }) => !identified);
  const shown = open.slice(0, 3).map(({ name }) => name);
  return [
    ...notTold(expected),
    ...(plan.hasHeat ? [] : ['the device has no heat monitor: nothing is set beside']),
    ...(assumed.length === 0
      ? []
      : [`assumed, not calibrated: ${toldAssumptions(assumed).join(', ')}`]),
    ...(open.length === 0
      ? []
      : [
          `${shown.join(', ')}${open.length > 3 ? ` and ${open.length - 3} more` : ''} are not identified: they are taken without an error`,
        ]),
    ...(lost > 0 ? [lostNote(lost)] : []),
  ];
}

/** Whether what is looked for can be seen, and what would help. */
export function notTold(expected: readonly ExpectedSite[]): string[] {
  return expected.flatMap(({ site, current, scatter, calibration }) => {
    const { mean, sem } = current;
    if (!(Math.abs(mean) > 0) || Math.abs(mean) >= TOLD * sem) return [];
    const most = Math.abs(mean) / TOLD;
    const help =
      calibration >= most
        ? 'the calibration leaves more than that open, whatever the shots'
        : `${Number((scatter ** 2 / (most ** 2 - calibration ** 2)).toPrecision(2))} times the shots would tell it`;
    return [
      `site ${site}: a current of ${Number(mean.toPrecision(2))} is not told from none within ± ${Number(sem.toPrecision(2))}: ${help}`,
    ];
  });
}
