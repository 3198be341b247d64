import { Matrix } from 'ml-matrix';
import { describe, it, vi } from 'vitest';
import { circuit, board, batchMean, watch } from '../support/circuit.js';
import { hold } from '../support/hold.js';
import { lyapunov } from '../support/linear-oracles.js';
import { FULL_SIZE } from '../support/run-simulation.js';

vi.setConfig({ testTimeout: FULL_SIZE ? 900_000 : 60_000 });

describe('poles', () => {
  // A = [[2, 0.8], [0.8, 2]]: quadratic wells 1, J = −0.8.
  const pair = (options: Record<string, unknown>) =>
    circuit({
      sites: 2,
      couplings: { kind: 'coo', entries: [[0, 1, -0.8]] },
      wells: { quadratic: 1, quartic: 0 },
      ...options,
    });

  it.each([
    [0.01, 0.593371, -0.233427],
    [0.05, 0.58658, -0.21645],
    [0.2, 0.568027, -0.170068],
  ])('TC-26 a coupling pole of %f t0 leaves variance %f and covariance %f', (tau, v, c) => {
    const [k, J] = [2, 0.8];
    const A = new Matrix([
      [k, 0, 0, J],
      [0, k, J, 0],
      [-1 / tau, 0, 1 / tau, 0],
      [0, -1 / tau, 0, 1 / tau],
    ]);
    const S = lyapunov(A, Matrix.diag([2, 2, 0, 0]));
    hold({
      quantity: `⟨x²⟩, Lyapunov, τ_g = ${tau}`,
      expected: v,
      got: S.get(0, 0),
      tolerance: 1e-6,
      class: 'exact',
    });
    hold({
      quantity: `⟨x₁x₂⟩, Lyapunov, τ_g = ${tau}`,
      expected: c,
      got: S.get(0, 1),
      tolerance: 1e-6,
      class: 'exact',
    });
    const shots = 100;
    const sums = [new Float64Array(shots), new Float64Array(shots)];
    const duration = FULL_SIZE ? 20_000 : 400;
    watch(
      pair({
        initial: { kind: 'equilibrium' },
        dynamics: { integrator: 'exact', dt: 0.5 },
        duration,
        readout: { every: 0.5 },
        shots,
        seed: 26,
      }),
      (x, _, shot) => {
        sums[0]![shot]! += (x[0]! ** 2 + x[1]! ** 2) / 2;
        sums[1]![shot]! += x[0]! * x[1]!;
      },
      board({ couplingPole: tau }),
    );
    [S.get(0, 0), S.get(0, 1)].forEach((exact, n) => {
      const rows = 1 + duration / 0.5;
      const { mean, sem } = batchMean(sums[n]!.map((s) => s / rows));
      hold({
        quantity: `${n === 0 ? '⟨x²⟩' : '⟨x₁x₂⟩'}, simulated, τ_g = ${tau}`,
        expected: exact,
        got: mean,
        standardError: sem,
        tolerance: Math.max(0.01 * Math.abs(exact), 4 * sem),
        class: 'exact',
      });
    });
  });
});
