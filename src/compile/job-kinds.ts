import type { TSchema } from 'typebox';
import { RelaxdError } from '../core/index.js';
import {
  programDocument,
  readProgram,
  type Descriptor,
  type DeviceResult,
  type Program,
  type SampleChunk,
} from '../device/index.js';
import {
  RETRIEVE_BODY_SCHEMA,
  RUN_BODY_SCHEMA,
  type RetrieveBody,
  type RunBody,
} from './job-bodies.js';
import { memoriesOf, type StoredMemorySet } from './memories-of.js';
import { prepareRetrieval } from './prepare-retrieval.js';

/** What a job kind asks of the lab that it works for. */
interface Preparation {
  descriptor(device: string): Promise<Descriptor>;
  readonly memorySet: StoredMemorySet;
  program(hash: string): Promise<Program | null>;
}

interface Prepared {
  readonly device: string;
  readonly program: Program;
  readonly rule: string | null;
  readonly observer: {
    onSamples(chunk: SampleChunk): void;
    finish(result: DeviceResult): Record<string, unknown>;
  } | null;
  readonly warnings: readonly string[];
}

/** A kind of job in the form that the lab registers. */
interface Kind {
  readonly name: string;
  readonly schema: TSchema;
  prepare(body: unknown, context: Preparation): Promise<Prepared>;
}

/** `{"kind":"retrieve","device":…,"memories":…,"rule":…,"target":…,"corrupt":…,…}` */
export const retrieveKind: Kind = {
  name: 'retrieve',
  schema: RETRIEVE_BODY_SCHEMA,
  async prepare(body, context) {
    const request = body as RetrieveBody & { readonly device: string };
    const memories = await memoriesOf(request.memories, context.memorySet);
    const retrieval = prepareRetrieval(
      { ...request, memories },
      await context.descriptor(request.device),
    );
    return {
      device: request.device,
      program: retrieval.program,
      rule: retrieval.rule,
      observer: {
        onSamples: (chunk) => retrieval.observer.onSamples(chunk),
        finish: (result) => ({ ...retrieval.observer.finish(result) }),
      },
      warnings: retrieval.warnings,
    };
  },
};

/** `{"kind":"run","device":…,"program":{…}|"sha256:…","seed":…,"shots":…}` */
export const runKind: Kind = {
  name: 'run',
  schema: RUN_BODY_SCHEMA,
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
    return { device: request.device, program, rule: null, observer: null, warnings: [] };
  },
};

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
