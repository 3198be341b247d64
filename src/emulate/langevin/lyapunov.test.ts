import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { lyapunov, relativeDistance } from '../../../test/support/linear-oracles.js';
import { RandomStream } from '../../core/index.js';
import { generalOrnsteinUhlenbeck } from './general-ornstein-uhlenbeck.js';
import { slowestDecay, stationaryCovariance } from './lyapunov.js';

/** A = R + T with rates R over `decades` and T antisymmetric, T_ij of the size of the slower rate; D = 2R: S is 1. */
function balanced(n: number, decades: number, stream: RandomStream): { A: Matrix; D: Matrix } {
  const rate = (i: number): number => 10 ** ((decades * i) / (n - 1));
  const A = Matrix.zeros(n, n);
  const D = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    A.set(i, i, rate(i));
    D.set(i, i, 2 * rate(i));
    for (let j = 0; j < i; j++) {
      const turn = 0.5 * stream.normal() * rate(j);
      A.set(i, j, turn);
      A.set(j, i, -turn);
    }
  }
  return { A, D };
}

describe('stationaryCovariance', () => {
  it.each([0, 3, 6, 9, 12])(
    'is exact to 1e−14 where rates span %i decades, and the solution is known to be 1',
    (decades) => {
      const stream = RandomStream.of(decades, 'disorder');
      for (const n of [2, 5, 16]) {
        const { A, D } = balanced(n, decades, stream);
        expect(relativeDistance(stationaryCovariance(A, D)!, Matrix.eye(n))).toBeLessThan(1e-14);
      }
    },
  );

  it('keeps all digits of oscillators that ring a billion times, where doubling exact steps loses half of them', () => {
    const damping = 1e-9;
    const A = new Matrix([
      [0, -1],
      [1, damping],
    ]);
    const D = Matrix.diag([0, 2 * damping]);
    expect(relativeDistance(stationaryCovariance(A, D)!, Matrix.eye(2))).toBeLessThan(1e-14);
    let { propagator: E, covariance: S } = generalOrnsteinUhlenbeck(A, D, 1);
    for (let k = 0; k < 40; k++) {
      S = Matrix.add(S, E.mmul(S).mmul(E.transpose()));
      E = E.mmul(E);
    }
    const lost = relativeDistance(S, Matrix.eye(2));
    expect(lost).toBeGreaterThan(1e-9);
    expect(lost).toBeLessThan(1e-3);
  });

  it('agrees with linear equations for its elements, for a matrix that is far from normal', () => {
    const stream = RandomStream.of(3, 'disorder');
    const A = new Matrix(
      Array.from({ length: 4 }, (_, i) =>
        Array.from({ length: 4 }, (_, j) => stream.normal() + (i === j ? 6 : 0)),
      ),
    );
    for (let j = 0; j < 4; j++) A.set(3, j, j === 3 ? 1e-7 : 0);
    const D = Matrix.diag([1, 2, 0.5, 1e-7]);
    expect(relativeDistance(stationaryCovariance(A, D)!, lyapunov(A, D))).toBeLessThan(1e-9);
  });

  it('takes so many fast modes that the product of their rates is beyond a double', () => {
    const n = 40;
    const rates = Array.from({ length: n }, (_, i) => 1e12 * (1 + i / n)); // 1e480 and more
    const S = stationaryCovariance(Matrix.diag(rates), Matrix.eye(n))!;
    const exact = Matrix.diag(rates.map((r) => 0.5 / r));
    expect(relativeDistance(S, exact)).toBeLessThan(1e-14);
  });

  it('is null where a mode grows, stands still, or oscillates for ever', () => {
    for (const rows of [
      [
        [1, 2],
        [2, 1],
      ],
      [
        [1, 0],
        [0, 0],
      ],
      [
        [0, -1],
        [1, 0],
      ],
      [
        [1, 0],
        [0, -1e-9],
      ],
    ]) {
      const A = new Matrix(rows);
      expect(slowestDecay(A)).toBeLessThanOrEqual(0);
      expect(stationaryCovariance(A, Matrix.eye(2))).toBeNull();
    }
    expect(slowestDecay(Matrix.diag([3, 0.5, 2]))).toBe(0.5);
  });
});
