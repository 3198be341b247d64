import { RandomStream } from '../core/index.js';

const MOST_STEPS = 60;

/**
 * Largest eigenvalue of a symmetric matrix by Lanczos iteration with full reorthogonalisation; relative error below
 * 1e-6 for the matrices of learning rules, whose largest eigenvalues stand apart. Deterministic.
 * For asymmetric matrices: of the symmetric part.
 *
 * @param matrix N×N row-major
 */
export function largestEigenvalue(matrix: Float64Array, size: number): number {
  const random = RandomStream.of(1, 'learning');
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let vector = unit(Float64Array.from({ length: size }, () => random.normal()))!;
  const steps = Math.min(size, MOST_STEPS);
  for (let k = 0; k < steps; k++) {
    basis.push(vector);
    const next = symmetricProduct(matrix, vector);
    diagonal.push(dot(next, vector));
    for (let pass = 0; pass < 2; pass++) {
      for (const known of basis) {
        const share = dot(next, known);
        for (let i = 0; i < size; i++) next[i] = next[i]! - share * known[i]!;
      }
    }
    const length = Math.sqrt(dot(next, next));
    const following = length > 1e-12 ? unit(next) : null;
    if (following === null || k === steps - 1) break;
    beside.push(length);
    vector = following;
  }
  return largestOfTridiagonal(diagonal, beside);
}

/** ½(A + Aᵀ) v */
function symmetricProduct(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const result = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const row = i * size;
    let sum = 0;
    const v = vector[i]! / 2;
    for (let j = 0; j < size; j++) {
      const a = matrix[row + j]!;
      sum += a * vector[j]!;
      result[j] = result[j]! + a * v;
    }
    result[i] = result[i]! + sum / 2;
  }
  return result;
}

/** Bisection on the number of eigenvalues below x (Sturm's sequence). */
function largestOfTridiagonal(diagonal: readonly number[], beside: readonly number[]): number {
  let low = Infinity;
  let high = -Infinity;
  for (const [k, d] of diagonal.entries()) {
    const radius = Math.abs(beside[k] ?? 0) + Math.abs(beside[k - 1] ?? 0);
    low = Math.min(low, d - radius);
    high = Math.max(high, d + radius);
  }
  for (let round = 0; round < 100 && high - low > 1e-14 * Math.max(1, Math.abs(high)); round++) {
    const middle = (low + high) / 2;
    let below = 0;
    let pivot = 1;
    for (let k = 0; k < diagonal.length; k++) {
      const off = k === 0 ? 0 : beside[k - 1]!;
      pivot = diagonal[k]! - middle - (off * off) / (pivot === 0 ? 1e-300 : pivot);
      if (pivot < 0) below++;
    }
    if (below === diagonal.length) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function unit(vector: Float64Array): Float64Array | null {
  const length = Math.sqrt(dot(vector, vector));
  return length > 0 ? vector.map((v) => v / length) : null;
}
