import { requireAlgorithm } from '../../require-algorithm.js';
import type { Simulate } from '../../simulation.js';
import { cavitySystem } from '../cavity-model.js';
import { CavityReadout } from '../cavity-readout.js';
import { CavityShot, SCAN } from './cavity-shot.js';

/**
 * The cavity at fidelity `discrete` (physics page §4.1): spins at zero temperature, `steepest-descent` (flip the least
 * s_i b_i < 0, the lowest index at a tie) or `zero-temperature` (flip a uniformly chosen site where that lowers the
 * energy). The k-th accepted flip happens at time k/N in both, rejected attempts take no time; where nothing can flip
 * the clock runs on to the next change of a drive, and the state stays what it is.
 *
 * Couplings from positions with a `stiffness` move their atoms with the state: see `Plasticity`.
 *
 * Parameter `modeDamping`: of position couplings.
 */
export const simulateDiscrete: Simulate = (task, sink) => {
  const { program, times, engine, algorithm } = task;
  const system = cavitySystem(program, task.parameters['modeDamping'] ?? 0, engine);
  const run = new CavityShot(program, system, engine, algorithm);
  requireAlgorithm(algorithm, [run.algorithm, SCAN]);
  sink.algorithm(run.algorithm);
  const readout = new CavityReadout(program, task.parameters);
  for (let k = 0; k < task.shots; k++) {
    const shot = task.firstShot + k;
    readout.begin(shot);
    run.begin(shot);
    for (let step = 0; step < times.length; step++) {
      run.advance(times[step]!);
      readout.read(run.state);
      sink.readout({
        shot,
        step,
        energy: run.energy,
        work: run.totalWork,
        heat: run.totalHeat,
        overlaps: readout.overlaps,
        state: readout.seen,
      });
      sink.progress((k + (step + 1) / times.length) / task.shots);
    }
    sink.shotEnd(run.ledger());
  }
};
