import type { Simulate } from '../simulation.js';
import { ReferenceOverlaps } from './reference-overlaps.js';
import { SpinDynamics } from './spin-dynamics.js';

/**
 * Simulator of ±1 spins (rules glauber, metropolis, zero-temperature; every order). A burn-in comes before t = 0 and is
 * not accounted.
 *
 * A readout shows the state at its time, all jumps and attempts at that very time included; the first one, at
 * t = 0, has the work of a jump at t = 0.
 * @throws RelaxdError `not-enumerable` for an equilibrium start that can neither be drawn nor burnt in
 */
export const simulate: Simulate = (task, sink) => {
  const { program, times, firstShot, shots } = task;
  const dynamics = new SpinDynamics(program);
  const overlaps = new ReferenceOverlaps(program, dynamics.system.model);
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
        state: dynamics.system.state,
      });
    }
    sink.shotEnd(dynamics.ledger());
    sink.progress((k + 1) / shots);
  }
};
