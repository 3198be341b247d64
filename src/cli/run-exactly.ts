import { RelaxdError, throwViolations } from '../core/index.js';
import { descriptorHash, programHash, readProgram, resolveProgram } from '../device/index.js';
import { exactDocument, solveExactly } from '../emulate/index.js';
import type { Composition } from './composition.js';
import type { ShownResult } from './render-result.js';

/** The feature of a descriptor whose dynamics the master equation is that of. */
const EXACT = 'master-equation';

/** `relaxd run --exact`: the master equation's answer in the form of a result; its standard errors are zero. */
export async function runExactly(
  composition: Composition,
  document: unknown,
  deviceId: string,
): Promise<ShownResult> {
  const registry = await composition.openDevices(deviceId);
  try {
    const device = registry.get(deviceId);
    const descriptor = await device.describe();
    if (!descriptor.features.includes(EXACT)) {
      throw new RelaxdError('not-supported', `--exact has no solution for ${deviceId}`, {
        path: 'device',
        value: deviceId,
        limit: `a device with the feature '${EXACT}', e.g. glauber`,
      });
    }
    const program = readProgram(document);
    throwViolations('program-refused', `program on ${deviceId}`, await device.validate(program));
    const seed = program.seed ?? 0;
    const beganMs = composition.clock.monotonicMs();
    const parameters = Object.fromEntries(
      (await device.readParameters()).map(({ name, value }) => [name, value ?? NaN]),
    );
    const resolved = resolveProgram(program, descriptor, seed);
    const solution = solveExactly(resolved, parameters);
    const {
      shots,
      deviceTime,
      engine,
      algorithm = null,
      observables,
      final,
      thermodynamics,
    } = solution.result;
    const { document: exact, warnings } = exactDocument(resolved, solution);
    return {
      version: 1,
      run: composition.ids.next(),
      job: composition.ids.next(),
      device: deviceId,
      origin: device.origin,
      seed,
      shots,
      durationS: (composition.clock.monotonicMs() - beganMs) / 1000,
      deviceTime,
      program: { hash: programHash(program), rule: null },
      descriptor: descriptorHash(descriptor),
      calibration: null,
      engine,
      algorithm,
      observables,
      final,
      thermodynamics,
      exact,
      warnings: [...solution.result.warnings, ...warnings],
    } as ShownResult;
  } finally {
    await registry[Symbol.asyncDispose]();
  }
}
