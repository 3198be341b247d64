import type { Engine } from '../engine.js';
import { drawLanes, LANES } from './lanes.js';
import { exponential } from './normal-numbers.js';

const words = new Uint32Array(LANES);

/**
 * Fills `out` with exponential numbers −ln u of mean 1, the same bits on every engine; number i comes from lane i mod 16.
 * They end at 22.2 (32 ln 2).
 * @param state 64 words of `seedLanes` or `seedShotLanes`, in the engine's arena; moved on
 * @param out in the engine's arena, its length a multiple of 16
 */
export function fillExponential(engine: Engine, state: Uint32Array, out: Float32Array): void {
  if (engine.raw !== null) {
    engine.raw.fillExponential(state.byteOffset, out.byteOffset, out.length);
    return;
  }
  for (let i = 0; i < out.length; i += LANES) {
    drawLanes(state, words);
    for (let lane = 0; lane < LANES; lane++) out[i + lane] = exponential(words[lane]!);
  }
}
