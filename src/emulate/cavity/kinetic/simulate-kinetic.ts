import type { ResolvedProgram } from '../../../device/index.js';
import type { Simulate } from '../../simulation.js';
import { CavityReadout } from '../cavity-readout.js';
import { FlipMotion } from './flip-motion.js';
import { flipLawOf, kernelOf } from './kinetic-kernel.js';
import type { KineticMotion } from './kinetic-motion.js';
import { kineticBaths } from './kinetic-thermodynamics.js';

/**
 * The cavity at fidelity `kinetic` (physics page §4.2): ensembles flip in continuous time by the law that
 * `dynamics.kernel` names. Time is in 1/Γ0.
 */
export const simulateKinetic: Simulate = (task, sink) => {
  const { program, times, firstShot, shots, parameters } = task;
  const motion = motionOf(program, parameters);
  const readout = new CavityReadout(program, parameters);
  for (let k = 0; k < shots; k++) {
    const shot = firstShot + k;
    motion.onProgress = (t) => sink.progress((k + t / program.duration) / shots);
    readout.begin(shot);
    motion.begin(shot);
    for (let step = 0; step < times.length; step++) {
      motion.advanceTo(times[step]!);
      readout.read(motion.values);
      sink.readout({
        shot,
        step,
        energy: motion.energy,
        work: motion.work,
        heat: motion.heat,
        overlaps: readout.overlaps,
        state: readout.seen,
      });
    }
    sink.shotEnd(motion.ledger());
    sink.progress((k + 1) / shots);
  }
};

function motionOf(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>>,
): KineticMotion {
  const kernel = kernelOf(program);
  const baths = kineticBaths(program);
  const start = null;
  switch (kernel.kind) {
    case 'avalanche':
    case 'resolved':
      throw new Error('to come');
    default:
      return new FlipMotion(program, parameters, flipLawOf(kernel), baths, start);
  }
}
