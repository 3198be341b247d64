import { RelaxdError } from '../core/index.js';
import { isExpired, type ParameterReading } from '../device/index.js';
import type { CalibrationRow } from './calibration-row.js';

/** The parameter that a device tells its own temperature by, where it can: a calibration may be valid in a range of it. */
export const DEVICE_TEMPERATURE = 'boardTemperatureK';

/** What is known of a device when a run is about to be armed. */
export interface DeviceNow {
  readonly nowMs: number;
  readonly serial: string;
  /** Hash of the descriptor. */
  readonly descriptor: string;
  readonly parameters: readonly ParameterReading[];
}

type Used = Pick<CalibrationRow, 'id' | 'device' | 'serial' | 'descriptor' | 'validity'>;

/** What a device's line is told while its calibration is over; null: it is not. */
export const expiredNote = ({ id, device, validity }: Used, nowMs: number): string | null =>
  isExpired(validity, nowMs)
    ? `the calibration ${shortId(id)} of ${device} has been over since ${validity.until}: calibrate, or retire it`
    : null;

export const shortId = (id: string): string => id.slice('sha256:'.length, 'sha256:'.length + 12);

/**
 * Whether a calibration may be stamped on a run of a device as that is now.
 *
 * @throws RelaxdError `calibration-invalid`: it is over, of another board or descriptor, or of another temperature
 */
export function requireValid(used: Used, now: DeviceNow): void {
  const { id, device, serial, descriptor, validity } = used;
  const refuse = (message: string, value: unknown, limit: unknown): never => {
    throw new RelaxdError(
      'calibration-invalid',
      `the calibration ${shortId(id)} of ${device} ${message}`,
      {
        calibration: id,
        value,
        limit,
        hint: 'calibrate the device, roll back to a calibration that holds, or retire this one: the device is uncalibrated then',
      },
    );
  };
  if (isExpired(validity, now.nowMs)) {
    refuse(`has been over since ${validity.until}`, validity.until, `until ${validity.until}`);
  }
  if (serial !== now.serial) refuse('is of another board', now.serial, serial);
  if (descriptor !== now.descriptor) {
    refuse('is of another descriptor', now.descriptor, descriptor);
  }
  const reading = now.parameters.find(({ name }) => name === DEVICE_TEMPERATURE);
  const { temperatureK } = validity;
  if (temperatureK === null || reading?.value == null) return;
  const [least, most] = temperatureK;
  if (reading.value >= least && reading.value <= most) return;
  refuse(`does not hold at ${reading.value} K`, reading.value, temperatureK);
}
