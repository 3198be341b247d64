import type { RandomStream } from '../../core/index.js';
import { linearStep } from './linear-step.js';
import type { InputCourse, LinearSystem, StartOfShots } from './linear-system.js';
import { product } from './small-matrix.js';
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
  const { interval, length, before, after } = course;
  const step = linearStep(system, interval);
  const x = new Float64Array(m);
  const noise = new Float64Array(m);
  const next = new Float64Array(m);
  const still =
    start.kind === 'known' ? null : stationaryState(system, step, before.subarray(0, q));
  const first = still === null ? null : rootOf(still.covariance, m);
  const root = rootOf(step.Q, m);
  const push = new Float64Array((length - 1) * m);
  for (let s = 0; s + 1 < length; s++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < q; j++) {
        const u = after[s * q + j]!;
        push[s * m + i] =
          push[s * m + i]! +
          step.G[i * q + j]! * u +
          (step.K[i * q + j]! * (before[(s + 1) * q + j]! - u)) / interval;
      }
    }
  }
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

/** L of L Lᵀ = S for a positive semidefinite S: Cholesky's, with rows of nothing left out. */
function rootOf(S: Float64Array, n: number): Float64Array {
  const L = new Float64Array(n * n);
  let scale = 0;
  for (let i = 0; i < n; i++) scale = Math.max(scale, S[i * n + i]!);
  for (let j = 0; j < n; j++) {
    let pivot = S[j * n + j]!;
    for (let k = 0; k < j; k++) pivot -= L[j * n + k]! ** 2;
    if (!(pivot > 1e-15 * scale)) continue;
    const root = Math.sqrt(pivot);
    L[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = S[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= L[i * n + k]! * L[j * n + k]!;
      L[i * n + j] = sum / root;
    }
  }
  return L;
}
