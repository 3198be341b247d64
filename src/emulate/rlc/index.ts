export { rlcShotsABlock } from './columns/shots-a-block.js';
export { realiseRlc, type RlcProgram } from './realise-rlc.js';
export {
  benchPreset,
  listedCells,
  rlcCouplingStep,
  rlcDescriptor,
  SPU8,
  type RlcPreset,
} from './rlc-descriptor.js';
export { BENCH_CELL, rlcUnits, SPU8_CELL, type RlcComponents, type RlcUnits } from './rlc-units.js';
export { rlcViolations } from './rlc-violations.js';
export { rlcSimulatorUrl } from './simulator-url.js';
