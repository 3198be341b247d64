import { describe, expect, it } from 'vitest';
import { hiddenMemories } from '../../../test/support/hidden-program.js';
import { runSimulation, summarise } from '../../../test/support/run-simulation.js';
import {
  disorder,
  polynomialMemories,
  randomPatterns,
  spinProgram,
} from '../../../test/support/spin-program.js';
import { expectWithin } from '../../../test/support/statistics.js';
import { RandomStream } from '../../core/index.js';
import type { HiddenPrior } from '../../device/index.js';
import { createSpinModel } from '../../model/index.js';
import { moments } from '../../thermo/index.js';
import { logPartition } from './gibbs-table.js';
import { hiddenViolations } from './hidden-violations.js';
import { drawPoisson, logPoisson } from './poisson-draw.js';
import { Protocol } from './protocol.js';
import { simulate } from './simulate-spins.js';
import { spinThermodynamics } from './spin-thermodynamics.js';
import { VisibleHiddenSystem } from './visible-hidden-system.js';

describe('Poisson numbers', () => {
  it.each([0.5, 9.9, 10.1, 45])(
    'of mean %s are distributed as they should be (χ², 1e−4)',
    (mean) => {
      const stream = RandomStream.of(7, 'dynamics', Math.round(10 * mean));
      const draws = 40_000;
      const counts = new Map<number, number>();
      for (let k = 0; k < draws; k++) {
        const value = drawPoisson(mean, stream);
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      let [squares, cells, rest, restExpected] = [0, 0, draws, draws];
      for (let k = 0; k < mean + 12 * Math.sqrt(mean) + 12; k++) {
        const expected = draws * Math.exp(logPoisson(k, mean));
        if (expected < 10) continue;
        const found = counts.get(k) ?? 0;
        squares += (found - expected) ** 2 / expected;
        cells++;
        rest -= found;
        restExpected -= expected;
      }
      squares += (rest - restExpected) ** 2 / Math.max(restExpected, 1);
      // Wilson & Hilferty: exceeded once in 10,000.
      const limit = cells * (1 - 2 / (9 * cells) + 3.72 * Math.sqrt(2 / (9 * cells))) ** 3;
      expect(squares).toBeLessThan(limit);
    },
  );

  it('have mean and variance at 1e6, and probabilities that sum to one', () => {
    const stream = RandomStream.of(8, 'dynamics', 0);
    const values = moments(Array.from({ length: 20_000 }, () => drawPoisson(1e6, stream)));
    expectWithin(values, 1e6);
    expect(Math.abs(values.variance / 1e6 - 1)).toBeLessThan(4 * Math.sqrt(2 / 20_000));
    let sum = 0;
    for (let k = 0; k < 400; k++) sum += Math.exp(logPoisson(k, 80));
    expect(sum).toBeCloseTo(1, 10);
  });
});

describe('driven visible spins with hidden units', () => {
  const patterns = randomPatterns(3, 5, disorder(31));
  it.each<[HiddenPrior, number]>([
    ['gaussian', 1],
    ['binary', 0.4],
    ['one-hot', 0.6],
    ['poisson', 0.3],
  ])(
    'obey Jarzynski’s equality with %s units, driven themselves and with their couplings scaled',
    (prior, strength) => {
      const [T, sites] = [1.4, 8];
      const program = hiddenMemories(patterns, prior, {
        strength,
        dynamics: { temperature: T },
        initial: { kind: 'equilibrium' },
        drives: [
          {
            pattern: Float64Array.of(1, 0, -1, 0, 0.5, 0.3, 0, -0.2),
            amplitude: Float64Array.of(0, 0, 1, 0.6),
          },
        ],
        controls: { coupling: Float64Array.of(0, 1, 1, 0.8) },
        duration: 1,
        shots: 8000,
      });
      const partition = (t: number): number => {
        const protocol = new Protocol(program, T);
        protocol.advance(t);
        const system = new VisibleHiddenSystem(program, protocol);
        system.reset(new Float64Array(sites).fill(1));
        return logPartition(system.marginalEnergies(T), T);
      };
      const context = spinThermodynamics(program);
      const summary = summarise(runSimulation(simulate, program), context, 1);
      const { mean, sem } = summary.jarzynski!;
      expectWithin({ mean: mean!, sem: sem! }, Math.exp(partition(1) - partition(0)));
      expect(sem!).toBeLessThan(0.03 * mean!);
      expect(summary.firstLawResidual).toBeLessThan(1e-9 * sites);
    },
  );

  it('at T = 0 Gaussian units slide down to the states of Hopfield’s model, and only give heat', () => {
    const memories = randomPatterns(3, 80, disorder(32));
    const values = Int8Array.from([...memories[0]!, 0, 0, 0]);
    const { finalOverlaps, finalStates, ledgers } = runSimulation(
      simulate,
      hiddenMemories(memories, 'gaussian', {
        dynamics: { temperature: 0, rule: 'zero-temperature' },
        initial: { kind: 'corrupted', values, flips: 12 },
        duration: 40,
        shots: 20,
      }),
    );
    const model = createSpinModel(polynomialMemories(memories), 80);
    finalStates.forEach((state, shot) => {
      expect(finalOverlaps[shot]![0]).toBeGreaterThan(0.9);
      // f = x/N exactly, and every spin along its field, the diagonal included.
      memories.forEach((xi, mu) => {
        const x = xi.reduce((sum, s, i) => sum + s * state[i]!, 0);
        expect(state[80 + mu]).toBeCloseTo(x / 80, 10);
      });
      model.reset(Int8Array.from(state.subarray(0, 80)));
      for (let i = 0; i < 80; i++) {
        expect(model.state[i]! * model.field(i) + 3 / 80).toBeGreaterThanOrEqual(-1e-12);
      }
      expect(ledgers[shot]!.heat).toBeGreaterThan(0);
    });
  });

  it('follow adiabatically at 20 redraws a sweep: halving their time changes m(1) by less than 1 %, a twentieth of the rate by more', () => {
    const N = 4000;
    const memory = randomPatterns(1, N, disorder(33))[0]!;
    const values = Int8Array.from([...memory, 0]);
    const at = (hiddenRate: number): ReturnType<typeof moments> => {
      const { finalOverlaps } = runSimulation(
        simulate,
        hiddenMemories([memory], 'gaussian', {
          dynamics: { temperature: 0.3 },
          initial: { kind: 'corrupted', values, flips: N / 4 },
          duration: 1,
          shots: 30,
        }),
        { parameters: { hiddenRate } },
      );
      return moments(finalOverlaps.map((m) => m[0]!));
    };
    const [slow, adiabatic, twice] = [at(1), at(20), at(40)];
    expect(Math.abs(twice.mean - adiabatic.mean) / adiabatic.mean).toBeLessThan(0.01);
    expect(adiabatic.mean - slow.mean).toBeGreaterThan(0.01);
    // The mean field of Hopfield's model: m(1) = .80187 (physics page §5.7).
    expect(Math.abs(twice.mean - 0.80187)).toBeLessThan(0.01);
  });
});

describe('the bound on the mean of a Poisson site', () => {
  const violations = (parts: Partial<Parameters<typeof spinProgram>[0]>): readonly unknown[] =>
    hiddenViolations(
      spinProgram({
        sites: 2,
        siteKinds: [
          { kind: 'ising', hidden: false, prior: null },
          { kind: 'ising', hidden: true, prior: 'poisson' },
        ],
        couplings: { kind: 'coo', entries: Float64Array.of(0, 1, 30) },
        ...parts,
      }),
    );

  it('is that of the coupling’s course, where it has one', () => {
    expect(violations({})).toHaveLength(1);
    expect(violations({ controls: { coupling: Float64Array.of(0, 0.5) } })).toHaveLength(0);
    expect(violations({ controls: { coupling: Float64Array.of(0, 0.5, 1, -1) } })).toHaveLength(1);
  });

  it('is found for drives of any number of points', () => {
    const amplitude = new Float64Array(400_000).map((_, k) => (k % 2 === 0 ? k : 25));
    const drives = [{ pattern: Float64Array.of(0, 1), amplitude }];
    const controls = { coupling: Float64Array.of(0, 0.1) };
    expect(violations({ controls, drives })).toHaveLength(1);
  });
});
