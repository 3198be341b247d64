export type { FaultInjector } from './bench.js';
export type { FailedCheck, GroupReport, SkippedCheck } from './checks.js';
export {
  conform,
  CONFORMANCE_GROUPS,
  type ConformanceGroup,
  type ConformanceOptions,
  type ConformanceReport,
} from './conform.js';
export { junitReport } from './junit.js';
