import type { Descriptor, FidelityDescriptor } from '../../src/device/index.js';
import { spinsInLight } from './spins-in-light.js';

/** A state of 12 spins has 4096 amplitudes, and a step multiplies each by what 66 pairs do to it, four times. */
const MOST_SITES = 12;

/** The cavity at fidelity `quantum`. */
export function quantumFidelity(discrete: Omit<Descriptor, 'byFidelity'>): FidelityDescriptor {
  return {
    ...spinsInLight(discrete),
    model:
      'Spins ½ in a transverse field, coupled by cavity light that is eliminated to second order (Redfield), along the homodyne record of the light that leaves; one record a shot',
    fidelity:
      'quantum: pure-state trajectories whose average is the master equation of spins ½; one atom where an experiment has ten thousand',
    sites: { ...discrete.sites, max: MOST_SITES, clamping: false },
    shots: { max: 1_000_000, pauseAtShot: true },
  };
}
