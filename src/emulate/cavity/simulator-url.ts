import { compiledUrl } from '../../core/index.js';

/** The compiled simulator of the cavity, for worker threads. */
export const cavitySimulator: URL = compiledUrl(import.meta.url, './simulate-cavity.js');
