export { runCli } from './cli.js';
export type { Composition, ServeOptions, ServeRequest, ServingProcess } from './composition.js';
export { readText } from './text-files.js';
