import type { Engine } from '../engine.js';
import { drawLanes, LANES } from './lanes.js';

const words = new Uint32Array(LANES);

/**
 * Fills `out` with uniform numbers k·2⁻²⁴ on [0, 1), k of 24 bits; number i comes from lane i mod 16. The same bits on every
 * engine.
 * @param state 64 words of {@link seedLanes}, in the engine's arena; moved on
 * @param out in the engine's arena, its length a multiple of 16
 */
export function fillUniform(engine: Engine, state: Uint32Array, out: Float32Array): void {
  if (engine.raw !== null) {
    engine.raw.fillUniform(state.byteOffset, out.byteOffset, out.length);
    return;
  }
  for (let i = 0; i < out.length; i += LANES) {
    drawLanes(state, words);
    for (let lane = 0; lane < LANES; lane++) out[i + lane] = (words[lane]! >>> 8) * 2 ** -24;
  }
}
