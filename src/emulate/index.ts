export { requireParametersInRange } from './parameters-in-range.js';
export * from './cavity/index.js';
export { EmulatedDevice, type Emulation } from './emulated-device.js';
export type {
  Readout,
  SimulationSink,
  SimulationTask,
  Simulate,
  SimulatorModule,
} from './simulation.js';
export { entropyStatistics, type EntropyStatistics } from './spin/entropy-statistics.js';
export { exactDocument, type ExactDocument } from './spin/exact-document.js';
export type { QuantityMoments, WorkAndHeatMoments } from './spin/exact-moments.js';
export { solveExactly, type ExactSolution } from './spin/exact-spins.js';
export { HIDDEN_RATE, hiddenRateWarnings } from './spin/spin-parameters.js';
export { spinThermodynamics, spinWarnings } from './spin/spin-thermodynamics.js';
export { simulateHere, type BlockHere } from './simulate-here.js';
export { spinSimulatorUrl } from './spin/simulator-url.js';
export { MOST_DENSE_SITES, MOST_MEMORY_SIGNS, spinViolations } from './spin/spin-violations.js';
export * from './langevin/index.js';
export * from './spiking/index.js';
export * from './rlc/index.js';
export * from './network/index.js';
