import { compiledUrl } from '../../core/index.js';

/** The compiled simulator of overdamped circuits, for the worker threads. */
export const langevinSimulatorUrl = (): URL =>
  compiledUrl(import.meta.url, './simulate-circuit.js');
