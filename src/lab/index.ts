export type { CalibrationEvent, CalibrationRow, CalibrationView } from './calibration-row.js';
export type { ActOnCalibration, CalibrationListRequest, CalibrationWhole } from './calibrations.js';
export {
  CALIBRATION_ACTIONS,
  CALIBRATION_STATES,
  type CalibrationAction,
  type CalibrationState,
} from './next-calibration.js';
export type { DriftChart, DriftQuantity, DriftReading } from './drift-reading.js';
export type {
  ComparedNumber,
  ComparedSamples,
  ComparedSeries,
  RunComparison,
  RunSide,
} from './compare-runs.js';
export { ALARMS, type Alarm, type AlarmName } from './alarm.js';
export { DEFAULT_DISK_LIMITS, type DiskLimits, type DiskStanding } from './disk-watch.js';
export { readArchive, type BackupManifest, type CheckedArchive } from './backup-archive.js';
export { restoreToFolder, type RestoreReport } from './restore.js';
export type { Difference } from './document-differences.js';
export { executeRun, type RunOptions } from './execute-run.js';
export {
  EXPORT_FORMATS,
  EXPORT_MEDIA_TYPES,
  exportFormat,
  exportRecord,
  type ExportFormat,
} from './export-record.js';
export type { Failure, Job, JobItem, JobProgress, JobTransition, Page } from './job.js';
export type {
  JobKind,
  PrepareContext,
  PreparedRun,
  ProgramRun,
  RunObserver,
  RunSeries,
  SeriesContext,
  SeriesOutcome,
} from './job-kind.js';
export { Lab } from './lab.js';
export type { LabOptions } from './lab-options.js';
export type { DeviceSource } from './device-places.js';
export type { LabEvents, QueueItem, QueueStatus } from './lab-events.js';
export type { PageRequest } from './library.js';
export {
  isTerminal,
  JOB_ACTIONS,
  JOB_STATES,
  legalJobActions,
  nextJob,
  TERMINAL_STATES,
  type JobAction,
  type JobState,
} from './next-job.js';
export {
  schemaOfDatabase,
  schemaOfFolder,
  SCHEMA_VERSION,
  type SchemaFound,
} from './store-schema.js';
export { readRecordedShots, type RecordedShots } from './recorded-shots.js';
export { recordHeader, type RecordHeader, type RecordHeaderOptions } from './record-header.js';
export type { Log } from './log.js';
export { RunRecorder } from './run-recorder.js';
export type { RunResult } from './run-result.js';
export {
  RUN_STATES,
  type Run,
  type RunDocument,
  type RunDocumentKind,
  type RunRow,
  type RunState,
  type SamplePage,
} from './run.js';
export type { AttachedDevice, NodeOptions } from './lab-node.js';
export type { NodeLine } from './node-line.js';
export {
  backUpFolder,
  backUpSharedStore,
  openAccessStore,
  openEmbeddedStore,
  openNodeLine,
  openScratchSchema,
  openSharedAccessStore,
  restoreToSharedStore,
  openSharedStore,
} from './open-store.js';
export type { NodeDevice, NodeRow, SharedStore } from './shared-store.js';
export type { Store, StoredDocument, StoredSummary } from './store.js';
export {
  SWEEP_QUANTITIES,
  summarisePoint,
  type Measured,
  type SweepQuantity,
} from './point-summary.js';
export {
  RESERVATION_STATES,
  type DeviceLock,
  type Reservation,
  type ReservationState,
} from './reservation.js';
export { NOBODY, type Who } from './asking.js';
export type { ReservationRequest, ReservationView } from './reservations.js';
export {
  KEEP_EVERYTHING,
  RETENTION_SCHEMA,
  retentionSettings,
  retentionViolations,
  type GivenRetention,
  type RetentionRule,
  type RetentionSettings,
} from './retention-rule.js';
export type { RetentionPreview, RetentionReport, RetentionView } from './retention.js';
export { recordDeleted } from './record-deleted.js';
export { ANYBODY, type RunPin } from './run-pin.js';
export type { RetryRule } from './retry-rule.js';
export { COMMON_FIELDS } from './submission.js';
export type { SweepCounts } from './sweep-counts.js';
export type { SweepDocument, SweepRow } from './sweep-document.js';
export { SWEEP_BODY_SCHEMA } from './sweep-points.js';
