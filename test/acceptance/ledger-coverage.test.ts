import { describe, expect, it } from 'vitest';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import { entropyStatistics, solveExactly } from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import { simulate as simulateCircuit } from '../../src/emulate/langevin/simulate-circuit.js';
import { simulateHere } from '../../src/emulate/simulate-here.js';
import { readoutTimes } from '../../src/device/index.js';
import {
  fitCrooks,
  fitDetailed,
  freeEnergyFromWork,
  interval95,
  moments,
  timeAverage,
} from '../../src/thermo/index.js';
import { circuit } from '../support/circuit.js';
import { hold, holdBound } from '../support/hold.js';
import { r1Document, R1_COUPLINGS, R1_CUE, R2_COUPLINGS } from '../support/r1-instance.js';
import { FULL_SIZE, resolveDocument, runSimulation } from '../support/run-simulation.js';

/** Runs with seeds of their own, each with an interval of 95 % for every quantity. */
const SEEDS = FULL_SIZE ? 200 : 40;
const glauber = glauberDescriptor('glauber');

/** How often intervals of 95 % held the exact value. */
class Coverage {
  private readonly held = new Map<string, number>();
  private readonly tried = new Map<string, number>();

  add(quantity: string, [least, most]: readonly [number, number], exact: number): void {
    const inside = least <= exact && exact <= most ? 1 : 0;
    this.held.set(quantity, (this.held.get(quantity) ?? 0) + inside);
    this.tried.set(quantity, (this.tried.get(quantity) ?? 0) + 1);
  }

  /** The mean of independent values by Student's t. */
  addMean(quantity: string, values: ArrayLike<number>, exact: number): void {
    const { mean, sem, count } = moments(values);
    this.add(quantity, interval95(mean, sem, count - 1), exact);
  }

  /**
   * Full size: between 92 and 98 % of 200. Reduced: of 40, at least 32, which 95 % fail by chance once in 8,000 times.
   */
  judge(quantity: string): void {
    const [held, tried] = [this.held.get(quantity) ?? 0, this.tried.get(quantity) ?? 0];
    const share = held / tried;
    const standardError = Math.sqrt((0.95 * 0.05) / tried);
    const sample = `${tried} seeds`;
    const line = { quantity, got: share, standardError, class: 'exact' as const, sample };
    if (FULL_SIZE) hold({ ...line, expected: 0.95, tolerance: 0.03 });
    else holdBound({ ...line, least: 32 / 40 });
    expect(tried).toBeGreaterThanOrEqual(0.9 * SEEDS);
  }

  get quantities(): readonly string[] {
    return [...this.tried.keys()];
  }
}

describe('intervals of 95 % hold the exact value in 92 to 98 % of 200 runs', () => {
  it('work, heat, entropy, Jarzynski’s and Crooks’ ΔF and slope on the driven 8 spins R1 against the master equation', () => {
    const coverage = new Coverage();
    const SHOTS = 400;
    const reversed = {
      drives: [
        {
          pattern: R1_CUE,
          amplitude: [
            [0, 0.25],
            [1, 0],
          ],
        },
      ],
    };
    const document = r1Document({ tau: 1, hMax: 0.25, shots: SHOTS });
    const exact = solveExactly(resolveDocument(document, glauber));
    const { work, heat } = exact.result.thermodynamics;
    let trusted = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const forward = runSimulation(simulate, resolveDocument({ ...document, seed }, glauber));
      const reverse = runSimulation(
        simulate,
        resolveDocument({ ...document, ...reversed, seed: seed + 1000 }, glauber),
      );
      const works = forward.ledgers.map((shot) => shot.work);
      coverage.addMean('R1, ⟨W⟩', works, work!.mean!);
      const heats = forward.ledgers.map((shot) => shot.heat);
      coverage.addMean('R1, ⟨Q⟩', heats, heat!.mean!);
      const medium = forward.ledgers.map((shot) => shot.mediumEntropy);
      coverage.addMean('R1, entropy given to the bath', medium, exact.entropy.medium);
      const found = freeEnergyFromWork(works, 1);
      if (found.trusted) {
        trusted++;
        coverage.add(
          'R1, ΔF by Jarzynski',
          interval95(found.freeEnergy, found.standardError, found.effectiveSamples - 1),
          exact.freeEnergy!.change,
        );
      }
      const fit = fitCrooks(
        works,
        reverse.ledgers.map((shot) => shot.work),
        1,
      );
      coverage.add('R1, Crooks slope', interval95(fit.slope, fit.slopeError), 1);
      coverage.add(
        'R1, ΔF where the works cross',
        interval95(fit.freeEnergy, fit.freeEnergyError),
        exact.freeEnergy!.change,
      );
    }
    expect(trusted).toBe(SEEDS);
    for (const quantity of coverage.quantities) coverage.judge(quantity);
  });

  it('R1 with h_max = 1, τ = 1: 400 shots are never trusted with an average whose relative deviation is 3.5', () => {
    const document = r1Document({ tau: 1, shots: 400 });
    let trusted = 0;
    const runs = FULL_SIZE ? 100 : 20;
    for (let seed = 0; seed < runs; seed++) {
      const program = resolveDocument({ ...document, seed }, glauber);
      const works = runSimulation(simulate, program).ledgers.map((shot) => shot.work);
      if (freeEnergyFromWork(works, 1).trusted) trusted++;
    }
    holdBound({
      quantity: 'share of R1 runs, h_max = 1, that are trusted with 400 shots',
      got: trusted / runs,
      most: 0,
      class: 'exact',
      sample: `${runs} seeds`,
    });
  });

  it('heat and its detailed theorem on R3 from all states alike, and the ring R2 in its stationary state', () => {
    const coverage = new Coverage();
    const r3 = {
      version: 1,
      sites: 8,
      couplings: { kind: 'dense', data: R1_COUPLINGS },
      dynamics: { temperature: 1 },
      initial: { kind: 'random' },
      duration: 1,
      readout: { every: 1 },
      shots: 300,
    };
    const exact = solveExactly(resolveDocument(r3, glauber)).result.thermodynamics.heat!.mean!;
    const r2 = {
      version: 1,
      sites: 3,
      couplings: { kind: 'dense', data: R2_COUPLINGS },
      dynamics: { burnIn: 20 },
      initial: { kind: 'equilibrium' },
      duration: 10,
      readout: { every: 10 },
      shots: 60,
    };
    const rate = entropyStatistics(resolveDocument(r2, glauber)).rate;
    for (let seed = 0; seed < SEEDS; seed++) {
      const relaxing = runSimulation(simulate, resolveDocument({ ...r3, seed }, glauber));
      const heats = relaxing.ledgers.map((shot) => shot.heat);
      coverage.addMean('R3 from all states alike, ⟨Q⟩', heats, exact);
      const fit = fitDetailed(heats);
      coverage.add(
        'R3 from all states alike, slope of ln P(Q/T)/P(−Q/T)',
        interval95(fit.slope, fit.slopeError),
        1,
      );
      const ring = runSimulation(simulate, resolveDocument({ ...r2, seed }, glauber));
      const entropies = ring.ledgers.map((shot) => shot.mediumEntropy / 10);
      coverage.addMean('R2, entropy production rate', entropies, rate);
    }
    for (const quantity of coverage.quantities) coverage.judge(quantity);
  });

  it('work, heat and Crooks on the dragged trap against its closed form', () => {
    const coverage = new Coverage();
    const SHOTS = 200;
    // Trap ½(x − t)² from 0 to 2 as drive A(t) = t: the program's work is γv²[t − τ(1 − e^{−t/τ})] − 2, ⟨x⟩ = 1 + e^{−2}.
    const x = 1 + Math.exp(-2);
    const work = x - 2;
    const heat = work - ((x * x) / 2 - 2 * x);
    const trap = (amplitude: number[][], seed: number) =>
      circuit({
        sites: 1,
        wells: { quadratic: 0.5, quartic: 0 },
        initial: { kind: 'equilibrium' },
        drives: [{ pattern: [1], amplitude }],
        dynamics: { dt: 0.05 },
        duration: 2,
        shots: SHOTS,
        seed,
      });
    for (let seed = 0; seed < SEEDS; seed++) {
      const forward = runSimulation(
        simulateCircuit,
        trap(
          [
            [0, 0],
            [2, 2],
          ],
          seed,
        ),
      ).ledgers;
      const reverse = runSimulation(
        simulateCircuit,
        trap(
          [
            [0, 2],
            [2, 0],
          ],
          seed + 1000,
        ),
      ).ledgers;
      const works = forward.map((shot) => shot.work);
      coverage.addMean('dragged trap, ⟨W⟩', works, work);
      coverage.addMean(
        'dragged trap, ⟨Q⟩',
        forward.map((shot) => shot.heat),
        heat,
      );
      const fit = fitCrooks(
        works,
        reverse.map((shot) => shot.work),
        1,
      );
      coverage.add('dragged trap, Crooks slope', interval95(fit.slope, fit.slopeError), 1);
      // −½A² of the program's energy.
      coverage.add(
        'dragged trap, ΔF where the works cross',
        interval95(fit.freeEnergy, fit.freeEnergyError),
        -2,
      );
    }
    for (const quantity of coverage.quantities) coverage.judge(quantity);
  });

  it('averages over the time of one shot of an Ornstein–Uhlenbeck process: energy T/2, position 0', () => {
    const coverage = new Coverage();
    for (let seed = 0; seed < SEEDS; seed++) {
      const program = circuit({
        sites: 1,
        wells: { quadratic: 0.5, quartic: 0 },
        initial: { kind: 'equilibrium' },
        duration: 400,
        readout: { every: 0.25, channels: ['energy', 'state'] },
        shots: 1,
        seed,
      });
      const energy: number[] = [];
      const position: number[] = [];
      simulateHere(
        simulateCircuit,
        { program, parameters: {}, firstShot: 0, shots: 1, times: readoutTimes(program) },
        {
          readout: (row) => {
            energy.push(row.energy);
            position.push(row.state[0]!);
          },
          shotEnd: () => undefined,
          progress: () => undefined,
        },
      );
      for (const [quantity, series, exact] of [
        ['Ornstein–Uhlenbeck, energy over time', energy, 0.5],
        ['Ornstein–Uhlenbeck, position over time', position, 0],
      ] as const) {
        const { mean, sem, freedom } = timeAverage([series]);
        coverage.add(quantity, interval95(mean, sem, freedom), exact);
      }
    }
    for (const quantity of coverage.quantities) coverage.judge(quantity);
  });
});
