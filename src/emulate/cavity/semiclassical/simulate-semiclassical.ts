import type { Simulate } from '../../simulation.js';
import { runSideBySide } from '../spins-side-by-side.js';
import { VectorColumns } from './vector-columns.js';

/**
 * The cavity at fidelity `semiclassical` (physics page §4.3a, b): vector spins that the pump's ramp drives out of the
 * normal phase. States are sign(x), through the readout; energies, work and heat are those of H/S in ħω_z.
 */
export const simulateSemiclassical: Simulate = (task, sink) => {
  runSideBySide(task, sink, new VectorColumns(task.program, task.parameters, task.engine));
};
