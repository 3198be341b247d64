import type { Program } from '../../../device/index.js';
import type { CavityLight } from '../cavity-light.js';
import { largestField, largestValue, pumpCurve } from '../control-course.js';
import type { MediatedCouplings } from '../mediated-couplings.js';
import { eliminatedIntegrator, semiclassicalKernelOf } from './choose-kernel.js';

/** Default step of the eliminated equations, 1/ω_z (physics page §5, a choice). */
export const LONGEST_STEP = 0.03;
/** A step turns no spin by more than this, radians. */
const MOST_TURN = 1;
/** The default step turns none by more than this. */
const DEFAULT_TURN = 0.5;
/** A step with explicit light lasts no longer than this over √(Δ²+κ²) (hazard HZ13). */
const MOST_LIGHT_STEP = 0.5;
const DEFAULT_LIGHT_STEP = 0.1;

/** Default and longest step of a program, 1/ω_z, and what bounds the latter. */
export interface StepBounds {
  readonly step: number;
  readonly most: number;
  readonly why: string;
  /** Bound of the rate at which fields and, under Heun's scheme, damping turn a spin, ω_z. */
  readonly fastest: number;
}

export function semiclassicalSteps(
  program: Program,
  couplings: MediatedCouplings,
  light: CavityLight,
): StepBounds {
  const explicit = semiclassicalKernelOf(program) === 'truncated-wigner';
  const field = Math.hypot(
    1,
    largestValue(pumpCurve(program)) * largestRowSum(couplings) + largestField(program),
  );
  // Heun's scheme has to resolve |B|(−α ± i); the exact flows of the Strang splitting have no such bound on α.
  const stiff = !explicit && eliminatedIntegrator(program, light) === 'heun';
  const fastest = field * (stiff ? Math.hypot(1, light.damping) : 1);
  const ofSpins = {
    step: Math.min(LONGEST_STEP, DEFAULT_TURN / fastest),
    most: MOST_TURN / fastest,
  };
  const frequency = Math.hypot(light.delta, light.kappa);
  if (explicit && MOST_LIGHT_STEP / frequency < ofSpins.most) {
    return {
      step: Math.min(ofSpins.step, DEFAULT_LIGHT_STEP / frequency),
      most: MOST_LIGHT_STEP / frequency,
      why: `the light turns at √(Δ²+κ²) = ${frequency} ω_z, and a step may last ${MOST_LIGHT_STEP} of that at most`,
      fastest,
    };
  }
  return {
    ...ofSpins,
    fastest,
    why: `spins turn at up to ${fastest} ω_z, and a step may turn none by more than ${MOST_TURN} rad`,
  };
}

/** Bound of |Σ_j Ĵ_ij x_j|: the largest Σ_j |Ĵ_ij|. */
function largestRowSum({ matrix, sites }: MediatedCouplings): number {
  let largest = 0;
  for (let i = 0; i < sites; i++) {
    let sum = 0;
    for (let j = 0; j < sites; j++) sum += Math.abs(matrix[i * sites + j]!);
    largest = Math.max(largest, sum);
  }
  return largest;
}
