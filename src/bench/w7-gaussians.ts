import { LANE_STATE, fillNormal, seedLanes, type Engine } from '../kernels/index.js';
import type { Trial, Workload } from './workload.js';

const COUNT = 1 << 16;
const FILLS = 64;
/** Per pair: 20 of the generator, 27 of the radius, 22 of sine and cosine, 2 products. */
const OPERATIONS = 71 / 2;
/** Standard errors that a moment may be off. */
const ERRORS = 5;

/** W7: Gaussian numbers, 2²² a run into an array of 256 KiB. */
export const gaussians: Workload = {
  name: 'W7',
  title: 'Gaussian numbers',
  unit: 'ns a number',
  lowerIsBetter: true,
  on(engine: Engine): Trial {
    const state = engine.arena.uint32(LANE_STATE);
    seedLanes(state, 7, 'dynamics', 0);
    const out = engine.arena.float32(COUNT);
    const fills = engine.kind === 'reference' ? FILLS / 8 : FILLS;
    return {
      run() {
        for (let k = 0; k < fills; k++) fillNormal(engine, state, out);
      },
      figure: (seconds) => (1e9 * seconds) / (COUNT * fills),
      operations: OPERATIONS * COUNT * fills,
      bytes: 4 * COUNT * fills,
      check() {
        let mean = 0;
        let square = 0;
        let fourth = 0;
        for (const x of out) {
          mean += x / COUNT;
          square += x ** 2 / COUNT;
          fourth += x ** 4 / COUNT;
        }
        // Variances of x, x² and x⁴ of a Gaussian: 1, 2 and 96.
        for (const [name, value, expected, variance] of [
          ['mean', mean, 0, 1],
          ['variance', square, 1, 2],
          ['fourth moment', fourth, 3, 96],
        ] as const) {
          const error = Math.sqrt(variance / COUNT);
          if (!(Math.abs(value - expected) <= ERRORS * error)) {
            throw new Error(`${name} is ${value}, not ${expected} ± ${error}`);
          }
        }
      },
    };
  },
};
