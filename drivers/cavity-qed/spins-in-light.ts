import { PLANCK_J_S } from '../../src/core/index.js';
import type { Descriptor, FidelityDescriptor } from '../../src/device/index.js';
import { CAVITY_DEFAULTS } from '../../src/emulate/index.js';

/** Largest pump power over threshold that a program may ask. */
const MOST_PUMP = 100;

/** What the fidelities with a pump and the precession of ω_z have in common. */
export function spinsInLight(
  discrete: Omit<Descriptor, 'byFidelity'>,
): Required<
  Pick<FidelityDescriptor, 'couplings' | 'controls' | 'duration' | 'readout' | 'units' | 'features'>
> & { readonly dynamics: Descriptor['dynamics'] } {
  const { omegaZHz } = CAVITY_DEFAULTS;
  return {
    couplings: { ...discrete.couplings, interactions: ['polynomial', 'weights'], maxDegree: 2 },
    controls: { pump: [0, MOST_PUMP] },
    dynamics: {
      ...discrete.dynamics,
      rules: { langevin: ['continuous-time'] },
      kernels: [],
      integrators: [],
    },
    duration: { max: 1e6 },
    readout: {
      channels: [
        { name: 'energy', unit: 'ħω_z per unit of S' },
        { name: 'overlaps', unit: '1' },
        { name: 'state', unit: '±1' },
        { name: 'work', unit: 'ħω_z per unit of S' },
        { name: 'heat', unit: 'ħω_z per unit of S' },
      ],
      minEvery: null,
    },
    units: {
      time: { name: '1/ω_z', seconds: 1 / (2 * Math.PI * omegaZHz) },
      energy: {
        name: 'ħω_z per unit of spin size S (energies are H/S; fields are in ω_z)',
        joules: PLANCK_J_S * omegaZHz,
      },
    },
    features: ['thermodynamics'],
  };
}
