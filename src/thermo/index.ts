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
export {
  HaradaSasa,
  impulseResponse,
  type HaradaSasaBin,
  type HaradaSasaSetting,
} from './harada-sasa.js';
export { histogramEntropy, type HistogramEntropy } from './histogram-entropy.js';
export { RunLedger, type ShotLedger, type ThermoContext } from './ledger.js';
export { ReadoutMoments } from './readout-moments.js';
export { bootstrap, jackknife, type ResampledStatistic } from './resampling.js';
export { CompensatedSum, moments, RunningMoments } from './statistics.js';
export { FIRST_LAW_TOLERANCE, summariseLedger, type LedgerSummary } from './summarise-ledger.js';
