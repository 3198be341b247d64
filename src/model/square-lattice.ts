import { RelaxdError } from '../core/index.js';
import type { SpinCouplings } from './spin-model.js';

/**
 * Couplings of nearest neighbours on a square lattice with periodic edges: site x + L·y has the neighbours (x ± 1, y) and
 * (x, y ± 1). E = −J Σ_pairs s s, 2L² pairs each once. At J = 1 it orders below T = 2/ln(1 + √2) (Onsager 1944).
 * @param side L ≥ 3; shorter ones would name a pair twice
 * @param coupling J; ferromagnetic where positive
 * @throws RelaxdError `invalid-input` (side)
 */
export function squareLattice(side: number, coupling = 1): Extract<SpinCouplings, { kind: 'coo' }> {
  if (!Number.isInteger(side) || side < 3) {
    throw new RelaxdError('invalid-input', `a periodic square lattice has no side of ${side}`, {
      path: 'side',
      value: side,
      limit: 'an integer ≥ 3',
    });
  }
  const entries = new Float64Array(6 * side * side);
  let at = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const site = x + side * y;
      entries.set([site, ((x + 1) % side) + side * y, coupling], at);
      entries.set([site, x + side * ((y + 1) % side), coupling], at + 3);
      at += 6;
    }
  }
  return { kind: 'coo', entries };
}
