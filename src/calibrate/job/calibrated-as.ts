import type { Calibration } from '../../device/index.js';
import type { CalibrateBody } from './calibrate-body.js';
import { probedAs, SPIN_KERNEL } from './spin-record.js';

/** What a calibrate job has to be asked for to measure the same sites again, spins by the same law and at the same temperature. */
export function calibratedAs(
  calibration: Calibration,
): Pick<CalibrateBody, 'sites' | 'kernel' | 'temperature'> {
  const isSpins = calibration.model === SPIN_KERNEL;
  const each = isSpins ? 'readoutError[' : 'capacitance[';
  const sites = calibration.parameters.filter(({ name }) => name.startsWith(each)).length;
  if (!isSpins || calibration.dynamics == null) return { sites };
  return { sites, ...(probedAs(calibration) as Pick<CalibrateBody, 'kernel' | 'temperature'>) };
}
