import type { SpinModel } from '../model/index.js';
import type { Margins } from './certificate.js';

/** A margin smaller than this share of the mean one is a tie that rounding has moved. */
const TIE = 1e-12;

/**
 * ξ_i b_i over the sites, with the network in a memory and b the field without site i.
 *
 * @param image what the fields should point to: the memory itself, or for sequences the one that follows it
 * @param out N numbers, the margins site by site
 */
export function siteMargins(
  model: SpinModel,
  memory: Int8Array,
  image: Int8Array,
  out: Float64Array,
): void {
  model.reset(memory);
  model.fieldsFromScratch(out);
  for (let i = 0; i < out.length; i++) out[i] = out[i]! * image[i]!;
}

/** Sums margins up, in units of `scale`. */
export function summariseMargins(margins: Float64Array, scale: number): Margins {
  let min = Infinity;
  let sum = 0;
  let size = 0;
  for (const margin of margins) {
    if (margin < min) min = margin;
    sum += margin / margins.length;
    size += Math.abs(margin) / margins.length;
  }
  let unstable = 0;
  let ties = 0;
  for (const margin of margins) {
    if (Math.abs(margin) <= TIE * size) ties++;
    else if (margin < 0) unstable++;
  }
  const finite = (x: number): number => Math.max(-1e300, Math.min(1e300, x));
  return { min: finite(min / scale), mean: finite(sum / scale), unstable, ties };
}
