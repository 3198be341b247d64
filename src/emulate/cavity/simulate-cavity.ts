import type { Simulate } from '../simulation.js';
import { fidelityOf } from './fidelities.js';

/** The cavity at the fidelity that the program names. */
export const simulate: Simulate = (task, sink) => fidelityOf(task.program).simulate(task, sink);
