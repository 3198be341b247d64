import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { generalOrnsteinUhlenbeck } from '../../src/emulate/langevin/general-ornstein-uhlenbeck.js';
import { makeIntegrator, type IntegratorName } from '../../src/emulate/langevin/integrators.js';
import { linearModes } from '../../src/emulate/langevin/linear-modes.js';
import {
  choleskyInPlace,
  SitewiseOrnsteinUhlenbeck,
  UniformOrnsteinUhlenbeck,
  type OrnsteinUhlenbeck,
} from '../../src/emulate/langevin/ornstein-uhlenbeck.js';
import { Potential } from '../../src/emulate/langevin/potential.js';
import { makeProtocol } from '../../src/emulate/langevin/protocol.js';
import { circuit, watch } from '../support/circuit.js';
import { expectNear, expectWithin } from '../support/statistics.js';
import { lyapunov, matrixExponential, relativeDistance } from '../support/linear-oracles.js';
import { schemeAverages } from '../support/transition-operator.js';

/** Propagator and covariance of a step, read off by unit vectors. */
function stepOf(ou: OrnsteinUhlenbeck, n: number): { E: Matrix; covariance: Matrix } {
  const column = (z0: number, xi: number, j: number): number[] => {
    const z = new Float64Array(n);
    const noise = new Float64Array(n);
    z[j] = z0;
    noise[j] = xi;
    ou.push(new Float64Array(n));
    ou.advance(z, noise);
    return Array.from(z);
  };
  const columns = (z0: number, xi: number): Matrix =>
    new Matrix(Array.from({ length: n }, (_, j) => column(z0, xi, j))).transpose();
  const L = columns(0, 1);
  return { E: columns(1, 0), covariance: L.mmul(L.transpose()) };
}

/** Relative distances of mean and covariance from the oracle, the larger of both. */
function stepError(
  found: { readonly E: Matrix; readonly covariance: Matrix },
  oracle: { readonly E: Matrix; readonly covariance: Matrix },
): number {
  const mean = relativeDistance(found.E, oracle.E);
  const covariance = relativeDistance(found.covariance, oracle.covariance);
  return Math.max(mean, covariance);
}

function randomMatrix(n: number, stream: RandomStream): Matrix {
  return new Matrix(
    Array.from({ length: n }, () => Array.from({ length: n }, () => stream.normal())),
  );
}

/** Σ(h) = S − e^{−Ah} S e^{−Aᵀh} with S from A S + S Aᵀ = D. */
function finiteTimeCovariance(A: Matrix, D: Matrix, h: number): Matrix {
  const S = lyapunov(A, D);
  const E = matrixExponential(Matrix.mul(A, -h));
  return Matrix.sub(S, E.mmul(S).mmul(E.transpose()));
}

describe('one step of the exact Ornstein–Uhlenbeck process', () => {
  const sizes = Array.from({ length: 16 }, (_, k) => k + 1);
  const h = 0.3;

  const expectSteps = (errors: readonly number[], of: string): void =>
    expectNear(Math.max(...errors), 0, 1e-12, {
      quantity: `relative error of mean or covariance, ${of}, largest of d = 1 … 16`,
    });

  it('TC-01 has the exact mean and covariance for random SPD matrices, d = 1 … 16', () => {
    const [oneBath, ownBaths]: [number[], number[]] = [[], []];
    for (const n of sizes) {
      const stream = RandomStream.of(31, 'disorder', n);
      const B = randomMatrix(n, stream);
      const A = Matrix.add(
        Matrix.mul(B.mmul(B.transpose()), 1 / n),
        Matrix.mul(Matrix.eye(n), 0.5),
      );
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) A.set(i, j, A.get(j, i));
      const E = matrixExponential(Matrix.mul(A, -h));
      const negative = Float64Array.from(A.to1DArray(), (v) => -v);

      const uniform = new UniformOrnsteinUhlenbeck(linearModes(negative, n));
      uniform.prepare(Float64Array.of(h, 0, 1, 1.7));
      const one = stepOf(uniform, n);
      const D = Matrix.mul(Matrix.eye(n), 2 * 1.7);
      oneBath.push(stepError(one, { E, covariance: finiteTimeCovariance(A, D, h) }));

      const temperatures = Float64Array.from({ length: n }, () => 0.5 + 2 * stream.uniform());
      const sitewise = new SitewiseOrnsteinUhlenbeck(linearModes(negative, n, true), temperatures);
      sitewise.prepare(Float64Array.of(h, 0, 1, NaN));
      const many = stepOf(sitewise, n);
      const Ds = Matrix.diag(Array.from(temperatures, (T) => 2 * T));
      ownBaths.push(stepError(many, { E, covariance: finiteTimeCovariance(A, Ds, h) }));
    }
    expectSteps(oneBath, 'SPD');
    expectSteps(ownBaths, 'SPD, a temperature a site');
  });

  it('TC-01 has the exact mean and covariance for non-symmetric matrices, d = 1 … 16', () => {
    const errors = sizes.map((n) => {
      const stream = RandomStream.of(32, 'disorder', n);
      const B = randomMatrix(n, stream);
      const skew = Matrix.sub(B, B.transpose());
      const spd = Matrix.add(Matrix.mul(B.mmul(B.transpose()), 1 / n), Matrix.eye(n));
      const A = Matrix.add(spd, skew);
      const D = Matrix.diag(Array.from({ length: n }, () => 0.5 + stream.uniform()));
      const { propagator, covariance } = generalOrnsteinUhlenbeck(A, D, h);
      const E = matrixExponential(Matrix.mul(A, -h));
      const oracle = { E, covariance: finiteTimeCovariance(A, D, h) };
      return stepError({ E: propagator, covariance }, oracle);
    });
    expectSteps(errors, 'non-symmetric');
  });
});

describe('a pair of nodes coupled by a resistor', () => {
  // C dV = −G V dt + dN, ⟨dN dNᵀ⟩ = 2kT G dt: A = C⁻¹G, D = 2 C⁻¹GC⁻¹ with G = [[2, −1], [−1, 3]], C = diag(1, 2).
  const A = new Matrix([
    [2, -1],
    [-0.5, 1.5],
  ]);
  const D = new Matrix([
    [4, -1],
    [-1, 1.5],
  ]);

  it('TC-05 has covariance kT diag(1/C_i) and no correlation, exactly and in a run of 1e5 τ', () => {
    const exact = Matrix.diag([1, 0.5]);
    expectNear(relativeDistance(lyapunov(A, D), exact), 0, 1e-14, {
      quantity: 'relative distance of Lyapunov’s covariance from kT diag(1/C)',
    });
    const steps = 100_000; // of τ = 1 each: the slowest mode decays by e^{−1} in one
    const { propagator: E, covariance } = generalOrnsteinUhlenbeck(A, D, 1);
    const L = Float64Array.from(covariance.to1DArray());
    choleskyInPlace(L, 2);
    const stream = RandomStream.of(5);
    let [x, y, xx, xy, yy] = [0, 0, 0, 0, 0];
    for (let k = 0; k < steps; k++) {
      const [a, b] = [stream.normal(), stream.normal()];
      const next = E.get(0, 0) * x + E.get(0, 1) * y + L[0]! * a;
      y = E.get(1, 0) * x + E.get(1, 1) * y + L[2]! * a + L[3]! * b;
      x = next;
      xx += (x * x) / steps;
      xy += (x * y) / steps;
      yy += (y * y) / steps;
    }
    // n_eff = steps/((1 + ρ²)/(1 − ρ²)) with ρ = e^{−1}.
    const effective = steps * Math.tanh(1);
    const correlation = { mean: xy / Math.sqrt(xx * yy), sem: 1 / Math.sqrt(effective) };
    expectWithin(correlation, 0, 4, { quantity: 'correlation' });
    const sem = Math.sqrt(2 / effective);
    expectWithin({ mean: xx, sem }, 1, 4, { quantity: 'C₁⟨v₁²⟩/kT' });
    expectWithin({ mean: yy / 0.5, sem }, 1, 4, { quantity: 'C₂⟨v₂²⟩/kT' });
  });
});

describe('order of the integrators, from the stationary law of their own Markov chains', () => {
  const square = (x: number): number => x * x;
  const exact = 0.2339599584868;
  const error = (scheme: IntegratorName, dt: number): number =>
    Math.abs(schemeAverages(scheme, dt, [square])[0]! - exact);
  /** Least-squares slope of ln error against ln dt. */
  const slope = (scheme: IntegratorName, steps: readonly number[]): number => {
    const points = steps.map((dt) => [Math.log(dt), Math.log(error(scheme, dt))] as const);
    const mx = points.reduce((s, p) => s + p[0], 0) / points.length;
    const my = points.reduce((s, p) => s + p[1], 0) / points.length;
    const top = points.reduce((s, p) => s + (p[0] - mx) * (p[1] - my), 0);
    return top / points.reduce((s, p) => s + (p[0] - mx) ** 2, 0);
  };

  it('TC-12 Euler–Maruyama is of first order', () => {
    const found = slope('euler-maruyama', [0.05, 0.025, 0.0125]);
    expectNear(found, 1, 0.15, { quantity: 'order of Euler–Maruyama' });
  });
  it('TC-12 stochastic Heun is of second order', () => {
    const found = slope('heun', [0.1, 0.05, 0.025, 0.0125]);
    expectNear(found, 2, 0.3, { quantity: 'order of stochastic Heun' });
  });
  it('TC-12 C–O–C Strang splitting is of second order', () => {
    const found = slope('strang', [0.1, 0.05, 0.025, 0.0125]);
    expectNear(found, 2, 0.3, { quantity: 'order of C–O–C Strang splitting' });
  });

  // References of the physics page come from 4e7 steps: correlation time ~0.3 t0 and Var x² = 0.078 give 4 standard
  // errors of 0.0006 at dt = 0.025 and of 0.0009 at 0.0125.
  it.each([
    ['euler-maruyama', 0.05, 0.24959],
    ['euler-maruyama', 0.025, 0.24102],
    ['euler-maruyama', 0.0125, 0.23728],
    ['heun', 0.05, 0.22627],
    ['heun', 0.025, 0.23212],
    ['heun', 0.0125, 0.23341],
    ['strang', 0.1, 0.22696],
    ['strang', 0.05, 0.23204],
    ['strang', 0.025, 0.23342],
  ] as const)(
    'TC-12 %s at dt = %f has the stationary ⟨x²⟩ of the reference runs',
    (scheme, dt, reference) => {
      const [value] = schemeAverages(scheme, dt, [square]);
      expectNear(value!, reference, 9e-4, {
        quantity: `stationary ⟨x²⟩, ${scheme} at dt = ${dt}`,
        class: 'reference',
      });
    },
  );

  it('TC-12 at the default step of 0.01 Strang splitting is off by 0.03 % in ⟨x²⟩ and 0.4 % in ⟨x⁶⟩, a quarter of it at half', () => {
    const exactly = [0.23395995848683, 0.13302002075658, 0.10895995848683];
    const powers = [2, 4, 6].map((n) => (x: number) => x ** n);
    const off = (dt: number): number[] =>
      schemeAverages('strang', dt, powers).map((v, k) => v / exactly[k]! - 1);
    const [whole, half] = [off(0.01), off(0.005)];
    [-3.5e-4, -1.8e-3, -4.4e-3].forEach((expected, k) => {
      const moment = ['⟨x²⟩', '⟨x⁴⟩', '⟨x⁶⟩'][k]!;
      expectNear(whole[k]!, expected, 0.02 * Math.abs(expected), {
        quantity: `relative error of ${moment}, strang at dt = .01`,
        class: 'reference',
      });
      expectNear(whole[k]! / half[k]!, 4, 0.05, { quantity: `the same over that at dt = .005` });
    });
  });

  it('TC-12 linear modes have the variance T/a·1/(1 − z/2) under Euler–Maruyama, and Heun its own factor', () => {
    const a = 3;
    const T = 0.7;
    const worst: Record<string, number> = { 'euler-maruyama': 0, heun: 0, exact: 0 };
    for (const h of [0.01, 0.1, 0.3]) {
      const z = a * h;
      const factor = {
        'euler-maruyama': 1 / (1 - z / 2),
        heun: (1 - z + (z * z) / 4) / (1 - z + (z * z) / 2 - z ** 3 / 8),
        exact: 1,
      };
      for (const [scheme, expected] of Object.entries(factor)) {
        const program = circuit({
          sites: 1,
          wells: { quadratic: a / 2, quartic: 0 },
          dynamics: { temperature: T },
          duration: 1,
        });
        const knobs = makeProtocol(program, Float64Array.of(0, 1), Infinity).before;
        const integrator = makeIntegrator(scheme as IntegratorName, {
          potential: new Potential(program),
          temperatures: null,
          knobs,
          couplingVaries: false,
          mostCoupling: 1,
          stiffestStep: 0.5,
        });
        integrator.prepare(h, knobs);
        const [decayed, kicked] = [Float64Array.of(1), Float64Array.of(0)];
        integrator.advance(decayed, Float64Array.of(0));
        integrator.advance(kicked, Float64Array.of(1));
        const variance = kicked[0]! ** 2 / (1 - decayed[0]! ** 2);
        worst[scheme] = Math.max(worst[scheme]!, Math.abs(variance - (T / a) * expected));
      }
    }
    for (const [scheme, error] of Object.entries(worst)) {
      expectNear(error, 0, 5e-14, {
        quantity: `variance of a linear mode less T/a times its factor, ${scheme}`,
      });
    }
  });
});

describe('deterministic limits', () => {
  it.each([
    [1, 0.1639225],
    [4, 0.6080913],
    [10, 1.1670862],
    [30, 1.8712874],
    [100, 2.8670259],
    [264, 4.0],
  ])('TC-10 at T = 0 a unit under the field %f answers %f after 0.2 t0', (F, expected) => {
    for (const integrator of ['strang', 'heun']) {
      const program = circuit({
        sites: 1,
        fields: [F],
        initial: { kind: 'zero' },
        dynamics: { temperature: 0, integrator, dt: 5e-5 },
        duration: 0.2,
      });
      let last = NaN;
      watch(program, (x) => (last = x[0]!));
      expectNear(last, expected, 1e-5, { quantity: `x(.2 t0), F = ${F}, ${integrator}` });
    }
  });

  it('TC-13 a circuit with λ times the potential and noise power runs λ times faster, bit for bit', () => {
    const stream = RandomStream.of(5, 'disorder');
    const sites = 4;
    const J = new Float64Array(sites * sites);
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < i; j++) J[i * sites + j] = J[j * sites + i] = stream.normal() / 4;
    }
    const h = Array.from({ length: sites }, () => stream.normal());
    const run = (lambda: number): number[] => {
      const program = circuit({
        sites,
        couplings: { kind: 'dense', data: Array.from(J, (v) => v * lambda) },
        fields: h.map((v) => v * lambda),
        wells: { quadratic: lambda, quartic: lambda },
        drives: [
          {
            pattern: [1, -1, 1, -1],
            amplitude: [
              [0, 0],
              [1 / lambda, 2 * lambda],
            ],
          },
        ],
        initial: { kind: 'zero' },
        dynamics: { integrator: 'euler-maruyama', temperature: 0.75 * lambda, dt: 0.001 / lambda },
        duration: 2 / lambda,
        readout: { every: 0.125 / lambda },
        shots: 3,
        seed: 9,
      });
      const seen: number[] = [];
      watch(program, (x) => seen.push(...x));
      return seen;
    };
    const slow = run(1);
    expect(slow).toHaveLength(3 * 17 * sites);
    for (const lambda of [4, 0.5]) {
      const fast = run(lambda);
      expect(fast).toHaveLength(slow.length);
      const differ = fast.filter((x, k) => !Object.is(x, slow[k])).length;
      expectNear(differ, 0, 0, { quantity: `values that differ in a bit, λ = ${lambda}` });
    }
  });
});
