import type { TSchema } from 'typebox';
import { RelaxdError, type EngineKind } from '../core/index.js';
import {
  PROGRAM_SCHEMA,
  programDocument,
  readProgram,
  rememberProgramHash,
  type Calibration,
  type Descriptor,
  type DeviceResult,
  type Program,
  type SampleChunk,
} from '../device/index.js';
import { calibrationOf, type CalibrationSource } from './calibrated/calibration-of.js';
import type { Compiler } from './compiler.js';
import {
  RETRIEVE_BODY_SCHEMA,
  RUN_BODY_SCHEMA,
  type RetrieveBody,
  type RunBody,
} from './job-bodies.js';
import { withoutStore, type StoredMemorySet } from './memories-of.js';
import { RetrievalObserver } from './retrieval-observer.js';

/** What a job kind asks of the lab that it works for. */
interface Preparation {
  readonly descriptor: (device: string) => Promise<Descriptor>;
  readonly memorySet: StoredMemorySet;
  readonly program: (hash: string) => Promise<Program | null>;
  /** In force on a device; null, or left out: there is none. */
  readonly calibration?: (device: string) => Promise<Calibration | null>;
}

export interface CompiledJob {
  readonly device: string;
  readonly program: Program;
  readonly rule: string | null;
  readonly engine: EngineKind | null;
  readonly algorithm: string | null;
  readonly observer: {
    onSamples(chunk: SampleChunk): void;
    finish(result: DeviceResult): Record<string, unknown> & {
      readonly warnings?: readonly string[];
    };
  } | null;
  readonly warnings: readonly string[];
}

/** A kind of job in the form that the lab registers. */
export interface CompiledKind {
  readonly name: string;
  readonly schema: TSchema;
  /** `prepare` compiles nothing. */
  readonly cheap?: boolean;
  /** Of members that the schema leaves open. */
  readonly members?: Readonly<Record<string, TSchema>>;
  prepare(body: unknown, context: Preparation): Promise<CompiledJob>;
}

/** `{"kind":"retrieve","device":…,"memories":…,"rule":…,"target":…,"corrupt":…,…}` */
export function retrieveKind(compiler: Compiler): CompiledKind {
  return {
    name: 'retrieve',
    schema: RETRIEVE_BODY_SCHEMA,
    async prepare(body, context) {
      const {
        memories: source,
        calibration: wanted = null,
        engine,
        algorithm,
        ...request
      } = body as RetrieveBody & { readonly device: string };
      const calibration =
        wanted === null ? null : await calibrationOf(wanted, request.device, inForce(context));
      const plan = await compiler.planRetrieval({
        request: { ...request, calibration },
        memories: await withoutStore(source, context.memorySet),
        descriptor: await context.descriptor(request.device),
      });
      rememberProgramHash(plan.program, plan.hash);
      const observer = new RetrievalObserver(
        plan.target,
        plan.references,
        plan.pattern,
        plan.program.duration,
      );
      return {
        device: request.device,
        program: plan.program,
        rule: plan.rule,
        engine: engine ?? null,
        algorithm: algorithm ?? null,
        observer: {
          onSamples: (chunk) => observer.onSamples(chunk),
          finish: (result) => ({ ...observer.finish(result) }),
        },
        warnings: plan.warnings,
      };
    },
  };
}

/** `{"kind":"run","device":…,"program":{…}|"sha256:…","seed":…,"shots":…}` */
export const runKind: CompiledKind = {
  name: 'run',
  schema: RUN_BODY_SCHEMA,
  cheap: true,
  members: { program: PROGRAM_SCHEMA },
  async prepare(body, context) {
    const request = body as RunBody & { readonly device: string };
    const stored = await programOf(request.program, context);
    // Read again with what the body overrides, so that inputs for each shot still have to fit.
    const program =
      (request.seed ?? request.shots ?? null) === null
        ? stored
        : readProgram({
            ...programDocument(stored),
            ...(request.seed === undefined || request.seed === null ? {} : { seed: request.seed }),
            ...(request.shots === undefined || request.shots === null
              ? {}
              : { shots: request.shots }),
          });
    return {
      device: request.device,
      program,
      rule: null,
      engine: request.engine ?? null,
      algorithm: request.algorithm ?? null,
      observer: null,
      warnings: [],
    };
  },
};

/** A run is only begun under the calibration in force: no other one is of use to it. */
function inForce(context: Preparation): CalibrationSource {
  const active = async (device: string): Promise<Calibration | null> =>
    (await context.calibration?.(device)) ?? null;
  return {
    active,
    async byId(id, device) {
      const found = await active(device);
      if (found?.id === id) return found;
      throw new RelaxdError(
        'calibration-changed',
        `${device}: the calibration that the program is to be corrected for is not in force`,
        {
          path: 'calibration',
          value: id,
          limit: found?.id ?? null,
          hint: "say 'active', or put that one in force",
        },
      );
    },
  };
}

async function programOf(source: string | object, context: Preparation): Promise<Program> {
  if (typeof source !== 'string') return readProgram(source);
  const program = await context.program(source);
  if (program !== null) return program;
  throw new RelaxdError('unknown-program', `there is no stored program ${source}`, {
    path: 'program',
    value: source,
    hint: 'POST /v1/programs stores one and answers with its hash',
  });
}
