import type { Program, ResolvedProgram } from '../../../device/index.js';
import type { Violation } from '../../../core/index.js';
import type { ThermoContext } from '../../../thermo/index.js';
import { changing } from '../../changing.js';
import { cavityLight, lightDelay, lightTemperature, type CavityLight } from '../cavity-light.js';
import { DEFAULT_PUMP } from '../control-course.js';
import { modeViolations, programCouplings, pumpViolations } from '../judge-couplings.js';
import { stepViolations } from '../step-plan.js';
import { isMediated, leastEigenvalue } from '../mediated-couplings.js';
import { eliminatedIntegrator, semiclassicalKernelOf } from './choose-kernel.js';
import { semiclassicalSteps } from './semiclassical-step.js';

type Parameters = Readonly<Record<string, number>>;

/** A gain of energy by Heun's scheme is worth a warning from this part of what damping takes. */
const GAIN_OF_HEUN = 0.25;

/** T_eff/S: the cavity's temperature in the unit of the energies, ħω_z per unit of S. */
export function semiclassicalTemperature(light: CavityLight): number {
  return lightTemperature(light) / light.spinSize;
}

/** What a program may not ask of the cavity at fidelity `semiclassical`, beyond what every fidelity refuses. */
export function semiclassicalViolations(program: Program, parameters: Parameters): Violation[] {
  const couplings = programCouplings(program, parameters);
  const found = pumpViolations(program, parameters, couplings);
  if (found.length > 0) return found;
  const refuse = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'program-refused', path, message, value, limit });
  };
  const explicit = semiclassicalKernelOf(program) === 'truncated-wigner';
  const { integrator, dt } = program.dynamics;
  if (explicit && integrator === 'heun') {
    refuse(
      'dynamics.integrator',
      'with explicit light only the Strang splitting is run, in which both the vacuum and |s| are exact',
      integrator,
      'strang',
    );
  }
  if (explicit) found.push(...modeViolations(program, parameters, couplings));
  const { step, most, why } = semiclassicalSteps(program, couplings, cavityLight(parameters));
  if (dt !== null && dt > most) {
    refuse('dynamics.dt', `a step of ${dt} is too long: ${why}`, dt, most);
  }
  found.push(...stepViolations(program, step));
  return found;
}

/** What a user should know of a semiclassical run. */
export function semiclassicalWarnings(program: ResolvedProgram, parameters: Parameters): string[] {
  const light = cavityLight(parameters);
  const couplings = programCouplings(program, parameters);
  const warnings: string[] = [];
  const friction = lightDelay(light);
  if (light.damping > 0) {
    warnings.push(
      `damping: α = ${light.damping} is phenomenological, it stands for dephasing and collisions of atoms and is derived from nothing; the cavity's own friction τ_d ω_z = ${friction.toPrecision(3)} alone would not stop the precession. Recall and entropy of this run are no prediction of an experiment`,
    );
  }
  if (program.controls.pump === undefined) {
    warnings.push(
      `controls.pump: not given; the pump is ramped from 0 to ${DEFAULT_PUMP} times threshold over the duration`,
    );
  }
  if (program.initial.kind === 'random') {
    warnings.push(
      'initial: random is the normal phase, every spin at −z with the quantum noise of its size; its signs are those of the noise',
    );
  }
  const least = leastEigenvalue(couplings);
  if (semiclassicalKernelOf(program) === 'eliminated' && !isMediated(couplings)) {
    warnings.push(
      `couplings: no modes of one detuning make them, their least eigenvalue is ${least.toPrecision(4)}; the light's friction and noise are those of the modes with positive ones`,
    );
  }
  if (
    semiclassicalKernelOf(program) === 'eliminated' &&
    eliminatedIntegrator(program, light) === 'heun'
  ) {
    const { step, fastest } = semiclassicalSteps(program, couplings, light);
    const turn = fastest * (program.dynamics.dt ?? step);
    if (light.damping === 0) {
      warnings.push(
        'dynamics.integrator: without damping the energy that Heun’s scheme gains of itself, (B dt)⁴/8 a step, passes for heat; strang has no such gain',
      );
    } else if (turn ** 4 / 8 > GAIN_OF_HEUN * light.damping * turn) {
      warnings.push(
        `dynamics.integrator: in fields that turn a spin by up to ${turn.toPrecision(2)} rad a step Heun’s scheme widens its precession by (B dt)⁴/8 = ${(turn ** 4 / 8).toPrecision(2)}, where damping narrows it by α B dt = ${(light.damping * turn).toPrecision(2)}: spins come to rest late or never, and heat is wrong by as much; take a shorter dynamics.dt, or strang`,
      );
    }
  }
  return warnings;
}

/**
 * Work is what pump and drives do to H/S through its explicit dependence on them, heat everything else that changes it:
 * the light's friction and noise, and damping. With damping there are two baths, one of them at T = 0, and no entropy
 * production; without, and with the light eliminated, the cavity is one bath at T_eff.
 */
export function semiclassicalThermodynamics(
  program: ResolvedProgram,
  parameters: Parameters,
): ThermoContext {
  const light = cavityLight(parameters);
  const explicit = semiclassicalKernelOf(program) === 'truncated-wigner';
  const noEntropy =
    light.damping > 0
      ? 'the damping α removes energy and brings no noise: a bath at T = 0, where it is infinite'
      : explicit
        ? 'the light that leaves the cavity is in the vacuum, and T_eff is what slow spins see of it'
        : null;
  return {
    sites: program.sites,
    baths: [
      light.damping > 0
        ? { name: 'cavity and damping', temperature: 0 }
        : { name: 'cavity', temperature: semiclassicalTemperature(light) },
    ],
    noEnergy: null,
    noHeat: null,
    noEntropy,
    entropyMethod: 'medium',
    jarzynskiBeta: null,
    changing: changing(program),
    noJarzynski: 'the start is not an equilibrium state',
  };
}
