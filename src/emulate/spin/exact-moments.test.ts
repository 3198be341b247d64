import { describe, expect, it } from 'vitest';
import {
  followPaths,
  generatingFunction,
  type SmallProgram,
} from '../../../test/support/brute-force-spins.js';
import { spinProgram } from '../../../test/support/spin-program.js';
import type { Order, Rule } from '../../device/index.js';
import { entropyStatistics } from './entropy-statistics.js';
import { exactDocument } from './exact-document.js';
import { solveExactly } from './exact-spins.js';

const loose = { kind: 'coo', entries: new Float64Array(0) } as const;
/** An Ising chain of four with a bond of the other sign. */
const chain = { kind: 'coo', entries: Float64Array.of(0, 1, 1, 1, 2, -0.5, 2, 3, 0.75) } as const;
const ring = { kind: 'dense', data: Float64Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0) } as const;

/** |found − expected| ≤ tolerance·(1 + |expected|) */
function near(found: number | undefined, expected: number, tolerance: number, what: string): void {
  const error = Math.abs((found ?? NaN) - expected) / (1 + Math.abs(expected));
  expect(error, `${what}: ${found} against ${expected}`).toBeLessThanOrEqual(tolerance);
}

/** κ₂, κ₃, κ₄ of central moments of order 1 to 4. */
function cumulants([, second, third, fourth]: readonly number[]): [number, number, number] {
  return [second!, third!, fourth! - 3 * second! ** 2];
}

/** ⟨(x − ⟨x⟩)^a (y − ⟨y⟩)^b⟩ of a list of outcomes (probability, x, y). */
function centralOf(outcomes: readonly (readonly [number, number, number])[], a: number, b: number) {
  const mean = (f: (x: number, y: number) => number): number =>
    outcomes.reduce((sum, [p, x, y]) => sum + p * f(x, y), 0);
  const [mx, my] = [mean((x) => x), mean((_, y) => y)];
  return mean((x, y) => (x - mx) ** a * (y - my) ** b);
}

describe('moments against closed forms', () => {
  it('of the work of a ramp on a spin at T → ∞ are those of the integral of a telegraph signal', () => {
    // W = −v ∫ s dt, s(0) = +1, ⟨s(t)s(t′)⟩ = e^{−|t−t′|}: each moment is n! times a convolution, by Laplace transform.
    const [v, t] = [0.7, 1.6];
    const e = Math.exp(-t);
    const integrals = [
      1 - e,
      2 * (t - 1 + e),
      6 * (t - 2 + 2 * e + t * e),
      24 * (3 - 2 * t + (t * t) / 2 - 3 * e - t * e),
    ];
    const { moments } = solveExactly(
      spinProgram({
        sites: 1,
        couplings: loose,
        dynamics: { temperature: 1e9 },
        drives: [{ pattern: Float64Array.of(1), amplitude: Float64Array.of(0, 0, t, v * t) }],
        initial: { kind: 'pattern', values: Float64Array.of(1) },
        duration: t,
      }),
    );
    integrals.forEach((integral, k) => {
      near(moments!.work!.raw[k], (-v) ** (k + 1) * integral, 3e-9, `⟨W^${k + 1}⟩`);
    });
  });

  it('of a quench of a spin hold to order 12', () => {
    const [a, T, h] = [0.8, 0.9, 0.3];
    const { moments } = solveExactly(
      spinProgram({
        sites: 1,
        couplings: loose,
        fields: Float64Array.of(h),
        dynamics: { temperature: T },
        drives: [{ pattern: Float64Array.of(1), amplitude: Float64Array.of(0, 0, 0, a) }],
        initial: { kind: 'equilibrium' },
        duration: 0.5,
      }),
      {},
      12,
    );
    const m = Math.tanh(h / T);
    const outcomes = [
      [(1 + m) / 2, -a, 0],
      [(1 - m) / 2, a, 0],
    ] as const;
    expect(moments!.work!.central).toHaveLength(12);
    moments!.work!.central.forEach((found, k) => {
      near(found, centralOf(outcomes, k + 1, 0), 1e-14, `order ${k + 1}`);
    });
    // A variable of two values: skewness (q − p)/√(pq), excess kurtosis (1 − 6pq)/(pq).
    const [p, q] = [outcomes[0][0], outcomes[1][0]];
    near(moments!.work!.skewness, (p - q) / Math.sqrt(p * q), 1e-13, 'skewness');
    near(moments!.work!.excessKurtosis, (1 - 6 * p * q) / (p * q), 1e-13, 'excess kurtosis');
  });

  it('of work and heat together, of a spin in a field that jumps twice', () => {
    const [a, b, T, t] = [0.9, -0.4, 0.7, 0.6];
    const { moments } = solveExactly(
      spinProgram({
        sites: 1,
        couplings: loose,
        dynamics: { temperature: T },
        drives: [
          { pattern: Float64Array.of(1), amplitude: Float64Array.of(0, 0, 0, a, t, a, t, b) },
        ],
        initial: { kind: 'equilibrium' },
        duration: 2 * t,
      }),
    );
    const to = (field: number, s: number, next: number): number => {
      const m = Math.tanh(field / T);
      return (1 + next * (m + (s - m) * Math.exp(-t))) / 2;
    };
    const signs = [-1, 1];
    const outcomes = signs.flatMap((s0) =>
      signs.flatMap((s1) =>
        signs.map((s2): [number, number, number] => [
          0.5 * to(a, s0, s1) * to(b, s1, s2),
          -a * s0 - (b - a) * s1,
          a * (s1 - s0) + b * (s2 - s1),
        ]),
      ),
    );
    moments!.mixed!.forEach((row, i) =>
      row.forEach((found, j) => near(found, centralOf(outcomes, i, j), 1e-9, `order ${i}, ${j}`)),
    );
  });

  it.each([3, 7, 11])('of %i independent spins tend to a Gaussian’s as 1/√N and 1/N', (N) => {
    const solve = (sites: number) =>
      solveExactly(
        spinProgram({
          sites,
          couplings: loose,
          dynamics: { temperature: 0.8 },
          fields: new Float64Array(sites).fill(0.3),
          drives: [
            {
              pattern: new Float64Array(sites).fill(1),
              amplitude: Float64Array.of(0, 0, 0, 0.2, 0.75, 1),
            },
          ],
          initial: { kind: 'pattern', values: new Float64Array(sites).fill(-1) },
          duration: 0.75,
        }),
      ).moments!;
    const [one, many] = [solve(1), solve(N)];
    const tolerance = N > 10 ? 1e-6 : 1e-8;
    expect(many.mixed === null).toBe(N > 10);
    for (const name of ['work', 'heat'] as const) {
      const [single, all] = [one[name]!, many[name]!];
      expect(Math.abs(single.skewness)).toBeGreaterThan(0.01);
      near(all.skewness, single.skewness / Math.sqrt(N), tolerance, `skewness of ${name}`);
      near(all.excessKurtosis, single.excessKurtosis / N, tolerance, `kurtosis of ${name}`);
    }
  });
});

describe('moments against brute force', () => {
  const temperatures = { one: [0.8, 0.8, 0.8], two: [0.5, 1.5, 0.5], zero: [0, 0, 0] };
  const data = [0, 0.75, -0.5, 0.75, 0, 0.25, -0.5, 0.25, 0];
  const [fields, pattern] = [
    [0.25, 0, -0.25],
    [1, -1, 1],
  ];
  const solve = (rule: Rule, order: Order, T: readonly number[], amplitude: number[]) =>
    solveExactly(
      spinProgram({
        sites: 3,
        couplings: { kind: 'dense', data: Float64Array.from(data) },
        fields: Float64Array.from(fields),
        dynamics: {
          rule,
          order,
          temperature: T[0] === T[1] ? T[0]! : Float64Array.from(T),
        },
        drives: [{ pattern: Float64Array.from(pattern), amplitude: Float64Array.from(amplitude) }],
        initial: { kind: 'random' },
        duration: 2,
      }),
    );
  const small = (rule: Rule, T: readonly number[]): SmallProgram => ({
    sites: 3,
    couplings: data,
    fields,
    pattern,
    amplitude: (t) => 2 - t / 2,
    temperatures: T,
    metropolis: rule === 'metropolis',
    plus: false,
  });

  it.each([
    ['glauber', 'random', temperatures.one],
    ['glauber', 'sequential', temperatures.two],
    ['metropolis', 'random', temperatures.two],
    ['metropolis', 'sequential', temperatures.one],
    ['zero-temperature', 'random', temperatures.zero],
    ['zero-temperature', 'sequential', temperatures.zero],
    ['glauber', 'synchronous', temperatures.two],
  ] as const)('%s, %s: all paths of two sweeps of three driven spins (1e-11)', (rule, order, T) => {
    const { moments, start } = solve(rule, order, T, [0, 2, 2, 1]);
    const expected = followPaths(small(rule, T), Array.from(start), order, 2);
    if (order === 'synchronous') {
      expect(moments!.heat).toBeNull();
      expect(moments!.mixed).toBeNull();
    } else {
      moments!.heat!.central.forEach((found, k) => {
        near(found, expected.central(0, k + 1), 1e-11, `heat, order ${k + 1}`);
      });
      moments!.mixed!.forEach((row, a) =>
        row.forEach((found, b) => near(found, expected.central(a, b), 1e-11, `order ${a}, ${b}`)),
      );
    }
    moments!.work!.central.forEach((found, k) => {
      near(found, expected.central(k + 1, 0), 1e-11, `work, order ${k + 1}`);
    });
  });

  it.each([
    ['glauber', temperatures.one],
    ['metropolis', temperatures.two],
  ] as const)('%s: cumulants of tilted generators of a stepwise drive (1e-6)', (rule, T) => {
    const [steps, spans] = [
      [0, 0.5, 1.25],
      [0, 0.7, 1.3],
    ];
    const { moments, start } = solve(
      rule,
      'continuous-time',
      T,
      [0, 0, 0, 0.5, 0.7, 0.5, 0.7, 1.25],
    );
    const baths = new Set(T).size;
    const binomials = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1], [1, 4, 6, 4, 1]];
    const h = 0.02;
    // Derivatives of ln G at 0 by central differences on nine points.
    const third = [7 / 240, -3 / 10, 169 / 120, -61 / 30];
    const fourth = [7 / 240, -2 / 5, 169 / 60, -122 / 15];
    for (const [w, q] of [
      [1, 0],
      [0, 1],
      [1, 1],
      [1, -1],
    ] as const) {
      const G = (k: number): number =>
        Math.log(
          generatingFunction(small(rule, T), Array.from(start), steps, spans, {
            work: k * h * w,
            heat: Array.from({ length: baths }, () => k * h * q),
          }).reduce((a, b) => a + b, 0),
        );
      const points = [4, 3, 2, 1].map((k) => [G(k), G(-k)] as const);
      const odd = points.reduce((sum, [up, down], k) => sum - third[k]! * (down - up), 0) / h ** 3;
      const even =
        points.reduce((sum, [up, down], k) => sum + fourth[k]! * (down + up), (91 / 8) * G(0)) /
        h ** 4;
      // Central moments of wW + qQ from the mixed ones.
      const along = (n: number): number =>
        binomials[n]!.reduce(
          (sum, c, b) => sum + c * w ** (n - b) * q ** b * moments!.mixed![n - b]![b]!,
          0,
        );
      const [, k3, k4] = cumulants([0, along(2), along(3), along(4)]);
      near(k3, odd, 1e-6, `third cumulant of ${w}W + ${q}Q`);
      near(k4, even, 1e-6, `fourth cumulant of ${w}W + ${q}Q`);
    }
  });
});

describe('moments of heat without an energy', () => {
  it('have the cumulants per time that the scaled generating function has (1e-6)', () => {
    const program = (duration: number) =>
      spinProgram({
        sites: 3,
        couplings: ring,
        dynamics: { burnIn: 60 },
        initial: { kind: 'equilibrium' },
        duration,
      });
    const [early, late] = [30, 50].map((t) => {
      const { moments } = solveExactly(program(t));
      expect(moments!.work).toBeNull();
      return cumulants(moments!.heat!.central);
    });
    const { scgf } = entropyStatistics(program(1));
    // Central differences of sixth order (eighth for κ₂), extrapolated from two spacings.
    const stencils = [
      [8064, -1008, 128, -9].map((w) => w / 5040),
      [-488, 338, -72, 7].map((w) => w / 240),
      [-1952, 676, -96, 7].map((w) => w / 240),
    ];
    const middles = [-205 / 72, 0, 91 / 8];
    const derivative = (k: number, h: number): number =>
      stencils[k]!.reduce(
        (sum, w, i) => sum + w * (scgf((i + 1) * h) + (k === 1 ? -1 : 1) * scgf(-(i + 1) * h)),
        middles[k]! * scgf(0),
      ) /
      h ** (k + 2);
    const extrapolated = (k: number): number =>
      (2 ** 6 * derivative(k, 0.03) - derivative(k, 0.06)) / (2 ** 6 - 1);
    for (const k of [0, 1, 2]) {
      const rate = (late![k]! - early![k]!) / 20;
      near(rate, extrapolated(k), 2e-6, `cumulant ${k + 2} per time`);
    }
  });

  it('do not drown in their mean: after 5000 units of time skewness and kurtosis are still right', () => {
    const at = (duration: number, order: Order) => {
      const { result, moments } = solveExactly(
        spinProgram({
          sites: 3,
          couplings: ring,
          dynamics: { burnIn: 60, order },
          initial: { kind: 'equilibrium' },
          duration,
        }),
      );
      return { mean: result.thermodynamics.heat!.mean!, k: cumulants(moments!.heat!.central) };
    };
    for (const order of ['continuous-time', 'random', 'sequential'] as const) {
      const [a, b, long] = [at(30, order), at(50, order), at(5000, order)];
      expect(long.mean / Math.sqrt(long.k[0])).toBeGreaterThan(20);
      // Cumulants grow linearly once the start is forgotten.
      for (const n of [0, 1, 2] as const) {
        const expected = b.k[n] + ((b.k[n] - a.k[n]) / 20) * 4950;
        const scale = Math.sqrt(long.k[0]) ** (n + 2);
        expect(Math.abs(long.k[n] - expected) / scale, `${order}, ${n}`).toBeLessThan(1e-6);
      }
    }
  });
});

describe('moments of programs', () => {
  it.each(['continuous-time', 'random', 'sequential'] as const)(
    '%s: W − Q has the moments of ΔE under ramps of drive, coupling and temperature (1e-9)',
    (order) => {
      const N = 4;
      const [c, A] = [1.5, 0.75];
      const values = Int8Array.of(1, -1, -1, 1);
      const eta = [1, 0.5, -1, 0];
      const { moments, distributions, state } = solveExactly(
        spinProgram({
          sites: N,
          couplings: chain,
          dynamics: { order },
          drives: [
            {
              pattern: Float64Array.from(eta),
              amplitude: Float64Array.of(0, 0, 1, 1, 1, 0.25, 2, A),
            },
          ],
          controls: {
            coupling: Float64Array.of(0, 1, 2, c),
            temperature: Float64Array.of(0, 2, 2, 0.5),
          },
          initial: { kind: 'pattern', values: Float64Array.from(values) },
          duration: 2,
        }),
      );
      const energy = (s: Float64Array): number =>
        -c * (s[0]! * s[1]! - 0.5 * s[1]! * s[2]! + 0.75 * s[2]! * s[3]!) -
        A * eta.reduce((sum, e, i) => sum + e * s[i]!, 0);
      const outcomes = Array.from(distributions.at(-1)!, (p, code): [number, number, number] => [
        p,
        energy(state(code)),
        0,
      ]);
      const m = moments!.mixed!;
      const change = [
        m[2]![0]! - 2 * m[1]![1]! + m[0]![2]!,
        m[3]![0]! - 3 * m[2]![1]! + 3 * m[1]![2]! - m[0]![3]!,
        m[4]![0]! - 4 * m[3]![1]! + 6 * m[2]![2]! - 4 * m[1]![3]! + m[0]![4]!,
      ];
      change.forEach((found, k) => {
        near(found, centralOf(outcomes, k + 2, 0), 1e-9, `order ${k + 2}`);
      });
      expect(m[4]![0]! + m[0]![4]!).toBeGreaterThan(1);
    },
  );

  it('are over all rows of inputs: the mean of the rows’ raw moments', () => {
    const solve = (inputs: Float64Array[]) =>
      solveExactly(
        spinProgram({
          sites: 4,
          couplings: chain,
          clamped: Int32Array.of(1),
          inputs,
          drives: [
            { pattern: Float64Array.of(1, 2, 0, 1), amplitude: Float64Array.of(0, 0, 1, 1) },
          ],
          initial: { kind: 'random' },
          shots: inputs.length,
        }),
      ).moments!;
    const [up, down] = [Float64Array.of(1), Float64Array.of(-1)];
    const [all, plus, minus] = [solve([up, down, up]), solve([up]), solve([down])];
    for (const name of ['work', 'heat'] as const) {
      all[name]!.raw.forEach((found, k) => {
        const expected = (2 * plus[name]!.raw[k]! + minus[name]!.raw[k]!) / 3;
        near(found, expected, 1e-12, `${name}, order ${k + 1}`);
      });
    }
    expect(Math.abs(plus.work!.raw[0]! - minus.work!.raw[0]!)).toBeGreaterThan(1);
  });

  it('do not depend on the order that is asked for, which is 0 to 12', () => {
    const program = spinProgram({
      sites: 4,
      couplings: chain,
      drives: [{ pattern: Float64Array.of(1, 2, 0, 1), amplitude: Float64Array.of(0, 0, 1, 1) }],
      initial: { kind: 'equilibrium' },
    });
    const four = solveExactly(program).moments!;
    for (const order of [1, 2, 6]) {
      const other = solveExactly(program, {}, order).moments!;
      expect(other.work!.raw).toHaveLength(order);
      for (let k = 0; k < Math.min(order, 4); k++) {
        near(other.work!.central[k], four.work!.central[k]!, 1e-9, `work ${k + 1} of ${order}`);
        near(other.heat!.raw[k], four.heat!.raw[k]!, 1e-9, `heat ${k + 1} of ${order}`);
      }
      expect(Number.isNaN(other.work!.skewness)).toBe(order < 3);
    }
    expect(solveExactly(program, {}, 0).moments).toBeNull();
    for (const order of [-1, 1.5, 13]) {
      expect(() => solveExactly(program, {}, order)).toThrowError(/moments of order/);
    }
  });

  it('scale with the unit of energy', () => {
    const solve = (unit: number) =>
      solveExactly(
        spinProgram({
          sites: 2,
          couplings: { kind: 'coo', entries: Float64Array.of(0, 1, unit) },
          dynamics: { temperature: unit },
          drives: [{ pattern: Float64Array.of(1, 0.5), amplitude: Float64Array.of(0, 0, 1, unit) }],
          initial: { kind: 'equilibrium' },
        }),
      ).moments!;
    const [one, tiny, large] = [solve(1), solve(1e-6), solve(1e6)];
    for (const name of ['work', 'heat'] as const) {
      for (const other of [tiny, large]) {
        near(other[name]!.skewness, one[name]!.skewness, 1e-8, `skewness of ${name}`);
        near(other[name]!.excessKurtosis, one[name]!.excessKurtosis, 1e-8, `kurtosis of ${name}`);
      }
    }
  });

  it('have no shape where every shot is the same, and the document says so', () => {
    const program = spinProgram({
      sites: 4,
      couplings: chain,
      dynamics: { rule: 'zero-temperature', temperature: 0 },
      initial: { kind: 'pattern', values: Float64Array.of(1, 1, -1, -1) },
      duration: 2,
    });
    const { document, warnings } = exactDocument(program, solveExactly(program));
    expect(document.moments!.heat!.skewness).toBeNull();
    expect(document.moments!.work).toEqual({
      raw: [0, 0, 0, 0],
      central: [0, 0, 0, 0],
      skewness: null,
      excessKurtosis: null,
    });
    const said = warnings.join('\n');
    expect(said).toMatch(/moments\.heat has no skewness and kurtosis/);
    expect(said).toMatch(/moments\.work has no skewness/);
    expect(said).toMatch(/jarzynskiDeviation is null/);
    expect(said).toMatch(/freeEnergy is null/);
  });

  it.each([
    [
      'synchronous updates',
      { couplings: chain, dynamics: { order: 'synchronous' as const } },
      'heat',
    ],
    ['asymmetric couplings', { sites: 3, couplings: ring }, 'work'],
  ] as const)('of %s are null where they are not defined, with the reason', (_, parts, name) => {
    const program = spinProgram({ sites: 4, ...parts });
    const { document, warnings } = exactDocument(program, solveExactly(program));
    expect(document.moments![name]).toBeNull();
    expect(document.moments!.mixed).toBeNull();
    expect(warnings.join('\n')).toMatch(new RegExp(`moments\\.${name} is null: `));
    expect(JSON.stringify(document)).not.toMatch(/NaN/);
  });
});
