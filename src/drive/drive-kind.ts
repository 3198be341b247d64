import { memoriesOf, type StoredMemorySet } from '../compile/index.js';
import type { EngineKind, Type } from '../core/index.js';
import {
  rememberProgramHash,
  type Descriptor,
  type DeviceResult,
  type Program,
  type SampleChunk,
} from '../device/index.js';
import { memorySetDocument } from '../memory/index.js';
import { DRIVE_BODY_SCHEMA, type DriveBody } from './drive-body.js';
import { DriveObserver } from './drive-observer.js';
import type { DrivePlanner } from './plan-drive.js';

/** A kind of job in the form that the lab registers. */
interface Kind {
  readonly name: string;
  readonly schema: Type.TSchema;
  prepare(
    body: unknown,
    context: {
      readonly descriptor: (device: string) => Promise<Descriptor>;
      readonly memorySet: StoredMemorySet;
    },
  ): Promise<{
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
    };
    readonly warnings: readonly string[];
  }>;
}

/**
 * `{"kind":"drive","device":…,"memories":…,"order":…,"temperature":…,"from":…,"cue":…,"protocol":…,"release":…,…}`
 *
 * @param drawSeed where the body has none: the cue is drawn from it, so that it has to be known before the run
 */
export function driveKind(planner: DrivePlanner, drawSeed: () => number): Kind {
  return {
    name: 'drive',
    schema: DRIVE_BODY_SCHEMA,
    async prepare(body, context) {
      const {
        memories: source,
        engine,
        algorithm,
        seed,
        device,
        ...request
      } = body as DriveBody & { readonly device: string };
      const stored = typeof source === 'string' && source.startsWith('sha256:');
      const { plan, hash } = await planner.plan({
        request: { ...request, seed: seed ?? drawSeed() },
        memories: stored ? memorySetDocument(await memoriesOf(source, context.memorySet)) : source,
        descriptor: await context.descriptor(device),
      });
      rememberProgramHash(plan.program, hash);
      const observer = new DriveObserver(plan);
      return {
        device,
        program: plan.program,
        rule: plan.rule,
        engine: engine ?? null,
        algorithm: algorithm ?? null,
        observer,
        warnings: plan.warnings,
      };
    },
  };
}
