import { noisePerLoad, type DenseInteraction } from './capacity-laws.js';
import { checkParameter } from './check-parameter.js';
import { erf } from './erf.js';
import { meanSpin } from './noisy-field.js';
import { findMaximum, findRoot } from './search.js';

/** A dense memory with static Gaussian noise of its other memories on the field. */
export interface LoadedMemory {
  /** n ≥ 3 (of n = 2 the reaction of the memories counts: `agsRetrieval`). */
  readonly degree: number;
  /** P/N^{n−1} ≥ 0. */
  readonly load: number;
  /** T ≥ 0. */
  readonly temperature: number;
  readonly interaction: DenseInteraction;
  /** F'(m) = 0 for m < 0: half the noise. */
  readonly rectified: boolean;
}

/** Fixed points m = ∫Dz tanh β(m^{n−1} + √V z) with m > 0. */
export interface LoadedStates {
  /** The stable one, the overlap of retrieval. */
  readonly retrieval: number;
  /** The unstable one: a cue retrieves if its overlap is larger. */
  readonly edge: number;
}

/**
 * Retrieval and basin edge of a dense memory at extensive load, replica symmetric and without the reaction of the memories:
 * m = ∫Dz tanh β(m^{n−1} + √V z), V = α(2n − 3)!! or α(n − 1)!, half of that where rectified (physics page §2.1, §2.5). At load 0
 * these are the overlap and the edge of §5.6. Null where nothing is retrieved.
 * @throws RelaxdError `invalid-input`
 */
export function loadedStates(memory: LoadedMemory): LoadedStates | null {
  const { degree, load, temperature, interaction, rectified } = memory;
  checkParameter('degree', degree, (n) => Number.isInteger(n) && n >= 3, 'an integer ≥ 3');
  checkParameter('load', load, (a) => a >= 0, '≥ 0');
  checkParameter('temperature', temperature, (t) => t >= 0, '≥ 0');
  const variance = load * noisePerLoad(degree, interaction, rectified);
  if (variance === 0 && temperature === 0) return { retrieval: 1, edge: 0 };
  const width = Math.sqrt(variance);
  const overlap = (force: number): number => {
    if (temperature === 0) return erf(force / Math.sqrt(2 * variance));
    if (variance === 0) return Math.tanh(force / temperature);
    return meanSpin({ mean: force, width, temperature });
  };
  // A fixed point has (overlap of x)^{n−1} = x; the ratio of both has one maximum, with the edge below and retrieval above.
  const gap = (force: number): number => overlap(force) ** (degree - 1) - force;
  const ratio = (logForce: number): number =>
    (degree - 1) * Math.log(overlap(Math.exp(logForce))) - logForce;
  const top = Math.exp(findMaximum(ratio, -16, 0));
  if (!(gap(top) > 0)) return null;
  let low = top;
  while (gap(low) > 0) {
    low /= 2;
    if (low < 1e-14) return { retrieval: overlap(findRoot(gap, top, 1.0001)), edge: 0 };
  }
  return { retrieval: overlap(findRoot(gap, top, 1.0001)), edge: overlap(findRoot(gap, low, top)) };
}
