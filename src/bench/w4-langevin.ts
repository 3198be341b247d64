import { explicitSteps, openEngine } from '../kernels/index.js';
import { langevinNetwork, meanSquare, STEP_BYTES, STEP_OPERATIONS } from './langevin-network.js';
import type { Trial, Workload } from './workload.js';

const DT = 0.01;
const STEPS_A_CALL = 10;
/** The compiled step and the reference's differ by roundings of single precision. */
const FIRST_STEP = 2e-5;
/** ⟨x²⟩ 20 steps after x = 0: 2Tt = 0.08 less what the wells hold back; that of the peers. */
const AFTER_20 = { least: 0.0655, most: 0.0689 };

/** W4: Euler–Maruyama on a dense network of quartic wells, 256 replicas as columns; milliseconds a step of all of them. */
export const langevin: Workload = {
  name: 'W4',
  title: 'Langevin step, N = 512 dense, 256 replicas',
  unit: 'ms a step',
  lowerIsBetter: true,
  on(engine): Trial {
    const circuit = langevinNetwork(engine, DT, 1);
    const calls = engine.kind === 'reference' ? 0 : engine.kind === 'wasm' ? 6 : 12;
    // Whole calls, or two steps of the reference.
    const steps = calls === 0 ? 2 : calls * STEPS_A_CALL;
    const move = (count: number): void => {
      explicitSteps(engine, circuit, 'euler-maruyama', DT, -1, count);
    };
    return {
      run: () => {
        for (let done = 0; done < steps; done += STEPS_A_CALL) {
          move(Math.min(STEPS_A_CALL, steps - done));
        }
      },
      figure: (seconds) => (1000 * seconds) / steps,
      operations: steps * STEP_OPERATIONS,
      bytes: steps * STEP_BYTES,
      check: () => {
        const { z, lanes } = circuit;
        z.fill(0);
        for (let s = 0; s < 2; s++) move(10);
        const square = meanSquare(z);
        if (!(square >= AFTER_20.least && square <= AFTER_20.most)) {
          throw new Error(`⟨x²⟩ after 20 steps is ${square}`);
        }
        // One more step, by this engine and by the reference, with the same noise.
        const [before, words] = [z.slice(), lanes.slice()];
        move(1);
        const after = z.slice();
        z.set(before);
        lanes.set(words);
        const reference = openEngine('reference', engine.arena);
        explicitSteps(reference, circuit, 'euler-maruyama', DT, -1, 1);
        const off = after.reduce((most, x, k) => Math.max(most, Math.abs(x - z[k]!)), 0);
        if (!(off < FIRST_STEP)) throw new Error(`a step is off the reference's by ${off}`);
      },
    };
  },
};
