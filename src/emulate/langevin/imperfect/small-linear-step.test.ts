import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../core/index.js';
import { lyapunov, relativeDistance } from '../../../../test/support/linear-oracles.js';
import { generalOrnsteinUhlenbeck, stationaryCovariance } from '../general-ornstein-uhlenbeck.js';
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

  it('end in the solution of Lyapunov’s equation, over rates of eight decades', () => {
    const A = random(4, 3);
    for (let j = 0; j < 4; j++) A.set(3, j, j === 3 ? 1e-7 : 0);
    const D = Matrix.diag([1, 2, 0.5, 1e-7]);
    expect(relativeDistance(stationaryCovariance(A, D)!, lyapunov(A, D))).toBeLessThan(1e-7);
  });

  it('of what does not decay have no stationary state', () => {
    const growing = new Matrix([
      [1, 2],
      [2, 1],
    ]);
    expect(stationaryCovariance(growing, Matrix.eye(2))).toBeNull();
    expect(stationaryCovariance(Matrix.diag([1, 0]), Matrix.eye(2))).toBeNull();
  });
});
