import { RelaxdError } from '../core/index.js';
import { ExponentialModel } from './exponential-model.js';
import { LogSumExpModel } from './log-sum-exp-model.js';
import { plainArrays, type ModelArrays } from './model-arrays.js';
import { PairwiseModel } from './pairwise-model.js';
import { PolynomialModel } from './polynomial-model.js';
import { SequenceModel } from './sequence-model.js';
import { SparseModel } from './sparse-model.js';
import { isSymmetric } from './square-matrix.js';
import type { SpinCouplings, SpinModel } from './spin-model.js';
import { WeightedModel } from './weighted-model.js';

/**
 * Makes the model of a couplings document for N sites. Dense couplings have an energy exactly where
 * J_ij === J_ji for all pairs.
 * @param arrays where the model's arrays are to be, so that kernels can work on them
 * @throws RelaxdError `wrong-size` (couplings are not for N sites), `program-invalid`, `pattern-values`
 */
export function createSpinModel(
  couplings: SpinCouplings,
  sites: number,
  arrays: ModelArrays = plainArrays,
): SpinModel {
  const model = modelOf(couplings, sites, arrays);
  if (model.sites !== sites) {
    throw new RelaxdError(
      'wrong-size',
      `the couplings are for ${model.sites} sites, not ${sites}`,
      {
        path: 'couplings',
        value: model.sites,
        limit: sites,
      },
    );
  }
  return model;
}

function modelOf(couplings: SpinCouplings, sites: number, arrays: ModelArrays): SpinModel {
  switch (couplings.kind) {
    case 'dense':
      return new PairwiseModel(couplings.data, isSymmetric(couplings.data, sites), arrays);
    case 'coo':
      return new SparseModel(sites, couplings.entries, arrays);
    case 'memories':
      return memoryModel(couplings);
  }
}

function memoryModel(couplings: Extract<SpinCouplings, { kind: 'memories' }>): SpinModel {
  const { patterns, weights, next, interaction } = couplings;
  if (next !== null) {
    if (interaction.kind !== 'polynomial' || weights !== null) {
      throw new RelaxdError(
        'program-invalid',
        'sequences need a polynomial interaction and take no weights',
        { path: 'couplings.next', value: interaction.kind, limit: 'polynomial, without weights' },
      );
    }
    return new SequenceModel(patterns, next, interaction.degree, {
      rectified: interaction.rectified,
    });
  }
  if (weights !== null) {
    if (interaction.kind !== 'polynomial' || interaction.degree !== 2 || interaction.rectified) {
      throw new RelaxdError(
        'program-invalid',
        'weights need the polynomial interaction of degree 2',
        {
          path: 'couplings.weights',
          value: interaction,
          limit: { kind: 'polynomial', degree: 2, rectified: false },
        },
      );
    }
    return new WeightedModel(patterns, weights);
  }
  switch (interaction.kind) {
    case 'polynomial':
      return new PolynomialModel(patterns, interaction.degree, {
        rectified: interaction.rectified,
      });
    case 'log-sum-exp':
      return new LogSumExpModel(patterns, interaction.beta);
    case 'exponential':
      return new ExponentialModel(patterns);
  }
}
