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

/** Parallel steps of a sampled cue: more of them overshoot what sites that move one by one do. */
export const SAMPLED_STEPS = 4;

/** The fields of a state x (N) into `out` (N). */
export type FieldsOf = (x: Float64Array, out: Float64Array) => void;

/** Fields of pairs, for sites of any value. */
export function pairFields(data: Float64Array): FieldsOf {
  return (x, out) => {
    const N = x.length;
    for (let i = 0; i < N; i++) {
      const row = i * N;
      let b = 0;
      for (let j = 0; j < N; j++) b += data[row + j]! * x[j]!;
      out[i] = b;
    }
  };
}

/** Fields of a spin model, for sites of ±1. */
export function modelFields(model: SpinModel): FieldsOf {
  const state = new Int8Array(model.sites);
  return (x, out) => {
    state.set(x);
    model.reset(state);
    model.fieldsFromScratch(out);
  };
}

/**
 * The same share from sampled cues (a fixed stream, so that a certificate is reproducible): each is moved by parallel
 * steps, in which every site takes the law that its exact field gives it, and the chance of at most so many wrong sites
 * after the last step is averaged over the cues. Unlike {@link pairwiseSuccess} it sees that the errors of one cue are
 * correlated, and it takes any couplings. An estimate still: sites of a device move one after the other.
 *
 * @param amplitude size |x| of a site at the start (1 for ±1 sites)
 */
export function sampledSuccess(
  fieldsOf: FieldsOf,
  memory: Int8Array,
  flips: number,
  response: SiteResponse,
  amplitude: number,
  samples: number,
): number {
  const N = memory.length;
  const x = new Float64Array(N);
  const fields = new Float64Array(N);
  const wrong = new Float64Array(N);
  const allowed = wrongSitesAllowed(N);
  let sum = 0;
  for (let k = 0; k < samples; k++) {
    const random = RandomStream.of(1, 'cue', k);
    for (let i = 0; i < N; i++) x[i] = amplitude * memory[i]!;
    for (const site of random.sample(N, flips)) x[site] = -x[site]!;
    for (let step = 1; ; step++) {
      fieldsOf(x, fields);
      for (let i = 0; i < N; i++) {
        const before = x[i]! * memory[i]! < 0 ? 1 : 0;
        wrong[i] = response.wrong(memory[i]! * fields[i]!, before);
      }
      if (step === SAMPLED_STEPS) break;
      for (let i = 0; i < N; i++) {
        const side = random.uniform() < wrong[i]! ? 1 : 0;
        x[i] = memory[i]! * response.mean(memory[i]! * fields[i]!, side);
      }
    }
    sum += atMost(wrong, allowed);
  }
  return sum / samples;
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
