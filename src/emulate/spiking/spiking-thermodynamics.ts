import type { ResolvedProgram } from '../../device/index.js';
import type { ThermoContext } from '../../thermo/index.js';
import { bathsOf } from '../baths.js';
import { leastValue } from '../curve-course.js';
import { neuronKernel } from './neuron.js';

/**
 * What can be said of the thermodynamics of spiking neurons: nothing of energies; of entropy in the memoryless limit,
 * where a decision and its reverse both have a probability (physics page §2.10).
 */
export function spikingThermodynamics(program: ResolvedProgram): ThermoContext {
  const { kind } = neuronKernel(program);
  const { controls, dynamics, duration, sites } = program;
  const { baths } = bathsOf(program);
  const least =
    controls.temperature === undefined
      ? (dynamics.temperature as number)
      : leastValue(controls.temperature, duration);
  let noEntropy: string | null = null;
  if (kind !== 'memoryless') {
    noEntropy =
      'a spike resets its neuron, and no reverse process undoes that; only memoryless neurons (dynamics.kernel) have it';
  } else if (least === 0) {
    noEntropy = 'the noise is at T = 0 for at least part of the run, where it is infinite';
  }
  return {
    sites,
    baths: baths.map((bath) => ({ ...bath, name: 'escape noise' })),
    noEnergy: 'neurons are fed by current sources and reset by each spike, so they have no energy',
    noHeat:
      'there is no energy that could be given off; what a spike costs electrically is not modelled',
    noEntropy,
    entropyMethod: 'medium',
    jarzynskiBeta: null,
    noJarzynski: 'without an energy there is no work and no equilibrium to start from',
  };
}
