export { EmulatedDevice, type Emulation } from './emulated-device.js';
export type {
  Readout,
  SimulationSink,
  SimulationTask,
  Simulate,
  SimulatorModule,
} from './simulation.js';
