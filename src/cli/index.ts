export { runCli } from './cli.js';
export type {
  BoardSimProcess,
  BoardSimRequest,
  Composition,
  NodeRequest,
  ServeOptions,
  ServeRequest,
  ServingProcess,
} from './composition.js';
export { readText } from './text-files.js';
