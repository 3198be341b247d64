import type { Violation } from '../../../core/index.js';
import type { Program, ResolvedProgram } from '../../../device/index.js';
import type { ThermoContext } from '../../../thermo/index.js';
import { changing } from '../../changing.js';

/** What a program may not ask of the cavity at fidelity `discrete`, beyond what every fidelity refuses. */
export function discreteViolations(program: Program): Violation[] {
  const { dt } = program.dynamics;
  if (dt === null) return [];
  return [
    {
      code: 'program-refused',
      path: 'dynamics.dt',
      message: 'discrete dynamics have no time step',
      value: dt,
      limit: null,
    },
  ];
}

/** The ledger at T = 0: heat and the first law are exact, entropy production is infinite wherever a spin flips. */
export function discreteThermodynamics(program: ResolvedProgram): ThermoContext {
  return {
    sites: program.sites,
    baths: [{ name: 'cavity', temperature: 0 }],
    noEnergy: null,
    noHeat: null,
    noEntropy: 'the bath is at T = 0, where it is infinite',
    entropyMethod: 'medium',
    jarzynskiBeta: null,
    changing: changing(program),
    noJarzynski: 'β is infinite at T = 0',
  };
}
