import { CholeskyDecomposition, Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { lyapunov, matrixExponential } from '../../../test/support/linear-oracles.js';
import { linearLikelihood } from './linear-likelihood.js';
import { emptySystem, type LinearSystem, type SampledShots } from './linear-system.js';
import { sampleShot } from './sample-shot.js';

/** A driven pair behind gains, one of them read through a pole, couplings not alike in the two directions; nine parameters. */
const AT = [0.3, -0.7, 0.4, 0.1, -0.2, 0.6, -1.9, 0.25, -0.1];
function pair(at: readonly number[]): LinearSystem {
  const [rate, forward, back, heat, push, gain, noise, pole, zero] = at as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const s = emptySystem(3, 2, 2, 9);
  const fast = 3 * Math.exp(pole);
  s.A.set([2 * Math.exp(rate), -forward, 0, -back, 3, 0, -fast, 0, fast]);
  s.dA[0]![0] = 2 * Math.exp(rate);
  s.dA[1]![1] = -1;
  s.dA[2]![3] = -1;
  s.dA[7]![6] = -fast;
  s.dA[7]![8] = fast;
  s.D.set([2 * Math.exp(heat), 0.3, 0, 0.3, 1.4, 0, 0, 0, 0]);
  s.dD[3]![0] = 2 * Math.exp(heat);
  s.B.set([0.4, 0, push, 1, 0, 0]);
  s.dB[4]![2] = 1;
  s.H.set([0, 0, Math.exp(gain), 0, 1.2, 0]);
  s.dH[5]![2] = Math.exp(gain);
  s.b.set([zero, 0.05]);
  s.db[8]![0] = 1;
  s.R.set([Math.exp(noise), 0.05]);
  s.dR[6]![0] = Math.exp(noise);
  return s;
}

const matrix = (list: Float64Array, rows: number, columns: number): Matrix =>
  Matrix.from1DArray(rows, columns, Array.from(list));

/** ln of the joint normal density of all samples that were seen, from matrix exponentials: no filter, no recursion of gains. */
function jointDensity(at: readonly number[], data: SampledShots): number {
  const { A, D, B, H, b, R } = pair(at);
  const [m, k] = [3, 2];
  const { interval: h, length, before, after } = data.course;
  const a = matrix(A, m, m);
  const u = (list: Float64Array, s: number): Matrix =>
    Matrix.columnVector([list[2 * s]!, list[2 * s + 1]!]);
  // A state of m + 2·2 entries: x, the input, and its slope, all in one exponential.
  const whole = Matrix.zeros(m + 4, m + 4);
  whole.setSubMatrix(Matrix.mul(a, -h), 0, 0);
  whole.setSubMatrix(Matrix.mul(matrix(B, m, 2), h), 0, m);
  whole.setSubMatrix(Matrix.mul(Matrix.eye(2), h), m, m + 2);
  const e = matrixExponential(whole);
  const E = e.subMatrix(0, m - 1, 0, m - 1);
  const still = lyapunov(a, matrix(D, m, m));
  const stationary = data.start.kind === 'stationary';
  const Q = Matrix.sub(still, E.mmul(still).mmul(E.transpose()));
  const means: Matrix[] = [
    data.start.kind === 'known'
      ? Matrix.columnVector(Array.from(data.start.mean))
      : solve(a, matrix(B, m, 2).mmul(u(before, 0))),
  ];
  const variances: Matrix[] = [stationary ? still : Matrix.zeros(m, m)];
  for (let s = 0; s + 1 < length; s++) {
    const slope = Matrix.mul(Matrix.sub(u(before, s + 1), u(after, s)), 1 / h);
    const state = Matrix.columnVector([
      ...means[s]!.to1DArray(),
      ...u(after, s).to1DArray(),
      ...slope.to1DArray(),
    ]);
    means.push(e.mmul(state).subMatrix(0, m - 1, 0, 0));
    variances.push(Matrix.add(E.mmul(variances[s]!).mmul(E.transpose()), Q));
  }
  const powers = [Matrix.eye(m)];
  for (let s = 1; s < length; s++) powers.push(E.mmul(powers[s - 1]!));
  const h2 = matrix(H, k, m);
  let sum = 0;
  for (const shot of data.shots) {
    const kept = Array.from({ length: length * k }, (_, i) => i).filter(
      (i) => !Number.isNaN(shot[i - (i % k)]!) && !Number.isNaN(shot[i - (i % k) + 1]!),
    );
    const C = Matrix.zeros(kept.length, kept.length);
    const d = kept.map((i) => {
      const s = Math.floor(i / k);
      return shot[i]! - b[i % k]! - h2.mmul(means[s]!).get(i % k, 0);
    });
    kept.forEach((i, r) =>
      kept.forEach((j, c) => {
        const [s, t] = [Math.floor(i / k), Math.floor(j / k)];
        // cov(x_t, x_s) = E^{t−s} V_s for t ≥ s
        const block =
          t >= s
            ? powers[t - s]!.mmul(variances[s]!).transpose()
            : powers[s - t]!.mmul(variances[t]!);
        C.set(
          r,
          c,
          h2
            .mmul(block)
            .mmul(h2.transpose())
            .get(i % k, j % k) + (i === j ? R[i % k]! : 0),
        );
      }),
    );
    const factors = new CholeskyDecomposition(Matrix.mul(Matrix.add(C, C.transpose()), 0.5));
    const x = factors.solve(Matrix.columnVector(d));
    const L = factors.lowerTriangularMatrix;
    for (let r = 0; r < d.length; r++) {
      sum -= 0.5 * (d[r]! * x.get(r, 0) + Math.log(2 * Math.PI)) + Math.log(L.get(r, r));
    }
  }
  return sum;
}

/** A step up, a ramp down, and a jump between two samples' inputs. */
function courseOf(length: number, interval: number) {
  const before = new Float64Array(2 * length);
  const after = new Float64Array(2 * length);
  for (let s = 0; s < length; s++) {
    before[2 * s] = after[2 * s] = 1;
    before[2 * s + 1] = s === 0 ? 0.5 : s < 4 ? 2 : 3 - 0.2 * s;
    after[2 * s + 1] = s < 3 ? 2 : 3 - 0.2 * s;
  }
  return { interval, length, before, after };
}

function dataOf(start: SampledShots['start'], lost: boolean): SampledShots {
  const course = courseOf(9, 0.35);
  const stream = RandomStream.of(11, 'dynamics', 0);
  const shots = [0, 1, 2].map(() => sampleShot(pair(AT), course, start, stream));
  if (lost) shots[1]!.set([NaN, NaN, 0.1, NaN], 6);
  return { course, start, shots };
}

const CASES = [
  ['from a known state', dataOf({ kind: 'known', mean: Float64Array.of(0.4, -0.3, 0) }, false)],
  ['from the stationary state', dataOf({ kind: 'stationary' }, false)],
  ['with samples that were lost', dataOf({ kind: 'stationary' }, true)],
] as const;

describe('the likelihood of a linear device', () => {
  it.each(CASES)('is that of the joint normal density, %s', (_, data) => {
    const { value } = linearLikelihood(pair(AT), data);
    expect(value).toBeCloseTo(jointDensity(AT, data), 8);
  });

  it.each(CASES)('has the density’s derivatives, %s', (_, data) => {
    const { score } = linearLikelihood(pair(AT), data);
    AT.forEach((__, a) => {
      const moved = (by: number): readonly number[] => AT.map((v, i) => (i === a ? v + by : v));
      const d = 1e-4;
      const slope =
        (8 * (jointDensity(moved(d), data) - jointDensity(moved(-d), data)) -
          (jointDensity(moved(2 * d), data) - jointDensity(moved(-2 * d), data))) /
        (12 * d);
      expect(
        Math.abs(score[a]! - slope),
        `parameter ${a}: ${score[a]} against ${slope}`,
      ).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
    });
  });

  it('has scores whose covariance is Fisher’s information', () => {
    const course = courseOf(40, 0.35);
    const stream = RandomStream.of(5, 'dynamics', 1);
    const runs = 200;
    const covariance = Matrix.zeros(9, 9);
    const information = Matrix.zeros(9, 9);
    for (let k = 0; k < runs; k++) {
      const shots = [sampleShot(pair(AT), course, { kind: 'stationary' }, stream)];
      const l = linearLikelihood(pair(AT), { course, start: { kind: 'stationary' }, shots });
      for (let a = 0; a < 9; a++) {
        for (let b = 0; b < 9; b++) {
          covariance.set(a, b, covariance.get(a, b) + (l.score[a]! * l.score[b]!) / runs);
          information.set(a, b, information.get(a, b) + l.information[9 * a + b]! / runs);
        }
      }
    }
    // A sample covariance of n normal scores is off by √((F_aa F_bb + F_ab²)/n) (Wishart).
    for (let a = 0; a < 9; a++) {
      for (let b = 0; b < 9; b++) {
        const [Faa, Fbb, Fab] = [
          information.get(a, a),
          information.get(b, b),
          information.get(a, b),
        ];
        const sd = Math.sqrt((Faa * Fbb + Fab * Fab) / runs);
        expect(Math.abs(covariance.get(a, b) - Fab) / sd, `entry ${a}, ${b}`).toBeLessThan(4.5);
      }
    }
  });

  it('weighs its prediction errors right: their squares add up to the number of samples', () => {
    const course = courseOf(400, 0.2);
    const stream = RandomStream.of(6, 'dynamics', 2);
    const shots = [0, 1, 2, 3].map(() =>
      sampleShot(pair(AT), course, { kind: 'stationary' }, stream),
    );
    const { squares, count } = linearLikelihood(pair(AT), {
      course,
      start: { kind: 'stationary' },
      shots,
    });
    expect(count).toBe(4 * 400 * 2);
    // χ² of `count` degrees of freedom, 4 standard deviations
    expect(Math.abs(squares - count)).toBeLessThan(4 * Math.sqrt(2 * count));
  });
});
