import type { Engine } from '../engine.js';
import { drawLanes, LANES } from './lanes.js';
import { normalCosine, normalRadius, normalSine } from './normal-numbers.js';

const radii = new Uint32Array(LANES);
const angles = new Uint32Array(LANES);

/**
 * Fills `out` with standard normal numbers, the same bits on every engine. Rows of 16 numbers, one of each lane: the first two
 * words of lane l make the numbers l of rows 0 (radius × cosine) and 1 (radius × sine), the next two those of rows 2 and 3,
 * and so on; the first word of a pair makes the radius. Where the number of rows is odd, the last sines are not used.
 * @param state 64 words of `seedLanes` or `seedShotLanes`, in the engine's arena; moved on
 * @param out in the engine's arena, its length a multiple of 16
 */
export function fillNormal(engine: Engine, state: Uint32Array, out: Float32Array): void {
  if (engine.raw !== null) {
    engine.raw.fillNormal(state.byteOffset, out.byteOffset, out.length);
    return;
  }
  for (let i = 0; i < out.length; i += 2 * LANES) {
    drawLanes(state, radii);
    drawLanes(state, angles);
    const both = i + LANES < out.length;
    for (let lane = 0; lane < LANES; lane++) {
      const radius = normalRadius(radii[lane]!);
      out[i + lane] = radius * normalCosine(angles[lane]!);
      if (both) out[i + LANES + lane] = radius * normalSine(angles[lane]!);
    }
  }
}
