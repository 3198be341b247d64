/** `relaxd bench`: workloads on every engine and in what others use, in turns, in one run. */
export type { BenchRow, Skipped } from './bench-row.js';
export type { GoalReached, ServiceGoalReached } from './goals.js';
export type { Machine, Peak } from './machine.js';
export { readOutside, type OutsideProgram } from './outside.js';
export { PEERS } from './peer-process.js';
export type { Laboratory } from './retrievals.js';
export {
  bestPeer,
  benchList,
  benchNames,
  chooseWorkloads,
  runBench,
  type BenchReport,
  type BenchRequest,
} from './run-bench.js';
export type { ThreadScaling } from './thread-scaling.js';
export type { Series, Sweep } from './sweep.js';
