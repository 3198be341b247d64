import { RelaxdError } from '../../core/index.js';
import type { RlcIntegratorName } from './rlc-integrator.js';
import { STIFFEST_RLC_STEP } from './rlc-plan.js';

interface Where {
  readonly shot: number;
  readonly t: number;
  readonly dt: number;
}

/** A site has left the range of numbers. */
export const rlcDiverged = (
  integrator: RlcIntegratorName,
  { shot, t, dt }: Where,
  site: number,
): RelaxdError =>
  new RelaxdError(
    'diverged',
    `shot ${shot}: site ${site} is no longer finite at t = ${t} (${integrator}, dt = ${dt})`,
    {
      path: 'dynamics',
      shot,
      t,
      site,
      value: dt,
      hint:
        integrator === 'exact'
          ? 'the quadratic wells do not hold the couplings (2·quadratic must exceed the largest eigenvalue of J): give the sites a quartic well or shorten the run'
          : 'take a shorter dynamics.dt, or give the sites wells that hold the couplings',
    },
  );

/** A step is too long for the quartic force that a site has reached. */
export const rlcTooStiff = (
  integrator: RlcIntegratorName,
  { shot, t, dt }: Where,
  site: number,
  x: number,
): RelaxdError =>
  new RelaxdError(
    'diverged',
    `shot ${shot}: at t = ${t} site ${site} is at ${x}, where 12·quartic·x²·dt² exceeds ${STIFFEST_RLC_STEP}: ${integrator} with dt = ${dt} would diverge`,
    {
      path: 'dynamics.dt',
      shot,
      t,
      site,
      value: dt,
      limit: `12·quartic·x²·dt² ≤ ${STIFFEST_RLC_STEP}`,
      hint: 'take a shorter dynamics.dt',
    },
  );
