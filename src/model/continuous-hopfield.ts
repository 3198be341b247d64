import { RelaxdError } from '../core/index.js';

/**
 * One retrieval step of the modern Hopfield network on real states: ξ ← X softmax(β Xᵀ ξ). It is softmax attention
 * with one query, keys and values X (Ramsauer et al. 2020), and never raises {@link continuousHopfieldEnergy}.
 * @param patterns P stored patterns of N real values
 * @param state ξ, N values
 * @param beta inverse temperature of the softmax, > 0
 * @throws RelaxdError `wrong-size`
 */
export function continuousHopfieldStep(
  patterns: readonly Float64Array[],
  state: Float64Array,
  beta: number,
): Float64Array {
  const weights = similarities(patterns, state).map((x) => beta * x);
  const largest = weights.reduce((a, b) => Math.max(a, b));
  let total = 0;
  for (let mu = 0; mu < weights.length; mu++) {
    weights[mu] = Math.exp(weights[mu]! - largest);
    total += weights[mu]!;
  }
  const next = new Float64Array(state.length);
  for (const [mu, pattern] of patterns.entries()) {
    const weight = weights[mu]! / total;
    for (let i = 0; i < next.length; i++) next[i] = next[i]! + weight * pattern[i]!;
  }
  return next;
}

/**
 * E = −(1/β) ln Σ_μ exp(β x_μ) + ½ ξᵀξ + (1/β) ln P + ½ M², M the largest norm of a pattern (Ramsauer et al. 2020):
 * between 0 and 2M² inside the ball of radius M.
 * @throws RelaxdError `wrong-size`
 */
export function continuousHopfieldEnergy(
  patterns: readonly Float64Array[],
  state: Float64Array,
  beta: number,
): number {
  const x = similarities(patterns, state);
  const largest = x.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (const value of x) sum += Math.exp(beta * (value - largest));
  let widest = 0;
  for (const pattern of patterns) widest = Math.max(widest, dot(pattern, pattern));
  const logSumExp = largest + Math.log(sum) / beta;
  return -logSumExp + dot(state, state) / 2 + Math.log(patterns.length) / beta + widest / 2;
}

function similarities(patterns: readonly Float64Array[], state: Float64Array): Float64Array {
  if (patterns.length === 0) {
    throw new RelaxdError('wrong-size', 'a continuous memory needs at least one pattern', {
      path: 'patterns',
      value: 0,
      limit: 'P ≥ 1',
    });
  }
  for (const [mu, pattern] of patterns.entries()) {
    if (pattern.length !== state.length) {
      throw new RelaxdError(
        'wrong-size',
        `pattern ${mu} has ${pattern.length} values, the state ${state.length}`,
        { path: `patterns[${mu}]`, value: pattern.length, limit: state.length },
      );
    }
  }
  return Float64Array.from(patterns, (pattern) => dot(pattern, state));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
