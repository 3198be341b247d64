import { RandomStream } from '../core/index.js';

/**
 * The cue of a driven retrieval: the pattern with exactly round((1 − c)/2 · N) wrong sites, drawn once a run from its seed
 * (purpose `cue`, stream 0), the same for every shot.
 *
 * @param accuracy c, −1 … 1: the overlap of cue and pattern, but for rounding
 */
export function drawCue(
  pattern: Int8Array,
  accuracy: number,
  seed: number,
): { readonly cue: Int8Array; readonly wrong: number } {
  const N = pattern.length;
  const wrong = Math.round(((1 - accuracy) / 2) * N);
  const cue = Int8Array.from(pattern);
  for (const site of RandomStream.of(seed, 'cue').sample(N, wrong)) cue[site] = -cue[site]!;
  return { cue, wrong };
}
