import type { Program } from '../../../device/index.js';
import type { CavityLight } from '../cavity-light.js';
import { largestField, largestValue, pumpCurve } from '../control-course.js';
import { redfield, thresholdRate } from './redfield.js';

/** Longest default step, 1/ω_z. */
const LONGEST_STEP = 0.02;
/** ‖K‖ dt of the default step and of the longest allowed one: the series of a step errs by its fifth power over 120. */
const DEFAULT_SIZE = 0.4;
const MOST_SIZE = 1;

/** Default and longest step of a program, 1/ω_z. */
export function quantumSteps(
  program: Program,
  light: CavityLight,
): { readonly step: number; readonly most: number; readonly rate: number } {
  const { lower, raise } = redfield(light);
  const size = Math.hypot(...lower) + Math.hypot(...raise);
  // ‖Σ Ĵ_ij X_i X_j‖ ≤ N/4, and K has it times Γ's scale and a's; jumps have a's twice, with κ.
  const pumped = thresholdRate(light) * size * (1 + 2 * light.kappa * size);
  const rate =
    0.5 * program.sites * (1 + largestField(program)) +
    0.25 * program.sites * largestValue(pumpCurve(program)) * pumped;
  return { step: Math.min(LONGEST_STEP, DEFAULT_SIZE / rate), most: MOST_SIZE / rate, rate };
}
