export { covarianceError, meanError, type Friction, type Readouts } from './averaging-error.js';
export { fitMatrix, type FittedMatrix } from './fit-matrix.js';
export {
  planInverse,
  planLinearSolve,
  planSampling,
  type LinearPlan,
  type LinearProblem,
} from './plan-linear-algebra.js';
export { gaussianSamples, LinearAnswerReader, type LinearAnswer } from './read-linear-answer.js';
