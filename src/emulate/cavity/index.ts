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
export {
  CAVITY_DEFAULTS,
  cavityLight,
  lightDelay,
  lightTemperature,
  type CavityLight,
} from './cavity-light.js';
export { localTerm, programCouplings } from './judge-couplings.js';
export { DEFAULT_PUMP } from './control-course.js';
export {
  decompose,
  isMediated,
  leastEigenvalue,
  mediatedCouplings,
  type LocalTerm,
  type MediatedCouplings,
} from './mediated-couplings.js';
export { HomodyneTrajectory } from './quantum/homodyne-trajectory.js';
export { LindbladAverage } from './quantum/lindblad.js';
export { spinLight, type SpinLight } from './quantum/spin-light.js';
export {
  SEMICLASSICAL_KERNELS,
  type SemiclassicalKernelName,
} from './semiclassical/choose-kernel.js';
export { HeunSpins, StrangSpins } from './semiclassical/eliminated-spins.js';
export {
  endEntropy,
  entropyAgainstRamp,
  rampEnds,
  type EndEntropy,
  type PumpRamp,
} from './semiclassical/ramp-entropy.js';
export type { SemiclassicalKernel } from './semiclassical/semiclassical-kernel.js';
export { semiclassicalTemperature } from './semiclassical/semiclassical-violations.js';
export { WignerSpins } from './semiclassical/truncated-wigner.js';
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
