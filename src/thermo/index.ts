export { l1Distance, relativeEntropy, shannonEntropy } from './distribution.js';
export {
  exponentialAverage,
  fitCrooks,
  fitDetailed,
  integralAverage,
  jarzynskiAverage,
  speedLimitBound,
  uncertaintyRatio,
  type CrooksFit,
  type DetailedFit,
  type ExponentialAverage,
} from './fluctuation.js';
export {
  HaradaSasa,
  impulseResponse,
  type HaradaSasaBin,
  type HaradaSasaSetting,
} from './harada-sasa.js';
export {
  freeEnergyFromWork,
  LARGEST_SHARE,
  LEAST_EFFECTIVE,
  weightsOf,
  whyNotTrusted,
  type FreeEnergyEstimate,
} from './free-energy.js';
export { histogramEntropy, type HistogramEntropy } from './histogram-entropy.js';
export {
  burnInCaveat,
  judgeCrooks,
  judgeRun,
  LEAST_SHOTS,
  VIOLATION_SIGMA,
  type CrooksSide,
  type ShotTotals,
  type ThermoVerdict,
  type VerdictKind,
} from './judge-run.js';
export type { EndEntropy } from './end-entropy.js';
export { GaussianEnds } from './gaussian-ends.js';
export {
  RunLedger,
  type EquilibriumStart,
  type ShotLedger,
  type StartKnowledge,
  type ThermoContext,
} from './ledger.js';
export { ReadoutMoments } from './readout-moments.js';
export { bootstrap, jackknife, type ResampledStatistic } from './resampling.js';
export {
  isOwnReverse,
  readRunStatement,
  runStatement,
  whyNotReverse,
  type RunStatement,
} from './run-statement.js';
export { SpinMarginals, spinEntropy } from './spin-marginals.js';
export { CompensatedSum, moments, RunningMoments } from './statistics.js';
export { interval95, student95 } from './student.js';
export {
  FIRST_LAW_TOLERANCE,
  summariseLedger,
  type EntropyBounds,
  type LedgerSummary,
} from './summarise-ledger.js';
export { blockedError, timeAverage, type TimeAverage } from './time-average.js';
export {
  equipartitionTemperature,
  inJoules,
  inKelvin,
  thermodynamicAdvantage,
  type Advantage,
  type EnergyUnit,
  type Readout as CalibratedReadout,
} from './temperature.js';
