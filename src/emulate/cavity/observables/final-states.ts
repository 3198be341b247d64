import {
  histogramEntropy,
  moments,
  type HistogramEntropy,
  type RunningMoments,
} from '../../../thermo/index.js';
import type { Landscape } from '../attractors.js';
import { basinSizes } from '../basins.js';
import type { ReplicaStates } from './overlap-matrix.js';

/** Entropy that s and −s, equally likely without a field, put under every histogram of states: ln 2. */
export const SYMMETRY_FLOOR = Math.LN2;

/**
 * Entropy of final states, nats.
 * @param count `states`: s and −s are two, as a cue field can tell (hazard HZ14), so that without a field the entropy is
 * at least {@link SYMMETRY_FLOOR}; `pairs`: s and −s are one, as attractors are counted
 */
export function finalStateEntropy(
  states: ReplicaStates,
  count: 'states' | 'pairs',
): HistogramEntropy {
  const counts = new Map<string, number>();
  for (const state of states) {
    const mirror = count === 'pairs' && state[state.length - 1]! > 0 ? -1 : 1;
    let key = '';
    for (let i = 0; i < state.length; i++) key += state[i]! * mirror > 0 ? '+' : '-';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return histogramEntropy(counts.values());
}

/** The entropy of where steepest descent ends from all 2^N states, s and −s being two: no sample, no bias. */
export function steepestDescentEntropy(landscape: Landscape): number {
  let sum = SYMMETRY_FLOOR;
  for (const size of basinSizes(landscape)) if (size > 0) sum -= size * Math.log(size);
  return sum;
}

/** m = (1/N) Σ s_i of each replica: mean 0 without a field, by symmetry, whatever |m| is. */
export function magnetisations(states: ReplicaStates): RunningMoments {
  return moments(
    states.map((state) => {
      let sum = 0;
      for (let i = 0; i < state.length; i++) sum += state[i]!;
      return sum / state.length;
    }),
  );
}
