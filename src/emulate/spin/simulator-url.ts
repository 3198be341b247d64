import { compiledUrl } from '../../core/index.js';

/** The compiled simulator of ±1 spins, for the worker threads. */
export const spinSimulatorUrl = (): URL => compiledUrl(import.meta.url, './simulate-spins.js');
