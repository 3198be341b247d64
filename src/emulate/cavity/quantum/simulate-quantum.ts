import type { Simulate } from '../../simulation.js';
import { runSideBySide } from '../spins-side-by-side.js';
import { RecordColumns } from './record-columns.js';

/**
 * The cavity at fidelity `quantum` (physics page §4.3c): spins ½ in a pure state that follows the homodyne record of the
 * light that leaves the cavity; every shot is one record. States are sign⟨S^x⟩, through the readout; energies are
 * ⟨H⟩/S in ħω_z with S = ½.
 */
export const simulateQuantum: Simulate = (task, sink) => {
  runSideBySide(task, sink, new RecordColumns(task.program, task.parameters, task.engine));
};
