export type { RegistryOptions } from './registry.js';
export type { FaultInjector } from './conformance/index.js';
export { CALIBRATION_SCHEMA, readCalibration } from './calibration-document.js';
export {
  CALIBRATED_UNITS,
  calibrationId,
  calibrationViolations,
  covarianceOf,
  isExpired,
  type CalibratedParameter,
  type Calibration,
  type CalibrationValidity,
  type CovarianceBlock,
  type FitQuality,
  type HeldOutHeat,
  type HeldOutMean,
  type ProbeRun,
  type ResidualPlot,
  type UnidentifiedDirection,
} from './calibration.js';
export {
  calibratedCircuit,
  calibratedUnits,
  forEachPair,
  type CalibratedCircuit,
  type CalibratedUnits,
} from './calibrated-circuit.js';
export { DESCRIPTOR_SCHEMA, readDescriptor } from './descriptor-document.js';
export {
  defaultOrder,
  defaultRule,
  descriptorAt,
  descriptorHash,
  type Descriptor,
  type FidelityDescriptor,
  type Origin,
  type ParameterDescriptor,
  type Range,
} from './descriptor.js';
export type {
  Device,
  DeviceEventName,
  DeviceEvents,
  DeviceFault,
  LatchedFault,
  DeviceListener,
  HealthReport,
  HeldProgram,
  LinkCounts,
  LoadReceipt,
  ParameterReading,
  RunAside,
  RunPlan,
} from './device.js';
export type { DeviceClock } from './device-clock.js';
export { checkDevices, type CheckedDevice } from './check-devices.js';
export { findDeviceBench, type DeviceBench } from './device-bench.js';
export { DeviceStatus } from './device-status.js';
export type { DriverContext, DriverManifest, DriverModule, Guard } from './driver.js';
export {
  legalEquipmentEvents,
  nextEquipment,
  type EquipmentEvent,
  type EquipmentState,
  type LinkState,
} from './equipment.js';
export { DeviceEventSource } from './event-source.js';
export { hiddenMask, oneHotGroups, visibleSites } from './hidden-sites.js';
export { IsolatedDevice, type IsolationOptions } from './isolated-device.js';
export { createDevice, findDriver, findDrivers, readManifest } from './load-drivers.js';
export { takesNoOptions } from './no-options.js';
export { CHANNELS, CONTROLS, ORDERS, PROGRAM_SCHEMA, RULES } from './program-document.js';
export {
  curveStart,
  curveValue,
  programDocument,
  programView,
  programHash,
  rememberProgramHash,
  siteSpecs,
  systemHash,
  uniformSiteKind,
  type Channel,
  type ControlName,
  type CooCouplings,
  type Couplings,
  type Curve,
  type DenseCouplings,
  type Drive,
  type Dynamics,
  type CavityKernelSpec,
  type Fidelity,
  type HiddenPrior,
  type FlipKernel,
  type Kernel,
  type NeuronKernelSpec,
  type KernelName,
  type OhmicKernel,
  type Initial,
  type Interaction,
  type MemoryCouplings,
  type Order,
  type PositionCouplings,
  type Program,
  type ResolvedDynamics,
  type ResolvedProgram,
  type Rule,
  type SiteKind,
  type SiteSpec,
} from './program.js';
export { openDevice } from './open-device.js';
export type { GuardRequest } from './open-guard.js';
export { programViolations } from './program-violations.js';
export { parseProgram, parseProgramPieces, readProgram } from './read-program.js';
export { DeviceRegistry, type AbsentDevice } from './registry.js';
export {
  SHOWN_SHOTS,
  type BathHeat,
  type DeviceResult,
  type Estimate,
  type Observables,
  type Quantity,
  type Series,
  type SeriesOf,
  type SpreadEstimate,
  type Thermodynamics,
} from './result.js';
export { runOnDevice, type RunOnDeviceOptions } from './run-on-device.js';
export type { SampleChunk, SampleGap } from './samples.js';
export {
  firstAsymmetry,
  readoutTimes,
  resolveProgram,
  validateProgram,
} from './validate-program.js';
export { writableParameter } from './writable-parameter.js';
