import { RelaxdError } from '../../core/index.js';
import {
  descriptorHash,
  isExpired,
  readCalibration,
  type Calibration,
  type Descriptor,
} from '../../device/index.js';
import { LINEAR_CIRCUIT } from './calibration-record.js';

export interface CalibrationUse {
  readonly nowMs: number;
  /** For people: `to make a twin of`, and the `twin`. */
  readonly use: string;
  readonly what: string;
}

/**
 * The calibration of a circuit that a body brings, or the one in force.
 * @throws RelaxdError `not-calibrated`, `calibration-invalid`, `invalid-input`
 */
export async function circuitCalibration(
  {
    device,
    calibration: given,
  }: { readonly device: string; readonly calibration?: object | null | undefined },
  descriptor: Descriptor,
  inForce: () => Promise<Calibration | null>,
  { nowMs, use, what }: CalibrationUse,
): Promise<Calibration> {
  const calibration = given == null ? await inForce() : readCalibration(given);
  const value = device;
  if (calibration === null) {
    throw new RelaxdError('not-calibrated', `${device} has no calibration in force ${use}`, {
      value,
      hint: 'relaxd calibrate, then activate what it proposes; or give a calibration',
    });
  }
  if (calibration.model !== LINEAR_CIRCUIT) {
    throw new RelaxdError(
      'not-calibrated',
      `${device}: no ${what} is known for the model '${calibration.model}'`,
      { value, limit: LINEAR_CIRCUIT, hint: 'relaxd calibrate makes one of it' },
    );
  }
  const refuse = (message: string, is: unknown, limit: unknown): never => {
    throw new RelaxdError(
      'calibration-invalid',
      `the calibration of ${calibration.device} ${message}`,
      {
        path: 'calibration',
        calibration: calibration.id,
        value: is,
        limit,
        hint: 'calibrate the device anew, then activate what it proposes',
      },
    );
  };
  if (calibration.device !== device) {
    refuse('is of another device', calibration.device, device);
  }
  const hash = descriptorHash(descriptor);
  if (calibration.descriptor !== hash) {
    refuse('is of another descriptor', hash, calibration.descriptor);
  }
  const { until } = calibration.validity;
  if (isExpired(calibration.validity, nowMs)) {
    refuse(`has been over since ${until}`, until, `until ${until}`);
  }
  return calibration;
}

/**
 * Of runs that rest on the one in force.
 * @param calibration null: they do not rest on it
 * @throws RelaxdError `calibration-changed`
 */
export function requireSame(
  runs: readonly { readonly calibration: string | null }[],
  calibration: Calibration | null,
  { what, again }: { readonly what: string; readonly again: string } = JOB,
): void {
  const other = runs.find((run) => run.calibration !== calibration?.id);
  if (calibration === null || other === undefined) return;
  throw new RelaxdError(
    'calibration-changed',
    `another calibration was put in force during the ${what}`,
    { value: other.calibration, limit: calibration.id, hint: again },
  );
}

const JOB = { what: 'job', again: 'submit the job again' };
