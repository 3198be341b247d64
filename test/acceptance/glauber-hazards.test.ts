import { describe, expect, it } from 'vitest';
import { entropyStatistics, solveExactly, spinThermodynamics } from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import { createSpinModel } from '../../src/model/index.js';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import { r1Document, R1_COUPLINGS, R1_CUE, R2_COUPLINGS } from '../support/r1-instance.js';
import { holdBound } from '../support/hold.js';
import { resolveDocument, runSimulation, summarise } from '../support/run-simulation.js';
import { spinProgram } from '../support/spin-program.js';
import { expectNear, expectWithin } from '../support/statistics.js';

const ring = Float64Array.from(R2_COUPLINGS);

/** Stationary law and entropy production per step of the parallel Glauber chain, from its full transition matrix. */
function parallelChain(
  couplings: Float64Array,
  sites: number,
  beta: number,
): { rate: number; pairRate: number } {
  const states = 2 ** sites;
  const spin = (code: number, i: number): number => ((code >> i) & 1 ? 1 : -1);
  const fields = Array.from({ length: states }, (_, x) =>
    Array.from({ length: sites }, (_, i) => {
      let b = 0;
      for (let j = 0; j < sites; j++) b += couplings[i * sites + j]! * spin(x, j);
      return b;
    }),
  );
  const chance = (x: number, y: number): number =>
    fields[x]!.reduce((p, b, i) => p / (1 + Math.exp(-2 * beta * spin(y, i) * b)), 1);
  let law = new Array<number>(states).fill(1 / states);
  for (let step = 0; step < 2000; step++) {
    law = law.map((_, y) => law.reduce((sum, p, x) => sum + p * chance(x, y), 0));
  }
  let rate = 0;
  let pairRate = 0;
  for (let x = 0; x < states; x++) {
    for (let y = 0; y < states; y++) {
      const flow = law[x]! * chance(x, y);
      rate += flow * Math.log(chance(x, y) / chance(y, x));
      for (let i = 0; i < sites; i++) {
        for (let j = 0; j < sites; j++) {
          const odd = couplings[i * sites + j]! - couplings[j * sites + i]!;
          pairRate += flow * beta * odd * spin(y, i) * spin(x, j);
        }
      }
    }
  }
  return { rate, pairRate };
}

describe('MT-HZ9 synchronous updates', () => {
  it('of the three-spin ring: entropy production of the simulation is that of the chain and of the pair formula', () => {
    const exact = parallelChain(ring, 3, 1);
    expectNear(exact.rate, exact.pairRate, 1e-12, {
      quantity: 'rate of the parallel chain against the pair formula',
    });
    const program = spinProgram({
      sites: 3,
      couplings: { kind: 'dense', data: ring },
      dynamics: { order: 'synchronous', burnIn: 50 },
      initial: { kind: 'equilibrium' },
      duration: 2000,
      shots: 100,
    });
    const summary = summarise(
      runSimulation(simulate, program),
      spinThermodynamics(program),
      program.duration,
    );
    const { mean, sem } = summary.entropyProduction!.rate;
    expectWithin({ mean: mean!, sem: sem! }, exact.rate, 4, {
      quantity: 'entropy production a step, parallel ring',
    });
    expect(sem! / mean!).toBeLessThan(0.01);
    expect(summary.heat).toBeNull();
    expect(summary.warnings.join('\n')).toMatch(/heat and firstLawResidual are null: synchronous/);
    expect(summary.entropyProduction!.method).toMatch(/stationary/);
  });

  it('of the same ring one at a time: entropy production is that of the generator (100 runs of 500, 4 s.e.)', () => {
    const program = spinProgram({
      sites: 3,
      couplings: { kind: 'dense', data: ring },
      dynamics: { burnIn: 50 },
      initial: { kind: 'equilibrium' },
      duration: 500,
      shots: 100,
    });
    const summary = summarise(runSimulation(simulate, program), spinThermodynamics(program), 500);
    const { mean, sem } = summary.entropyProduction!.rate;
    const exact = entropyStatistics(program).rate;
    expectWithin({ mean: mean!, sem: sem! }, exact, 4, {
      quantity: 'entropy production rate, ring one at a time',
    });
    // Another dynamics, another number: the two are not to be mixed up.
    holdBound({
      quantity: 'its distance from the parallel one, in standard errors',
      above: 20,
      got: Math.abs(exact - parallelChain(ring, 3, 1).rate) / sem!,
      class: 'exact',
    });
  });

  it('with symmetric couplings produce no entropy in their stationary state', () => {
    const couplings = Float64Array.from(R1_COUPLINGS);
    const program = spinProgram({
      sites: 8,
      couplings: { kind: 'dense', data: couplings },
      dynamics: { order: 'synchronous', burnIn: 100 },
      duration: 100,
      shots: 400,
    });
    const summary = summarise(runSimulation(simulate, program), spinThermodynamics(program), 100);
    const { mean, sem } = summary.entropyProduction!;
    expectWithin({ mean: mean!, sem: sem! }, 0, 4, {
      quantity: 'entropy production, parallel, symmetric couplings',
    });
    // Per-spin −ΔE would not add up: two spins that flip at once change the energy by other than the sum of both.
    const model = createSpinModel({ kind: 'dense', data: couplings }, 8);
    const before = model.energy();
    const costs = [0, 2].map((i) => 2 * model.state[i]! * model.field(i));
    model.flip(0);
    model.flip(2);
    expect(model.energy() - before).not.toBeCloseTo(costs[0]! + costs[1]!, 3);
  });
});

describe('MT-HZ14 Jarzynski’s equality', () => {
  it('is only reported from an equilibrium start', () => {
    const descriptor = glauberDescriptor('glauber');
    const document = r1Document({ tau: 1, shots: 10 });
    const reports = (initial: unknown, more: Record<string, unknown> = {}): unknown => {
      const program = resolveDocument({ ...document, initial, ...more }, descriptor);
      const summary = summarise(runSimulation(simulate, program), spinThermodynamics(program), 1);
      return summary.jarzynski === null
        ? summary.warnings.find((warning) => warning.startsWith('jarzynski'))
        : 'a number';
    };
    expect(reports({ kind: 'equilibrium' })).toBe('a number');
    expect(reports({ kind: 'corrupted', values: R1_CUE, flips: 1 })).toMatch(/equilibrium start/);
    expect(reports({ kind: 'random' })).toMatch(/equilibrium start/);
    expect(
      reports(
        { kind: 'equilibrium' },
        {
          controls: {
            temperature: [
              [0, 1],
              [1, 2],
            ],
          },
        },
      ),
    ).toMatch(/temperature changes/);
    expect(
      reports({ kind: 'equilibrium' }, { dynamics: { order: 'synchronous', temperature: 1 } }),
    ).toMatch(/synchronous/);
  });

  it('would be wrong from a corrupted memory: its exact ⟨e^{−βW}⟩ is not e^{−βΔF}', () => {
    const descriptor = glauberDescriptor('glauber');
    const shots = 20_000;
    const program = resolveDocument(
      {
        ...r1Document({ tau: 1, shots }),
        initial: { kind: 'pattern', values: R1_CUE },
      },
      descriptor,
    );
    const { ledgers } = runSimulation(simulate, program);
    const average = ledgers.reduce((sum, shot) => sum + Math.exp(-shot.work), 0) / shots;
    const equilibrium = solveExactly(resolveDocument(r1Document({ tau: 1 }), descriptor));
    holdBound({
      quantity: '⟨e^{−βW}⟩/e^{−βΔF} from a corrupted memory',
      above: 3,
      got: average / Math.exp(-equilibrium.freeEnergy!.change),
      class: 'exact',
    });
  });
});
