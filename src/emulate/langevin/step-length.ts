import type { IntegratorName } from './integrators.js';

/** Longest default step in t₀: the quartic unit's ⟨x²⟩ is then 0.03 % off under `strang`, ⟨x⁶⟩ 0.4 %. */
export const LONGEST_STEP = 0.01;
/** Default step of Euler–Maruyama, that of the published recipe. */
export const LONGEST_EULER_STEP = 1e-3;
/** The default step resolves the fastest linear rate this finely: splitting errors of a few tenths of a percent. */
const STEP_TIMES_RATE = 0.1;
/**
 * With several baths the Stratonovich sum over steps reads a heat current low by (l₁ + l₂) dt/2 (physics page, exact for
 * two linear sites): the default step keeps that below this.
 */
export const BATH_HEAT_BIAS = 5e-3;

/**
 * The step where a program names none.
 * @param stiffness largest rate of the linear part
 * @param manyBaths whether sites have different temperatures
 * @param still whether no knob changes during the run
 */
export function defaultStep(
  integrator: IntegratorName,
  stiffness: number,
  manyBaths: boolean,
  still: boolean,
): number {
  if (integrator === 'exact' && still && !manyBaths) return Infinity;
  const longest = integrator === 'euler-maruyama' ? LONGEST_EULER_STEP : LONGEST_STEP;
  const resolved = Math.min(longest, STEP_TIMES_RATE / stiffness);
  return manyBaths ? Math.min(resolved, BATH_HEAT_BIAS / stiffness) : resolved;
}
