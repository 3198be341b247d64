import type { ResolvedProgram } from '../../../device/index.js';
import type { Engine } from '../../../kernels/index.js';
import { requireAlgorithm } from '../../require-algorithm.js';
import type { Simulate } from '../../simulation.js';
import { CAVITY_DEFAULTS } from '../cavity-light.js';
import { spinCouplings } from '../cavity-model.js';
import { CavityReadout } from '../cavity-readout.js';
import { AvalancheMotion } from './avalanche-motion.js';
import { cavityLaw, exponentOf, flipLawOf, kernelOf, leapOf } from './kinetic-kernel.js';
import { OhmicLaw } from './flip-law.js';
import { EVENTS, EVENTS_ONE_BY_ONE, FlipMotion } from './flip-motion.js';
import { completeModel } from './free-couplings.js';
import type { KineticMotion } from './kinetic-motion.js';
import { kineticBaths, startsAsParamagnet } from './kinetic-thermodynamics.js';
import { MagnetisationModel } from './magnetisation-model.js';
import { ParamagnetStart } from './paramagnet-start.js';
import { ResolvedMotion } from './resolved-motion.js';

/**
 * The cavity at fidelity `kinetic` (physics page §4.2): ensembles flip in continuous time by the law that
 * `dynamics.kernel` names. Time is in 1/Γ0.
 */
export const simulateKinetic: Simulate = (task, sink) => {
  const { program, times, firstShot, shots, parameters } = task;
  const { algorithm } = task;
  const motion = motionOf(program, parameters, task.engine, algorithm !== EVENTS_ONE_BY_ONE);
  requireAlgorithm(
    algorithm,
    motion.algorithm === EVENTS ? [EVENTS, EVENTS_ONE_BY_ONE] : [motion.algorithm],
  );
  sink.algorithm(motion.algorithm);
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

type Parameters = Readonly<Record<string, number>>;

/** @param events whether a kernel may draw flips; else one by one */
function motionOf(
  program: ResolvedProgram,
  parameters: Parameters,
  engine: Engine,
  events: boolean,
): KineticMotion {
  const kernel = kernelOf(program);
  const start = startsAsParamagnet(program) ? new ParamagnetStart(program, parameters) : null;
  switch (kernel.kind) {
    case 'avalanche': {
      const model = magnetisationModel(program, parameters, kernel.local === true);
      const spin = spinOf(kernel.spin, parameters);
      return new AvalancheMotion(program, model, exponentOf(kernel), spin, start);
    }
    case 'resolved': {
      const model = magnetisationModel(program, parameters, kernel.local === true);
      const spin = spinOf(kernel.spin, parameters);
      const law = kernel.law?.kind === 'cavity' ? cavityLaw(kernel.law) : new OhmicLaw();
      return new ResolvedMotion(program, model, law, spin, leapOf(kernel), start);
    }
    default:
      return new FlipMotion(
        program,
        parameters,
        flipLawOf(kernel),
        kineticBaths(program),
        start,
        engine,
        events,
      );
  }
}

/** S of a kernel, or the device's; ladders need half an integer. */
function spinOf(named: number | undefined, parameters: Parameters): number {
  return named ?? Math.round(2 * (parameters['spinSize'] ?? CAVITY_DEFAULTS.spinSize)) / 2;
}

/** @param local with the diagonal of J */
function magnetisationModel(
  program: ResolvedProgram,
  parameters: Parameters,
  local: boolean,
): MagnetisationModel {
  if (local) return completeModel(program, parameters);
  const spins = spinCouplings(program.couplings, parameters['modeDamping'] ?? 0);
  return new MagnetisationModel(spins, program.sites, null);
}
