import { RelaxdError, type Violation } from '../../core/index.js';
import type { Program, ResolvedProgram } from '../../device/index.js';
import type { ThermoContext } from '../../thermo/index.js';
import {
  bitErrorOf,
  cameraOf,
  estimateVariances,
  MOST_IMAGED_SITES,
  readoutNoise,
} from './cavity-readout.js';
import { positionWarnings } from './couplings-from-positions.js';
import { fidelityOf } from './fidelities.js';
import { FAMILIES } from './geometry.js';
import { MOST_PLASTIC_SITES, plasticityWarnings } from './plasticity.js';
import { sizeViolations } from './size-violations.js';

/** Most signs of memories, N·P, that are kept in every worker thread. */
const MOST_MEMORY_SIGNS = 2 ** 28;

/** What a program may not ask of the cavity, beyond what a descriptor can say; then what its fidelity refuses. */
export function cavityViolations(
  program: Program,
  parameters: Readonly<Record<string, number>> = {},
): Violation[] {
  // Before anything is computed from them.
  const found = sizeViolations(program);
  if (found.length > 0) return found;
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
    } else if (readoutNoise(parameters).photons > 0) {
      found.push(...imageViolations(program, parameters));
    }
    if (couplings.stiffness !== null && sites > MOST_PLASTIC_SITES) {
      refuse(
        'sites',
        `atoms of ${sites} sites that move are more than ${MOST_PLASTIC_SITES}; leave stiffness out`,
        sites,
        MOST_PLASTIC_SITES,
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

/** Whether the camera can tell the clouds of a program apart. */
function imageViolations(
  program: Program,
  parameters: Readonly<Record<string, number>>,
): Violation[] {
  const { sites } = program;
  const advice = 'set the parameter readoutPhotons to 0 and readoutNoise in its place';
  const refuse = (path: string, message: string, value: unknown, limit: unknown): Violation[] => [
    { code: 'program-refused', path, message: `${message}; ${advice}`, value, limit },
  ];
  if (sites > MOST_IMAGED_SITES) {
    return refuse(
      'sites',
      `the camera tells at most ${MOST_IMAGED_SITES} clouds apart`,
      sites,
      MOST_IMAGED_SITES,
    );
  }
  try {
    cameraOf(program, parameters);
    return [];
  } catch (error) {
    if (!(error instanceof RelaxdError)) throw error;
    const site = error.details['site'];
    return refuse(`couplings.xy[${String(site)}]`, error.message, site, error.details['limit']);
  }
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
  const modeDamping = parameters['modeDamping'] ?? 0;
  if (couplings.kind === 'positions' && couplings.stiffness !== null) {
    warnings.push(...plasticityWarnings(couplings, couplings.stiffness, modeDamping));
  }
  const { bitError } = readoutNoise(parameters);
  const errors = Array.from(estimateVariances(program, parameters), (variance) =>
    bitErrorOf(variance, bitError),
  );
  const [least, most] = [Math.min(...errors), Math.max(...errors)];
  if (most > 0) {
    const range = shown(least) === shown(most) ? shown(most) : `${shown(least)} … ${shown(most)}`;
    warnings.push(
      `states and overlaps are read with a bit error of ${range} (of fully magnetised spins); energy, work and heat are those of the true state`,
    );
  }
  warnings.push(...fidelityOf(program).warnings(program, parameters));
  return warnings;
}

const shown = (p: number): string => String(Number(p.toPrecision(3)));

/** Which entries of the ledger are defined, at the program's fidelity. */
export function cavityThermodynamics(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>> = {},
): ThermoContext {
  return fidelityOf(program).thermodynamics(program, parameters);
}
