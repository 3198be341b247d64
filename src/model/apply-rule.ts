import { RelaxdError } from '../core/index.js';
import { checkPatterns } from './check-patterns.js';
import { hebbCouplings } from './hebb.js';
import { formatRule, type LearningRule } from './learning-rule.js';
import { dreamingWeights, projectionWeights, weightedCouplings } from './projection.js';
import type { SpinCouplings } from './spin-model.js';
import { storkeyCouplings } from './storkey.js';

/** Beyond this many sites the couplings of a quadratic rule are kept as memories, not as an N×N matrix. */
export const MAX_DENSE_SITES = 4096;

/**
 * The couplings that a rule gives to memories. `hebb` and `projection`, `dream` are dense up to N = 4096 and memories
 * beyond (degree 2; the latter two with P×P weights); `storkey` is dense only; polynomial, exponential, log-sum-exp
 * and sequence rules are always memories; sequences are cyclic (memory μ + 1 follows μ).
 * @param patterns P × N, ±1
 * @throws RelaxdError `wrong-size`, `pattern-values`, `singular-memories` (projection), `cannot-compile` (storkey
 *   beyond 4096 sites)
 */
export function applyRule(rule: LearningRule, patterns: readonly Int8Array[]): SpinCouplings {
  const sites = checkPatterns(patterns);
  const dense = sites <= MAX_DENSE_SITES;
  switch (rule.kind) {
    case 'hebb':
      if (dense) return { kind: 'dense', data: hebbCouplings(patterns) };
      return quadratic(patterns, null);
    case 'storkey':
      if (dense) return { kind: 'dense', data: storkeyCouplings(patterns) };
      throw new RelaxdError(
        'cannot-compile',
        `${formatRule(rule)} needs an N×N matrix, and ${sites} sites are more than ${MAX_DENSE_SITES}`,
        {
          path: 'rule',
          value: sites,
          limit: MAX_DENSE_SITES,
          hint: 'use hebb, projection or dream:<t>, which keep large memories as memories',
        },
      );
    case 'projection':
      return weighted(patterns, projectionWeights(patterns), dense);
    case 'dream':
      return weighted(patterns, dreamingWeights(patterns, rule.time), dense);
    case 'polynomial':
      return memories(patterns, {
        kind: 'polynomial',
        degree: rule.degree,
        rectified: rule.rectified,
      });
    case 'exponential':
      return memories(patterns, { kind: 'exponential' });
    case 'log-sum-exp':
      return memories(patterns, { kind: 'log-sum-exp', beta: rule.beta });
    case 'sequence':
      return {
        kind: 'memories',
        patterns,
        weights: null,
        next: Int32Array.from(patterns, (_, mu) => (mu + 1) % patterns.length),
        interaction: { kind: 'polynomial', degree: rule.degree, rectified: false },
      };
  }
}

type Memories = Extract<SpinCouplings, { kind: 'memories' }>;

function memories(
  patterns: readonly Int8Array[],
  interaction: Memories['interaction'],
): SpinCouplings {
  return { kind: 'memories', patterns, weights: null, next: null, interaction };
}

function quadratic(patterns: readonly Int8Array[], weights: Float64Array | null): SpinCouplings {
  return {
    kind: 'memories',
    patterns,
    weights,
    next: null,
    interaction: { kind: 'polynomial', degree: 2, rectified: false },
  };
}

function weighted(
  patterns: readonly Int8Array[],
  weights: Float64Array,
  dense: boolean,
): SpinCouplings {
  if (!dense) return quadratic(patterns, weights);
  return { kind: 'dense', data: weightedCouplings(patterns, weights) };
}
