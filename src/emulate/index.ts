export { EmulatedDevice, type Emulation } from './emulated-device.js';
export type {
  Readout,
  SimulationSink,
  SimulationTask,
  Simulate,
  SimulatorModule,
} from './simulation.js';
export { spinThermodynamics, spinWarnings } from './spin/spin-thermodynamics.js';
export { spinSimulatorUrl } from './spin/simulator-url.js';
export { MOST_DENSE_SITES, MOST_MEMORY_SIGNS, spinViolations } from './spin/spin-violations.js';
