import { RelaxdError } from '../../core/index.js';
import { readCalibration, type Calibration } from '../../device/index.js';

/** Where calibrations come from that a body only names. */
export interface CalibrationSource {
  /** In force on the device; null: there is none. */
  active(device: string): Promise<Calibration | null>;
  /** @throws RelaxdError `unknown-calibration`, `calibration-changed` */
  byId(id: string, device: string): Promise<Calibration>;
}

/**
 * The calibration that a body means: `active`, an id, or a document.
 *
 * @throws RelaxdError `not-calibrated`, `unknown-calibration`, `invalid-input`
 */
export async function calibrationOf(
  wanted: string | object,
  device: string,
  source: CalibrationSource,
): Promise<Calibration> {
  if (typeof wanted !== 'string') return readCalibration(wanted);
  if (wanted !== 'active') return source.byId(wanted, device);
  const found = await source.active(device);
  if (found !== null) return found;
  throw new RelaxdError('not-calibrated', `no calibration is in force on ${device}`, {
    path: 'calibration',
    value: wanted,
    hint: `relaxd calibrate --device ${device} proposes one, and it is activated; or leave calibration out`,
  });
}
