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
export { given } from './given.js';
export { readJson } from './text-files.js';
