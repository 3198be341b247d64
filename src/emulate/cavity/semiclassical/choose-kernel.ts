import type { Program } from '../../../device/index.js';
import type { CavityLight } from '../cavity-light.js';
import type { MediatedCouplings } from '../mediated-couplings.js';
import { HeunSpins, StrangSpins } from './eliminated-spins.js';
import type { SemiclassicalKernel } from './semiclassical-kernel.js';
import { WignerSpins } from './truncated-wigner.js';

/** `eliminated`: the light follows the spins; `truncated-wigner`: it has amplitudes of its own. */
export const SEMICLASSICAL_KERNELS = ['eliminated', 'truncated-wigner'] as const;
export type SemiclassicalKernelName = (typeof SEMICLASSICAL_KERNELS)[number];

/** The kernel that a program names; `eliminated` where it names none. */
export function semiclassicalKernelOf({ dynamics }: Program): SemiclassicalKernelName {
  const { kernel } = dynamics;
  const name =
    typeof kernel === 'object' && kernel !== null ? (kernel as { kind?: unknown }).kind : kernel;
  return name === 'truncated-wigner' ? 'truncated-wigner' : 'eliminated';
}

/**
 * The integrator of the eliminated equations: what the program names, else Heun's (the physics page's) with damping and
 * the Strang splitting without, where Heun's own gain of energy would pass for heat.
 */
export function eliminatedIntegrator({ dynamics }: Program, light: CavityLight): 'heun' | 'strang' {
  const { integrator } = dynamics;
  if (integrator === 'heun' || integrator === 'strang') return integrator;
  return light.damping > 0 ? 'heun' : 'strang';
}

export function makeSemiclassicalKernel(
  program: Program,
  couplings: MediatedCouplings,
  light: CavityLight,
): SemiclassicalKernel {
  if (semiclassicalKernelOf(program) === 'truncated-wigner') {
    return new WignerSpins(couplings, light);
  }
  return eliminatedIntegrator(program, light) === 'heun'
    ? new HeunSpins(couplings, light)
    : new StrangSpins(couplings, light);
}
