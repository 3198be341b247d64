import {
  steepestDescentEnd,
  zeroTemperatureReturn,
  type Landscape,
  type StateCode,
} from './attractors.js';

/** Dynamics of §3.8 whose recall is known exactly from a landscape. */
export type DiscreteRule = 'steepest-descent' | 'zero-temperature';

/** An attractor counts as a memory where at least this share of its cues leads back to it. */
export const RECALL_THRESHOLD = 0.8;

/** All cues with d errors: codes of N bits with d set. Their number is C(N, d). */
export function cueErrors(sites: number, errors: number): Int32Array {
  if (errors === 0) return Int32Array.of(0);
  const masks: number[] = [];
  for (let mask = 2 ** errors - 1; mask < 2 ** sites;) {
    masks.push(mask);
    // Gosper: the next number with as many bits set.
    const lowest = mask & -mask;
    const ripple = mask + lowest;
    mask = ripple | (((ripple ^ mask) >>> 2) / lowest);
  }
  return Int32Array.from(masks);
}

/**
 * Exact recall of given states: the probability that the dynamics end in precisely the state that was cued (−s is
 * another state: hazard HZ14), averaged over all C(N, d) cues with d errors.
 * @param targets codes, for instance one of each attractor ± pair
 * @returns per target, recall at each of `errors`
 */
export function exactRecall(
  landscape: Landscape,
  targets: ArrayLike<StateCode>,
  rule: DiscreteRule,
  errors: readonly number[],
): number[][] {
  const masks = errors.map((d) => cueErrors(landscape.sites, d));
  return Array.from(targets, (target) => {
    const returns = rule === 'zero-temperature' ? zeroTemperatureReturn(landscape, target) : null;
    return masks.map((list) => {
      let sum = 0;
      for (const mask of list) {
        const cue = target ^ mask;
        if (returns !== null) sum += returns[cue]!;
        else if (steepestDescentEnd(landscape, cue) === target) sum++;
      }
      return sum / list.length;
    });
  });
}

/** n80: how many of the recalls reach 80 %. A ± pair is to be counted once: give one recall a pair. */
export function memoriesAbove(recalls: readonly number[], threshold = RECALL_THRESHOLD): number {
  return recalls.filter((recall) => recall >= threshold - 1e-12).length;
}

/** What a number of memories means: without all three it says nothing (hazard HZ12). */
export interface CapacityDefinition {
  readonly rule: DiscreteRule;
  /** d: wrong spins in the cue. */
  readonly cueErrors: number;
  /** Least share of all C(N, d) cues that must end exactly in the attractor. */
  readonly threshold: number;
}

/** n_threshold(d) of a landscape, with the definition it was counted by. */
export interface Capacity extends CapacityDefinition {
  /** ± pairs of attractors recalled, s and −s counting once (hazard HZ14). */
  readonly memories: number;
  /** ± pairs of attractors there are. */
  readonly pairs: number;
  /** C(N, d) cues an attractor, and how many of them the threshold asks for: coarse at small N (hazard HZ10). */
  readonly cues: number;
  readonly cuesNeeded: number;
}

/** Counts the memories of a landscape by an explicit definition; exact, over all cues. */
export function capacity(landscape: Landscape, definition: CapacityDefinition): Capacity {
  const { rule, cueErrors: errors, threshold } = definition;
  const cues = cueErrors(landscape.sites, errors).length;
  const recalls = exactRecall(landscape, landscape.attractors, rule, [errors]).map(([r]) => r!);
  return {
    ...definition,
    memories: memoriesAbove(recalls, threshold),
    pairs: recalls.length,
    cues,
    cuesNeeded: Math.ceil(threshold * cues - 1e-9),
  };
}

/**
 * The mean recall of a landscape's attractors and n80, at each number of cue errors. The page's "mean recall per
 * attractor" over many disorders weighs each attractor alike: Σ mean · attractors / Σ attractors. (The mean over
 * disorders of `mean` is another number: .835 against .831 at N = 16, d = 1, since landscapes of few attractors recall
 * better.)
 */
export function attractorRecall(
  landscape: Landscape,
  rule: DiscreteRule,
  errors: readonly number[],
): { readonly mean: number[]; readonly memories: number[] } {
  const table = exactRecall(landscape, landscape.attractors, rule, errors);
  return {
    mean: errors.map((_, k) => table.reduce((sum, row) => sum + row[k]!, 0) / table.length),
    memories: errors.map((_, k) => memoriesAbove(table.map((row) => row[k]!))),
  };
}
