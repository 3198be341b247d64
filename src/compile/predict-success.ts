import { RandomStream } from '../core/index.js';
import type { SpinModel } from '../model/index.js';
import type { SiteResponse } from './site-response.js';

/** A shot is a success where it ends at this overlap or above. */
export const SUCCESS_OVERLAP = 0.95;

/** Largest number of wrong sites of a success: overlap 1 − 2k/N ≥ 0.95. */
export function wrongSitesAllowed(sites: number): number {
  return Math.floor(((1 - SUCCESS_OVERLAP) / 2) * sites + 1e-9);
}

/**
 * Share of cues with k flipped sites that are expected to end at overlap ≥ 0.95, by signal to noise in two steps
 * (pairs): the field on site i has, over random cues, the mean (1 − 2ρ) Σ_j a_ij and the variance of k flips drawn
 * without replacement, a_ij = J_ij ξ_i ξ_j; that makes the site wrong with probability p_i. A second step takes these
 * errors as independent, and the number of wrong sites after it as the sum of independent events. An estimate: errors
 * of one cue are correlated, and sites of a device move one after the other.
 *
 * @param data N×N row-major
 * @param amplitude size |x| of a site (1 for ±1 sites)
 */
export function pairwiseSuccess(
  data: Float64Array,
  memory: Int8Array,
  flips: number,
  response: SiteResponse,
  amplitude: number,
): number {
  const N = memory.length;
  const rho = flips / N;
  const p = new Float64Array(N);
  for (let i = 0; i < N; i++) {
    let sum = 0;
    let squares = 0;
    for (let j = 0; j < N; j++) {
      const a = amplitude * data[i * N + j]! * memory[j]!;
      sum += a;
      squares += a * a;
    }
    sum *= memory[i]!;
    const spread = N > 1 ? (squares - (sum * sum) / N) * (N / (N - 1)) : 0;
    p[i] = response.meanWrong(
      (1 - 2 * rho) * sum,
      Math.sqrt(Math.max(0, 4 * rho * (1 - rho) * spread)),
      rho,
    );
  }
  const q = new Float64Array(N);
  for (let i = 0; i < N; i++) {
    let mean = 0;
    let variance = 0;
    for (let j = 0; j < N; j++) {
      const a = amplitude * data[i * N + j]! * memory[j]!;
      mean += a * (1 - 2 * p[j]!);
      variance += a * a * 4 * p[j]! * (1 - p[j]!);
    }
    q[i] = response.meanWrong(mean * memory[i]!, Math.sqrt(roundedToZero(variance, mean)), p[i]!);
  }
  return atMost(q, wrongSitesAllowed(N));
}

/**
 * The same for any spin model, where fields are not linear in the spins: mean and variance of each site's field are
 * taken over sampled cues (a fixed stream, so that a certificate is reproducible) instead of in closed form.
 */
export function sampledSuccess(
  model: SpinModel,
  memory: Int8Array,
  flips: number,
  response: SiteResponse,
  samples: number,
): number {
  const N = memory.length;
  const cue = new Int8Array(N);
  const step = (draw: (sample: number) => void, before: Float64Array): Float64Array => {
    const fields = new Float64Array(N);
    const mean = new Float64Array(N);
    const squares = new Float64Array(N);
    for (let k = 0; k < samples; k++) {
      cue.set(memory);
      draw(k);
      model.reset(cue);
      model.fieldsFromScratch(fields);
      for (let i = 0; i < N; i++) {
        const margin = memory[i]! * fields[i]!;
        const delta = margin - mean[i]!;
        mean[i] = mean[i]! + delta / (k + 1);
        squares[i] = squares[i]! + delta * (margin - mean[i]!);
      }
    }
    return mean.map((m, i) =>
      response.meanWrong(
        m,
        Math.sqrt(roundedToZero(squares[i]! / Math.max(1, samples - 1), m)),
        before[i]!,
      ),
    );
  };
  const p = step(
    (k) => {
      const random = RandomStream.of(1, 'cue', k);
      for (const site of random.sample(N, flips)) cue[site] = -cue[site]!;
    },
    new Float64Array(N).fill(flips / N),
  );
  const q = step((k) => {
    const random = RandomStream.of(2, 'cue', k);
    for (let i = 0; i < N; i++) if (random.uniform() < p[i]!) cue[i] = -cue[i]!;
  }, p);
  return atMost(q, wrongSitesAllowed(N));
}

/** A variance that is only rounding is none: the sign of the mean decides then. */
function roundedToZero(variance: number, mean: number): number {
  return variance > 1e-18 * mean * mean ? variance : 0;
}

/** Probability that at most k of independent events with probabilities p happen (exact recursion). */
export function atMost(p: Float64Array, k: number): number {
  const chance = new Float64Array(k + 1);
  chance[0] = 1;
  for (const one of p) {
    if (one === 0) continue;
    for (let j = k; j > 0; j--) chance[j] = chance[j]! * (1 - one) + chance[j - 1]! * one;
    chance[0] = chance[0] * (1 - one);
  }
  let sum = 0;
  for (const c of chance) sum += c;
  return Math.min(1, Math.max(0, sum));
}
