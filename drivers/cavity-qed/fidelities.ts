import type { Descriptor, FidelityDescriptor } from '../../src/device/index.js';
import { kineticDescriptor } from './kinetic.js';
import { quantumFidelity } from './quantum.js';
import { semiclassicalFidelity } from './semiclassical.js';

/**
 * What the descriptor says at each fidelity but the first, `discrete`, which is the descriptor itself.
 * @param discrete the descriptor at fidelity `discrete`, for what stays the same
 */
export function cavityFidelities(
  discrete: Omit<Descriptor, 'byFidelity'>,
): Readonly<Record<string, FidelityDescriptor>> {
  return {
    kinetic: kineticDescriptor(discrete),
    semiclassical: semiclassicalFidelity(discrete),
    quantum: quantumFidelity(discrete),
  };
}
