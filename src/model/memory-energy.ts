import { decayTable, logSumExpEnergy } from './log-sum-exp-model.js';
import { polynomialSum } from './polynomial-model.js';
import type { SpinCouplings } from './spin-model.js';
import { isSymmetric } from './square-matrix.js';
import { weightedEnergy } from './weighted-model.js';

/**
 * The energy of memories as a function of their integer overlaps x_μ (P), as the models have it; null where there is none
 * (sequences, weights that are not symmetric).
 * @throws RangeError for exponential memories, whose energy is that of a model of its own
 */
export function memoryEnergy(
  couplings: Extract<SpinCouplings, { kind: 'memories' }>,
  sites: number,
): ((overlaps: Int32Array) => number) | null {
  const { patterns, weights, next, interaction } = couplings;
  if (next !== null) return null;
  if (weights !== null) {
    if (!isSymmetric(weights, patterns.length)) return null;
    return (overlaps) => weightedEnergy(overlaps, weights, sites);
  }
  switch (interaction.kind) {
    case 'polynomial': {
      const { degree, rectified } = interaction;
      return (overlaps) => -polynomialSum(overlaps, sites, degree, rectified);
    }
    case 'log-sum-exp': {
      const { beta } = interaction;
      const decay = decayTable(sites, beta);
      return (overlaps) => logSumExpEnergy(overlaps, beta, decay);
    }
    case 'exponential':
      throw new RangeError('exponential memories have an energy of their own');
  }
}
