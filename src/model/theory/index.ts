export {
  agsRetrieval,
  agsSpinGlass,
  agsZeroTemperature,
  glassTemperature,
  hopfieldCapacity,
  retrievalGroundTemperature,
  retrievalTemperature,
  type AgsState,
} from './ags.js';
export {
  bidirectionalCapacity,
  denseCapacity,
  errorFreeMemories,
  exponentialRate,
  exponentialTypicalRate,
  oneStepCapacity,
  ramsauerBase,
  storkeyMemories,
  type DenseInteraction,
} from './capacity-laws.js';
export { curieWeiss, type CurieWeiss } from './curie-weiss.js';
export {
  denseBasinEdge,
  denseRetrievalOverlap,
  denseSpinodal,
  denseTransitionTemperature,
  meanFieldOverlap,
  spinEntropy,
} from './dense-mean-field.js';
export type { DmftCourse, DmftErrors } from './dmft/course.js';
export type { DmftInteraction, DmftSetting } from './dmft/setting.js';
export { solveDmft } from './dmft/solve-dmft.js';
export { erf, erfc, normalDensity, normalTail } from './erf.js';
export { gaussHermite, gaussianAverage, type Quadrature } from './gaussian-average.js';
export { gaussLegendre } from './gauss-legendre.js';
export {
  additiveNoiseLimit,
  dilutionKappa,
  imperfectCapacity,
  imperfectOverlap,
  optimalStep,
  quantiserKappa,
  saturationKappa,
  signKappa,
  ternaryKappa,
  type CouplingNoise,
} from './imperfect-couplings.js';
export { retrievalBound, type RetrievalBound } from './landauer.js';
export type { Capacity } from './load-curve.js';
export { loadedStates, type LoadedMemory, type LoadedStates } from './loaded-memory.js';
export {
  denseOneStepBitError,
  denseOneStepOverlap,
  oneStepBitError,
  oneStepOverlap,
} from './one-step.js';
export { isingCriticalTemperature, isingEnergy, isingMagnetisation } from './onsager.js';
export {
  atOtherMemory,
  atTarget,
  drivenOverlapDynamics,
  POPULATION_SIGNS,
  type DrivenOverlapCourse,
  type DrivenOverlapSetting,
} from './overlap-dynamics.js';
export { quasiStaticRamp, type QuasiStaticRamp } from './quasi-static.js';
export { findMaximum, findRoot, findThreshold } from './search.js';
export { sequenceCapacity, sequenceOverlap } from './sequence-theory.js';
export { switchingField, type Switching } from './switching.js';
export { loadDmft, loadTheories, type TheoryRoom } from './load-theories.js';
