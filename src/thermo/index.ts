export { l1Distance, relativeEntropy, shannonEntropy } from './distribution.js';
export {
  exponentialAverage,
  fitCrooks,
  jarzynskiAverage,
  speedLimitBound,
  uncertaintyRatio,
  type CrooksFit,
  type ExponentialAverage,
} from './fluctuation.js';
