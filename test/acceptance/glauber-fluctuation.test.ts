import { describe, expect, it } from 'vitest';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import { entropyStatistics, solveExactly, spinThermodynamics } from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import { exponentialAverage, fitCrooks, moments } from '../../src/thermo/index.js';
import { r1Document, R1_COUPLINGS, R1_CUE, R2_COUPLINGS } from '../support/r1-instance.js';
import { FULL_SIZE, resolveDocument, runSimulation, summarise } from '../support/run-simulation.js';
import { holdBound, type MeanEstimate } from '../support/hold.js';
import { expectNear, expectWithin } from '../support/statistics.js';

const descriptor = glauberDescriptor('glauber');
const TABLE_SHOTS = FULL_SIZE ? 1 : 0.5;

describe('fluctuation theorems on exact instances, simulated against their master equation', () => {
  it('MT-A6 R1 with h_max = .25, τ = 1, 2e4 runs: Jarzynski ±2 %, ⟨W⟩ within 4 s.e., Crooks slope 1 ± .05', () => {
    const document = r1Document({ tau: 1, hMax: 0.25, shots: 20_000 });
    const forward = runSimulation(simulate, resolveDocument(document, descriptor));
    const summary = summarise(
      forward,
      spinThermodynamics(resolveDocument(document, descriptor)),
      1,
    );
    const of = (quantity: string) => ({ quantity });
    expectNear(estimate(summary.jarzynski), 1.454, 0.02 * 1.454, of('⟨e^{−βW}⟩'));
    expectWithin(estimate(summary.work), -0.05389926, 4, of('⟨W⟩'));
    const reverse = runSimulation(
      simulate,
      resolveDocument(
        {
          ...document,
          seed: 2,
          drives: [
            {
              pattern: R1_CUE,
              amplitude: [
                [0, 0.25],
                [1, 0],
              ],
            },
          ],
        },
        descriptor,
      ),
    );
    const fit = fitCrooks(
      forward.ledgers.map((shot) => shot.work),
      reverse.ledgers.map((shot) => shot.work),
      1,
    );
    expectNear({ mean: fit.slope, sem: fit.slopeError }, 1, 0.05, of('Crooks slope'));
    expect(fit.slopeError).toBeLessThan(0.015);
    const crossing = { mean: fit.freeEnergy, sem: fit.freeEnergyError };
    expectWithin(crossing, -0.37432003, 4, of('ΔF where the work distributions cross'));
  });

  it('MT-A7 R1 at β = 1, τ = 10: ⟨W⟩, Var W, e^{−βW} (full: 5e4 runs; reduced: half, the same tolerances)', () => {
    const shots = 50_000 * TABLE_SHOTS;
    const program = resolveDocument(r1Document({ tau: 10, shots }), descriptor);
    const outcome = runSimulation(simulate, program);
    const summary = summarise(outcome, spinThermodynamics(program), 10);
    const of = (quantity: string) => ({ quantity });
    const work = estimate(summary.work);
    expectNear(work, -3.1738, FULL_SIZE ? 0.03 : 0.043, of('⟨W⟩')); // 4 s.e. of the size
    const squares = moments(outcome.ledgers.map((shot) => (shot.work - work.mean) ** 2));
    const variance = { mean: summary.work!.variance!, sem: squares.sem };
    expectNear(variance, 2.855, (FULL_SIZE ? 0.03 : 0.042) * 2.855, of('Var W'));
    expectNear(estimate(summary.jarzynski), 70.88, 0.04 * 70.88, of('⟨e^{−βW}⟩'));
    expect(summary.entropyProduction!.method).toBe('medium');
  });

  const cases: [string, Record<string, unknown>][] = [
    ['Glauber', {}],
    ['Metropolis', { dynamics: { rule: 'metropolis', temperature: 1 } }],
    [
      'a coupling control with jumps, static fields and two drives',
      {
        fields: [0.3, 0, -0.2, 0, 0, 0.1, 0, 0],
        controls: {
          coupling: [
            [0, 1],
            [0, 0.5],
            [1, 1.5],
          ],
        },
        drives: [
          {
            pattern: R1_CUE,
            amplitude: [
              [0, 0],
              [0.5, 0.6],
              [0.5, 0.1],
            ],
          },
          {
            pattern: [0.5, 0, 0, -1, 0, 0, 0.25, 0],
            amplitude: [
              [0.25, 0],
              [0.25, 1],
              [1.5, 0.2],
            ],
          },
        ],
        duration: 1.25,
        readout: { every: 1.25 },
      },
    ],
    ['clamped sites', { clamped: [1, 6], inputs: [[-1, 1]] }],
  ];
  it.each(cases)(
    'the driven N = 8 instance with %s: work, variance, heat, entropy, energy and Jarzynski agree within 4 s.e. (full: 3e4 runs; reduced: half)',
    (name, changes) => {
      const shots = FULL_SIZE ? 30_000 : 15_000;
      const program = resolveDocument(
        { ...r1Document({ tau: 1, hMax: 0.5, shots }), ...changes },
        descriptor,
      );
      const exact = solveExactly(program);
      const outcome = runSimulation(simulate, program);
      const found = summarise(outcome, spinThermodynamics(program), program.duration);
      const expected = exact.result.thermodynamics;
      const of = (quantity: string) => ({ quantity });
      const { ledgers } = outcome;
      const [work, heat] = [expected.work!.mean!, expected.heat!.mean!];
      expectWithin(moments(ledgers.map((shot) => shot.work)), work, 4, of('⟨W⟩'));
      expectWithin(moments(ledgers.map((shot) => shot.heat)), heat, 4, of('⟨Q⟩'));
      const medium = moments(ledgers.map((shot) => shot.mediumEntropy));
      expectWithin(medium, exact.entropy.medium, 4, of('entropy of the bath'));
      for (const [member, square] of [
        ['work', expected.work!.variance!],
        ['heat', expected.heat!.variance!],
      ] as const) {
        const mean = expected[member]!.mean!;
        const squares = moments(ledgers.map((shot) => (shot[member] - mean) ** 2));
        expectWithin(squares, square, 4, of(`variance of the ${member}`));
      }
      const average = expected.jarzynski!.mean!;
      expectWithin(estimate(found.jarzynski), average, 4, of('⟨e^{−βW}⟩'));
      const byFreeEnergy = Math.exp(-exact.freeEnergy!.change);
      expectNear(average / byFreeEnergy, 1, 1e-8, of('⟨e^{−βW}⟩/e^{−βΔF} of the master equation'));
      const { energy, overlaps } = exact.result.observables;
      expectWithin(outcome.energy.at(-1)!, energy!.mean.at(-1)!, 4, of('⟨E⟩ at the end'));
      const [overlap] = outcome.overlaps;
      expectWithin(overlap!.at(-1)!, overlaps!.mean[0]!.at(-1)!, 4, of('⟨m₁⟩ at the end'));
      // Every run: the first law to 1e-9·N.
      holdBound({
        quantity: `|ΔE − W + Q|/N, largest shot of driven R1, ${name}`,
        most: 1e-9,
        got: found.firstLawResidual! / 8,
        class: 'exact',
        row: 'MT-A12',
      });
    },
  );

  it('MT-A8 R2: the entropy production of the simulation is the solver’s within 1 % (16 runs of 1e5 time, 4 s.e.)', () => {
    const program = resolveDocument(
      {
        version: 1,
        sites: 3,
        couplings: { kind: 'dense', data: R2_COUPLINGS },
        dynamics: { burnIn: 50 },
        initial: { kind: 'equilibrium' },
        duration: 1e5,
        readout: { every: 1e5 },
        shots: 16,
      },
      descriptor,
    );
    const summary = summarise(
      runSimulation(simulate, program),
      spinThermodynamics(program),
      program.duration,
    );
    const exact = entropyStatistics(program);
    const rate = estimate(summary.entropyProduction!.rate);
    expectNear(rate, exact.rate, 0.01 * exact.rate, {
      quantity: 'entropy production rate, simulated',
    });
    expect(summary.entropyProduction!.method).toBe(
      'medium (equals the total where the burn-in of 50 reached the stationary state)',
    );
    const heat = { mean: summary.heat!.mean! / 1e5, sem: summary.heat!.sem! / 1e5 };
    expectNear(heat, exact.rate, 0.01 * exact.rate, { quantity: 'heat rate, simulated' });
    expect(summary.work).toBeNull();
    // One run of 1e5 has a standard error of √(F/(rate·t)) = 1.0 %: the tolerance asks for 16 of them.
    expectNear(Math.sqrt(exact.fano / (exact.rate * 1e5)), 0.01, 0.0005, {
      quantity: 'relative standard error of one run of 1e5',
    });
  });

  it('MT-A10 the integral fluctuation theorem ⟨e^{−Δs_tot}⟩ = 1 holds on R1 (1e5 runs, ±3 %)', () => {
    const shots = FULL_SIZE ? 100_000 : 50_000;
    const program = resolveDocument(r1Document({ tau: 1, shots }), descriptor);
    expectNear(totalEntropyAverage(program), 1, 0.03, { quantity: '⟨e^{−Δs_tot}⟩, R1' });
  });

  const r3 = (changes: Record<string, unknown>): Record<string, unknown> => ({
    version: 1,
    sites: 8,
    couplings: { kind: 'dense', data: R1_COUPLINGS },
    dynamics: { temperature: 0.5 },
    duration: 1,
    readout: { every: 1 },
    shots: FULL_SIZE ? 100_000 : 50_000,
    ...changes,
  });

  it('MT-A10 the integral fluctuation theorem holds on R3 from a start with full support (1e5 runs, ±3 %)', () => {
    const program = resolveDocument(r3({ initial: { kind: 'random' } }), descriptor);
    expectNear(totalEntropyAverage(program), 1, 0.03, {
      quantity: '⟨e^{−Δs_tot}⟩, R3 from a random start',
    });
  });

  it('MT-A10 from R3’s single starting state it is the probability that the reverse process comes back', () => {
    // A start without full support is absolutely irreversible (Murashita, Funo & Ueda, PRE 90, 042110 (2014)): paths of
    // the reverse process that end elsewhere have no counterpart, and ⟨e^{−Δs_tot}⟩ = p_eq(η) Σ_s p_τ(s)²/p_eq(s) < 1.
    const program = resolveDocument(
      r3({ initial: { kind: 'pattern', values: R1_CUE } }),
      descriptor,
    );
    const exact = solveExactly(program);
    const equilibrium = solveExactly({ ...program, initial: { kind: 'equilibrium' } }).start;
    const origin = exact.start.indexOf(1);
    const expected = exact.distributions
      .at(-1)!
      .reduce((sum, p, x) => sum + (equilibrium[origin]! * p * p) / equilibrium[x]!, 0);
    expect(expected).toBeLessThan(0.9);
    expectWithin(totalEntropyAverage(program), expected, 4, {
      quantity: '⟨e^{−Δs_tot}⟩, R3 from one state: chance to come back',
    });
  });
});

/** A mean that is there, with its standard error. */
const estimate = (
  of: { readonly mean: number | null; readonly sem: number | null } | null,
): MeanEstimate => ({ mean: of!.mean!, sem: of!.sem! });

/** ⟨exp(−[ln p₀(s₀) − ln p_τ(s_τ) + βQ])⟩ with the probabilities of the master equation. */
function totalEntropyAverage(program: Parameters<typeof solveExactly>[0]): {
  mean: number;
  sem: number;
} {
  const exact = solveExactly(program);
  const outcome = runSimulation(simulate, program);
  const end = exact.distributions.at(-1)!;
  const codeOf = (state: ArrayLike<number>): number =>
    exact.free.reduce((code, site, k) => (state[site]! > 0 ? code | (1 << k) : code), 0);
  const exponents = outcome.ledgers.map(
    (shot, k) =>
      Math.log(end[codeOf(outcome.finalStates[k]!)]!) -
      Math.log(exact.start[codeOf(outcome.initialStates[k]!)]!) -
      shot.mediumEntropy,
  );
  return exponentialAverage(exponents);
}
