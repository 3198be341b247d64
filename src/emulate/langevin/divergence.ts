import { RelaxdError } from '../../core/index.js';
import type { IntegratorName } from './integrators.js';

interface Where {
  readonly shot: number;
  readonly t: number;
  readonly dt: number;
  readonly integrator: IntegratorName;
}

/** A site has left the range of numbers. */
export function divergedError(where: Where, site: number, linear: boolean): RelaxdError {
  return new RelaxdError(
    'diverged',
    `shot ${where.shot}: site ${site} is no longer finite at t = ${where.t} (${where.integrator}, dt = ${where.dt})`,
    {
      ...where,
      path: 'dynamics',
      site,
      hint: linear
        ? 'the quadratic wells do not hold the couplings (2·quadratic must exceed the largest eigenvalue of J): give the sites a quartic well or shorten the run'
        : 'take a shorter dynamics.dt, or the integrator strang, which is stable at any step',
    },
  );
}

/** An explicit scheme's step is too long for the quartic force that a site has reached. */
export function tooStiffError(where: Where, site: number, x: number): RelaxdError {
  return new RelaxdError(
    'diverged',
    `shot ${where.shot}: at t = ${where.t} site ${site} is at ${x}, where 4·quartic·x²·dt exceeds 0.5: ${where.integrator} with dt = ${where.dt} would diverge`,
    {
      ...where,
      path: 'dynamics.dt',
      site,
      value: where.dt,
      limit: '4·quartic·x²·dt ≤ 0.5',
      hint: 'take a shorter dynamics.dt, or the integrator strang, which is stable at any step',
    },
  );
}
