import { compiledUrl } from '../../core/index.js';

/** The compiled simulator of underdamped circuits, for the worker threads. */
export const rlcSimulatorUrl = (): URL => compiledUrl(import.meta.url, './simulate-rlc.js');
