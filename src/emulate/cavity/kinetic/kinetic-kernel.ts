import type { CavityKernelSpec, FlipKernel, OhmicKernel, Program } from '../../../device/index.js';
import {
  CavityLaw,
  DephasedLaw,
  OhmicLaw,
  PowerLaw,
  SteepestLaw,
  type FlipLaw,
} from './flip-law.js';

/** What a kernel is where a program leaves it open; choices without any claim. */
const DEFAULTS = {
  width: 1,
  detuning: -4,
  linewidth: 0.5,
  scattering: 0.1,
  p: 1,
  leap: 0.03,
} as const;

/** The law of a program as a complete object; `ohmic` where it names none. */
export function kernelOf(program: Program): FlipKernel {
  const { kernel } = program.dynamics;
  if (kernel === null) return { kind: 'ohmic' };
  // The descriptor lets no other kernel come here.
  return (typeof kernel === 'string' ? { kind: kernel } : kernel) as FlipKernel;
}

/** The law of a program whose spins flip as a whole. */
export function flipLawOf(
  kernel: Exclude<FlipKernel, { kind: 'avalanche' | 'resolved' }>,
): FlipLaw {
  switch (kernel.kind) {
    case 'ohmic':
      return new OhmicLaw();
    case 'dephased':
      return new DephasedLaw(kernel.width ?? DEFAULTS.width);
    case 'cavity':
      return cavityLaw(kernel);
    case 'power':
      return new PowerLaw(kernel.p ?? DEFAULTS.p);
    case 'steepest-descent':
      return new SteepestLaw();
  }
}

export function cavityLaw(kernel: CavityKernelSpec): CavityLaw {
  return new CavityLaw(
    kernel.detuning ?? DEFAULTS.detuning,
    kernel.linewidth ?? DEFAULTS.linewidth,
    kernel.width ?? DEFAULTS.scattering,
  );
}

/** The member that sets the bath: the kernel itself, or the law of its quanta. */
export function bathOf(kernel: FlipKernel): FlipKernel | OhmicKernel | CavityKernelSpec {
  return kernel.kind === 'resolved' ? (kernel.law ?? { kind: 'ohmic' }) : kernel;
}

/** The temperature that an ohmic kernel itself names; null where it leaves it to `dynamics.temperature`. */
export function ownTemperature(kernel: FlipKernel): number | null {
  const bath = bathOf(kernel);
  return bath.kind === 'ohmic' ? (bath.temperature ?? null) : null;
}

/** Exponent of a power-like kernel. */
export const exponentOf = (kernel: { readonly p?: number | undefined }): number =>
  kernel.p ?? DEFAULTS.p;

/** Largest relative change of a rate within one leap of the resolved kernel. */
export const leapOf = (kernel: { readonly leap?: number | undefined }): number =>
  kernel.leap ?? DEFAULTS.leap;
