import { RelaxdError } from '../core/index.js';
import { descriptorHash, programHash, readProgram, resolveProgram } from '../device/index.js';
import { solveExactly } from '../emulate/index.js';
import type { Composition } from './composition.js';
import type { ShownResult } from './render-result.js';

/** The devices whose dynamics the master equation is that of. */
const EXACT_DEVICES = ['glauber'];

/** `relaxd run --exact`: the master equation's answer in the form of a result; its standard errors are zero. */
export async function runExactly(
  composition: Composition,
  document: unknown,
  deviceId: string,
): Promise<ShownResult> {
  const registry = await composition.openDevices();
  try {
    const device = registry.get(deviceId);
    if (!EXACT_DEVICES.includes(device.driver)) {
      throw new RelaxdError(
        'not-supported',
        `--exact solves the master equation of glauber, not of ${deviceId}`,
        {
          path: 'device',
          value: deviceId,
          limit: EXACT_DEVICES,
        },
      );
    }
    const descriptor = await device.describe();
    const program = readProgram(document);
    const violations = await device.validate(program);
    if (violations.length > 0) {
      throw new RelaxdError(
        'program-refused',
        `program on ${deviceId}: ${violations[0]!.path}: ${violations[0]!.message}`,
        {
          path: violations[0]!.path,
          violations,
        },
      );
    }
    const seed = program.seed ?? 0;
    const beganMs = composition.clock.monotonicMs();
    const { result } = solveExactly(resolveProgram(program, descriptor, seed));
    const { shots, deviceTime, engine, observables, final, thermodynamics, warnings } = result;
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
      observables,
      final,
      thermodynamics,
      warnings,
    } as ShownResult;
  } finally {
    await registry[Symbol.asyncDispose]();
  }
}
