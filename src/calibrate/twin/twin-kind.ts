import type { TSchema } from 'typebox';
import { checkDocument, RelaxdError, throwViolations, type EngineKind } from '../../core/index.js';
import {
  readoutTimes,
  resolveProgram,
  type Calibration,
  type Descriptor,
  type DeviceResult,
  type Program,
  type SampleChunk,
} from '../../device/index.js';
import { circuitCalibration, requireSame } from '../job/circuit-calibration.js';
import type { Estimator } from '../job/estimator.js';
import { assumptionsOf, MEASURED, toldAssumptions } from './assumptions.js';
import { calibratedCircuit, circuitDefaults } from './calibrated-circuit.js';
import type { TwinComparison } from './compare-twin.js';
import { ValueDraws, type Assumption } from './draw-values.js';
import { ShotNumbers, type ComparedShots } from './shot-numbers.js';
import { TWIN_BODY_SCHEMA, USUAL_DRAWS, type TwinBody } from './twin-body.js';
import type { TwinReport } from './twin-report.js';
import { unitsOf } from './twin-units.js';
import { workAtRest, type WorkAtRest } from './work-at-rest.js';

type Observed = Record<string, unknown> & { readonly warnings?: readonly string[] };
interface Observer {
  onSamples(chunk: SampleChunk): void;
  finish(result: DeviceResult): Observed | Promise<Observed>;
}

/** A job of one run, as its own kind prepares it. */
interface BaseJob {
  readonly program: Program;
  readonly rule: string | null;
  readonly engine?: EngineKind | null;
  readonly algorithm?: string | null;
  readonly observer: Observer | null;
  readonly warnings: readonly string[];
}
interface Preparation {
  descriptor(device: string): Promise<Descriptor>;
  memorySet(id: string): Promise<unknown>;
  program(hash: string): Promise<Program | null>;
  calibration?(device: string): Promise<Calibration | null>;
}
export interface BaseKind {
  readonly name: string;
  readonly schema: TSchema;
  prepare(body: unknown, context: Preparation): Promise<BaseJob>;
}

interface TwinEnd {
  readonly job: string;
  readonly now: string;
  readonly device: { readonly id: string; readonly descriptor: Descriptor };
  readonly signal: AbortSignal;
}
interface EndedRun {
  readonly run: string;
  readonly seed: number;
  readonly shots: number;
  readonly program: { readonly hash: string };
  readonly calibration: string | null;
}
export interface TwinJob extends BaseJob {
  readonly device: string;
  readonly observer: Observer;
  readonly series: {
    readonly more: readonly WorkAtRest[];
    conclude(
      runs: readonly EndedRun[],
      end: TwinEnd,
    ): Promise<{ readonly result: Readonly<Record<string, unknown>> }>;
  };
}
export interface TwinKind {
  readonly name: 'twin';
  readonly schema: TSchema;
  prepare(body: unknown, context: Preparation): Promise<TwinJob>;
}

export interface TwinParts {
  readonly estimator: Estimator;
  /** What may be compared. */
  readonly bases: readonly BaseKind[];
  readonly nowMs: () => number;
  readonly drawSeed: () => number;
}

/** `{"kind":"twin","device":…,"base":{a run or retrieve body}}`: one job on a device and on its twin, and how far they are apart. */
export function twinKind(parts: TwinParts): TwinKind {
  return {
    name: 'twin',
    schema: TWIN_BODY_SCHEMA,
    async prepare(body, context) {
      const request = body as TwinBody & { readonly device: string };
      const descriptor = await context.descriptor(request.device);
      const calibration = await circuitCalibration(
        request,
        descriptor,
        async () => (await context.calibration?.(request.device)) ?? null,
        { nowMs: parts.nowMs(), use: 'to make a twin of', what: 'twin' },
      );
      const base = await baseOf(parts.bases, request, context);
      return twinJob(parts, request, base, calibration, descriptor);
    },
  };
}

async function baseOf(
  bases: readonly BaseKind[],
  { base, device }: TwinBody & { readonly device: string },
  context: Preparation,
): Promise<BaseJob> {
  const { kind, device: other = device, ...own } = base as Readonly<Record<string, unknown>>;
  const found = bases.find(({ name }) => name === kind);
  const refuse = (path: string, message: string, value: unknown, limit: unknown): never => {
    throw new RelaxdError('invalid-input', message, { path, value, limit });
  };
  if (found === undefined) {
    return refuse(
      'base.kind',
      'a twin is compared with one run: the base is no such job',
      kind ?? null,
      bases.map(({ name }) => name),
    );
  }
  if (other !== device) {
    refuse('base.device', 'the base runs on the device of the job', other, device);
  }
  checkBase(found.schema, own);
  return found.prepare({ ...own, kind, device }, context);
}

/** Members that a kind's own preparation takes as they are. */
function checkBase(schema: TSchema, own: Readonly<Record<string, unknown>>): void {
  throwViolations('invalid-input', 'base of the twin job', checkDocument(schema, own, 'base'));
}

function twinJob(
  { estimator, drawSeed }: TwinParts,
  request: TwinBody & { readonly device: string },
  base: BaseJob,
  calibration: Calibration,
  descriptor: Descriptor,
): TwinJob {
  const { device, draws = USUAL_DRAWS } = request;
  const program = resolveProgram(base.program, descriptor, 0);
  const assumed = assumptionsOf(program, calibration, descriptor, request.references ?? []);
  // What has no twin is refused here, before anything runs.
  const values = new ValueDraws(calibration, assumed).draw(0, -1);
  calibratedCircuit(program, values, circuitDefaults(descriptor));
  const seed = request.seed ?? drawSeed();
  const rest = assumed.some(({ standardError }) => standardError === MEASURED)
    ? workAtRest(program, seed)
    : null;
  const { channels } = program.readout;
  const { references } = program;
  const compared: ComparedShots = {
    references,
    times: readoutTimes(program),
    shots: program.shots,
    work: channels.includes('work'),
    heat: channels.includes('heat'),
    course: channels.includes('overlaps') || channels.includes('state'),
  };
  const asked = request.target ?? null;
  if (asked !== null && asked >= references.length) {
    throw new RelaxdError('invalid-input', `the program has no reference ${asked}`, {
      path: 'target',
      value: asked,
      limit: references.length - 1,
    });
  }
  const kept = new ShotNumbers(compared);
  /** That of a retrieval is known once it has been summed up. */
  const found: { target: number | null } = { target: asked };
  return {
    ...base,
    device,
    observer: {
      onSamples(chunk) {
        base.observer?.onSamples(chunk);
        kept.onSamples(chunk);
      },
      async finish(result) {
        const own = (await base.observer?.finish(result)) ?? {};
        const retrieval = own['retrieval'] as { readonly target?: number } | undefined;
        found.target = retrieval?.target ?? asked;
        return own;
      },
    },
    series: {
      more: rest === null ? [] : [rest],
      async conclude([run], end) {
        requireSame([run!], request.calibration == null ? calibration : null);
        const { target } = found;
        const known = assumed.map((one) =>
          one.standardError === MEASURED ? rest!.offset(unitsOf(values)) : one,
        );
        const numbers = kept.numbers(target);
        const shots = Math.max(request.shots ?? 0, numbers.shots, LEAST_SHOTS);
        const comparison: TwinComparison = await estimator.twin(
          {
            program,
            calibration,
            descriptor,
            assumed: known,
            compared,
            target,
            device: numbers,
            draws,
            shots,
            seed,
          },
          end.signal,
        );
        const report: TwinReport = {
          version: 1,
          device,
          run: run!.run,
          programHash: run!.program.hash,
          base: String((request.base as { kind?: unknown }).kind),
          calibration: calibration.id,
          target,
          shots: { device: numbers.shots, twin: shots, draws },
          seed,
          ...comparison,
          assumed: known,
          warnings: warningsOf(calibration, known, rest !== null, channels, references.length),
        };
        return { result: { ...report } };
      },
    },
  };
}

/** Shots of a run of the twin at least. */
const LEAST_SHOTS = 20;

function warningsOf(
  calibration: Calibration,
  assumed: readonly Assumption[],
  measured: boolean,
  channels: readonly string[],
  references: number,
): string[] {
  const open = calibration.parameters.filter(({ identified }) => !identified);
  const shown = open.slice(0, 3).map(({ name }) => name);
  const isOffset = ({ parameter }: Assumption): boolean => measured && parameter === 'workOffset';
  const taken = assumed.filter((one) => !isOffset(one));
  return [
    ...(taken.length === 0
      ? []
      : [`assumed, not calibrated: ${toldAssumptions(taken).join(', ')}`]),
    ...(measured ? [`measured at rest: ${toldAssumptions(assumed.filter(isOffset)).join()}`] : []),
    ...(open.length === 0
      ? []
      : [
          `${shown.join(', ')}${open.length > 3 ? ` and ${open.length - 3} more` : ''} are not identified: the twin has what the fit started from, without an error`,
        ]),
    ...(['work', 'heat'] as const).flatMap((name) =>
      channels.includes(name)
        ? []
        : [`${name} is not compared: readout.channels does not ask for it`],
    ),
    ...(references === 0 ? ['no overlaps are compared: the program has no references'] : []),
  ];
}
