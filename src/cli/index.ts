export { runCli } from './cli.js';
export type {
  BoardSimProcess,
  BoardSimRequest,
  Composition,
  NodeRequest,
  ServeRequest,
  ServingProcess,
} from './composition.js';
export type { ConfigurationReport, StoreReport } from './config-command.js';
export { given } from './given.js';
export { readJson } from './text-files.js';
