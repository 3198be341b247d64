import { hiddenMask } from '../../device/index.js';
import { requireAlgorithm } from '../require-algorithm.js';
import type { Simulate, SimulationTask } from '../simulation.js';
import { memoryAlgorithms } from './memory-algorithm.js';
import { ReferenceOverlaps } from './reference-overlaps.js';
import { ONE_BY_ONE, SpinDynamics } from './spin-dynamics.js';
import { HIDDEN_RATE } from './spin-parameters.js';
import { REDRAWS, VisibleHiddenDynamics } from './visible-hidden-dynamics.js';
import { VisibleOverlaps } from './visible-overlaps.js';

/**
 * Simulator of ±1 spins (rules glauber, metropolis, zero-temperature; every order), and of visible spins with hidden
 * units. A burn-in comes before t = 0 and is not accounted.
 *
 * A readout shows the state at its time, all jumps and attempts at that very time included; the first one, at
 * t = 0, has the work of a jump at t = 0.
 * @throws RelaxdError `not-supported` for an algorithm that cannot run the program, `not-enumerable` for an equilibrium start that can neither be drawn nor burnt in
 */
export const simulate: Simulate = (task, sink) => {
  const { program, parameters, times, firstShot, shots } = task;
  const { dynamics, overlaps } = dynamicsOf(task, parameters[HIDDEN_RATE.name]);
  sink.algorithm(dynamics.algorithm);
  const everyOverlap = program.readout.channels.includes('overlaps');
  for (let k = 0; k < shots; k++) {
    dynamics.onProgress = (t) => sink.progress((k + t / program.duration) / shots);
    dynamics.begin(firstShot + k);
    for (let step = 0; step < times.length; step++) {
      dynamics.advanceTo(times[step]!);
      if (everyOverlap || step === times.length - 1) overlaps.read();
      sink.readout({
        shot: firstShot + k,
        step,
        energy: dynamics.energy,
        work: dynamics.work,
        heat: dynamics.heat,
        overlaps: overlaps.values,
        state: dynamics.state,
      });
    }
    sink.shotEnd(dynamics.ledger());
    sink.progress((k + 1) / shots);
  }
};

function dynamicsOf(
  { program, engine, algorithm }: SimulationTask,
  hiddenRate: number = HIDDEN_RATE.default,
): {
  dynamics: SpinDynamics | VisibleHiddenDynamics;
  overlaps: ReferenceOverlaps | VisibleOverlaps;
} {
  if (hiddenMask(program) === null) {
    const dynamics = new SpinDynamics(program, engine, algorithm);
    const possible = [dynamics.algorithm, ...memoryAlgorithms(program), ...dynamics.algorithms];
    requireAlgorithm(algorithm, possible);
    return { dynamics, overlaps: new ReferenceOverlaps(program, dynamics.system.model) };
  }
  const dynamics = new VisibleHiddenDynamics(program, hiddenRate, engine, algorithm);
  requireAlgorithm(algorithm, [REDRAWS, ONE_BY_ONE]);
  return { dynamics, overlaps: new VisibleOverlaps(program, dynamics.system) };
}
