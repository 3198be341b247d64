import { fillNormal, LANE_STATE, seedLanes } from '../kernels/index.js';
import type { Trial, Workload } from './workload.js';

/** Numbers of one fill: they stay in the first cache, as they do in the kernels that use them. */
const BLOCK = 4096;

/** W7: standard normal numbers, 32-bit floating point, in blocks of 4096; nanoseconds each. */
export const normals: Workload = {
  name: 'W7',
  title: 'Gaussian numbers',
  unit: 'ns each',
  lowerIsBetter: true,
  on(engine): Trial {
    const blocks = engine.kind === 'reference' ? 500 : engine.kind === 'wasm' ? 10_000 : 40_000;
    const state = engine.arena.uint32(LANE_STATE);
    seedLanes(state, 7, 'dynamics', 0);
    const out = engine.arena.float32(BLOCK);
    const count = blocks * BLOCK;
    return {
      run: () => {
        for (let k = 0; k < blocks; k++) fillNormal(engine, state, out);
      },
      figure: (seconds) => (seconds * 1e9) / count,
      // A pair: 20 for its two words, 22 for the logarithm, 1 root, 21 for sine and cosine, 2 products.
      operations: 33 * count,
      bytes: 4 * count,
      check: () => {
        let [sum, squares] = [0, 0];
        for (const z of out) {
          sum += z;
          squares += z * z;
        }
        if (!(Math.abs(sum / BLOCK) < 0.1 && Math.abs(squares / BLOCK - 1) < 0.15)) {
          throw new Error(`mean ${sum / BLOCK}, mean square ${squares / BLOCK}`);
        }
      },
    };
  },
};
