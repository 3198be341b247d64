export {
  DEFAULT_BENCH,
  DEFAULT_NEURON,
  firingRateHz,
  MEMBRANE_TIME_S,
  rheobaseA,
  type NeuronConstants,
} from './neuron.js';
export { spikingSimulatorUrl } from './simulator-url.js';
export { spikingThermodynamics } from './spiking-thermodynamics.js';
export { spikingViolations, spikingWarnings } from './spiking-violations.js';
