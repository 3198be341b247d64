export {
  boardSeedOf,
  circuitDescriptor,
  couplingStep,
  DEFAULT_COUPLING_BITS,
  MOST_CIRCUIT_SITES,
  type CircuitDesign,
} from './circuit-descriptor.js';
export {
  CIRCUIT_PRESET,
  CIRCUIT_PRESETS,
  type CircuitPreset,
  type CircuitPresetName,
} from './circuit-presets.js';
export {
  IMPERFECTION_SETS,
  imperfectionParameters,
  imperfectionSet,
  type ImperfectionSet,
} from './imperfect/imperfection-parameters.js';
export { imperfectionsOf, isIdealCircuit, type Imperfections } from './imperfect/imperfections.js';
export { boardThermodynamics } from './imperfect/imperfect-thermodynamics.js';
export { circuitThermodynamics } from './circuit-thermodynamics.js';
export { circuitShotsABlock } from './columns/choose-columns.js';
export { CHIP, circuitUnits, type CircuitComponents, type CircuitUnits } from './circuit-units.js';
export { circuitViolations } from './circuit-violations.js';
export { couplingBiasPowerW, ElectricalDissipation } from './electrical-dissipation.js';
export { PathAction } from './path-action.js';
export { realiseCircuit } from './realise-circuit.js';
export { SampledHeat } from './sampled-heat.js';
export { sampledCurrents, type LinearCircuit, type SampledCurrent } from './sampling-bias.js';
export {
  ELEMENTARY_CHARGE_C,
  shotNoiseDensity,
  ShotNoiseNode,
  type ShotNoiseModel,
} from './shot-noise.js';
export { langevinSimulatorUrl } from './simulator-url.js';
export {
  RETRIEVAL_DEPTH,
  retrievalEigenvalue,
  storedSite,
  type StoredSite,
} from './stored-site.js';
export { COUPLING_RANGE } from './wells-descriptor.js';
export { fromWhitelam, toWhitelam, type CircuitMembers, type WhitelamCircuit } from './whitelam.js';
export { stationaryCovariance } from './lyapunov.js';
