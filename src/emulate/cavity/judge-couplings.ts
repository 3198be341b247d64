import type { Violation } from '../../core/index.js';
import type { Program } from '../../device/index.js';
import { CAVITY_DEFAULTS } from './cavity-light.js';
import {
  isMediated,
  leastEigenvalue,
  mediatedCouplings,
  NO_STRENGTH,
  type LocalTerm,
  type MediatedCouplings,
} from './mediated-couplings.js';

/** What the device's parameters say of the diagonal of J. */
export function localTerm(parameters: Readonly<Record<string, number>>): LocalTerm {
  return {
    strength: parameters['localStrength'] ?? CAVITY_DEFAULTS.localStrength,
    self: parameters['selfCoupling'] ?? CAVITY_DEFAULTS.selfCoupling,
    modeDamping: parameters['modeDamping'] ?? 0,
  };
}

/** The couplings of a program as the device's parameters complete them. */
export function programCouplings(
  program: Program,
  parameters: Readonly<Record<string, number>>,
): MediatedCouplings {
  return mediatedCouplings(program.couplings, program.sites, localTerm(parameters));
}

/**
 * Couplings that no pump brings to a threshold: a largest eigenvalue that is rounding of the others counts as zero.
 * @param couplings with the strengths of all modes where they are known
 */
export function pumpViolations(
  program: Program,
  parameters: Readonly<Record<string, number>>,
  couplings: Pick<MediatedCouplings, 'largest'> & Partial<Pick<MediatedCouplings, 'strengths'>>,
): Violation[] {
  const { largest, strengths } = couplings;
  const least = strengths?.at(-1) ?? 0;
  if (largest > 0 && -least * NO_STRENGTH < 1) return [];
  return [
    {
      code: 'program-refused',
      path: 'couplings',
      message: `the largest eigenvalue of the couplings with their local term is ${largest}: no pump brings them to a threshold; ${moreDiagonal(program, parameters)}`,
      value: largest,
      limit: '> 0',
    },
  ];
}

/** Couplings that modes of one red detuning cannot make. */
export function modeViolations(
  program: Program,
  parameters: Readonly<Record<string, number>>,
  couplings: MediatedCouplings,
): Violation[] {
  if (isMediated(couplings)) return [];
  const least = leastEigenvalue(couplings);
  return [
    {
      code: 'program-refused',
      path: 'couplings',
      message: `cavity modes of one detuning make positive semidefinite couplings only; these have an eigenvalue of ${least} at a mean diagonal of ${couplings.meanDiagonal}; ${moreDiagonal(program, parameters)}`,
      value: least,
      limit: '≥ 0',
    },
  ];
}

/** What makes the diagonal of J larger, which is another thing for every kind of couplings. */
function moreDiagonal(
  { couplings }: Program,
  parameters: Readonly<Record<string, number>>,
): string {
  if (couplings.kind === 'memories') return 'their diagonal is that of their weights';
  if (couplings.kind === 'positions') {
    if ((parameters['modeDamping'] ?? 0) > 0) return 'lower the parameter modeDamping';
    if (couplings.cloudSigma > 0) return 'make the clouds smaller (couplings.cloudSigma)';
  }
  return 'raise the parameter localStrength';
}
