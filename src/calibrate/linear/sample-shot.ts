import type { RandomStream } from '../../core/index.js';
import { inputPushes, linearStep } from './linear-step.js';
import type { InputCourse, LinearSystem, StartOfShots } from './linear-system.js';
import { lowerFactor, product } from './small-matrix.js';
import { stationaryState } from './stationary-state.js';

/** One shot of a linear device: {@link shotSampler}. */
export function sampleShot(
  system: LinearSystem,
  course: InputCourse,
  start: StartOfShots,
  stream: RandomStream,
): Float64Array {
  return shotSampler(system, course, start)(stream);
}

/**
 * Draws shots of a linear device as its model says, exactly: what a plan can expect, and an emulator of its own for tests.
 * @returns what draws a shot of length × k outputs
 */
export function shotSampler(
  system: LinearSystem,
  course: InputCourse,
  start: StartOfShots,
): (stream: RandomStream) => Float64Array {
  const { states: m, outputs: k, inputs: q, H, b, R } = system;
  const { interval, length, before } = course;
  const step = linearStep(system, interval);
  const x = new Float64Array(m);
  const noise = new Float64Array(m);
  const next = new Float64Array(m);
  const still =
    start.kind === 'known' ? null : stationaryState(system, step, before.subarray(0, q));
  const first = still === null ? null : rootOf(still.covariance, m);
  const root = rootOf(step.Q, m);
  const push = inputPushes(step, course, m, q);
  const normals = new Float64Array(m);
  const draw = (factor: Float64Array, stream: RandomStream): void => {
    stream.fillNormal(normals, m);
    product(factor, normals, noise, m, m, 1);
  };
  return (stream) => {
    if (start.kind === 'known') x.set(start.mean);
    else {
      draw(first!, stream);
      for (let i = 0; i < m; i++) x[i] = still!.mean[i]! + noise[i]!;
    }
    const out = new Float64Array(length * k);
    for (let s = 0; s < length; s++) {
      for (let i = 0; i < k; i++) {
        let sum = b[i]! + Math.sqrt(R[i]!) * stream.normal();
        for (let j = 0; j < m; j++) sum += H[i * m + j]! * x[j]!;
        out[s * k + i] = sum;
      }
      if (s + 1 === length) break;
      draw(root, stream);
      product(step.E, x, next, m, m, 1);
      for (let i = 0; i < m; i++) x[i] = next[i]! + noise[i]! + push[s * m + i]!;
    }
    return out;
  };
}

/** L of L Lᵀ = S for a positive semidefinite S, rows of nothing left out. */
function rootOf(S: Float64Array, n: number): Float64Array {
  let scale = 0;
  for (let i = 0; i < n; i++) scale = Math.max(scale, S[i * n + i]!);
  const L = new Float64Array(n * n);
  lowerFactor(S, n, L, 1e-15 * scale);
  return L;
}
