import { explicitSteps } from '../kernels/index.js';
import { langevinNetwork, meanSquare, STEP_BYTES, STEP_OPERATIONS } from './langevin-network.js';
import type { Trial, Workload } from './workload.js';

const DT = 0.6;
/** Couplings of N(0, ¼/N): no mode is unstable, and none faster than the step takes. */
const STRENGTH = 0.5;
/** ⟨x²⟩ of this instance, by Leimkuhler–Matthews at dt = 0.05 over 7680 t₀; the step's own bias is 0.35 % there. */
const SQUARE = 0.1968;
/** In units of time, before ⟨x²⟩ is taken. */
const SETTLED = 24;

/**
 * Equilibrium averages of a dense network of quartic wells to 1 % in ⟨x²⟩: Leimkuhler–Matthews at dt = 0.6 (0.35 % off here), where
 * Euler–Maruyama needs 0.02 (0.8 % off); milliseconds a unit of time of all 256 replicas.
 */
export const equilibriumSampling: Workload = {
  name: 'equilibrium',
  title: 'equilibrium sampling to 1 %, N = 512 dense, 256 replicas',
  unit: 'ms a unit of time',
  lowerIsBetter: true,
  on(engine): Trial {
    const circuit = langevinNetwork(engine, DT, STRENGTH);
    const steps = engine.kind === 'reference' ? 2 : 60;
    const move = (count: number): void => {
      for (let done = 0; done < count; done += 10) {
        const here = Math.min(10, count - done);
        explicitSteps(engine, circuit, 'leimkuhler-matthews', DT, -1, here);
      }
    };
    return {
      run: () => move(steps),
      figure: (seconds) => (1000 * seconds) / (steps * DT),
      operations: steps * STEP_OPERATIONS,
      bytes: steps * STEP_BYTES,
      check: () => {
        move(Math.ceil(SETTLED / DT));
        // 131 072 positions, 20 times: 0.15 % of standard error, at most.
        let square = 0;
        const rounds = engine.kind === 'reference' ? 5 : 20;
        for (let k = 0; k < rounds; k++) {
          move(engine.kind === 'reference' ? 1 : 3);
          square += meanSquare(circuit.z) / rounds;
        }
        const error = engine.kind === 'reference' ? 0.005 : 0.0015;
        const off = square / SQUARE - 1;
        if (!(Math.abs(off) < 0.01 + 2 * error)) throw new Error(`⟨x²⟩ is ${100 * off} % off`);
      },
    };
  },
};
