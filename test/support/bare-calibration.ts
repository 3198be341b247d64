import { calibrationId, type Calibration } from '../../src/device/index.js';

const AT = '2026-01-01T00:00:00.000Z';

/** A calibration of which only these members are told: nothing was measured, and it holds for good. Its id is that of its values. */
export function bareCalibration(
  members: Partial<Omit<Calibration, 'id'>> &
    Pick<Calibration, 'device' | 'descriptor' | 'parameters'>,
): Calibration {
  const whole: Omit<Calibration, 'id'> = {
    version: 1,
    serial: 's',
    origin: 'firmware-sim',
    model: 'linear-circuit',
    covariance: [],
    unidentified: [],
    fit: null,
    residuals: [],
    probes: [],
    heldOut: [],
    against: null,
    validity: { from: AT, until: null, temperatureK: null },
    job: null,
    createdAt: AT,
    warnings: [],
    ...members,
  };
  return { ...whole, id: calibrationId(whole) };
}
