import { describe, expect, it } from 'vitest';
import type { Order, ResolvedProgram, Rule } from '../../src/device/index.js';
import { solveExactly, spinThermodynamics, type ExactSolution } from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import { moments } from '../../src/thermo/index.js';
import {
  followPaths,
  generatingFunction,
  type BruteForce,
  type SmallProgram,
} from '../support/brute-force-spins.js';
import { hiddenMemories } from '../support/hidden-program.js';
import { FULL_SIZE, runSimulation, summarise } from '../support/run-simulation.js';
import { disorder, randomPatterns, spinProgram } from '../support/spin-program.js';
import { expectNear } from '../support/statistics.js';

type Parts = Parameters<typeof spinProgram>[0];

/** Random symmetric couplings in steps of 1/4, which make ties at T = 0 and few different heats. */
function couplings(N: number, seed: number): Float64Array {
  const stream = disorder(seed);
  const data = new Float64Array(N * N);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < i; j++) {
      data[i * N + j] = data[j * N + i] = (stream.integer(9) - 4) / 4;
    }
  }
  return data;
}

const asynchronous: Order[] = ['continuous-time', 'random', 'sequential'];
const dynamics: [Rule, Order][] = [
  ...asynchronous.map((order): [Rule, Order] => ['glauber', order]),
  ...asynchronous.map((order): [Rule, Order] => ['metropolis', order]),
  ...asynchronous.map((order): [Rule, Order] => ['zero-temperature', order]),
  ['glauber', 'synchronous'],
  ['zero-temperature', 'synchronous'],
];
const cases = dynamics.flatMap(([rule, order]) =>
  (rule === 'zero-temperature' ? [1] : [1, 2]).map((baths) => ({ rule, order, baths })),
);

const small = { N: 3, fields: [0.25, 0, -0.25], pattern: [1, -1, 1] };

describe('the exact solution against brute force', () => {
  const temperatures = (rule: Rule, baths: number): number[] =>
    rule === 'zero-temperature' ? [0, 0, 0] : baths === 1 ? [0.8, 0.8, 0.8] : [0.5, 1.5, 0.5];
  const program = (
    { rule, order, baths }: (typeof cases)[0],
    ties: 'keep' | 'plus',
    amplitude: number[],
    duration: number,
  ): { small: SmallProgram; solution: ExactSolution; start: Float64Array } => {
    const T = temperatures(rule, baths);
    const data = couplings(small.N, 7);
    const oneBath = T.every((t) => t === T[0]);
    const solution = solveExactly(
      spinProgram({
        sites: small.N,
        couplings: { kind: 'dense', data },
        fields: Float64Array.from(small.fields),
        dynamics: { rule, order, temperature: oneBath ? T[0]! : Float64Array.from(T), ties },
        drives: [
          { pattern: Float64Array.from(small.pattern), amplitude: Float64Array.from(amplitude) },
        ],
        initial: oneBath && T[0]! > 0 ? { kind: 'equilibrium' } : { kind: 'random' },
        duration,
      }),
    );
    const value = (t: number): number =>
      amplitude[1]! + ((amplitude[3]! - amplitude[1]!) * t) / duration;
    return {
      solution,
      start: solution.start,
      small: {
        sites: small.N,
        couplings: Array.from(data),
        fields: small.fields,
        pattern: small.pattern,
        amplitude: value,
        temperatures: T,
        metropolis: rule === 'metropolis',
        plus: ties === 'plus',
      },
    };
  };

  const compare = (solution: ExactSolution, expected: BruteForce, hasHeat: boolean): void => {
    const { work, heat, energyChange, jarzynski } = solution.result.thermodynamics;
    const near = (found: number | null | undefined, wanted: number): void =>
      expectNear(found!, wanted, 1e-9 * (1 + Math.abs(wanted)));
    solution.distributions.at(-1)!.forEach((p, code) => near(p, expected.end[code]!));
    near(work!.mean, expected.work);
    near(work!.variance, expected.workSquared - expected.work ** 2);
    near(energyChange!.mean, expected.energyChange);
    near(energyChange!.variance, expected.energyChangeSquared - expected.energyChange ** 2);
    if (jarzynski !== null) near(jarzynski.mean, expected.jarzynski);
    if (Number.isFinite(expected.mediumEntropy)) {
      near(solution.entropy.medium, expected.mediumEntropy);
    }
    if (!hasHeat) {
      expect(heat).toBeNull();
      return;
    }
    expect(heat!.baths).toHaveLength(expected.heat.length);
    const total = expected.heatProducts.flat().reduce((a, b) => a + b, 0);
    near(heat!.variance, total - expected.heat.reduce((a, b) => a + b, 0) ** 2);
    expected.heat.forEach((q, a) => {
      near(heat!.baths[a]!.mean, q);
      near(heat!.baths[a]!.variance, expected.heatProducts[a]![a]! - q * q);
      near(solution.covariance.workHeat[a], expected.workHeat[a]! - expected.work * q);
      expected.heat.forEach((r, b) => {
        near(solution.covariance.heat[a]![b], expected.heatProducts[a]![b]! - q * r);
      });
    });
    expect(solution.result.thermodynamics.firstLawResidual).toBeLessThan(1e-12);
  };

  const discrete = cases.filter(({ order }) => order !== 'continuous-time');
  it.each(discrete.flatMap((c) => (['keep', 'plus'] as const).map((ties) => ({ ...c, ties }))))(
    '$rule, $order, $baths baths, ties $ties: all paths of two sweeps of three driven spins (1e-9)',
    ({ ties, ...dynamic }) => {
      const { small: chain, solution, start } = program(dynamic, ties, [0, 0, 2, 1], 2);
      const order = dynamic.order as 'random' | 'sequential' | 'synchronous';
      const expected = followPaths(chain, Array.from(start), order, 2);
      compare(solution, expected, order !== 'synchronous');
    },
  );

  const continuous = cases.filter(
    ({ order, rule }) => order === 'continuous-time' && rule !== 'zero-temperature',
  );
  it.each(continuous)(
    '$rule in continuous time, $baths baths: tilted generators of a stepwise drive (1e-6 in second moments)',
    (dynamic) => {
      // A = 0 before t = 0, 0.5 until t = 0.7, then 1.25 until t = 2.
      const steps = [0, 0, 0, 0.5, 0.7, 0.5, 0.7, 1.25];
      const { small: chain, solution, start } = program(dynamic, 'keep', steps, 2);
      const baths = [...new Set(chain.temperatures)].length;
      const G = (work: number, heat: readonly number[]): number =>
        generatingFunction(chain, Array.from(start), [0, 0.5, 1.25], [0, 0.7, 1.3], {
          work,
          heat,
        }).reduce((a, b) => a + b, 0);
      // Derivatives of ln G at 0 along a direction are cumulants; differences of fourth order.
      const h = 0.008;
      const cumulants = (work: number, heat: readonly number[]): [number, number] => {
        const at = (k: number): number =>
          Math.log(
            G(
              k * h * work,
              heat.map((b) => k * h * b),
            ),
          );
        const [a, b, c, d] = [at(-2), at(-1), at(1), at(2)];
        const [e, f] = [at(-3), at(3)];
        return [
          (-e + 9 * a - 45 * b + 45 * c - 9 * d + f) / (60 * h),
          (2 * (e + f) - 27 * (a + d) + 270 * (b + c)) / (180 * h * h),
        ];
      };
      const none = Array.from({ length: baths }, () => 0);
      const only = (b: number): number[] => none.map((_, k) => Number(k === b));
      const { work, heat } = solution.result.thermodynamics;
      const [meanW, varW] = cumulants(1, none);
      expectNear(work!.mean!, meanW, 1e-7);
      expectNear(work!.variance!, varW, 1e-6);
      for (let b = 0; b < baths; b++) {
        const [mean, variance] = cumulants(0, only(b));
        expectNear(heat!.baths[b]!.mean!, mean, 1e-7);
        expectNear(heat!.baths[b]!.variance!, variance, 1e-6);
        const [, both] = cumulants(1, only(b));
        expectNear(solution.covariance.workHeat[b]!, (both - varW - variance) / 2, 1e-6);
      }
      const [, total] = cumulants(
        0,
        none.map(() => 1),
      );
      expectNear(heat!.variance!, total, 1e-6);
      const [, change] = cumulants(
        1,
        none.map(() => -1),
      );
      expectNear(solution.result.thermodynamics.energyChange!.variance!, change, 1e-6);
      const end = generatingFunction(chain, Array.from(start), [0, 0.5, 1.25], [0, 0.7, 1.3], {
        work: 0,
        heat: none,
      });
      solution.distributions.at(-1)!.forEach((p, x) => expectNear(p, end[x]!, 1e-9));
    },
  );
});

/**
 * The simulator agrees with the exact solution within 4.5 standard errors in: means and variances of work, of heat into
 * each bath and altogether, of the energy change; entropy, overlap and energy at the end.
 */
function expectAgreement(program: ResolvedProgram, hiddenRate?: number): void {
  const parameters = hiddenRate === undefined ? {} : { hiddenRate };
  const exact = solveExactly(program, parameters);
  const outcome = runSimulation(simulate, program, { parameters });
  summarise(outcome, spinThermodynamics(program), program.duration);
  const { work, heat, energyChange } = exact.result.thermodynamics;
  const compare = (what: string, values: readonly number[], expected: number): void => {
    const { mean, sem } = moments(values);
    // Rounding where a quantity is the same in every shot.
    const z = Math.max(0, Math.abs(mean - expected) - 1e-9) / Math.max(sem, 1e-9);
    expect(z, `${what}: ${mean} ± ${sem} against ${expected}`).toBeLessThan(4.5);
  };
  const both = (
    what: string,
    values: readonly number[],
    expected: { readonly mean: number | null; readonly variance: number | null },
  ): void => {
    compare(what, values, expected.mean!);
    compare(
      `variance of ${what}`,
      values.map((v) => (v - expected.mean!) ** 2),
      expected.variance!,
    );
  };
  const { ledgers } = outcome;
  if (work !== null)
    both(
      'work',
      ledgers.map((shot) => shot.work),
      work,
    );
  if (heat !== null) {
    both(
      'heat',
      ledgers.map((shot) => shot.heat),
      heat,
    );
    heat.baths.forEach((bath, b) =>
      both(
        `heat into bath ${b}`,
        ledgers.map((shot) => shot.bathHeat[b]!),
        bath,
      ),
    );
  }
  if (energyChange !== null) {
    both(
      'energy change',
      ledgers.map((shot) => shot.energyChange),
      energyChange,
    );
  }
  if (Number.isFinite(exact.entropy.medium)) {
    compare(
      'entropy',
      ledgers.map((shot) => shot.mediumEntropy),
      exact.entropy.medium,
    );
  }
  exact.result.observables.overlaps?.mean.forEach((row, m) =>
    compare(
      `overlap ${m}`,
      outcome.finalOverlaps.map((o) => o[m]!),
      row.at(-1)!,
    ),
  );
}

describe('the simulator against the exact solution', () => {
  // About 12 comparisons a program and 40 programs: one beyond 4.5 standard errors in 300 sets of seeds.
  const shots = FULL_SIZE ? 20_000 : 1500;
  const N = 5;
  const base = (seed: number): Parts => ({
    sites: N,
    couplings: { kind: 'dense', data: couplings(N, seed) },
    fields: Float64Array.of(0.1, 0, -0.3, 0, 0.2),
    references: [Int8Array.of(1, 1, -1, 1, -1)],
    drives: [
      {
        pattern: Float64Array.of(1, 0.5, -1, 0, 1),
        amplitude: Float64Array.of(0, 0, 1, 0.8, 1, 0.4, 3, 0.4),
      },
    ],
    controls: { coupling: Float64Array.of(0, 1, 2, 0.5) },
    duration: 3,
    shots,
  });

  const tied = cases.flatMap((c) =>
    c.rule === 'zero-temperature'
      ? [
          { ...c, ties: 'keep' as const },
          { ...c, ties: 'plus' as const },
        ]
      : [{ ...c, ties: 'keep' as const }],
  );
  it.each(tied)('$rule, $order, ties $ties, $baths baths: five driven spins, 4.5 s.e.', (c) => {
    const temperature =
      c.rule === 'zero-temperature' ? 0 : c.baths === 1 ? 0.9 : Float64Array.of(0.5, 2, 0.5, 1, 2);
    expectAgreement(
      spinProgram({
        ...base(c.baths),
        initial:
          c.baths === 1 && c.rule !== 'zero-temperature'
            ? { kind: 'equilibrium' }
            : { kind: 'corrupted', values: Int8Array.of(1, 1, -1, 1, -1), flips: 2 },
        dynamics: {
          rule: c.rule,
          order: c.order,
          ties: c.ties,
          temperature,
          burnIn: c.baths === 2 ? 2 : null,
        },
      }),
    );
  });

  it.each(asynchronous)('%s: ties to +1, and a temperature that falls to zero', (order) => {
    expectAgreement(
      spinProgram({
        ...base(3),
        dynamics: { order, ties: 'plus' },
        controls: { temperature: Float64Array.of(0, 1.5, 2, 0) },
      }),
    );
  });

  it.each(asynchronous)('%s: clamped sites with inputs of their own in every shot', (order) => {
    const stream = disorder(5);
    const inputs = Array.from({ length: shots }, () => Float64Array.of(stream.sign(), 1));
    const program = spinProgram({
      ...base(4),
      clamped: Int32Array.of(3, 1),
      inputs,
      initial: { kind: 'equilibrium' },
      dynamics: { order, temperature: 0.8 },
    });
    expectAgreement(program);
    expect(solveExactly(program).result.warnings.join()).toMatch(/rows of inputs/);
  });

  it.each(asynchronous)('%s: clamped sites that keep what a random start gives them', (order) => {
    expectAgreement(
      spinProgram({
        ...base(6),
        clamped: Int32Array.of(0, 4),
        dynamics: { order, temperature: 0.8 },
      }),
    );
  });

  it.each(asynchronous)('%s: asymmetric couplings in two baths have heat and entropy', (order) => {
    const data = couplings(N, 8).map((J, at) => (at % 3 === 0 ? J : 0));
    const { drives: _, controls: __, ...rest } = base(1);
    expectAgreement(
      spinProgram({
        ...rest,
        couplings: { kind: 'dense', data },
        dynamics: { order, temperature: Float64Array.of(0.5, 2, 0.5, 1, 2) },
      }),
    );
  });

  it.each(
    asynchronous.flatMap((order) =>
      (['binary', 'one-hot'] as const).flatMap((prior) =>
        [1, 2].map((baths) => ({ order, prior, baths })),
      ),
    ),
  )('$order: driven spins with $prior hidden units, $baths baths', ({ order, prior, baths }) => {
    const patterns = randomPatterns(3, 4, disorder(9));
    const hidden = new Float64Array(7).fill(1.1);
    if (baths === 2) hidden.fill(0.4, 4);
    expectAgreement(
      hiddenMemories(patterns, prior, {
        strength: 0.6,
        fields: Float64Array.of(0, 0.2, 0, 0, 0.1, 0, -0.3),
        dynamics: { order, temperature: baths === 1 ? 1.1 : hidden },
        initial:
          baths === 1
            ? { kind: 'equilibrium' }
            : { kind: 'corrupted', values: Int8Array.of(...patterns[0]!, 0, 0, 0), flips: 1 },
        drives: [
          {
            pattern: Float64Array.of(1, 0, 0, -1, 0.5, 0, 1),
            amplitude: Float64Array.of(0, 0, 2, 1),
          },
        ],
        controls: { coupling: Float64Array.of(0, 1, 1, 1, 1, 0.7) },
        duration: 2,
        shots,
      }),
      3,
    );
  });
});
