import type { Violation } from '../../core/index.js';
import type { Fidelity, Program, ResolvedProgram } from '../../device/index.js';
import type { ThermoContext } from '../../thermo/index.js';
import type { Simulate } from '../simulation.js';
import { discreteThermodynamics, discreteViolations } from './discrete/discrete-violations.js';
import { simulateDiscrete } from './discrete/simulate-discrete.js';
import { kineticThermodynamics } from './kinetic/kinetic-thermodynamics.js';
import { kineticViolations } from './kinetic/kinetic-violations.js';
import { kineticWarnings } from './kinetic/kinetic-warnings.js';
import { simulateKinetic } from './kinetic/simulate-kinetic.js';
import {
  quantumThermodynamics,
  quantumViolations,
  quantumWarnings,
} from './quantum/quantum-violations.js';
import { simulateQuantum } from './quantum/simulate-quantum.js';
import {
  semiclassicalThermodynamics,
  semiclassicalViolations,
  semiclassicalWarnings,
} from './semiclassical/semiclassical-violations.js';
import { simulateSemiclassical } from './semiclassical/simulate-semiclassical.js';

type Parameters = Readonly<Record<string, number>>;

/** One level of description of the cavity: how it moves, what it refuses, what its ledger can say. */
export interface CavityFidelity {
  readonly simulate: Simulate;
  /** What a program may not ask at this fidelity, beyond what the descriptor says and every fidelity refuses. */
  readonly violations: (program: Program, parameters: Parameters) => readonly Violation[];
  readonly warnings: (program: ResolvedProgram, parameters: Parameters) => readonly string[];
  readonly thermodynamics: (program: ResolvedProgram, parameters: Parameters) => ThermoContext;
}

const DISCRETE: CavityFidelity = {
  simulate: simulateDiscrete,
  violations: discreteViolations,
  warnings: () => [],
  thermodynamics: discreteThermodynamics,
};

const KINETIC: CavityFidelity = {
  simulate: simulateKinetic,
  violations: kineticViolations,
  warnings: kineticWarnings,
  thermodynamics: kineticThermodynamics,
};

const SEMICLASSICAL: CavityFidelity = {
  simulate: simulateSemiclassical,
  violations: semiclassicalViolations,
  warnings: semiclassicalWarnings,
  thermodynamics: semiclassicalThermodynamics,
};

const QUANTUM: CavityFidelity = {
  simulate: simulateQuantum,
  violations: quantumViolations,
  warnings: quantumWarnings,
  thermodynamics: quantumThermodynamics,
};

/** The fidelities that there are. */
export const CAVITY_FIDELITIES: Readonly<Partial<Record<Fidelity, CavityFidelity>>> = {
  discrete: DISCRETE,
  kinetic: KINETIC,
  semiclassical: SEMICLASSICAL,
  quantum: QUANTUM,
};

/** The fidelity of a program; `discrete` where it names none. */
export function fidelityOf(program: Program): CavityFidelity {
  return CAVITY_FIDELITIES[program.dynamics.fidelity ?? 'discrete'] ?? DISCRETE;
}
