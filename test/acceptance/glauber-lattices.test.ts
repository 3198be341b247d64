import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readProgram } from '../../src/device/index.js';
import { solveExactly } from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import {
  isingCriticalTemperature,
  isingEnergy,
  isingMagnetisation,
  squareLattice,
} from '../../src/model/index.js';
import { moments, type RunningMoments } from '../../src/thermo/index.js';
import { hold } from '../support/hold.js';
import { FULL_SIZE, runSimulation } from '../support/run-simulation.js';
import { disorder, spinProgram } from '../support/spin-program.js';
import { simulateHere } from '../../src/emulate/simulate-here.js';

/** Energies and magnetisations per site of one long run of an L×L lattice, from the ordered state. */
function latticeSeries(options: {
  readonly side: number;
  readonly temperature: number;
  readonly sweeps: number;
  readonly settle: number;
  readonly every: number;
  readonly seed: number;
}): { energy: Float64Array; magnetisation: Float64Array } {
  const { side, temperature, sweeps, settle, every, seed } = options;
  const sites = side * side;
  const up = new Int8Array(sites).fill(1);
  const program = spinProgram({
    sites,
    couplings: squareLattice(side),
    references: [up],
    dynamics: { temperature, order: 'sequential' },
    initial: { kind: 'pattern', values: Float64Array.from(up) },
    duration: settle + sweeps,
    every,
    seed,
  });
  const skip = settle / every;
  const count = sweeps / every;
  const energy = new Float64Array(count);
  const magnetisation = new Float64Array(count);
  simulateHere(
    simulate,
    {
      program,
      parameters: {},
      firstShot: 0,
      shots: 1,
      times: Float64Array.from({ length: skip + count + 1 }, (_, k) => k * every),
    },
    {
      readout: (row) => {
        if (row.step <= skip) return;
        energy[row.step - skip - 1] = row.energy / sites;
        magnetisation[row.step - skip - 1] = row.overlaps[0]!;
      },
      shotEnd: () => undefined,
      progress: () => undefined,
    },
  );
  return { energy, magnetisation };
}

/** Mean of a correlated series with the error of the means of its blocks. */
function blocked(values: Float64Array, blocks = 20): RunningMoments {
  const size = Math.floor(values.length / blocks);
  return moments(
    Array.from({ length: blocks }, (_, b) =>
      values.subarray(b * size, (b + 1) * size).reduce((sum, v) => sum + v / size, 0),
    ),
  );
}

describe('the Ising model on a square lattice', () => {
  it('names each pair once, and is what the example program has', () => {
    const { entries } = squareLattice(5);
    expect(entries.length / 3).toBe(50);
    const degree = new Float64Array(25);
    for (let k = 0; k < entries.length; k += 3) {
      degree[entries[k]!]!++;
      degree[entries[k + 1]!]!++;
    }
    expect(Array.from(degree)).toEqual(new Array(25).fill(4));
    const example = new URL('../../docs/examples/ising-lattice-8x8.json', import.meta.url);
    const program = readProgram(JSON.parse(readFileSync(example, 'utf8')));
    expect(program.couplings).toEqual(squareLattice(8));
    expect(() => squareLattice(2)).toThrowError(/side of 2/);
  });

  it('of 4×4 sites has the energy and magnetisation of the enumeration (4 s.e.)', () => {
    const side = 4;
    const temperature = 2.6;
    const exact = solveExactly(
      spinProgram({
        sites: 16,
        couplings: squareLattice(side),
        references: [new Int8Array(16).fill(1)],
        dynamics: { temperature },
        initial: { kind: 'equilibrium' },
        duration: 1e-9,
      }),
    );
    const energy = exact.result.observables.energy!.mean[0]! / 16;
    const absolute = exact.start.reduce((sum, p, code) => {
      const x = exact.state(code).reduce((a, s) => a + s, 0);
      return sum + (p * Math.abs(x)) / 16;
    }, 0);
    const run = latticeSeries({
      side,
      temperature,
      sweeps: 20_000,
      settle: 100,
      every: 2,
      seed: 3,
    });
    const [e, m] = [blocked(run.energy), blocked(run.magnetisation.map(Math.abs))];
    hold({
      quantity: 'e, 4×4, T = 2.6',
      expected: energy,
      got: e.mean,
      standardError: e.sem,
      tolerance: 4 * e.sem,
      class: 'exact',
    });
    hold({
      quantity: '|M|, 4×4, T = 2.6',
      expected: absolute,
      got: m.mean,
      standardError: m.sem,
      tolerance: 4 * m.sem,
      class: 'exact',
    });
  });

  it('MT-B2 L = 32, T = 2.0: |M| and e are Onsager’s (full: 1e5 sweeps; reduced: 3e3, 4 s.e.)', () => {
    const sweeps = FULL_SIZE ? 100_000 : 3000;
    const run = latticeSeries({ side: 32, temperature: 2, sweeps, settle: 200, every: 2, seed: 1 });
    for (const [quantity, expected, series] of [
      ['|M|, L = 32, T = 2.0', isingMagnetisation(2), run.magnetisation.map(Math.abs)],
      ['e, L = 32, T = 2.0', isingEnergy(2), run.energy],
    ] as const) {
      const { mean, sem } = blocked(series);
      hold({
        quantity,
        expected,
        got: mean,
        standardError: sem,
        tolerance: FULL_SIZE ? 0.004 : Math.max(0.004, 4 * sem),
        class: 'exact',
      });
    }
  });

  it('MT-B2 Binder’s ratios of L = 16 and 32 cross at the critical temperature (full; reduced: L = 8 and 16, 4 s.e.)', () => {
    const critical = isingCriticalTemperature();
    const sides = FULL_SIZE ? [16, 32] : [8, 16];
    const sweeps = FULL_SIZE ? [800_000, 1_600_000] : [20_000, 20_000];
    const runs = sides.map((side, k) => ({
      side,
      ...latticeSeries({
        side,
        temperature: critical,
        sweeps: sweeps[k]!,
        settle: 2000,
        every: 4,
        seed: 17 + k,
      }),
    }));
    const blocks = 16;
    /** U₄ at a temperature, by reweighting the run (Ferrenberg & Swendsen 1988) without one of its blocks. */
    const binder = (run: (typeof runs)[0], T: number, without: number): number => {
      const { energy, magnetisation, side } = run;
      const shift = (1 / critical - 1 / T) * side * side;
      const size = Math.floor(energy.length / blocks);
      let [weights, second, fourth] = [0, 0, 0];
      const centre = energy[0]!;
      for (let k = 0; k < blocks * size; k++) {
        if (Math.floor(k / size) === without) continue;
        const weight = Math.exp(shift * (energy[k]! - centre));
        const square = magnetisation[k]! ** 2;
        weights += weight;
        second += weight * square;
        fourth += weight * square * square;
      }
      return 1 - (fourth * weights) / (3 * second * second);
    };
    const crossing = (without: number): { T: number; U: number } => {
      let [low, high] = [critical - 0.06, critical + 0.06];
      for (let k = 0; k < 18; k++) {
        const middle = (low + high) / 2;
        const [small, large] = runs.map((run) => binder(run, middle, without));
        // Below the critical temperature the larger lattice is closer to 2/3.
        if (large! > small!) low = middle;
        else high = middle;
      }
      const T = (low + high) / 2;
      return { T, U: binder(runs[1]!, T, without) };
    };
    const all = crossing(-1);
    const jackknife = Array.from({ length: blocks }, (_, b) => crossing(b));
    const errorOf = (values: readonly number[]): number => {
      const { variance } = moments(values);
      return Math.sqrt((variance * (blocks - 1) ** 2) / blocks);
    };
    const [errorT, errorU] = [
      errorOf(jackknife.map(({ T }) => T)),
      errorOf(jackknife.map(({ U }) => U)),
    ];
    hold({
      quantity: `crossing of U₄, L = ${sides.join(' and ')}`,
      expected: 2.269,
      got: all.T,
      standardError: errorT,
      tolerance: FULL_SIZE ? 0.01 : Math.max(0.01, 4 * errorT),
      class: 'exact',
    });
    hold({
      quantity: 'U₄ where they cross',
      expected: 0.6107,
      got: all.U,
      standardError: errorU,
      tolerance: Math.max(0.01, 4 * errorU),
      class: 'recalled',
    });
  });
});

/** Lowest energy per spin that annealing finds in an SK instance (pairs once, variance 1/N), best of some runs. */
function annealed(N: number, instance: number, runs: number, sweeps: number): number {
  const stream = disorder(N, instance);
  const data = new Float64Array(N * N);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < i; j++) data[i * N + j] = data[j * N + i] = stream.normal() / Math.sqrt(N);
  }
  const outcome = runSimulation(
    simulate,
    spinProgram({
      sites: N,
      couplings: { kind: 'dense', data },
      dynamics: { order: 'sequential' },
      controls: { temperature: Float64Array.of(0, 1.2, sweeps - 20, 0.02, sweeps - 20, 0) },
      duration: sweeps,
      shots: runs,
      seed: instance,
    }),
  );
  return Math.min(...outcome.finalStates.map((state) => energyOf(data, state) / N));
}

function energyOf(data: Float64Array, state: ArrayLike<number>): number {
  const N = state.length;
  let energy = 0;
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < i; j++) energy -= data[i * N + j]! * state[i]! * state[j]!;
  }
  return energy;
}

describe('the Sherrington–Kirkpatrick model', () => {
  it('annealed ground states of N = 14 are those of the enumeration', () => {
    for (let instance = 0; instance < 3; instance++) {
      const N = 14;
      const stream = disorder(N, instance);
      const data = new Float64Array(N * N);
      for (let i = 0; i < N; i++) {
        for (let j = 0; j < i; j++) {
          data[i * N + j] = data[j * N + i] = stream.normal() / Math.sqrt(N);
        }
      }
      let least = Infinity;
      for (let code = 0; code < 2 ** (N - 1); code++) {
        const state = Int8Array.from({ length: N }, (_, i) => ((code >> i) & 1 ? 1 : -1));
        least = Math.min(least, energyOf(data, state) / N);
      }
      expect(annealed(N, instance, 20, 200)).toBeCloseTo(least, 10);
    }
  });

  const sizes = [
    {
      N: 64,
      instances: FULL_SIZE ? 400 : 25,
      runs: FULL_SIZE ? 8 : 5,
      sweeps: 400,
      expected: -0.7194,
      tolerance: 0.006,
    },
    {
      N: 256,
      instances: FULL_SIZE ? 100 : 6,
      runs: FULL_SIZE ? 6 : 2,
      sweeps: FULL_SIZE ? 2000 : 800,
      expected: -0.7458,
      tolerance: 0.005,
    },
  ];
  it.each(sizes)(
    'MT-B12 N = $N: annealing through the temperature control finds e₀(N) = −.7632 + .70 N^{−2/3} in the mean of instances (full: 400 and 100; reduced: 25 and 6, 4 s.e.)',
    ({ N, instances, runs, sweeps, expected, tolerance }) => {
      const { mean, sem } = moments(
        Array.from({ length: instances }, (_, k) => annealed(N, k, runs, sweeps)),
      );
      hold({
        quantity: `e₀, N = ${N}, ${instances} instances`,
        expected,
        got: mean,
        standardError: sem,
        tolerance: FULL_SIZE ? tolerance : Math.max(tolerance, 4 * sem),
        class: 'recalled',
      });
    },
  );
});
