import type { ShotTrack } from './shot-tracks.js';

/** A whole shot is shown in about so long; runs themselves take milliseconds. */
const SHOT_MS = 5200;
/** Part of the time that is spread evenly; the rest goes to where the overlaps move. */
const EVEN_PART = 0.45;
const LONGEST_STEP_MS = 420;

/**
 * For how long each readout of a shot is shown, in ms. Most of what happens happens early, so that an even pace would
 * show a blink and then a still: readouts get more time the more the overlaps change after them.
 */
export function stepDurationsMs(track: ShotTrack): Float64Array {
  const n = track.t.length;
  const durations = new Float64Array(n);
  const change = new Float64Array(n);
  let total = 0;
  for (let k = 0; k + 1 < n; k++) {
    change[k] = Math.sqrt(largestChange(track.overlaps[k], track.overlaps[k + 1]));
    total += change[k]!;
  }
  for (let k = 0; k < n; k++) {
    const even = EVEN_PART / Math.max(1, n);
    const moved = total > 0 ? ((1 - EVEN_PART) * change[k]!) / total : (1 - EVEN_PART) / n;
    durations[k] = Math.min(LONGEST_STEP_MS, SHOT_MS * (even + moved));
  }
  return durations;
}

function largestChange(before: Float64Array | undefined, after: Float64Array | undefined): number {
  if (before === undefined || after === undefined) return 0;
  let largest = 0;
  for (let m = 0; m < before.length; m++) {
    largest = Math.max(largest, Math.abs(after[m]! - before[m]!));
  }
  return largest;
}
