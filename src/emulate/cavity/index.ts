export {
  enumerateLandscape,
  MOST_ENUMERATED_SITES,
  stateCode,
  stateOfCode,
  steepestDescentEnd,
  zeroTemperatureReturn,
  type Landscape,
  type StateCode,
} from './attractors.js';
export { cavityThermodynamics, cavityViolations, cavityWarnings } from './cavity-violations.js';
export { CavityKernel, type KernelOptions } from './cavity-kernel.js';
export {
  couplingGradients,
  couplingsFromPositions,
  doubleSumFromPairsOnce,
  pairsOnceFromDoubleSum,
  positionWarnings,
  type CavityPositions,
} from './couplings-from-positions.js';
export { gaussianPositions, sherringtonKirkpatrick } from './disorder.js';
export {
  cavityLengthM,
  FAMILIES,
  FIELD_DECAY_HZ,
  freeSpectralRangeHz,
  INTERACTION_RANGE_M,
  localStrength,
  MIRROR_CURVATURE_M,
  MODE_SPACING,
  modeWaistM,
  recoilHz,
  WAVELENGTH_M,
  type CavityGeometry,
} from './geometry.js';
export { descentRecall } from './kinetic/descent-recall.js';
export {
  CavityLaw,
  DephasedLaw,
  OhmicLaw,
  PowerLaw,
  SteepestLaw,
  type FlipLaw,
} from './kinetic/flip-law.js';
export type { CavityMode, FlipBath, OhmicBath } from './kinetic/flip-bath.js';
export {
  dephasedIntegral,
  effectiveTemperature,
  lorentzRatio,
  retardation,
  selfCoupling,
  weakCouplingIntegral,
} from './kinetic/rate-limits.js';
export { FlipIntegral, ladderFactor, secondOrderRate } from './kinetic/second-order-rate.js';
export { selfCouplings } from './self-couplings.js';
export { hermiteFunctions, hermiteGaussSum } from './mode-sum.js';
export { Quench } from './quench.js';
export {
  attractorRecall,
  cueErrors,
  exactRecall,
  memoriesAbove,
  RECALL_THRESHOLD,
  type DiscreteRule,
} from './recall.js';
export { codeOverlap, replicaOverlaps, tripleCorrelator } from './replicas.js';
export { simulate as simulateCavity } from './simulate-cavity.js';
export { cavitySimulator } from './simulator-url.js';
