import type { Violation } from '../../core/index.js';
import type { Program, ResolvedProgram } from '../../device/index.js';
import type { ThermoContext } from '../../thermo/index.js';
import { positionWarnings } from './couplings-from-positions.js';
import { fidelityOf } from './fidelities.js';
import { FAMILIES } from './geometry.js';

/** Most signs of memories, N·P, that are kept in every worker thread. */
const MOST_MEMORY_SIGNS = 2 ** 28;

/** What a program may not ask of the cavity, beyond what a descriptor can say; then what its fidelity refuses. */
export function cavityViolations(
  program: Program,
  parameters: Readonly<Record<string, number>> = {},
): Violation[] {
  const found: Violation[] = [];
  const refuse = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'program-refused', path, message, value, limit });
  };
  const { couplings, drives, fields, sites } = program;
  if (couplings.kind === 'positions') {
    const families: readonly number[] = FAMILIES[couplings.geometry];
    if (!families.includes(couplings.n0)) {
      refuse(
        'couplings.n0',
        `the ${couplings.geometry} cavity has no family ${couplings.n0}`,
        couplings.n0,
        families,
      );
    }
  }
  if (couplings.kind === 'memories') {
    const signs = couplings.patterns.length * sites;
    if (signs > MOST_MEMORY_SIGNS) {
      refuse(
        'couplings.patterns',
        `${couplings.patterns.length} memories of ${sites} sites are more than fit`,
        signs,
        MOST_MEMORY_SIGNS,
      );
    }
    if (couplings.interaction.kind === 'exponential') {
      const why =
        'exponential memories are run through the logarithm of their energy, which other fields cannot be added to; use log-sum-exp';
      if (drives.length > 0) refuse('drives', why, drives.length, 0);
      const at = fields.findIndex((h) => h !== 0);
      if (at >= 0) refuse(`fields[${at}]`, why, fields[at], 0);
    }
  }
  // A fidelity may make the couplings to judge them: not of positions that make none.
  if (found.some(({ path }) => path.startsWith('couplings'))) return found;
  found.push(...fidelityOf(program).violations(program, parameters));
  return found;
}

/** What a user should know of how a program is run, beside what it asks for. */
export function cavityWarnings(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>>,
): string[] {
  const { couplings } = program;
  const warnings: string[] = [];
  if (couplings.kind === 'positions') {
    warnings.push(...positionWarnings(couplings, parameters['modeDamping'] ?? 0));
  }
  if (couplings.kind === 'memories' && couplings.interaction.kind === 'exponential') {
    warnings.push(
      'energies and heat are those of the logarithm −ln Σ exp(x) in place of −Σ exp(x); the states are the same',
    );
  }
  const bitError = parameters['readoutBitError'] ?? 0;
  if (bitError > 0) {
    warnings.push(
      `states and overlaps are read with a bit error of ${bitError}; energy, work and heat are those of the true state`,
    );
  }
  warnings.push(...fidelityOf(program).warnings(program, parameters));
  return warnings;
}

/** Which entries of the ledger are defined, at the program's fidelity. */
export function cavityThermodynamics(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>> = {},
): ThermoContext {
  return fidelityOf(program).thermodynamics(program, parameters);
}
