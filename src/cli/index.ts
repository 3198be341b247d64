export { runCli } from './cli.js';
export type { Composition, ServeOptions, ServingProcess } from './composition.js';
