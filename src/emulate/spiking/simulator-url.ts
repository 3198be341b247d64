import { compiledUrl } from '../../core/index.js';

/** The compiled simulator of spiking neurons, for the worker threads. */
export const spikingSimulatorUrl = (): URL => compiledUrl(import.meta.url, './simulate-spiking.js');
