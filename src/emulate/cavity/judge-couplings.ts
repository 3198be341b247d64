import type { Violation } from '../../core/index.js';
import type { Program } from '../../device/index.js';
import { CAVITY_DEFAULTS } from './cavity-light.js';
import {
  isMediated,
  leastEigenvalue,
  mediatedCouplings,
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

/** Couplings that no pump brings to a threshold. */
export function pumpViolations({ largest }: Pick<MediatedCouplings, 'largest'>): Violation[] {
  if (largest > 0) return [];
  return [
    {
      code: 'program-refused',
      path: 'couplings',
      message: `the largest eigenvalue of the couplings with their local term is ${largest}: no pump brings them to a threshold; raise the parameter localStrength`,
      value: largest,
      limit: '> 0',
    },
  ];
}

/** Couplings that modes of one red detuning cannot make. */
export function modeViolations(couplings: MediatedCouplings): Violation[] {
  if (isMediated(couplings)) return [];
  const least = leastEigenvalue(couplings);
  return [
    {
      code: 'program-refused',
      path: 'couplings',
      message: `cavity modes of one detuning make positive semidefinite couplings only; these have an eigenvalue of ${least}. Raise the mean diagonal from ${couplings.meanDiagonal} by ${-least}: the parameter localStrength, or smaller clouds`,
      value: least,
      limit: '≥ 0',
    },
  ];
}
