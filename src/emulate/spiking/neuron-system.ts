import type { ResolvedProgram } from '../../device/index.js';
import type { Engine } from '../../kernels/index.js';
import { plainArrays, type ModelArrays } from '../../model/index.js';
import { engineArrays } from '../spin/engine-arrays.js';
import { memoriesOnKernels } from '../spin/memory-algorithm.js';
import type { Protocol } from '../spin/protocol.js';
import { SpinSystem } from '../spin/spin-system.js';

/** Where neurons keep what kernels work on. */
export const arraysOn = (engine: Engine | null): ModelArrays =>
  engine === null ? plainArrays : engineArrays(engine);

/** Couplings, fields and states of neurons, on an engine's kernels where there is one. */
export function neuronSystem(
  program: ResolvedProgram,
  protocol: Protocol,
  engine: Engine | null,
): SpinSystem {
  const model = engine === null ? null : memoriesOnKernels(program, engine, null);
  return new SpinSystem(program, protocol, model ?? undefined, arraysOn(engine));
}
