import { withoutStore, type CompiledKind } from '../compile/index.js';
import { rememberProgramHash } from '../device/index.js';
import { DRIVE_BODY_SCHEMA, type DriveBody } from './drive-body.js';
import { DriveObserver } from './drive-observer.js';
import type { DrivePlanner } from './plan-drive.js';

/**
 * `{"kind":"drive","device":…,"memories":…,"order":…,"temperature":…,"from":…,"cue":…,"protocol":…,"release":…,…}`
 *
 * @param drawSeed where the body has none: the cue is drawn from it, so that it has to be known before the run
 */
export function driveKind(planner: DrivePlanner, drawSeed: () => number): CompiledKind {
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
      const { plan, hash } = await planner.plan({
        request: { ...request, seed: seed ?? drawSeed() },
        memories: await withoutStore(source, context.memorySet),
        descriptor: await context.descriptor(device),
      });
      rememberProgramHash(plan.program, hash);
      return {
        device,
        program: plan.program,
        rule: plan.rule,
        engine: engine ?? null,
        algorithm: algorithm ?? null,
        observer: new DriveObserver(plan),
        warnings: plan.warnings,
      };
    },
  };
}
