import { RelaxdError } from '../../../core/index.js';
import { RunningMoments } from '../../../thermo/index.js';
import type { OverlapMatrix, ReplicaStates } from './overlap-matrix.js';

/** P(q) of N-site replicas of one disorder, or its mean over disorders: a probability for each of the N + 1 values. */
export interface OverlapDistribution {
  readonly sites: number;
  /** −1 … 1 in steps of 2/N. */
  readonly q: Float64Array;
  /** Probability of each, adding up to 1. */
  readonly probability: Float64Array;
}

/**
 * P(q) over pairs of replicas.
 * @param pairs `distinct`: pairs a ≠ b; `all`: the self-overlaps q_aa = 1 counted as well, each of the R² ordered pairs
 * once, which is the law of two replicas drawn from the R that were seen
 */
export function overlapDistribution(
  overlaps: OverlapMatrix,
  pairs: 'distinct' | 'all',
): OverlapDistribution {
  const { sites, replicas, data } = overlaps;
  const probability = new Float64Array(sites + 1);
  const count = pairs === 'all' ? replicas * replicas : replicas * (replicas - 1);
  for (let a = 0; a < replicas; a++) {
    for (let b = 0; b < replicas; b++) {
      if (a === b && pairs === 'distinct') continue;
      const k = Math.round(((data[a * replicas + b]! + 1) * sites) / 2);
      probability[k] = probability[k]! + 1 / count;
    }
  }
  return { sites, q: gridOf(sites), probability };
}

/** The mean of the distributions of several disorders, each of the same weight. @throws RelaxdError `wrong-size` */
export function meanOverlapDistribution(
  distributions: readonly OverlapDistribution[],
): OverlapDistribution {
  const sites = distributions[0]?.sites ?? 0;
  const probability = new Float64Array(sites + 1);
  for (const [k, one] of distributions.entries()) {
    if (one.sites !== sites) {
      throw new RelaxdError('wrong-size', `distribution ${k} is of ${one.sites} sites`, {
        path: `distributions[${k}]`,
        value: one.sites,
        limit: sites,
      });
    }
    for (let b = 0; b <= sites; b++) {
      probability[b] = probability[b]! + one.probability[b]! / distributions.length;
    }
  }
  return { sites, q: gridOf(sites), probability };
}

/** ⟨f(q)⟩ */
export function overlapMean(
  { q, probability }: OverlapDistribution,
  f: (q: number) => number,
): number {
  let sum = 0;
  for (let k = 0; k < q.length; k++) sum += probability[k]! * f(q[k]!);
  return sum;
}

/**
 * Parisi's function as the steps of x(q) = P(|q'| ≤ q), q ≥ 0 (physics page §6.2, P being the law of |q| since s and −s
 * are one state): at step k x rises to `x[k]` at |q| = `q[k]`. q(x) is its inverse, {@link parisiOverlap}.
 */
export function parisiSteps(distribution: OverlapDistribution): {
  readonly x: Float64Array;
  readonly q: Float64Array;
} {
  const { values, probability } = folded(distribution);
  let sum = 0;
  const x = probability.map((p) => (sum += p));
  return { x, q: values };
}

/** q(x): the least |q| up to which at least the share x of the pairs lies; x in 0 … 1. */
export function parisiOverlap(distribution: OverlapDistribution, x: number): number {
  const steps = parisiSteps(distribution);
  const at = steps.x.findIndex((value) => value >= x - 1e-12);
  return steps.q[at < 0 ? steps.q.length - 1 : at]!;
}

/**
 * q_EA, the overlap of replicas that ended in the same state, from P(q) (physics page §6.2).
 * @param by `upper-edge`: the largest |q| whose probability exceeds `above` (0: the largest seen; with bit errors give
 * the level of what they put there). `peak`: the mean |q| of the uppermost peak, from the largest |q| down to the first
 * minimum below the peak
 */
export function edwardsAnderson(
  distribution: OverlapDistribution,
  by: 'upper-edge' | 'peak',
  above = 0,
): number {
  const { values, probability } = folded(distribution);
  let top = values.length - 1;
  while (top > 0 && probability[top]! <= above) top--;
  if (by === 'upper-edge') return values[top]!;
  let k = top;
  while (k > 0 && probability[k - 1]! > probability[k]!) k--;
  while (k > 0 && probability[k - 1]! < probability[k]!) k--;
  let weight = 0;
  let sum = 0;
  for (let b = values.length - 1; b >= k; b--) {
    weight += probability[b]!;
    sum += probability[b]! * values[b]!;
  }
  return sum / weight;
}

/**
 * q_EA with nothing to tell apart: the mean overlap of two readings of each final state. Independent bit errors p make
 * it (1−2p)² exactly, which no other definition does at small N.
 */
export function selfOverlap(first: ReplicaStates, second: ReplicaStates): RunningMoments {
  if (first.length !== second.length) {
    throw new RelaxdError('wrong-size', `${second.length} second readings of ${first.length}`, {
      path: 'second',
      value: second.length,
      limit: first.length,
    });
  }
  const seen = new RunningMoments();
  for (const [r, state] of first.entries()) {
    let sum = 0;
    for (let i = 0; i < state.length; i++) sum += state[i]! * second[r]![i]!;
    seen.add(sum / state.length);
  }
  return seen;
}

/** The law of |q|, least first. */
function folded({ sites, q, probability }: OverlapDistribution): {
  values: Float64Array;
  probability: Float64Array;
} {
  const least = Math.ceil(sites / 2);
  const values = q.slice(least);
  return {
    values,
    probability: values.map((_, k) => {
      const up = least + k;
      const down = sites - up;
      return probability[up]! + (down === up ? 0 : probability[down]!);
    }),
  };
}

function gridOf(sites: number): Float64Array {
  return Float64Array.from({ length: sites + 1 }, (_, k) => (2 * k - sites) / sites);
}
