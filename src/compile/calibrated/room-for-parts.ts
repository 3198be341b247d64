import type { CalibratedCircuit, Descriptor } from '../../device/index.js';
import { largestScale } from '../fit-couplings.js';
import { pairFactor } from './effective-law.js';

/**
 * A descriptor whose ranges leave room for a correction: what is fitted to it still fits the device once each value is multiplied by what
 * the board's parts ask for.
 *
 * @param ideal [N × N], the shape of the couplings; only ratios count
 * @param a coordinates of the correction
 */
export function roomForParts(
  descriptor: Descriptor,
  ideal: Float64Array,
  circuit: CalibratedCircuit,
  a: Float64Array,
): Descriptor {
  const { sites: N } = circuit;
  const corrected = new Float64Array(N * N);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < N; j++) {
      if (i !== j) corrected[i * N + j] = ideal[i * N + j]! * pairFactor(circuit, a, i, j);
    }
  }
  const { couplings, wells } = descriptor;
  const most = largestScale(ideal, N, couplings);
  const share = Number.isFinite(most)
    ? Math.min(1, largestScale(corrected, N, couplings) / most)
    : 1;
  const quadratic = wells === null ? null : ([...wells.quadratic] as [number, number]);
  for (let i = 0; quadratic !== null && i < N; i++) {
    const ideally = (q: number): number =>
      (1 / circuit.resistance[i]! + (q - 1) * circuit.wellGain[i]!) / a[i]! ** 2;
    quadratic[0] = Math.max(quadratic[0], ideally(wells!.quadratic[0]));
    quadratic[1] = Math.min(quadratic[1], ideally(wells!.quadratic[1]));
  }
  return {
    ...descriptor,
    couplings: {
      ...couplings,
      range:
        couplings.range === null ? null : [couplings.range[0] * share, couplings.range[1] * share],
      perSiteSum: couplings.perSiteSum === null ? null : couplings.perSiteSum * share,
    },
    wells: quadratic === null ? null : { ...wells!, quadratic },
  };
}
