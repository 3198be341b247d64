import { RelaxdError } from '../core/index.js';
import type { Calibration } from '../device/index.js';
import type { CalibrationRow } from '../lab/index.js';
import type { ServiceClient } from './service-client.js';

const WHOLE = /^sha256:[0-9a-f]{64}$/;
/** Commands and pages show the first 12 digits of an id. */
const BEGINNING = /^(?:sha256:)?([0-9a-f]{6,64})$/;
const MOST_A_PAGE = 500;

/** Whether a text can be the id of a calibration, or its first digits. */
export const isCalibrationId = (text: string): boolean => BEGINNING.test(text);

/**
 * The id of the one calibration of a service that begins so.
 *
 * @param text an id, whole or its first six digits or more, with or without `sha256:`
 * @throws RelaxdError `wrong-call` (no id, or several begin so), `unknown-calibration`
 */
export async function calibrationNamed(client: ServiceClient, text: string): Promise<string> {
  if (WHOLE.test(text)) return text;
  const digits = BEGINNING.exec(text)?.[1];
  if (digits === undefined) {
    throw new RelaxdError('wrong-call', `'${text}' is no id of a calibration`, {
      path: 'calibration',
      value: text,
      limit: 'six of its digits or more',
      hint: 'relaxd calibrations list shows them',
    });
  }
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await client.get<{
      readonly items: readonly CalibrationRow[];
      readonly next: string | null;
    }>(`/v1/calibrations?limit=${MOST_A_PAGE}${query}`);
    for (const { id } of page.items) if (id.startsWith(`sha256:${digits}`)) found.push(id);
    cursor = page.next;
  } while (cursor !== null);
  if (found.length === 1) return found[0]!;
  if (found.length === 0) {
    throw new RelaxdError('unknown-calibration', `no calibration begins with ${digits}`, {
      value: text,
      hint: 'relaxd calibrations list shows them',
    });
  }
  throw new RelaxdError('wrong-call', `${found.length} calibrations begin with ${digits}`, {
    path: 'calibration',
    value: text,
    limit: found,
    hint: 'give more of its digits',
  });
}

/** The record of a calibration of a service. @param id whole */
export async function recordNamed(client: ServiceClient, id: string): Promise<Calibration> {
  const path = `/v1/calibrations/${encodeURIComponent(id)}`;
  return (await client.get<{ readonly record: Calibration }>(path)).record;
}
