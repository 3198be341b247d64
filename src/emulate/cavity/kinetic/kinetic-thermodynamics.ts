import { curveStart, type ResolvedProgram } from '../../../device/index.js';
import type { ThermoContext } from '../../../thermo/index.js';
import { bathsOf, type Baths } from '../../baths.js';
import { changing } from '../../changing.js';
import { isConstant, leastValue } from '../../curve-course.js';
import { bathOf, cavityLaw, kernelOf } from './kinetic-kernel.js';
import { bathTemperature } from './kinetic-program.js';

/** Whether the spins start disordered, below the pump's threshold. */
export function startsAsParamagnet(program: Pick<ResolvedProgram, 'controls'>): boolean {
  const { pump } = program.controls;
  return pump !== undefined && curveStart(pump) < 1;
}

/** The one bath of a kinetic program: an ohmic law's at its temperature, a cavity's at T_eff, else one at T = 0. */
export function kineticBaths(program: ResolvedProgram): Baths {
  const bath = bathOf(kernelOf(program));
  if (bath.kind === 'ohmic') {
    const dynamics = { ...program.dynamics, temperature: bathTemperature(program) };
    return bathsOf({ ...program, dynamics });
  }
  const temperature = bath.kind === 'cavity' ? cavityLaw(bath).temperature : 0;
  const name = bath.kind === 'cavity' ? 'cavity, T_eff of small flips' : 'cavity';
  return {
    baths: [{ name, temperature }],
    siteBath: null,
    siteTemperature: null,
    temperature,
  };
}

/**
 * What can be said of the thermodynamics of a kinetic program. Energy, work and heat are always exact. Entropy given to
 * the bath is Σ ln(w/w̃) over the flips, where each flip has a reverse; Jarzynski's average needs a Gibbs state, which only
 * the ohmic law keeps.
 */
export function kineticThermodynamics(program: ResolvedProgram): ThermoContext {
  const kernel = kernelOf(program);
  const bath = bathOf(kernel);
  const { baths } = kineticBaths(program);
  const noEntropy = whyNoEntropy(program);
  const cold = isCold(program);
  const { temperature: course } = program.controls;
  let noJarzynski: string | null = null;
  if (bath.kind !== 'ohmic') {
    noJarzynski = `the Gibbs state is not stationary under the kernel '${kernel.kind}'`;
  } else if (program.initial.kind !== 'equilibrium') {
    noJarzynski = `it needs an equilibrium start, not '${program.initial.kind}'`;
  } else if (course !== undefined && !isConstant(course, program.duration)) {
    noJarzynski = 'the temperature changes during the run';
  } else if (cold) noJarzynski = 'β is infinite at T = 0';
  return {
    sites: program.sites,
    baths,
    noEnergy: null,
    noHeat: null,
    noEntropy,
    entropyMethod:
      bath.kind === 'cavity'
        ? 'medium, Σ ln(w/w̃) of the cavity’s rates (it has no single temperature)'
        : 'medium',
    jarzynskiBeta: noJarzynski === null ? 1 / baths[0]!.temperature : null,
    noJarzynski,
    changing: changing(program),
    start:
      program.initial.kind === 'equilibrium'
        ? { entropy: null, uniform: false, freeSpins: null, equilibrium: { by: 'exact' } }
        : null,
    balance: bath.kind === 'ohmic' ? { detailed: true, why: null } : null,
    continuousTime: true,
    notHeatOverT: bath.kind === 'ohmic' ? null : 'the cavity has no single temperature',
  };
}

function isCold(program: ResolvedProgram): boolean {
  const { temperature: course } = program.controls;
  if (course !== undefined) return leastValue(course, program.duration) === 0;
  return bathTemperature(program) === 0;
}

function whyNoEntropy(program: ResolvedProgram): string | null {
  const kernel = kernelOf(program);
  const bath = bathOf(kernel);
  if (kernel.kind === 'avalanche') {
    return 'the mean-field flow is deterministic and runs downhill only: the reverse has no probability';
  }
  if (bath.kind !== 'ohmic' && bath.kind !== 'cavity') {
    return `the kernel '${kernel.kind}' flips downhill only, and a flip without a reverse has no finite one`;
  }
  if (startsAsParamagnet(program)) {
    return 'the spins order out of the paramagnet in one step, whose reverse has no known rate';
  }
  if (bath.kind === 'ohmic' && isCold(program)) {
    return 'the bath is at T = 0 for at least part of the run, where it is infinite';
  }
  return null;
}
