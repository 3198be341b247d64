export { DRIVE_BODY_SCHEMA, type DriveBody } from './drive-body.js';
export { driveKind } from './drive-kind.js';
export { driveOnDevice, type DriveRun } from './drive-on-device.js';
export { fitThreshold, type Threshold, type Trial } from './fit-threshold.js';
export { measureMinimum, theoreticalMinimum, type MinimalDrive } from './minimal-drive.js';
export { minimise, type BoxSearch, type Minimum } from './nelder-mead.js';
export {
  optimiseProtocol,
  type Candidate,
  type FoundProtocols,
  type Objective,
  type ProtocolSearch,
} from './optimise-protocol.js';
export { paretoFront } from './pareto-front.js';
export { PlannerThread, plannerHere, type DrivePlanner } from './plan-drive.js';
export {
  predictDrive,
  SUCCESS_ABOVE,
  type DriveModel,
  type DrivePrediction,
} from './predict-drive.js';
export { modelOf, prepareDrive, type DrivePlan, type DriveRequest } from './prepare-drive.js';
export {
  ramp,
  readProtocol,
  step,
  triangle,
  type Protocol,
  type ProtocolPoint,
} from './protocol.js';
export { randomMemories } from './random-memories.js';
export type { ComparedCourse, ComparedQuantity, DriveSummary } from './summarise-drive.js';
export { costsOf, joinTradeOffs, sweepTradeOff, type SweepPorts } from './trade-off.js';
export {
  readTradeOff,
  readTradeOffSpec,
  TRADE_OFF_SCHEMA,
  type TradeOffDocument,
  type TradeOffRow,
  type TradeOffSpec,
} from './trade-off-document.js';
export { crosstalk, MOST_CROSSTALK } from './why-no-theory.js';
