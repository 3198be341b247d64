import type { Engine } from '../engine.js';
import type { DescentArrays } from './descent-arrays.js';
import {
  descendReference,
  leastSiteReference,
  unstableSitesReference,
} from './descent-reference.js';

/**
 * Steepest descent: flips the spin of the least margin below −rest, the lowest index at a tie, again and again. A flip and
 * the search for the next one are one pass over the sites. The same bits on every engine.
 * @param most flips, up to `arrays.most`; O(N) each: keep it to some 10 ms
 * @returns how many there were: fewer where all spins are stable. They are in `sitesOut` and `fieldsOut`
 */
export function descend(engine: Engine, arrays: DescentArrays, most: number): number {
  const { raw } = engine;
  if (raw === null) return descendReference(arrays, most);
  return raw.descend(arrays.block.byteOffset, most);
}

/** The site that {@link descend} would flip next; −1: all are stable. */
export function leastSite({ raw }: Engine, arrays: DescentArrays): number {
  return raw === null ? leastSiteReference(arrays) : raw.leastSite(arrays.block.byteOffset);
}

/**
 * Flips a spin, and finds all that are unstable then, in order of their index.
 * @param flipped −1: none
 * @returns how many there are; they are in `sitesOut`
 */
export function unstableSites({ raw }: Engine, arrays: DescentArrays, flipped: number): number {
  if (raw === null) return unstableSitesReference(arrays, flipped);
  return raw.unstableSites(arrays.block.byteOffset, flipped);
}
