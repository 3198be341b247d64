import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { bathsOf } from '../../src/emulate/baths.js';
import { Potential } from '../../src/emulate/langevin/potential.js';
import { makeProtocol } from '../../src/emulate/langevin/protocol.js';
import { openEngine } from '../../src/kernels/index.js';
import { makeRlcIntegrator } from '../../src/emulate/rlc/rlc-integrators.js';
import type { RlcIntegratorName } from '../../src/emulate/rlc/rlc-integrator.js';
import { rlcSetting } from '../../src/emulate/rlc/rlc-plan.js';
import { jarzynskiAverage } from '../../src/thermo/index.js';
import { boltzmannLine } from '../support/boltzmann.js';
import { batchMean, circuit, watch } from '../support/circuit.js';
import { hold } from '../support/hold.js';
import { lyapunov, matrixExponential, relativeDistance } from '../support/linear-oracles.js';
import { phaseSpace, rlcCircuit, watchRlc, type RlcOptions } from '../support/rlc.js';
import { FULL_SIZE } from '../support/run-simulation.js';
import { baoabAverages } from '../support/phase-space-operator.js';
import { schemeAverages } from '../support/transition-operator.js';

type Program = ReturnType<typeof rlcCircuit>;

function integratorOf(program: Program, name: RlcIntegratorName) {
  const potential = new Potential(program);
  const protocol = makeProtocol(program, Float64Array.of(0, program.duration), Infinity);
  const { siteTemperature } = bathsOf(program);
  const engine = openEngine();
  const integrator = makeRlcIntegrator(
    engine,
    name,
    rlcSetting(program, potential, siteTemperature, protocol),
  );
  return { engine, integrator, knobs: protocol.before };
}

/** Propagator, covariance and drift of a step, read off by unit vectors. */
function stepOf(program: Program, name: RlcIntegratorName, h: number) {
  const n = program.sites;
  const { engine, integrator, knobs } = integratorOf(program, name);
  integrator.prepare(h, knobs);
  const noises = n * integrator.noisePerSite;
  const moved = (at: number, xi: number): number[] => {
    const z = engine.arena.float64(n);
    const v = engine.arena.float64(n);
    const noise = engine.arena.float64(noises);
    if (at >= 0) (at < n ? z : v)[at % n] = 1;
    if (xi >= 0) noise[xi] = 1;
    integrator.restart();
    integrator.prepare(h, knobs);
    integrator.advance(z, v, noise);
    return [...z, ...v];
  };
  const drift = moved(-1, -1);
  const columns = (count: number, column: (k: number) => number[]): Matrix =>
    new Matrix(
      Array.from({ length: count }, (_, k) => column(k).map((x, i) => x - drift[i]!)),
    ).transpose();
  const E = columns(2 * n, (k) => moved(k, -1));
  const L = columns(noises, (k) => moved(-1, k));
  return { E, covariance: L.mmul(L.transpose()), drift: Matrix.columnVector(drift) };
}

/** What the step must be, from the matrix exponential and the Lyapunov equation of (x, v). */
function exactStep(A: Matrix, D: Matrix, force: readonly number[], h: number) {
  const S = lyapunov(A, D);
  const E = matrixExponential(Matrix.mul(A, -h));
  const n = force.length;
  const f = Matrix.columnVector([...Array<number>(n).fill(0), ...force]);
  // (1 − E) A⁻¹ f, by the exponential of the extended matrix.
  const extended = Matrix.zeros(2 * n + 1, 2 * n + 1);
  extended.setSubMatrix(Matrix.mul(A, -1), 0, 0);
  extended.setSubMatrix(f, 0, 2 * n);
  const drift = matrixExponential(Matrix.mul(extended, h)).subMatrix(0, 2 * n - 1, 2 * n, 2 * n);
  return { E, covariance: Matrix.sub(S, E.mmul(S).mmul(E.transpose())), drift };
}

/** S = E S Eᵀ + Σ, by doubling. */
function stationary(E: Matrix, covariance: Matrix): Matrix {
  let S = covariance;
  let P = E;
  for (let k = 0; k < 40; k++) {
    S = Matrix.add(S, P.mmul(S).mmul(P.transpose()));
    P = P.mmul(P);
  }
  return S;
}

function randomSpd(n: number, stream: RandomStream): Matrix {
  const B = new Matrix(
    Array.from({ length: n }, () => Array.from({ length: n }, () => stream.normal())),
  );
  const K = Matrix.add(Matrix.mul(B.mmul(B.transpose()), 1 / n), Matrix.mul(Matrix.eye(n), 0.5));
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) K.set(i, j, K.get(j, i));
  return K;
}

/** A linear program with V = ½ xᵀKx − f·x. */
function linearProgram(
  K: Matrix,
  force: readonly number[],
  more: Record<string, unknown>,
  options: RlcOptions,
): Program {
  const n = K.rows;
  const entries: number[][] = [];
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) entries.push([i, j, -K.get(i, j)]);
  return rlcCircuit(
    {
      sites: n,
      couplings: { kind: 'coo', entries },
      fields: [...force],
      wells: { quadratic: K.diagonal().map((k) => k / 2), quartic: 0 },
      duration: 1,
      ...more,
    },
    options,
  );
}

describe('one exact step of linear cells', () => {
  it.each([1, 2, 3, 5, 8])(
    'TC-01 has the mean and covariance of the matrix exponential of (x, v), d = %i, alike and unlike cells',
    (n) => {
      const stream = RandomStream.of(61, 'disorder', n);
      const K = randomSpd(n, stream);
      const force = Array.from({ length: n }, () => stream.normal());
      const T = 1.3;
      for (const friction of [0.1, 1, 2 * Math.sqrt(2), 12]) {
        const alike = linearProgram(K, force, { dynamics: { temperature: T } }, { friction });
        const { A, D } = phaseSpace(K, Array<number>(n).fill(friction), Array<number>(n).fill(T));
        for (const h of [0.02, 0.7]) {
          const found = stepOf(alike, 'exact', h);
          const exact = exactStep(A, D, force, h);
          expect(relativeDistance(found.E, exact.E)).toBeLessThan(1e-12);
          expect(relativeDistance(found.covariance, exact.covariance)).toBeLessThan(1e-10);
          expect(relativeDistance(found.drift, exact.drift)).toBeLessThan(1e-12);
        }
      }
      const R = Array.from({ length: n }, () => 1e3 * (0.5 + stream.uniform()));
      const mean = R.reduce((a, b) => a + b, 0) / n;
      const unlike = linearProgram(
        K,
        force,
        { dynamics: { temperature: T } },
        { friction: 0.8, components: { resistanceOhm: R, noise: 'source' } },
      );
      const { A, D } = phaseSpace(
        K,
        R.map((ohm) => (0.8 * mean) / ohm),
        R.map((ohm) => (T * ohm) / mean),
      );
      const found = stepOf(unlike, 'exact', 0.7);
      const exact = exactStep(A, D, force, 0.7);
      expect(relativeDistance(found.E, exact.E)).toBeLessThan(1e-12);
      expect(relativeDistance(found.covariance, exact.covariance)).toBeLessThan(1e-10);
      expect(relativeDistance(found.drift, exact.drift)).toBeLessThan(1e-12);
    },
  );
});

describe('order of the underdamped integrators', () => {
  const square = (x: number): number => x * x;
  const EXACT = 0.2339599584868;

  it('TC-12 BAOAB is of second order in the stationary ⟨x²⟩ of the quartic unit', () => {
    const steps = [0.2, 0.125] as const;
    const [coarse, fine] = steps.map((dt) => baoabAverages(dt, 1, [square])[0]! - EXACT) as [
      number,
      number,
    ];
    hold({
      quantity: 'order of BAOAB, dt = 0.2, 0.125',
      expected: 2,
      got: Math.log(coarse / fine) / Math.log(steps[0] / steps[1]),
      tolerance: 0.3,
      class: 'exact',
    });
    hold({
      quantity: 'relative error of ⟨x²⟩ at the default step of 0.02, from that at 0.125',
      expected: 0,
      got: (fine / EXACT) * (0.02 / steps[1]) ** 2,
      tolerance: 1e-4,
      class: 'exact',
    });
  });

  it('TC-12 BAOAB has the exact stationary ⟨x²⟩ of linear wells, at any stable step and friction', () => {
    for (const friction of [0.2, 1, 5]) {
      for (const h of [0.1, 0.5, 1]) {
        const [a, T] = [2.5, 0.7];
        const program = rlcCircuit(
          {
            sites: 1,
            wells: { quadratic: a / 2, quartic: 0 },
            dynamics: { temperature: T },
            duration: 1,
          },
          { friction },
        );
        const { E, covariance } = stepOf(program, 'baoab', h);
        expect(stationary(E, covariance).get(0, 0)).toBeCloseTo(T / a, 12);
      }
    }
  });

  it('TC-12 Euler–Maruyama is of first order in the ⟨x²⟩ of a linear well', () => {
    const error = (h: number): number => {
      const program = rlcCircuit({
        sites: 1,
        wells: { quadratic: 1, quartic: 0 },
        duration: 1,
      });
      const { E, covariance } = stepOf(program, 'euler-maruyama', h);
      return stationary(E, covariance).get(0, 0) - 0.5;
    };
    hold({
      quantity: 'order of Euler–Maruyama, dt = 0.02, 0.01',
      expected: 1,
      got: Math.log2(error(0.02) / error(0.01)),
      tolerance: 0.15,
      class: 'exact',
    });
  });
});

describe('Leimkuhler–Matthews on the overdamped circuit', () => {
  const square = (x: number): number => x * x;
  const EXACT = 0.2339599584868;

  it('TC-12 is of second order in the stationary ⟨x²⟩ of the quartic unit', () => {
    const steps = [0.05, 0.025, 0.0125] as const;
    const values = steps.map((dt) => schemeAverages('leimkuhler-matthews', dt, [square])[0]!);
    hold({
      quantity: 'order of Leimkuhler–Matthews, dt = 0.05, 0.025',
      expected: 2,
      got: Math.log2((values[0]! - EXACT) / (values[1]! - EXACT)),
      tolerance: 0.3,
      class: 'exact',
    });
    hold({
      quantity: 'order of Leimkuhler–Matthews, dt = 0.025, 0.0125',
      expected: 2,
      got: Math.log2((values[1]! - EXACT) / (values[2]! - EXACT)),
      tolerance: 0.3,
      class: 'exact',
    });
    // Reference runs of 4e7 steps: 4 standard errors of 0.0006 at dt = 0.025 and of 0.0009 at 0.0125.
    [0.23358, 0.23388, 0.23406].forEach((reference, k) =>
      hold({
        quantity: `⟨x²⟩ of the quartic unit at dt = ${steps[k]}`,
        expected: reference,
        got: values[k]!,
        tolerance: 9e-4,
        class: 'reference',
      }),
    );
  });

  it('TC-12 has the exact variance T/a of a linear well at any stable step, and its simulator has it too', () => {
    const [a, T] = [3, 0.7];
    for (const h of [0.05, 0.3]) {
      // x' = (1 − ah)x + √(Th/2)(ξ + ξ'): the stationary variance with the correlation of x and ξ.
      const s = Math.sqrt((T * h) / 2);
      const r = 1 - a * h;
      expect((2 * s * s * (1 + r)) / (1 - r * r)).toBeCloseTo(T / a, 12);
      const shots = 20;
      const rows = 100;
      const sites = FULL_SIZE ? 2000 : 200;
      const squares = new Float64Array(shots);
      watch(
        circuit({
          sites,
          wells: { quadratic: a / 2, quartic: 0 },
          dynamics: { integrator: 'leimkuhler-matthews', dt: h, temperature: T, burnIn: 5 },
          initial: { kind: 'zero' },
          duration: rows * 0.6,
          readout: { every: 0.6 },
          shots,
          seed: 12,
        }),
        (x, step, shot) => {
          if (step === 0) return;
          for (const value of x) squares[shot]! += (value * value) / sites / rows;
        },
      );
      const found = batchMean(squares);
      hold({
        quantity: `⟨x²⟩ of a linear well at a·dt = ${a * h}`,
        expected: T / a,
        got: found.mean,
        standardError: found.sem,
        tolerance: 4 * found.sem,
        class: 'exact',
      });
      // Euler–Maruyama would be off by more than that resolves.
      expect(4 * found.sem).toBeLessThan((T / a) * (1 / (1 - (a * h) / 2) - 1));
    }
  });
});

describe('clock speed of an underdamped circuit', () => {
  // Inertia: V → λ²V, T → λ²T, γ → λγ runs the same path λ times faster, x(t) → x(λt), v → λv.
  it('TC-13 with λ² times the potential and temperature and Q/λ it runs λ times faster, bit for bit', () => {
    const stream = RandomStream.of(5, 'disorder');
    const sites = 4;
    const J = new Float64Array(sites * sites);
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < i; j++) J[i * sites + j] = J[j * sites + i] = stream.normal() / 4;
    }
    const h = Array.from({ length: sites }, () => stream.normal());
    const run = (integrator: string, lambda: number): number[] => {
      const s = lambda * lambda;
      const program = rlcCircuit(
        {
          sites,
          couplings: { kind: 'dense', data: Array.from(J, (v) => v * s) },
          fields: h.map((v) => v * s),
          wells: { quadratic: s, quartic: s },
          drives: [
            {
              pattern: [1, -1, 1, -1],
              amplitude: [
                [0, 0],
                [1 / lambda, 2 * s],
              ],
            },
          ],
          initial: { kind: 'pattern', values: [1, -1, 0.5, 0] },
          dynamics: { integrator, temperature: 0.75 * s, dt: 2 ** -10 / lambda },
          duration: 2 / lambda,
          readout: { every: 0.125 / lambda },
          shots: 3,
          seed: 9,
        },
        { friction: lambda },
      );
      const seen: number[] = [];
      watchRlc(program, (x) => seen.push(...x));
      return seen;
    };
    for (const integrator of ['euler-maruyama', 'baoab']) {
      const slow = run(integrator, 1);
      expect(slow).toHaveLength(3 * 17 * sites);
      expect(run(integrator, 4)).toEqual(slow);
      expect(run(integrator, 0.5)).toEqual(slow);
    }
  });
});

describe('the stationary law of the flux', () => {
  it.each([0.3, 3])(
    'TC-07 is exp(−V/T) for the quartic unit, at friction %f as on the overdamped circuit',
    (friction) => {
      const line = boltzmannLine((x) => x * x + x ** 4);
      const shots = 20;
      const rows = 400;
      const program = rlcCircuit(
        {
          sites: FULL_SIZE ? 1000 : 75,
          initial: { kind: 'pattern', values: Array(FULL_SIZE ? 1000 : 75).fill(0.4) },
          dynamics: { burnIn: 15 / Math.min(friction, 1 / friction) },
          duration: 80,
          readout: { every: 0.2 },
          shots,
          seed: 7,
        },
        { friction },
      );
      const powers = [2, 4, 6];
      const sums = powers.map(() => new Float64Array(shots));
      watchRlc(program, (x, step, shot) => {
        if (step === 0) return;
        powers.forEach((n, k) => {
          for (const value of x) sums[k]![shot]! += value ** n / (rows * x.length);
        });
      });
      powers.forEach((n, k) => {
        const exact = line.average((x) => x ** n);
        const found = batchMean(sums[k]!);
        hold({
          quantity: `⟨x^${n}⟩, γ = ${friction}`,
          expected: exact,
          got: found.mean,
          standardError: found.sem,
          tolerance: Math.max(0.003 * exact, 4 * found.sem),
          class: 'exact',
        });
        expect(4 * found.sem).toBeLessThan((FULL_SIZE ? 0.03 : 0.08) * exact);
      });
    },
  );
});

describe('work of a protocol', () => {
  it('TC-18 a trap moved over the underdamped unit has a Gaussian work with Var = 2T⟨W⟩ and ⟨e^{−W}⟩ = 1', () => {
    // V = ½k(x − ut)², k = u = T = 1: as a program, the drive A = kut, and ku²t²/2 added to its work.
    const [k, u, t, friction] = [1, 1, 2, 0.6];
    const shots = 20;
    const sites = FULL_SIZE ? 10_000 : 300;
    const program = rlcCircuit(
      {
        sites: 1,
        wells: { quadratic: k / 2, quartic: 0 },
        drives: [
          {
            pattern: [1],
            amplitude: [
              [0, 0],
              [t, k * u * t],
            ],
          },
        ],
        initial: { kind: 'equilibrium' },
        dynamics: { dt: 0.02 },
        duration: t,
        shots: shots * sites,
        seed: 18,
      },
      { friction },
    );
    // ⟨W⟩ = −ku ∫⟨y⟩ dt of y = x − ut: ÿ = −ky − γ(ẏ + u), y(0) = 0, ẏ(0) = −u; as one exponential of (y, ẏ, 1, ∫y).
    const M = new Matrix([
      [0, 1, 0, 0],
      [-k, -friction, -friction * u, 0],
      [0, 0, 0, 0],
      [1, 0, 0, 0],
    ]);
    const end = matrixExponential(Matrix.mul(M, t)).mmul(Matrix.columnVector([0, -u, 1, 0]));
    const exact = -k * u * end.get(3, 0);
    const work = watchRlc(program, () => undefined).map(
      (ledger) => ledger.work + (k * u * u * t * t) / 2,
    );
    const mean = batchMean(work);
    const variance = batchMean(work.map((w) => (w - mean.mean) ** 2));
    const average = jarzynskiAverage(work, 1);
    const rows = [
      ['⟨W⟩', exact, mean.mean, mean.sem],
      ['Var W', 2 * exact, variance.mean, variance.sem],
      ['⟨e^{−W}⟩', 1, average.mean, average.sem],
    ] as const;
    for (const [quantity, expected, got, standardError] of rows) {
      hold({
        quantity: `${quantity}, moving trap, γ = ${friction}`,
        expected,
        got,
        standardError,
        tolerance: Math.max(0.02, 4 * standardError),
        class: 'exact',
      });
    }
  });

  it('TC-20 a ramp J2 = 1 → 2 at J4 = 1 has ΔF = 0.2007279 on the underdamped unit too', () => {
    const shots = FULL_SIZE ? 400_000 : 6000;
    const ramp = (quadratic: number[][], duration: number): number[] =>
      watchRlc(
        rlcCircuit({
          sites: 1,
          wells: { quartic: 1 },
          controls: { quadratic },
          initial: { kind: 'equilibrium' },
          duration,
          shots,
          seed: 20,
        }),
        () => undefined,
      ).map((ledger) => ledger.work);
    const slow = ramp(
      [
        [0, 1],
        [0.5, 2],
      ],
      0.5,
    );
    const { logMean, mean, sem } = jarzynskiAverage(slow, 1);
    hold({
      quantity: 'ΔF = −ln⟨e^{−W}⟩, ramp in 0.5 t₀',
      expected: 0.2007279,
      got: -logMean,
      standardError: sem / mean,
      tolerance: Math.max(0.01, (4 * sem) / mean),
      class: 'exact',
    });
    const sudden = batchMean(
      ramp(
        [
          [0, 1],
          [0, 2],
        ],
        0.02,
      ),
    );
    hold({
      quantity: '⟨W⟩, sudden J2 = 1 → 2',
      expected: 0.23396,
      got: sudden.mean,
      standardError: sudden.sem,
      tolerance: Math.max(0.01, 4 * sudden.sem),
      class: 'exact',
    });
  });
});

describe('cells at different temperatures', () => {
  const K = new Matrix([
    [3, -1],
    [-1, 4],
  ]);

  it('carry the heat current γ(⟨v²⟩ − T) of the Lyapunov equation from hot to cold', () => {
    const friction = 0.7;
    const { A, D } = phaseSpace(K, [friction, friction], [2, 1]);
    const S = lyapunov(A, D);
    const intoCold = friction * (S.get(3, 3) - 1);
    expect(friction * (S.get(2, 2) - 2)).toBeCloseTo(-intoCold, 12);
    const shots = 20;
    const duration = FULL_SIZE ? 6000 : 400;
    const program = linearProgram(
      K,
      [0, 0],
      {
        dynamics: { temperature: [2, 1], burnIn: 20 },
        initial: { kind: 'equilibrium' },
        duration,
        shots,
        seed: 14,
      },
      { friction },
    );
    const ledgers = watchRlc(program, () => undefined);
    const [cold, hot] = [0, 1].map((bath) =>
      batchMean(ledgers.map((ledger) => ledger.bathHeat[bath]! / duration)),
    );
    const entropy = batchMean(ledgers.map((ledger) => ledger.mediumEntropy / duration));
    const rows = [
      ['heat current into the cold bath', intoCold, cold!],
      ['heat current into the hot bath', -intoCold, hot!],
      ['entropy production rate', intoCold / 2, entropy],
    ] as const;
    for (const [quantity, expected, found] of rows) {
      hold({
        quantity,
        expected,
        got: found.mean,
        standardError: found.sem,
        tolerance: Math.max(0.02 * intoCold, 4 * found.sem),
        class: 'exact',
      });
      expect(4 * found.sem).toBeLessThan((FULL_SIZE ? 0.12 : 0.4) * intoCold);
    }
  });

  it('the trapezoid for the couplings over steps of dt reads that current off by a share ∝ dt², 1e−3 at the default step', () => {
    // Rate of ½⟨(x₂ + x₂')(x₁' − x₁)⟩/dt from the correlation ⟨x(dt)xᵀ⟩ = e^{−A dt}S, against ⟨x₂v₁⟩.
    const { A, D } = phaseSpace(K, [0.7, 0.7], [2, 1]);
    const S = lyapunov(A, D);
    const off = (dt: number): number => {
      const C = matrixExponential(Matrix.mul(A, -dt)).mmul(S);
      return (C.get(0, 1) - C.get(1, 0)) / 2 / dt / S.get(1, 2) - 1;
    };
    expect(off(0.02) / off(0.01)).toBeCloseTo(4, 1);
    expect(Math.abs(off(0.02))).toBeLessThan(1e-3);
  });

  it('unequal resistors under one noise source break the product form; their own Johnson noise does not (physics page §4.4)', () => {
    const R = [2e3, 2.5e3, 1.5e3];
    const K3 = new Matrix([
      [2.4, -0.5, -0.4],
      [-0.5, 2.2, -0.6],
      [-0.4, -0.6, 2],
    ]);
    const mean = 2e3;
    const friction = 0.7;
    const gammas = R.map((ohm) => (friction * mean) / ohm);
    const gibbs = lyapunov(
      ...(Object.values(phaseSpace(K3, gammas, [1, 1, 1])) as [Matrix, Matrix]),
    );
    const covariance = (noise: 'source' | 'johnson') => {
      const shots = FULL_SIZE ? 200 : 20;
      const rows = 400;
      const program = linearProgram(
        K3,
        [0, 0, 0],
        {
          initial: { kind: 'zero' },
          dynamics: { burnIn: 40, integrator: 'exact' },
          duration: 400,
          readout: { every: 1 },
          shots,
          seed: 44,
        },
        { friction, components: { resistanceOhm: R, noise } },
      );
      const sums = [0, 1, 2].map(() => new Float64Array(shots));
      watchRlc(program, (x, step, shot) => {
        if (step > 0) x.forEach((value, i) => (sums[i]![shot]! += value ** 2 / rows));
      });
      return sums.map(batchMean);
    };
    const source = lyapunov(
      ...(Object.values(
        phaseSpace(
          K3,
          gammas,
          R.map((ohm) => ohm / mean),
        ),
      ) as [Matrix, Matrix]),
    );
    const rows = [
      ['johnson', gibbs],
      ['source', source],
    ] as const;
    for (const [noise, S] of rows) {
      covariance(noise).forEach((found, i) =>
        hold({
          quantity: `⟨x_${i}²⟩, noise '${noise}'`,
          expected: S.get(i, i),
          got: found.mean,
          standardError: found.sem,
          tolerance: Math.max(0.02 * S.get(i, i), 4 * found.sem),
          class: 'exact',
        }),
      );
    }
    // Johnson: K⁻¹ whatever the resistors are.
    const inverseK = lyapunov(K3, Matrix.mul(Matrix.eye(3), 2));
    expect(relativeDistance(gibbs.subMatrix(0, 2, 0, 2), inverseK)).toBeLessThan(1e-12);
    // One source: each cell is between the temperatures, and the ratio to the product form spreads.
    const ratios = [0, 1, 2].map((i) => source.get(i, i) / gibbs.get(i, i));
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeGreaterThan(0.2);
    expect(Math.min(...ratios)).toBeGreaterThan(0.75);
    expect(Math.max(...ratios)).toBeLessThan(1.25);
  });
});
