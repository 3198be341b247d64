import { describe, expect, it } from 'vitest';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import { entropyStatistics, solveExactly, type ExactSolution } from '../../src/emulate/index.js';
import { speedLimitBound, uncertaintyRatio } from '../../src/thermo/index.js';
import {
  r1Document,
  R1_COUPLINGS,
  R1_CUE,
  R1_MEMORY,
  R1_OTHER,
  R2_COUPLINGS,
} from '../support/r1-instance.js';
import { holdBound } from '../support/hold.js';
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
    couplings: { kind: 'dense', data: R2_COUPLINGS },
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
      const of = (quantity: string) => ({ quantity: `${quantity}, τ = ${tau}` });
      expectNear(thermodynamics.work!.mean!, work, 1e-6, of('⟨W⟩'));
      expectNear(thermodynamics.work!.variance!, variance, 1e-6, of('Var W'));
      expectNear(thermodynamics.heat!.mean!, heat, 1e-6, of('⟨Q⟩'));
      expectNear(thermodynamics.entropyProduction!.mean!, sigma, 1e-6, of('Σ'));
      expectNear(observables.overlaps!.mean[0]![1]!, m1, 1e-6, of('⟨m₁⟩'));
      if (deviation !== null) {
        const relative = of('relative sd of e^{−βW}');
        expectNear(solution.jarzynskiDeviation, deviation, 5e-4, relative);
      }
      expectNear(solution.distance, distance, 1e-6, of('L₁'));
      expectNear(solution.jumps, jumps, 1e-6, of('∫⟨A⟩dt'));
      expectNear(thermodynamics.jarzynski!.mean!, 70.883145, 1e-6, of('⟨e^{−βW}⟩'));
      const law = of('first-law residual of the master equation');
      expectNear(thermodynamics.firstLawResidual!, 0, 1e-10, { ...law, row: 'MT-A12' });
    },
  );

  it('MT-A5 R1 has the energies, partition functions and free energy of the page (±1e-6)', () => {
    const solution = solve(r1Document({ tau: 1 }));
    const free = solution.freeEnergy!;
    const of = (quantity: string) => ({ quantity });
    expectNear(free.logPartitionStart, 6.0508308836, 1e-6, of('ln Z at h = 0'));
    expectNear(free.logPartitionEnd, 10.3118635603, 1e-6, of('ln Z at h = 1'));
    expectNear(free.change, -4.2610326767, 1e-6, of('ΔF'));
    const energy = solution.result.observables.energy!.mean[0]!;
    expectNear(energy, -1.1285465542, 1e-6, of('⟨E⟩ at h = 0'));
    const meanAbsolute = solution.start.reduce((sum, p, code) => {
      const x = solution.state(code).reduce((a, s) => a + s, 0);
      return sum + p * Math.abs(x / 8);
    }, 0);
    expectNear(meanAbsolute, 0.4124108789, 1e-6, of('⟨|m₁|⟩ at h = 0'));
    const energyOf = (values: number[]): number =>
      solve({ ...r3Document(1, 1), initial: { kind: 'pattern', values } }).result.observables
        .energy!.mean[0]!;
    expectNear(energyOf(R1_MEMORY), -3, 1e-12, of('E of a memory'));
    expectNear(energyOf(R1_CUE), -1.5, 1e-12, of('E of the cue'));
  });

  it('MT-A5 R1 with smaller drives and at β = 2 has the numbers of the page (±1e-6)', () => {
    const quarter = solve(r1Document({ tau: 1, hMax: 0.25 }));
    const small = (quantity: string) => ({ quantity: `${quantity}, h_max = .25, τ = 1` });
    const { work, jarzynski } = quarter.result.thermodynamics;
    expectNear(quarter.freeEnergy!.change, -0.37432003, 1e-6, small('ΔF'));
    expectNear(jarzynski!.mean!, 1.4540024, 1e-6, small('⟨e^{−βW}⟩'));
    expectNear(work!.mean!, -0.05389926, 1e-6, small('⟨W⟩'));
    expectNear(quarter.jarzynskiDeviation, 0.825, 5e-4, small('relative sd of e^{−βW}'));
    const half = solve(r1Document({ tau: 1, hMax: 0.5 }));
    const middle = (quantity: string) => ({ quantity: `${quantity}, h_max = .5, τ = 1` });
    expectNear(half.freeEnergy!.change, -1.35092424, 1e-6, middle('ΔF'));
    const average = half.result.thermodynamics.jarzynski!.mean!;
    expectNear(average, 3.86099238, 1e-6, middle('⟨e^{−βW}⟩'));
    const cold = [1, 10].map((tau) => solve(r1Document({ tau, beta: 2 })));
    const [fast, slow] = cold.map((one) => one.result.thermodynamics.work!.mean!);
    const at = (quantity: string) => ({ quantity: `${quantity}, β = 2` });
    expectNear(cold[0]!.freeEnergy!.change, -5.7470148361, 1e-6, at('ΔF'));
    expectNear(fast!, -0.79316053, 1e-6, at('⟨W⟩, τ = 1'));
    expectNear(cold[0]!.entropy.total, 2.5707369, 1e-6, at('Σ, τ = 1'));
    expectNear(slow!, -3.62964525, 1e-6, at('⟨W⟩, τ = 10'));
    expectNear(cold[1]!.entropy.total, 4.17216969, 1e-6, at('Σ, τ = 10'));
  });

  it('MT-A8 R2 obeys the Gallavotti–Cohen symmetry and its consequences (±1e-6)', () => {
    const statistics = entropyStatistics(ring);
    const { rate, scgf } = statistics;
    const of = (quantity: string) => ({ quantity });
    const asymmetries = [-0.7, -0.5, -0.2, 0.3, 0.8, 1.5].map((k) =>
      Math.abs(scgf(k) - scgf(-1 - k)),
    );
    const worst = Math.max(...asymmetries);
    expectNear(worst, 0, 1e-6, of('|SCGF(k) − SCGF(−1 − k)|, largest of 6 k'));
    expectNear(scgf(0), 0, 1e-6, of('SCGF(0)'));
    expectNear(scgf(-1), 0, 1e-6, of('SCGF(−1)'));
    const h = 1e-4;
    expectNear((scgf(h) - scgf(-h)) / (2 * h), rate, 1e-6, of('SCGF′(0) against the rate'));
    const g = 1e-3;
    const curvature = (scgf(g) - 2 * scgf(0) + scgf(-g)) / (g * g);
    const fano = of('SCGF″(0)/rate against the Fano factor');
    expectNear(curvature / rate, statistics.fano, 1e-4, fano);
    holdBound({ ...of('Fano factor'), least: 2, got: statistics.fano, class: 'exact' });
    expect(rate).toBeGreaterThan(0.1);
  });

  it('MT-A8 R2 relaxes to the stationary rate of its generator', () => {
    const solution = solveExactly({
      ...ring,
      duration: 60,
      readout: { every: 30, channels: ['energy'] },
    });
    const [, half, end] = solution.entropyProduction as [number, number, number];
    expectNear((end - half) / 30, entropyStatistics(ring).rate, 1e-9, {
      quantity: 'entropy production rate after relaxing, against the generator’s',
    });
    expect(solution.result.thermodynamics.work).toBeNull();
    expect(solution.result.warnings.join('\n')).toMatch(/asymmetric/);
  });

  it('MT-A9 R3: Σ(t) + D(p_t‖p_eq) is constant and equals −ln p_eq(η) (±1e-8)', () => {
    const solution = solve(r3Document(20, 0.25));
    // −ln p_eq(η) = ln Z + βE(η), with E(η) = −1.5
    const expected = solution.freeEnergy!.logPartitionStart + 2 * -1.5;
    const [atStart] = solution.relativeEntropy;
    expectNear(atStart!, expected, 1e-8, { quantity: 'D(p₀‖p_eq) against −ln p_eq(η)' });
    const drift = solution.entropyProduction.map((sigma, k) =>
      Math.abs(sigma + solution.relativeEntropy[k]! - expected),
    );
    expectNear(Math.max(...drift), 0, 1e-8, {
      quantity: `Σ(t) + D(p_t‖p_eq) less −ln p_eq(η), largest of ${drift.length} times`,
    });
    solution.entropyProduction.forEach((sigma, k) => {
      if (k > 0) expect(sigma).toBeGreaterThan(solution.entropyProduction[k - 1]!);
    });
    expect(solution.relativeEntropy.at(-1)).toBeLessThan(0.1 * expected);
  });

  it('MT-A11 the speed limit holds on R1, with the value of the page at τ = 1 (±1e-5)', () => {
    const shares = [0.1, 1, 10, 100].map((tau) => {
      const { distance, entropy, jumps } = solve(r1Document({ tau }));
      const bound = speedLimitBound(distance, entropy.total, jumps, tau);
      if (tau === 1) expectNear(bound, 0.047566, 1e-5, { quantity: 'L₁²/(2Σ⟨A⟩), τ = 1' });
      return bound / tau;
    });
    holdBound({
      quantity: 'speed limit over τ, largest of 4 τ',
      most: 1,
      got: Math.max(...shares),
      class: 'exact',
    });
  });

  it('MT-A11 the uncertainty relation holds for entropy production of rings at every strength', () => {
    const ratios = [0.1, 0.5, 1, 2, 4].map((J) => {
      const statistics = entropyStatistics({
        ...ring,
        couplings: { kind: 'dense', data: Float64Array.of(0, 0, J, J, 0, 0, 0, J, 0) },
      });
      const { rate, fano } = statistics;
      return uncertaintyRatio(rate, fano * rate, rate);
    });
    holdBound({
      quantity: 'uncertainty ratio Var·Σ/(2 mean²), smallest of 5 strengths',
      least: 1,
      got: Math.min(...ratios),
      class: 'exact',
    });
  });
});
