import type { ResolvedProgram } from '../../../device/index.js';
import type { Engine } from '../../../kernels/index.js';
import type { SpinModel } from '../../../model/index.js';
import { Protocol } from '../../spin/protocol.js';
import { SpinSystem } from '../../spin/spin-system.js';
import { cavitySystem } from '../cavity-model.js';
import { kernelOf, ownTemperature } from './kinetic-kernel.js';

type Parameters = Readonly<Record<string, number>>;

/** Temperature of the bath before any control: the kernel's own, else the program's. */
export function bathTemperature(program: ResolvedProgram): number {
  const { temperature } = program.dynamics;
  return ownTemperature(kernelOf(program)) ?? (typeof temperature === 'number' ? temperature : NaN);
}

/** The pump scales J as the coupling control does (J ∝ pump power); a program has at most one of them. */
export function withPumpAsCoupling(program: ResolvedProgram): ResolvedProgram {
  const { pump, ...controls } = program.controls;
  return pump === undefined ? program : { ...program, controls: { ...controls, coupling: pump } };
}

/**
 * Spins, couplings and protocol of a kinetic program; the model is shared by the shots of this thread.
 * @param engine that pairwise fields are kept up to date on
 */
export function kineticSystem(
  program: ResolvedProgram,
  parameters: Parameters,
  engine: Engine,
): { readonly system: SpinSystem; readonly protocol: Protocol; readonly model: SpinModel } {
  const driven = withPumpAsCoupling(program);
  const protocol = new Protocol(driven, bathTemperature(program));
  // Fields of memories are asked for site by site: a call of compiled code takes longer than a few signs.
  const pairs = program.couplings.kind !== 'memories';
  const { model } = cavitySystem(program, parameters['modeDamping'] ?? 0, pairs ? engine : null);
  return { system: new SpinSystem(driven, protocol, model), protocol, model };
}
