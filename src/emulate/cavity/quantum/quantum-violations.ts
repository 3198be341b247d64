import type { Violation } from '../../../core/index.js';
import type { Program, ResolvedProgram } from '../../../device/index.js';
import type { ThermoContext } from '../../../thermo/index.js';
import { changing } from '../../changing.js';
import { cavityLight, lightTemperature } from '../cavity-light.js';
import { DEFAULT_PUMP } from '../control-course.js';
import { modeViolations, programCouplings, pumpViolations } from '../judge-couplings.js';
import { stepViolations } from '../step-plan.js';
import { quantumSteps } from './quantum-step.js';

type Parameters = Readonly<Record<string, number>>;

/** Below this |Δ|/ω_z the elimination of the light is off by more than the few percent that it is tested to. */
const LEAST_DETUNING = 10;

/** What a program may not ask of the cavity at fidelity `quantum`, beyond what every fidelity refuses. */
export function quantumViolations(program: Program, parameters: Parameters): Violation[] {
  const couplings = programCouplings(program, parameters);
  const found = pumpViolations(program, parameters, couplings);
  if (found.length > 0) return found;
  found.push(...modeViolations(program, parameters, couplings));
  const { dt } = program.dynamics;
  const { step, most, rate } = quantumSteps(program, cavityLight(parameters));
  if (dt !== null && dt > most) {
    found.push({
      code: 'program-refused',
      path: 'dynamics.dt',
      message: `a step of ${dt} is too long for amplitudes that change at up to ${rate} ω_z`,
      value: dt,
      limit: most,
    });
  }
  found.push(...stepViolations(program, step));
  return found;
}

/** What a user should know of a quantum run. */
export function quantumWarnings(program: ResolvedProgram, parameters: Parameters): string[] {
  const light = cavityLight(parameters);
  const warnings = [
    'spins: each is one spin ½ (the parameter spinSize is not used), as in no experiment of the 4/7 cavity; states are the signs of ⟨S^x⟩ along one homodyne record a shot, +1 where it is 0',
  ];
  if (program.controls.pump === undefined) {
    warnings.push(
      `controls.pump: not given; the pump is ramped from 0 to ${DEFAULT_PUMP} times threshold over the duration`,
    );
  }
  if (program.initial.kind === 'random') {
    warnings.push(
      'initial: random is the normal phase, every spin down; at t = 0 its signs are all read as +1',
    );
  }
  if (Math.abs(light.delta) < LEAST_DETUNING) {
    warnings.push(
      `deltaHz: |Δ| = ${Math.abs(light.delta).toPrecision(3)} ω_z; the light is eliminated to second order, which is a few percent off at ${LEAST_DETUNING} ω_z and worse below`,
    );
  }
  return warnings;
}

/**
 * Work is ∫⟨∂H/∂t⟩dt along a record, heat all else that changes ⟨H⟩: what the light carries off, and what its detection
 * does to the state. In the mean over records they are the work and heat of the master equation (the measurement's part
 * averages to nothing). A monitored vacuum is no bath with a temperature, so there is no entropy production.
 */
export function quantumThermodynamics(
  program: ResolvedProgram,
  parameters: Parameters,
): ThermoContext {
  return {
    sites: program.sites,
    baths: [{ name: 'cavity', temperature: 2 * lightTemperature(cavityLight(parameters)) }],
    noEnergy: null,
    noHeat: null,
    noEntropy:
      'a shot follows one record of a detector, whose back-action is part of its heat; only the mean over shots is heat of the cavity',
    entropyMethod: 'medium',
    jarzynskiBeta: null,
    changing: changing(program),
    noJarzynski:
      'the start is not an equilibrium state, and work on a quantum state has no value along one record',
  };
}
