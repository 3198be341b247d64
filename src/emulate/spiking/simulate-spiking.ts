import type { ResolvedProgram } from '../../device/index.js';
import type { Engine } from '../../kernels/index.js';
import { requireAlgorithm } from '../require-algorithm.js';
import type { Simulate } from '../simulation.js';
import { ReferenceOverlaps } from '../spin/reference-overlaps.js';
import { ClockedNeurons } from './clocked-neurons.js';
import { LifNetwork } from './lif-network.js';
import { isEventDriven, neuronOf } from './neuron.js';
import { spikingLedger, type NeuronDynamics } from './neuron-dynamics.js';
import { SteppedNeurons } from './stepped-neurons.js';

/**
 * The neurons of a program.
 * @param engine null: plain arrays and models
 */
export function neuronDynamics(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>>,
  engine: Engine | null = null,
): NeuronDynamics {
  const neuron = neuronOf(program, parameters);
  if (isEventDriven(program)) return new LifNetwork(program, neuron, engine);
  if (neuron.kind === 'memoryless' && program.dynamics.order === 'continuous-time') {
    return new ClockedNeurons(program, neuron, engine);
  }
  return new SteppedNeurons(program, neuron, engine);
}

/** Simulator of spiking neurons (rule spiking). */
export const simulate: Simulate = (task, sink) => {
  const { program, parameters, times, firstShot, shots } = task;
  const dynamics = neuronDynamics(program, parameters, task.engine);
  requireAlgorithm(
    task.algorithm,
    [dynamics.algorithm],
    'leave it out: dynamics chooses the neurons and their clock',
  );
  sink.algorithm(dynamics.algorithm);
  const overlaps = new ReferenceOverlaps(program, dynamics.system.model);
  const everyOverlap = program.readout.channels.includes('overlaps');
  for (let k = 0; k < shots; k++) {
    dynamics.onProgress = (t) => sink.progress((k + t / program.duration) / shots);
    dynamics.begin(firstShot + k);
    for (let step = 0; step < times.length; step++) {
      dynamics.advanceTo(times[step]!);
      if (everyOverlap || step === times.length - 1) overlaps.read();
      sink.readout({
        shot: firstShot + k,
        step,
        energy: NaN,
        work: NaN,
        heat: NaN,
        overlaps: overlaps.values,
        state: dynamics.system.state,
      });
    }
    sink.shotEnd(spikingLedger(dynamics));
    sink.progress((k + 1) / shots);
  }
};
