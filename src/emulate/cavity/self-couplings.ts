import { CavityKernel } from './cavity-kernel.js';
import type { CavityPositions } from './couplings-from-positions.js';
import { localStrength } from './geometry.js';

/**
 * J_ii/J0 of clouds with themselves, for physics in which the diagonal counts: β = w0²/(8σ²) plus the nonlocal part at
 * r_i = r_i (physics page §3.3); with mode damping both come from the kernel, whose local term is then of finite size.
 * Null for points without damping, where it diverges.
 */
export function selfCouplings(positions: CavityPositions, damping = 0): Float64Array | null {
  const { xy, cloudSigma, waist } = positions;
  if (cloudSigma === 0 && damping === 0) return null;
  const kernel = new CavityKernel({ ...positions, damping });
  const local = damping > 0 ? 0 : localStrength(cloudSigma, waist);
  return Float64Array.from({ length: xy.length / 2 }, (_, i) => {
    const x = xy[2 * i]!;
    const y = xy[2 * i + 1]!;
    return local + kernel.value(x, y, x, y);
  });
}
