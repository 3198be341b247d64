import type { Calibration, CalibrationValidity, Origin } from '../device/index.js';
import type {
  CalibrationAction,
  CalibrationEventType,
  CalibrationState,
} from './next-calibration.js';

/** A calibration as lists show it. */
export interface CalibrationRow {
  readonly id: string;
  readonly device: string;
  readonly serial: string;
  readonly origin: Origin;
  readonly descriptor: string;
  readonly model: string;
  readonly state: CalibrationState;
  /** Goes up by one with each event of its own. */
  readonly revision: number;
  readonly createdAt: string;
  /** When it was last made the active one; null: never. */
  readonly activatedAt: string | null;
  readonly validity: CalibrationValidity;
  /** How many parameters it has, and how many of them the data identify. */
  readonly parameters: number;
  readonly identified: number;
  readonly pValue: number | null;
  /** The largest |z| of what was held out: heat, and recall of spins; null: nothing was. */
  readonly worstHeldOut: number | null;
  readonly job: string | null;
}

/** One step of a calibration, as it was stored: none is ever changed. */
export interface CalibrationEvent {
  readonly device: string;
  /** Counts the events of a device, from 1. */
  readonly seq: number;
  readonly calibration: string;
  readonly event: CalibrationEventType;
  readonly from: CalibrationState | null;
  readonly to: CalibrationState;
  readonly at: string;
  /** Who did it; null: nobody was asked for a name. */
  readonly by: string | null;
  readonly reason: string | null;
}

/** What is stored at once of the calibrations of one device. */
export interface CalibrationChange {
  readonly device: string;
  /** The last event that whoever changes something knows of; 0: there is none. */
  readonly expectedSeq: number;
  /** New ones; one that is there already stays as it is. */
  readonly records: readonly Calibration[];
  /** New or changed rows. */
  readonly rows: readonly CalibrationRow[];
  readonly events: readonly CalibrationEvent[];
}

/** How a device stands: its active calibration, and the number of its last event. */
export interface DeviceCalibration {
  readonly seq: number;
  /** null: it has none. */
  readonly active: CalibrationRow | null;
}

export interface CalibrationView extends CalibrationRow {
  readonly expired: boolean;
  /** Legal now. */
  readonly actions: readonly CalibrationAction[];
}

export function calibrationRow(calibration: Calibration): CalibrationRow {
  const { id, device, serial, origin, descriptor, model, createdAt, validity, job } = calibration;
  const zs = calibration.heldOut.flatMap(({ heat, supply, recall }) =>
    [
      heat,
      ...(supply === undefined ? [] : [supply]),
      ...(recall === undefined ? [] : [recall.overlap, recall.success]),
    ].map(({ z }) => Math.abs(z)),
  );
  return {
    id,
    device,
    serial,
    origin,
    descriptor,
    model,
    state: 'proposed',
    revision: 0,
    createdAt,
    activatedAt: null,
    validity,
    parameters: calibration.parameters.length,
    identified: calibration.parameters.filter(({ identified }) => identified).length,
    pValue: calibration.fit?.pValue ?? null,
    worstHeldOut: zs.length === 0 ? null : Math.max(...zs),
    job,
  };
}
