export {
  enumerateLandscape,
  enumeratePlasticLandscape,
  MOST_ENUMERATED_SITES,
  stateCode,
  stateOfCode,
  steepestDescentEnd,
  zeroTemperatureReturn,
  type Landscape,
  type StateCode,
} from './attractors.js';
export { basinSizes } from './basins.js';
export {
  bitErrorOf,
  cameraOf,
  CavityReadout,
  estimateVariances,
  readoutNoise,
  type ReadoutNoise,
} from './cavity-readout.js';
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
export { entropyAgainstRamp, rampEnds, type PumpRamp } from './semiclassical/ramp-entropy.js';
export type { SemiclassicalKernel } from './semiclassical/semiclassical-kernel.js';
export { semiclassicalTemperature } from './semiclassical/semiclassical-violations.js';
export { WignerSpins } from './semiclassical/truncated-wigner.js';
export { cavityThermodynamics, cavityViolations, cavityWarnings } from './cavity-violations.js';
export { CavityKernel, type KernelOptions } from './cavity-kernel.js';
export { ConfocalVectors } from './confocal-vectors.js';
export {
  couplingGradients,
  couplingsFromPositions,
  doubleSumFromPairsOnce,
  pairsOnceFromDoubleSum,
  positionWarnings,
  type CavityPositions,
} from './couplings-from-positions.js';
export {
  detectedPhotons,
  EmissionCamera,
  imagingDamping,
  squareView,
  VACUUM_VARIANCE,
  type CameraOptions,
  type Detection,
  type PixelGrid,
} from './emission-camera.js';
export { EmissionKernel, type EmissionOptions } from './emission-kernel.js';
export { gaussianPositions, sherringtonKirkpatrick } from './disorder.js';
export { encodedProgram, encodeMemories } from './encode-memories.js';
export { Encoder, firstIndependent, largestBasins, type SpinPattern } from './encoder.js';
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
export { hermiteFunctions, hermiteGaussSum } from './mode-sum.js';
export * from './observables/index.js';
export { Plasticity, rmsDisplacement, stiffnessFor, tweezerStiffness } from './plasticity.js';
export { Quench } from './quench.js';
export {
  attractorRecall,
  capacity,
  cueErrors,
  exactRecall,
  memoriesAbove,
  RECALL_THRESHOLD,
  type Capacity,
  type CapacityDefinition,
  type DiscreteRule,
} from './recall.js';
export { codeOverlap, replicaOverlaps } from './replicas.js';
export { simulate as simulateCavity } from './simulate-cavity.js';
export { cavitySimulator } from './simulator-url.js';
