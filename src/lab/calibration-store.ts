import type { Calibration } from '../device/index.js';
import type { CalibrationEvent, CalibrationRow, DeviceCalibration } from './calibration-row.js';
import type { DriftReading } from './drift-reading.js';
import type { Page } from './job.js';
import type { CalibrationState } from './next-calibration.js';

export interface CalibrationQuery {
  readonly limit: number;
  readonly cursor: string | null;
  readonly device: string | null;
  readonly state: CalibrationState | null;
}

export interface CalibrationEventQuery {
  readonly device: string;
  /** null: of all calibrations of the device. */
  readonly calibration: string | null;
  /** Entries before this number only; null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
}

/** Calibrations in a store; they are changed by `Store.commit`. All methods throw `store-failed`. */
export interface CalibrationStore {
  row(id: string): Promise<CalibrationRow | null>;
  record(id: string): Promise<Calibration | null>;
  /** Newest first. */
  list(query: CalibrationQuery): Promise<Page<CalibrationRow>>;
  /** How a device stands. */
  of(device: string): Promise<DeviceCalibration>;
  /** The active ones. */
  active(): Promise<readonly CalibrationRow[]>;
  /** Newest first. */
  events(query: CalibrationEventQuery): Promise<readonly CalibrationEvent[]>;
  /** What checks have read since a calibration, oldest first; of many the newest. */
  readings(calibration: string, limit: number): Promise<readonly DriftReading[]>;
}
