import { Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { solveLyapunov } from './lyapunov.js';

test('rates of 10⁶/s of very many modes: the determinant is no double, the covariance is', () => {
  const n = 80;
  for (const rate of [1e6, 1e-6]) {
    const A = Matrix.zeros(n, n);
    for (let i = 0; i < n; i++) {
      A.set(i, i, rate * (2 + i / n));
      if (i > 0) {
        A.set(i, i - 1, -rate / 2);
        A.set(i - 1, i, -rate / 2);
      }
    }
    const S = solveLyapunov(A, Matrix.mul(Matrix.eye(n), 2 * rate));
    // A is symmetric: S = rate A⁻¹, so A S = rate.
    const identity = Matrix.mul(A.mmul(S), 1 / rate);
    expect(Matrix.sub(identity, Matrix.eye(n)).norm('frobenius')).toBeLessThan(1e-12);
  }
});
