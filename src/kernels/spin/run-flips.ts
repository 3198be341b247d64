import type { Engine } from '../engine.js';
import type { RawKernels } from '../raw-kernels.js';
import type { FlipRecord } from './flip-record.js';
import { runFlipsReference, type FlippingModel } from './flip-reference.js';

/** Compiled loops, by what they know of a model. */
export type FlipKernel = Extract<keyof RawKernels, `flips${string}`>;

/**
 * Runs attempts of a record on a model: the compiled loop, or the reference.
 * @param address of the model's slots, see FLIP_MODEL
 */
export function runFlips(
  engine: Engine,
  kernel: FlipKernel,
  record: FlipRecord,
  model: FlippingModel,
  address: number,
): void {
  if (engine.raw === null) runFlipsReference(record, model);
  else engine.raw[kernel](record.address, address);
}
