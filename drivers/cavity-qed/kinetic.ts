import type { Descriptor, FidelityDescriptor } from '../../src/device/index.js';
import { CAVITY_DEFAULTS } from '../../src/emulate/index.js';

/** 1/ω_z, the unit of time of the spins in light, µs. */
const SPLITTING_TIME_US = 1e6 / (2 * Math.PI * CAVITY_DEFAULTS.omegaZHz);

/** What the descriptor says at fidelity `kinetic`: flips in continuous time, by a law that the program chooses. */
export function kineticDescriptor(discrete: Omit<Descriptor, 'byFidelity'>): FidelityDescriptor {
  return {
    model:
      'Atomic ensembles as ±1 spins that flip in continuous time at rate Γ0 f(ΔE), f being the kernel; mean-field avalanches and quantum-number resolved ladders as kernels of their own; a pump ramp takes them through threshold',
    fidelity:
      'kinetic: the laws are closed forms or limits of the second-order flip rate; collective flips count as one jump; below threshold linear modes grow from quantum noise; Γ0 and the kernels’ members are choices, not measured',
    couplings: {
      ...discrete.couplings,
      interactions: discrete.couplings.interactions.filter((name) => name !== 'exponential'),
    },
    controls: { pump: [0, 1000], coupling: [-1e6, 1e6], temperature: [0, 1e9] },
    dynamics: {
      ...discrete.dynamics,
      rules: { glauber: ['continuous-time'] },
      kernels: [
        'ohmic',
        'dephased',
        'cavity',
        'power',
        'steepest-descent',
        'avalanche',
        'resolved',
      ],
      temperature: { range: [0, 1e9], perSite: false, default: 0 },
    },
    initial: ['pattern', 'corrupted', 'random', 'equilibrium'],
    units: {
      time: {
        // Γ0 hangs on a parameter that can be written, so that the descriptor has no number for it.
        name: `1/Γ0, the inverse of the flip rate at a cost of one energy unit: ${SPLITTING_TIME_US.toFixed(1)} µs (1/ω_z) times the parameter splittingPerRate`,
        seconds: null,
      },
      energy: {
        name: 'ε0: J0, the nonlocal coupling amplitude, for positions; else the program’s own',
        joules: null,
      },
    },
    features: ['thermodynamics', 'equilibrium-start'],
  };
}
