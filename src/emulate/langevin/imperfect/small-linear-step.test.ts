import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../core/index.js';
import { relativeDistance } from '../../../../test/support/linear-oracles.js';
import { generalOrnsteinUhlenbeck } from '../general-ornstein-uhlenbeck.js';
import { SmallLinearStep } from './small-linear-step.js';

const random = (n: number, seed: number): Matrix => {
  const stream = RandomStream.of(seed, 'disorder');
  const M = new Matrix(
    Array.from({ length: n }, () => Array.from({ length: n }, () => stream.normal())),
  );
  // All eigenvalues to the right of 0.
  return Matrix.add(M, Matrix.mul(Matrix.eye(n), 2 + 2 * Math.sqrt(n)));
};

describe('linear steps', () => {
  it.each([0.001, 0.1, 3])('of a few states agree with those of any number, h = %f', (h) => {
    const n = 4;
    const A = random(n, 1);
    const D = Matrix.zeros(n, n);
    D.set(0, 0, 1);
    const small = new SmallLinearStep(n);
    small.compute(
      Float64Array.from(A.to1DArray(), (v) => -v),
      h,
    );
    const { propagator, covariance } = generalOrnsteinUhlenbeck(A, D, h);
    const found = (values: Float64Array): Matrix => Matrix.from1DArray(n, n, Array.from(values));
    expect(Matrix.sub(found(small.propagator), propagator).norm('frobenius')).toBeLessThan(1e-13);
    expect(relativeDistance(found(small.covariance), covariance)).toBeLessThan(1e-12);
  });

  it.each([0.01, 1])('respond to a constant force by A⁻¹(1 − e^{−Ah}), h = %f', (h) => {
    const A = random(5, 2);
    const { propagator, response } = generalOrnsteinUhlenbeck(A, Matrix.eye(5), h);
    const exact = inverse(A).mmul(Matrix.sub(Matrix.eye(5), propagator));
    expect(relativeDistance(response, exact)).toBeLessThan(1e-12);
  });
});
