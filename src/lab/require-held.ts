import { RelaxdError } from '../core/index.js';
import {
  descriptorHash,
  type Device,
  type HeldProgram,
  type LoadReceipt,
} from '../device/index.js';

/** What a run was begun with, and what its device said that it holds when it was paused. */
export interface BegunWith {
  readonly receipt: LoadReceipt;
  /** null: the device could not tell. */
  readonly held: HeldProgram | null;
  /** Id of the calibration that was in force; null: none. */
  readonly calibration: string | null;
}

/** null: the device cannot tell. */
export const heldBy = async (device: Device): Promise<HeldProgram | null> =>
  (await device.verify?.()) ?? null;

/**
 * Nothing goes on with other couplings than those that it was begun with.
 *
 * @param inForce id of the calibration in force now
 * @throws RelaxdError `couplings-changed`, `calibration-changed`, or why the device does not answer
 */
export async function requireHeld(
  device: Device,
  { receipt, held, calibration }: BegunWith,
  inForce: string | null,
): Promise<void> {
  const changed = (what: string, now: string, before: string): RelaxdError =>
    new RelaxdError(
      'couplings-changed',
      `${device.id}: ${what} is another one than when the run was paused`,
      { value: now, limit: before, hint: 'look at the device, then submit the job again' },
    );
  const descriptor = descriptorHash(await device.describe());
  if (descriptor !== receipt.descriptorHash) {
    throw changed('the descriptor', descriptor, receipt.descriptorHash);
  }
  if (inForce !== calibration) {
    throw new RelaxdError(
      'calibration-changed',
      `${device.id}: another calibration is in force than when the run was begun`,
      { value: inForce, limit: calibration, hint: 'submit the job again' },
    );
  }
  const now = await heldBy(device);
  if (now === null) return;
  if (now.programHash !== receipt.programHash) {
    throw changed('the program', now.programHash, receipt.programHash);
  }
  if (held?.held != null && now.held !== held.held) {
    throw changed('what the device holds', String(now.held), held.held);
  }
}
