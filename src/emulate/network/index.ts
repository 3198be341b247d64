export { LinearNetwork } from './linear-network.js';
export {
  GROUND,
  type Capacitor,
  type Inductor,
  type Netlist,
  type NetworkElement,
  type Resistor,
} from './netlist.js';
export {
  cellNetwork,
  ciliberto2013,
  spu8Network,
  twoCircuits,
  type CellNetwork,
  type TwoCircuits,
} from './network-presets.js';
export { networkProgram, type NetworkProgram } from './network-program.js';
export { NetworkSampler } from './network-sampler.js';
