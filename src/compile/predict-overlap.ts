import type { SpinModel } from '../model/index.js';
import type { SiteResponse } from './site-response.js';

const MOST_SWEEPS = 100;
const MOST_ROUNDS = 200;

/** Overlap m = (1/N) Σ a_i b_i. */
export function overlapOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum / a.length;
}

/**
 * Overlap with a memory after relaxation from it at zero temperature, ties kept. Deterministic: `asynchronous` visits
 * the sites in order until none moves, `steepest` flips the site that gains most (as a steepest-descent device does).
 */
export function relaxedOverlap(
  model: SpinModel,
  memory: Int8Array,
  order: 'asynchronous' | 'steepest',
): number {
  const N = memory.length;
  model.reset(memory);
  if (order === 'steepest') {
    for (let flips = 0; flips < MOST_SWEEPS * N; flips++) {
      let worst = -1;
      let least = 0;
      for (let i = 0; i < N; i++) {
        const margin = model.state[i]! * model.field(i);
        if (margin < least) {
          least = margin;
          worst = i;
        }
      }
      if (worst < 0) break;
      model.flip(worst);
    }
    return overlapOf(model.state, memory);
  }
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let moved = false;
    for (let i = 0; i < N; i++) {
      if (model.state[i]! * model.field(i) < 0) {
        model.flip(i);
        moved = true;
      }
    }
    if (!moved) break;
  }
  return overlapOf(model.state, memory);
}

/**
 * Overlap after every site was drawn once from its heat bath with the others in the memory: 1 − 2⟨wrong⟩.
 * @param amplitude size |x| of the other sites (1 for ±1 sites)
 */
export function oneStepOverlapOf(
  margins: Float64Array,
  response: SiteResponse,
  amplitude: number,
): number {
  let wrong = 0;
  for (const margin of margins) wrong += response.wrong(amplitude * margin, 0);
  return 1 - (2 * wrong) / margins.length;
}

/**
 * Overlap of sign(x) with a memory in the mean field of the actual couplings, started at the memory: the share w_i of
 * site i that points away from it and its mean x_i follow from the field Σ_j J_ij x_j, iterated to rest (no reaction
 * term: right at low load).
 *
 * @param data N×N row-major
 * @param amplitude size of the sites at the start
 */
export function meanFieldOverlapOf(
  data: Float64Array,
  memory: Int8Array,
  response: SiteResponse,
  amplitude: number,
): number {
  const N = memory.length;
  // In the memory's gauge: y_i = ξ_i x_i.
  const y = new Float64Array(N).fill(amplitude);
  const x = new Float64Array(N);
  const share = new Float64Array(N);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    for (let i = 0; i < N; i++) x[i] = memory[i]! * y[i]!;
    let moved = 0;
    for (let i = 0; i < N; i++) {
      let b = 0;
      for (let j = 0; j < N; j++) b += data[i * N + j]! * x[j]!;
      b *= memory[i]!;
      share[i] = response.wrong(b, 0);
      const next = response.mean(b, share[i]!);
      moved = Math.max(moved, Math.abs(next - y[i]!));
      y[i] = next;
    }
    if (moved < 1e-7 * amplitude) break;
  }
  let wrong = 0;
  for (const part of share) wrong += part;
  return 1 - (2 * wrong) / N;
}
