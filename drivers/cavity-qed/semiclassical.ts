import type { Descriptor, FidelityDescriptor } from '../../src/device/index.js';
import { SEMICLASSICAL_KERNELS } from '../../src/emulate/index.js';
import { spinsInLight } from './spins-in-light.js';

/** Every step is a product of an N×N matrix and a vector, twice, and N×N is diagonalised in every worker. */
const MOST_SITES = 256;

/** The cavity at fidelity `semiclassical`. */
export function semiclassicalFidelity(
  discrete: Omit<Descriptor, 'byFidelity'>,
): FidelityDescriptor {
  const common = spinsInLight(discrete);
  return {
    ...common,
    model:
      'Ensembles of S atoms’ spins as classical vectors with the quantum noise of their start, precessing in a transverse field while the pump that couples them is ramped; light eliminated with its friction and noise, or kept as one amplitude a mode (truncated Wigner)',
    fidelity:
      'semiclassical: exact for S ≫ 1 and short times but for the damping α, which is phenomenological (it stands for dephasing and collisions); no prediction of an experiment',
    sites: { ...discrete.sites, max: MOST_SITES, clamping: false },
    dynamics: {
      ...common.dynamics,
      kernels: SEMICLASSICAL_KERNELS,
      integrators: ['auto', 'heun', 'strang'],
    },
  };
}
