import { checkParameter } from './check-parameter.js';

/** The normal density beyond this many standard deviations is below 1e-20 and left out. */
const REACH = 9.6;

/**
 * ∫Dz f(z), z standard normal, by the trapezoid rule, which converges exponentially for analytic f: its error is
 * about e^{−2πd/step}, d the distance of f's nearest singularity from the real axis.
 * @param step spacing of the points, ≤ 0.5 (at 0.5 the Gaussian itself is exact to rounding)
 */
export function gaussianAverage(f: (z: number) => number, step = 0.1): number {
  const count = Math.ceil(REACH / step);
  let sum = f(0);
  for (let k = 1; k <= count; k++) {
    const z = k * step;
    sum += Math.exp((-z * z) / 2) * (f(z) + f(-z));
  }
  return (sum * step) / Math.sqrt(2 * Math.PI);
}

/** Nodes and weights of a quadrature. */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Gauss–Hermite quadrature for the standard normal law: Σ w_k f(z_k) = ∫Dz f(z), exact for polynomials up to degree
 * 2·points − 1. Newton iteration on orthonormal Hermite polynomials (Press et al., Numerical Recipes §4.6).
 * @param points 1 … 256
 * @throws RelaxdError `invalid-input`
 */
export function gaussHermite(points: number): Quadrature {
  checkParameter(
    'points',
    points,
    (n) => Number.isInteger(n) && n >= 1 && n <= 256,
    'an integer 1 … 256',
  );
  const nodes = new Float64Array(points);
  const weights = new Float64Array(points);
  // Zeros lie between the zeros of the next lower polynomial and ±√(4n + 2)/… bounds: bisection on the count of sign
  // changes (Sturm) is slow but cannot miss one; Newton then polishes.
  for (let k = 0; k < points; k++) {
    let low = -2 * Math.sqrt(points) - 1;
    let high = -low;
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (zerosBelow(points, middle) > k) high = middle;
      else low = middle;
    }
    let z = (low + high) / 2;
    for (let step = 0; step < 3; step++) {
      const [value, lower] = hermite(points, z);
      z -= value / (Math.sqrt(points) * lower);
    }
    if (points % 2 === 1 && k === (points - 1) / 2) z = 0;
    const [, lower] = hermite(points, z);
    nodes[k] = z;
    weights[k] = 1 / (points * lower * lower);
  }
  return { nodes, weights };
}

/** The orthonormal (probabilists') Hermite polynomials of degree n and n − 1 at z. */
function hermite(n: number, z: number): [number, number] {
  let previous = 0;
  let current = 1;
  for (let k = 0; k < n; k++) {
    const next = (z * current - Math.sqrt(k) * previous) / Math.sqrt(k + 1);
    previous = current;
    current = next;
  }
  return [current, previous];
}

/** How many zeros of the degree-n polynomial lie below z: pivots below zero of the Jacobi matrix minus z. */
function zerosBelow(n: number, z: number): number {
  let count = 0;
  let pivot = -z;
  for (let k = 1; k <= n; k++) {
    if (pivot === 0) pivot = -1e-300;
    if (pivot < 0) count++;
    pivot = -z - k / pivot;
  }
  return count;
}
