import type { Engine } from '../../kernels/index.js';
import { KNOB } from '../langevin/protocol.js';
import { CoupledSteps } from './coupled-steps.js';
import { Baoab, EulerMaruyama } from './explicit-integrators.js';
import { CoupledOscillators, ModalOscillators } from './exact-integrators.js';
import { ModalSteps } from './modal-steps.js';
import {
  areAlike,
  sameEverywhere,
  type RlcIntegrator,
  type RlcIntegratorName,
  type RlcSetting,
} from './rlc-integrator.js';

/** Sites up to which linear cells that are not alike in friction or temperature are solved exactly. */
export const MOST_UNLIKE_EXACT_SITES = 32;

/** Why a program cannot be run by the exact integrator; null where it can. */
export function whyNotExact(
  setting: Omit<RlcSetting, 'knobs' | 'mostCoupling' | 'stiffestStep'>,
): { readonly reason: string; readonly value: unknown; readonly limit: unknown } | null {
  const { potential, couplingVaries, quadraticVaries } = setting;
  if (potential.quarticControlled || potential.quartic.some((r) => r !== 0)) {
    return {
      reason: 'the exact integrator is for quadratic wells only; there are quartic ones',
      value: 'exact',
      limit: 'auto, or baoab',
    };
  }
  if (areAlike(setting)) {
    if (!couplingVaries || sameEverywhere(potential.quadratic)) return null;
    return {
      reason:
        'with quadratic wells that differ and a coupling that changes there is no fixed eigenbasis',
      value: 'exact',
      limit: 'auto, or baoab',
    };
  }
  if (couplingVaries || quadraticVaries) {
    return {
      reason:
        'with resistors or temperatures that differ and couplings or quadratic wells that change, each step would be another matrix exponential',
      value: 'exact',
      limit: 'auto, or baoab',
    };
  }
  if (potential.sites <= MOST_UNLIKE_EXACT_SITES) return null;
  return {
    reason: `with resistors or temperatures that differ, the exact integrator takes at most ${MOST_UNLIKE_EXACT_SITES} sites`,
    value: potential.sites,
    limit: MOST_UNLIKE_EXACT_SITES,
  };
}

/** `auto`: exact where everything is linear and stays so, else BAOAB. */
export function chooseRlcIntegrator(setting: RlcSetting): RlcIntegratorName {
  return whyNotExact(setting) === null ? 'exact' : 'baoab';
}

/** Largest |eigenvalue| of A = 2q − cJ, or a bound: the square of the fastest linear frequency. */
export function rlcStiffness(name: RlcIntegratorName, setting: RlcSetting): number {
  if (name === 'exact') {
    return (areAlike(setting) ? new ModalSteps(setting) : new CoupledSteps(setting)).stiffness;
  }
  const { potential, mostCoupling, knobs } = setting;
  const well = potential.quadratic.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return (
    2 * (well + Math.abs(knobs[KNOB.quadratic]!)) +
    mostCoupling * potential.coupling.largestRowSum()
  );
}

/** @param engine whose kernels it runs on: what it is given to advance lies in that engine's arena */
export function makeRlcIntegrator(
  engine: Engine,
  name: RlcIntegratorName,
  setting: RlcSetting,
): RlcIntegrator {
  switch (name) {
    case 'exact':
      return areAlike(setting)
        ? new ModalOscillators(engine, setting)
        : new CoupledOscillators(engine, setting);
    case 'baoab':
      return new Baoab(engine, setting);
    case 'euler-maruyama':
      return new EulerMaruyama(engine, setting);
  }
}
