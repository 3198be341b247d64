export type { Parameter, Reference } from './parameter.js';
export { coordinateOf, valueOf } from './parameter.js';
export {
  Estimate,
  type CombinationEstimate,
  type EstimatedParameter,
  type OpenDirection,
} from './estimate.js';
export { profileInterval, type FoundMaximum, type ProfileOptions } from './profile-interval.js';
export { ArrowCovariance } from './arrow-covariance.js';
export { ArrowInformation, ArrowShape } from './arrow-information.js';
export { identifiability, type Combination, type Identifiability } from './identifiability.js';
export {
  maximiseLikelihood,
  type LikelihoodPoint,
  type Maximum,
  type SearchOptions,
} from './maximise-likelihood.js';
export {
  constantInputs,
  emptySystem,
  type InputCourse,
  type LinearSystem,
  type SampledShots,
  type StartOfShots,
} from './linear/linear-system.js';
export { linearLikelihood, type Likelihood } from './linear/linear-likelihood.js';
export { sampleShot, shotSampler } from './linear/sample-shot.js';
export { meanHeat, type MeanWithSlopes } from './linear/mean-heat.js';
export {
  CircuitParameters,
  timeUnitS,
  type BoardParameter,
  type NodeParameter,
  type NominalCircuit,
} from './circuit/circuit-parameters.js';
export type { CircuitSetting } from './circuit/circuit-setting.js';
export { CircuitLikelihood, type RunResidual } from './circuit/circuit-likelihood.js';
export type { CircuitRun, CircuitStart } from './circuit/circuit-run.js';
export { predictHeat } from './circuit/predict-heat.js';
export { fitCircuit, type CircuitFit, type CircuitFitOptions } from './circuit/fit-circuit.js';
export type { RunSpread, SpreadTest } from './circuit/spread-test.js';
export { nominalCircuit } from './circuit/nominal-circuit.js';
export {
  circuitProbe,
  type CircuitProbe,
  type ProbeCost,
  type ProbeDrive,
  type ProbeSetting,
} from './circuit/circuit-probe.js';
export {
  allPairs,
  disjointRounds,
  planProbes,
  type PlanOptions,
  type ProbePlan,
} from './circuit/plan-probes.js';
export { CALIBRATE_BODY_SCHEMA, type CalibrateBody } from './job/calibrate-body.js';
export {
  calibrateKind,
  calibrationCost,
  type CalibrateKind,
  type CalibrateParts,
  type CalibrationCost,
} from './job/calibrate-kind.js';
export { calibratedAs } from './job/calibrated-as.js';
export { CHECK_BODY_SCHEMA, checkKind, type CheckKind } from './job/check-kind.js';
export {
  EstimatorThread,
  estimatorAside,
  estimatorHere,
  type EstimateWatch,
  type Estimator,
} from './job/estimator.js';
export {
  measuredSupply,
  USUAL_SUPPLY_GAIN,
  type CostOfRun,
  type SupplyReport,
} from './job/measured-supply.js';
export { heldOutPrograms } from './job/held-out.js';
export { fitSupply, type SupplyFit, type SupplyReading } from './supply/fit-supply.js';
export { supplyUse, type SupplyUse } from './supply/supply-use.js';
export { twinProgram, type TwinProgram } from './job/twin-program.js';
export { twinRunner, type TwinRunner } from './job/twin-runner.js';
export { TWIN_BODY_SCHEMA, type TwinBody } from './twin/twin-body.js';
export { twinKind, type TwinKind } from './twin/twin-kind.js';
export type { TwinReport } from './twin/twin-report.js';
export {
  compareTwin,
  type TwinComparison,
  type TwinFit,
  type TwinQuantity,
} from './twin/compare-twin.js';
export { scoreCheck, type Deviation } from './circuit/check-run.js';
export {
  averageRunLength,
  falseAlarmLength,
  nextChart,
  planChart,
  START as CHART_START,
  type ChartDesign,
  type ChartGoal,
  type ChartState,
  type PlannedChart,
} from './drift/control-chart.js';
export {
  fitQuarticWell,
  quarticParameters,
  type QuarticSamples,
  type QuarticStart,
} from './quartic/fit-quartic-well.js';
export { quarticLikelihood, type QuarticSystem } from './quartic/quartic-likelihood.js';
export { GLAUBER, POWER, type FlipKernel } from './spins/flip-kernels.js';
export {
  MOST_SPINS,
  spinLikelihood,
  type SpinRun,
  type SpinSetting,
} from './spins/spin-likelihood.js';
export { fitSpins } from './spins/fit-spins.js';
export { singleSpinLikelihood, type SingleSpinRun } from './spins/single-spin-likelihood.js';
export { isSpinDevice, spinDevice, type SpinAsked, type SpinDevice } from './spins/spin-device.js';
export { planSpins, spinCost, type SpinPlan, type SpinProbe } from './spins/spin-probe.js';
export { fitSpinKernel, type SiteRun, type SpinKernelFit } from './spins/fit-spin-kernel.js';
export { transitionTest, type TransitionTest } from './spins/transition-test.js';
export type { RecallProgram } from './spins/recall-programs.js';
export { measuredRecall, type SpinData } from './spins/measured-recall.js';
export { predictRecall, type RecallPrediction } from './spins/predict-recall.js';
export { estimateSpinDevice, siteRuns, type SpinReport } from './job/spin-estimate-task.js';
export {
  compareHeat,
  heldOutCycles,
  type HeatComparison,
  type MeanWithError,
} from './circuit/twin.js';
export {
  measureDissipation,
  type DirectHeat,
  type Dissipation,
  type DissipationRun,
  type SiteDissipation,
} from './dissipation/measure-dissipation.js';
export { DISSIPATION_BODY_SCHEMA, type DissipationBody } from './dissipation/dissipation-body.js';
export {
  dissipationKind,
  notTold,
  preparedDissipation,
  type DissipationKind,
  type PreparedDissipation,
} from './dissipation/dissipation-kind.js';
export type { DissipationReport } from './dissipation/dissipation-report.js';
export type { DissipationRecords, StepResponse } from './dissipation/dissipation-records.js';
