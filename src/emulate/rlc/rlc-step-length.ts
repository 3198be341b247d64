import type { RlcIntegratorName } from './rlc-integrator.js';

/** Longest default step of BAOAB in t₀: ⟨x²⟩ of the quartic unit is then within 0.01 % (TC-12). */
export const LONGEST_BAOAB_STEP = 0.02;
/** Default step of Euler–Maruyama. */
export const LONGEST_RLC_EULER_STEP = 1e-3;
/**
 * Euler–Maruyama reads the variance of a linear cell high by 1/(1 − dt ω²/γ), and diverges from dt = γ/ω² on: the default step keeps
 * that ratio below this.
 */
export const EULER_EXCESS = 0.01;
/** The default step resolves the fastest linear frequency this finely, and, with several baths, their heat currents. */
const STEP_TIMES_FREQUENCY = 0.1;

/**
 * The step where a program names none.
 * @param stiffness square of the largest linear frequency
 * @param friction the least of the cells
 * @param manyBaths whether sites have different temperatures
 * @param still whether no knob changes during the run
 */
export function defaultRlcStep(
  integrator: RlcIntegratorName,
  stiffness: number,
  friction: number,
  manyBaths: boolean,
  still: boolean,
): number {
  if (integrator === 'exact' && still && !manyBaths) return Infinity;
  const square = Math.max(stiffness, 1e-12);
  const longest =
    integrator === 'euler-maruyama'
      ? Math.min(LONGEST_RLC_EULER_STEP, (EULER_EXCESS * friction) / square)
      : LONGEST_BAOAB_STEP;
  return Math.min(longest, STEP_TIMES_FREQUENCY / Math.sqrt(square));
}
