export {
  finalStateEntropy,
  magnetisations,
  steepestDescentEntropy,
  SYMMETRY_FLOOR,
} from './final-states.js';
export {
  edwardsAnderson,
  meanOverlapDistribution,
  overlapDistribution,
  overlapMean,
  parisiOverlap,
  parisiSteps,
  selfOverlap,
  type OverlapDistribution,
} from './overlap-distribution.js';
export {
  overlapMatrix,
  pairOverlaps,
  type OverlapMatrix,
  type ReplicaStates,
} from './overlap-matrix.js';
export { tripleCorrelator, tripleCorrelators, type TripleCorrelators } from './ultrametricity.js';
