import { RelaxdError } from '../core/index.js';
import { calibrationNamed, isCalibrationId, recordNamed } from './calibration-named.js';
import type { ServiceClient } from './service-client.js';
import { readText } from './text-files.js';

/** A record in a file, or a calibration of the service by its id or its first digits. */
export async function calibrationFrom(
  source: string,
  client: ServiceClient | null,
): Promise<object> {
  if (client !== null && isCalibrationId(source)) {
    return recordNamed(client, await calibrationNamed(client, source));
  }
  const text = await readText(source);
  try {
    const document = JSON.parse(text) as object & { readonly record?: object };
    return document.record ?? document;
  } catch {
    throw new RelaxdError('invalid-input', `${source} is no JSON`, {
      path: '--calibration',
      value: source,
      limit: 'a calibration record, as relaxd calibrate --out writes it',
    });
  }
}
