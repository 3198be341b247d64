import { describe, expect, it } from 'vitest';
import { runSimulation, summarise } from '../../../test/support/run-simulation.js';
import { spinProgram } from '../../../test/support/spin-program.js';
import { expectWithin } from '../../../test/support/statistics.js';
import type { Order, ResolvedProgram, Rule } from '../../device/index.js';
import type { SpinCouplings } from '../../model/index.js';
import { moments } from '../../thermo/index.js';
import { gibbsProbabilities } from './gibbs-table.js';
import { simulate } from './simulate-spins.js';
import { spinThermodynamics } from './spin-thermodynamics.js';
import { StateSpace } from './state-space.js';

describe('stationary states', () => {
  // Four spins with fields; 20,000 shots; χ² with 15 degrees of freedom exceeds 44.3 once in 10,000.
  const couplings: SpinCouplings = {
    kind: 'coo',
    entries: Float64Array.of(0, 1, 0.8, 1, 2, -0.5, 2, 3, 0.6, 0, 3, 0.3),
  };
  const base = {
    sites: 4,
    couplings,
    fields: Float64Array.of(0.2, -0.1, 0, 0.3),
    shots: 20_000,
    duration: 2,
  };
  const chiSquared = (program: ResolvedProgram, expected: Float64Array): number => {
    const { finalStates } = runSimulation(simulate, program);
    const counts = new Float64Array(16);
    for (const state of finalStates) {
      const code = (state as Int8Array).reduce(
        (sum: number, s: number, i: number) => sum + (s > 0 ? 1 << i : 0),
        0,
      );
      counts[code] = counts[code]! + 1;
    }
    return counts.reduce(
      (sum, n, code) =>
        sum + (n - program.shots * expected[code]!) ** 2 / (program.shots * expected[code]!),
      0,
    );
  };

  const cases: [Rule, Order][] = [
    ['glauber', 'continuous-time'],
    ['glauber', 'random'],
    ['glauber', 'sequential'],
    ['metropolis', 'continuous-time'],
    ['metropolis', 'random'],
    ['metropolis', 'sequential'],
  ];
  it.each(cases)('%s, %s keeps the Gibbs state', (rule, order) => {
    const program = spinProgram({
      ...base,
      dynamics: { rule, order, temperature: 0.9 },
      initial: { kind: 'equilibrium' },
    });
    const space = new StateSpace(program);
    const gibbs = gibbsProbabilities(space.energies(space.startValues()), 0.9);
    expect(chiSquared(program, gibbs)).toBeLessThan(44.3);
    expect(spinThermodynamics(program).entropyMethod).toMatch(/stationary/);
  });

  it('synchronous Glauber updates go to Peretto’s law, not the Gibbs state', () => {
    const program = spinProgram({
      ...base,
      dynamics: { order: 'synchronous', temperature: 0.9, burnIn: 30 },
    });
    const space = new StateSpace(program);
    const weights = Float64Array.from({ length: 16 }, (_, code) => {
      let log = 0;
      for (let k = 0; k < 4; k++) {
        const field = space.modelFields[k * 16 + code]! + program.fields[k]!;
        log += Math.log(2 * Math.cosh(field / 0.9));
        log += (((code >> k) & 1 ? 1 : -1) * program.fields[k]!) / 0.9;
      }
      return Math.exp(log);
    });
    const sum = weights.reduce((a, b) => a + b, 0);
    expect(
      chiSquared(
        program,
        weights.map((w) => w / sum),
      ),
    ).toBeLessThan(44.3);
    const gibbs = gibbsProbabilities(space.energies(space.startValues()), 0.9);
    expect(chiSquared(program, gibbs)).toBeGreaterThan(100);
  });

  it('two baths: heat flows from the hot sites to the cold ones, and adds up to none in the mean', () => {
    const program = spinProgram({
      ...base,
      dynamics: { temperature: Float64Array.of(0.5, 2, 0.5, 2), burnIn: 20 },
      initial: { kind: 'equilibrium' },
      shots: 2000,
      duration: 20,
    });
    const context = spinThermodynamics(program);
    const outcome = runSimulation(simulate, program);
    const summary = summarise(outcome, context, program.duration);
    const [cold, hot] = summary.heat!.baths;
    expect(context.baths.map((bath) => bath.temperature)).toEqual([0.5, 2]);
    expect(cold!.mean).toBeGreaterThan(20 * cold!.sem!);
    expect(hot!.mean).toBeLessThan(-20 * hot!.sem!);
    expectWithin(moments(outcome.ledgers.map((shot) => shot.heat)), 0);
    expect(summary.entropyProduction!.mean).toBeCloseTo(cold!.mean! / 0.5 + hot!.mean! / 2, 8);
    expect(summary.jarzynski).toBeNull();
  });
});
