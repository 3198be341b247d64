export { applyRule, MAX_DENSE_SITES } from './apply-rule.js';
export { cholesky, inverseFromFactor, type CholeskyResult } from './cholesky.js';
export { continuousHopfieldEnergy, continuousHopfieldStep } from './continuous-hopfield.js';
export { createSpinModel } from './create-spin-model.js';
export { ExponentialModel } from './exponential-model.js';
export { exponentialSumSign } from './exponential-sum-sign.js';
export { hebbCouplings, patternOverlaps } from './hebb.js';
export { formatRule, parseRule, RULE_FORMS, type LearningRule } from './learning-rule.js';
export { decayTable, LogSumExpModel } from './log-sum-exp-model.js';
export { memoryEnergy } from './memory-energy.js';
export {
  DERIVED,
  plainArrays,
  rowProducts,
  type CouplingArray,
  type CouplingType,
  type FieldArray,
  type ModelArrays,
} from './model-arrays.js';
export { PairwiseModel } from './pairwise-model.js';
export {
  krotovHopfieldEnergy,
  MAX_DEGREE,
  PolynomialModel,
  polynomialSum,
} from './polynomial-model.js';
export { differenceTable, powerTable } from './polynomial-table.js';
export { dreamingWeights, projectionWeights, weightedCouplings } from './projection.js';
export { SequenceModel } from './sequence-model.js';
export { SparseModel } from './sparse-model.js';
export type { MemoryInteraction, SpinCouplings, SpinModel } from './spin-model.js';
export { isSymmetric } from './square-matrix.js';
export { squareLattice } from './square-lattice.js';
export { storkeyCouplings } from './storkey.js';
export { WeightedModel } from './weighted-model.js';
export * from './theory/index.js';
