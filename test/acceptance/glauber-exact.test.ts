import { describe, expect, it } from 'vitest';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import { entropyStatistics, solveExactly, type ExactSolution } from '../../src/emulate/index.js';
import { speedLimitBound, uncertaintyRatio } from '../../src/thermo/index.js';
import { r1Document, R1_COUPLINGS, R1_CUE, R1_MEMORY, R1_OTHER } from '../support/r1-instance.js';
import { resolveDocument } from '../support/run-simulation.js';
import { expectNear } from '../support/statistics.js';

const descriptor = glauberDescriptor('glauber');
const solved = new Map<string, ExactSolution>();
function solve(document: Record<string, unknown>): ExactSolution {
  const key = JSON.stringify(document);
  const known = solved.get(key) ?? solveExactly(resolveDocument(document, descriptor));
  solved.set(key, known);
  return known;
}

/** R3: couplings of R1, β = 2, h = 0, all probability on the corrupted cue. */
const r3Document = (duration: number, every: number): Record<string, unknown> => ({
  version: 1,
  sites: 8,
  couplings: { kind: 'dense', data: R1_COUPLINGS },
  references: [R1_MEMORY, R1_OTHER],
  dynamics: { temperature: 0.5 },
  initial: { kind: 'pattern', values: R1_CUE },
  duration,
  readout: { every },
});
/** R2: three spins in a one-way ring, b_i = s_{i−1}. */
const ring = resolveDocument(
  {
    version: 1,
    sites: 3,
    couplings: { kind: 'dense', data: [0, 0, 1, 1, 0, 0, 0, 1, 0] },
    duration: 1,
  },
  descriptor,
);

describe('exact reference instances of the physics page §5.10 (deterministic)', () => {
  const table = [
    // τ, ⟨W⟩, Var W, Q, Σ, ⟨m₁⟩, rel. sd, L₁, ∫A dt
    [
      0.1, -0.09534528, 12.26283907, 0.14478567, 0.1765236, 0.02612696, 4.374, 0.07612552,
      0.31815797,
    ],
    [1, -0.81869466, 10.26704715, 1.2543928, 1.15526655, 0.2233636, 3.534, 0.57673191, 3.02646266],
    [
      10, -3.17378125, 2.8547789, 3.54475783, 1.05501355, 0.70196312, 1.571, 1.46679003,
      23.69129224,
    ],
    [
      100,
      -4.13406635,
      0.26377033,
      3.01555518,
      0.12682851,
      0.74019387,
      null,
      1.57102928,
      211.50008561,
    ],
  ] as const;

  it.each(table)(
    'MT-A5 R1 at τ = %s agrees with every digit of the table (±1e-6)',
    (tau, work, variance, heat, sigma, m1, deviation, distance, jumps) => {
      const solution = solve(r1Document({ tau }));
      const { thermodynamics, observables } = solution.result;
      expectNear(thermodynamics.work!.mean!, work, 1e-6);
      expectNear(thermodynamics.work!.variance!, variance, 1e-6);
      expectNear(thermodynamics.heat!.mean!, heat, 1e-6);
      expectNear(thermodynamics.entropyProduction!.mean!, sigma, 1e-6);
      expectNear(observables.overlaps!.mean[0]![1]!, m1, 1e-6);
      if (deviation !== null) expectNear(solution.jarzynskiDeviation, deviation, 5e-4);
      expectNear(solution.distance, distance, 1e-6);
      expectNear(solution.jumps, jumps, 1e-6);
      expectNear(thermodynamics.jarzynski!.mean!, 70.883145, 1e-6);
      expectNear(thermodynamics.firstLawResidual!, 0, 1e-10);
    },
  );

  it('MT-A5 R1 has the energies, partition functions and free energy of the page (±1e-6)', () => {
    const solution = solve(r1Document({ tau: 1 }));
    const free = solution.freeEnergy!;
    expectNear(free.logPartitionStart, 6.0508308836, 1e-6);
    expectNear(free.logPartitionEnd, 10.3118635603, 1e-6);
    expectNear(free.change, -4.2610326767, 1e-6);
    expectNear(solution.result.observables.energy!.mean[0]!, -1.1285465542, 1e-6);
    const meanAbsolute = solution.start.reduce((sum, p, code) => {
      const x = solution.state(code).reduce((a, s) => a + s, 0);
      return sum + p * Math.abs(x / 8);
    }, 0);
    expectNear(meanAbsolute, 0.4124108789, 1e-6);
    const energyOf = (values: number[]): number =>
      solve({ ...r3Document(1, 1), initial: { kind: 'pattern', values } }).result.observables
        .energy!.mean[0]!;
    expectNear(energyOf(R1_MEMORY), -3, 1e-12);
    expectNear(energyOf(R1_CUE), -1.5, 1e-12);
  });

  it('MT-A5 R1 with smaller drives and at β = 2 has the numbers of the page (±1e-6)', () => {
    const quarter = solve(r1Document({ tau: 1, hMax: 0.25 }));
    expectNear(quarter.freeEnergy!.change, -0.37432003, 1e-6);
    expectNear(quarter.result.thermodynamics.jarzynski!.mean!, 1.4540024, 1e-6);
    expectNear(quarter.result.thermodynamics.work!.mean!, -0.05389926, 1e-6);
    expectNear(quarter.jarzynskiDeviation, 0.825, 5e-4);
    const half = solve(r1Document({ tau: 1, hMax: 0.5 }));
    expectNear(half.freeEnergy!.change, -1.35092424, 1e-6);
    expectNear(half.result.thermodynamics.jarzynski!.mean!, 3.86099238, 1e-6);
    const cold = [1, 10].map((tau) => solve(r1Document({ tau, beta: 2 })));
    expectNear(cold[0]!.freeEnergy!.change, -5.7470148361, 1e-6);
    expectNear(cold[0]!.result.thermodynamics.work!.mean!, -0.79316053, 1e-6);
    expectNear(cold[0]!.entropy.total, 2.5707369, 1e-6);
    expectNear(cold[1]!.result.thermodynamics.work!.mean!, -3.62964525, 1e-6);
    expectNear(cold[1]!.entropy.total, 4.17216969, 1e-6);
  });

  it('MT-A8 R2 obeys the Gallavotti–Cohen symmetry and its consequences (±1e-6)', () => {
    const statistics = entropyStatistics(ring);
    const { rate, scgf } = statistics;
    for (const k of [-0.7, -0.5, -0.2, 0.3, 0.8, 1.5]) expectNear(scgf(k), scgf(-1 - k), 1e-6);
    expectNear(scgf(0), 0, 1e-6);
    expectNear(scgf(-1), 0, 1e-6);
    const h = 1e-4;
    expectNear((scgf(h) - scgf(-h)) / (2 * h), rate, 1e-6);
    const g = 1e-3;
    expectNear((scgf(g) - 2 * scgf(0) + scgf(-g)) / (g * g) / rate, statistics.fano, 1e-4);
    expect(statistics.fano).toBeGreaterThanOrEqual(2);
    expect(rate).toBeGreaterThan(0.1);
  });

  it('MT-A8 R2 relaxes to the stationary rate of its generator', () => {
    const solution = solveExactly({
      ...ring,
      duration: 60,
      readout: { every: 30, channels: ['energy'] },
    });
    const [, half, end] = solution.entropyProduction as [number, number, number];
    expectNear((end - half) / 30, entropyStatistics(ring).rate, 1e-9);
    expect(solution.result.thermodynamics.work).toBeNull();
    expect(solution.result.warnings.join('\n')).toMatch(/asymmetric/);
  });

  it('MT-A9 R3: Σ(t) + D(p_t‖p_eq) is constant and equals −ln p_eq(η) (±1e-8)', () => {
    const solution = solve(r3Document(20, 0.25));
    // −ln p_eq(η) = ln Z + βE(η), with E(η) = −1.5
    const expected = solution.freeEnergy!.logPartitionStart + 2 * -1.5;
    expectNear(solution.relativeEntropy[0]!, expected, 1e-8);
    solution.entropyProduction.forEach((sigma, k) => {
      expectNear(sigma + solution.relativeEntropy[k]!, expected, 1e-8);
      if (k > 0) expect(sigma).toBeGreaterThan(solution.entropyProduction[k - 1]!);
    });
    expect(solution.relativeEntropy.at(-1)).toBeLessThan(0.1 * expected);
  });

  it('MT-A11 the speed limit holds on R1, with the value of the page at τ = 1 (±1e-5)', () => {
    for (const tau of [0.1, 1, 10, 100]) {
      const { distance, entropy, jumps } = solve(r1Document({ tau }));
      const bound = speedLimitBound(distance, entropy.total, jumps, tau);
      expect(bound).toBeLessThanOrEqual(tau);
      if (tau === 1) expectNear(bound, 0.047566, 1e-5);
    }
  });

  it('MT-A11 the uncertainty relation holds for entropy production of rings at every strength', () => {
    for (const J of [0.1, 0.5, 1, 2, 4]) {
      const statistics = entropyStatistics({
        ...ring,
        couplings: { kind: 'dense', data: Float64Array.of(0, 0, J, J, 0, 0, 0, J, 0) },
      });
      const { rate, fano } = statistics;
      expect(uncertaintyRatio(rate, fano * rate, rate)).toBeGreaterThanOrEqual(1);
    }
  });
});
