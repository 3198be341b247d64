import { RelaxdError } from '../core/index.js';
import { readCalibration } from '../device/index.js';
import type { ServiceClient } from './service-client.js';
import { calibrationNamed, isCalibrationId } from './calibration-named.js';
import { readJson } from './text-files.js';

/**
 * `--calibration` as a body has it: `active` and ids, or their first digits, are a service's to look up, files (docs/formats/calibration.md) are read here.
 *
 * @throws RelaxdError `wrong-call`, `unknown-calibration`, `file-unreadable`, `invalid-json`, `invalid-input`
 */
export async function calibrationInBody(
  given: string | undefined,
  client: ServiceClient | null,
): Promise<string | object | undefined> {
  if (given === undefined) return undefined;
  if (given !== 'active' && !isCalibrationId(given)) {
    return readCalibration(await readJson(given));
  }
  if (client !== null) return given === 'active' ? given : calibrationNamed(client, given);
  throw new RelaxdError('wrong-call', `--calibration ${given} needs a service that has it`, {
    path: '--calibration',
    value: given,
    limit: 'a calibration file',
    hint: 'give --url, or the file of a calibration (GET /v1/calibrations/ID has it as `record`)',
  });
}
