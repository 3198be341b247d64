import { describe, expect, it } from 'vitest';
import { hiddenMemories } from '../../../test/support/hidden-program.js';
import { spinProgram } from '../../../test/support/spin-program.js';
import { RelaxdError } from '../../core/index.js';
import { DormandPrince } from './dormand-prince.js';
import { entropyStatistics } from './entropy-statistics.js';
import { solveExactly } from './exact-spins.js';

const loose = { kind: 'coo', entries: new Float64Array(0) } as const;
const hiddenProgram = (
  visible: number,
  prior: 'binary' | 'gaussian',
): Parameters<typeof spinProgram>[0] =>
  hiddenMemories([new Int8Array(visible).fill(1)], prior) as ReturnType<typeof hiddenProgram>;
const pair = { kind: 'coo', entries: Float64Array.of(0, 1, 1) } as const;

describe('DormandPrince', () => {
  it('integrates an oscillator over many steps to its tolerance', () => {
    const solver = new DormandPrince(2, 1e-11, (_, out) => out.fill(1));
    const y = Float64Array.of(1, 0);
    solver.integrate(
      (_, v, out) => {
        out[0] = v[1]!;
        out[1] = -v[0]!;
      },
      0,
      20,
      y,
    );
    expect(y[0]).toBeCloseTo(Math.cos(20), 8);
    expect(y[1]).toBeCloseTo(-Math.sin(20), 8);
  });
});

describe('solveExactly', () => {
  it('gives one spin in a field its closed form: m(t), heat, entropy', () => {
    const [h, T, t] = [0.7, 0.9, 1.3];
    const { result, entropy } = solveExactly(
      spinProgram({
        sites: 1,
        couplings: loose,
        references: [Int8Array.of(1)],
        fields: Float64Array.of(h),
        dynamics: { temperature: T },
        initial: { kind: 'pattern', values: Float64Array.of(-1) },
        duration: t,
      }),
    );
    const m = Math.tanh(h / T) - (1 + Math.tanh(h / T)) * Math.exp(-t);
    expect(result.observables.overlaps!.mean[0]![1]).toBeCloseTo(m, 9);
    const heat = h * (m + 1);
    expect(result.thermodynamics.heat!.mean).toBeCloseTo(heat, 9);
    const S = (p: number): number => -p * Math.log(p);
    const system = S((1 + m) / 2) + S((1 - m) / 2);
    expect(entropy.system).toBeCloseTo(system, 9);
    expect(entropy.total).toBeCloseTo(system + heat / T, 9);
    // Q = −ΔE takes the values 0 and 2h: variance (2h)² p(1 − p), p = P(s = +1).
    const p = (1 + m) / 2;
    expect(result.thermodynamics.heat!.variance).toBeCloseTo(4 * h * h * p * (1 - p), 9);
  });

  it('gives a sudden quench its exact work distribution', () => {
    const { result, freeEnergy } = solveExactly(
      spinProgram({
        sites: 1,
        couplings: loose,
        drives: [{ pattern: Float64Array.of(1), amplitude: Float64Array.of(0, 0, 0, 2) }],
        initial: { kind: 'equilibrium' },
        duration: 1,
      }),
    );
    const { work, jarzynski } = result.thermodynamics;
    expect(work!.mean).toBeCloseTo(0, 12);
    expect(work!.variance).toBeCloseTo(4, 12);
    expect(jarzynski!.mean).toBeCloseTo(Math.cosh(2), 10);
    expect(Math.exp(-freeEnergy!.change)).toBeCloseTo(Math.cosh(2), 10);
  });

  it('spreads a corrupted start over all choices of wrong sites', () => {
    const { start, state } = solveExactly(
      spinProgram({
        sites: 4,
        couplings: loose,
        clamped: Int32Array.of(2),
        inputs: [Float64Array.of(1)],
        initial: { kind: 'corrupted', values: Int8Array.of(1, 1, 1, 1), flips: 2 },
        duration: 0.1,
      }),
    );
    // Of the C(4,2) = 6 choices three touch the clamped site, which its input puts right.
    start.forEach((p, code) => {
      const wrong = state(code).filter((s) => s < 0).length;
      expect(p).toBeCloseTo(wrong === 2 || wrong === 1 ? 1 / 6 : 0, 14);
    });
    expect(start.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 14);
  });

  it('relaxes a burn-in at the first listed values and counts nothing of it', () => {
    const { result, start } = solveExactly(
      spinProgram({
        sites: 2,
        couplings: pair,
        dynamics: { burnIn: 200 },
        drives: [{ pattern: Float64Array.of(1, 1), amplitude: Float64Array.of(0, 0.3, 0, 0.3) }],
        initial: { kind: 'pattern', values: Float64Array.of(-1, 1) },
        duration: 1,
      }),
    );
    const weights = [1 - 0.6, -1, -1, 1 + 0.6].map(Math.exp);
    const Z = weights.reduce((a, b) => a + b, 0);
    weights.forEach((w, code) => expect(start[code]).toBeCloseTo(w / Z, 8));
    expect(result.thermodynamics.heat!.mean).toBeCloseTo(0, 7);
  });

  it('takes a one-hot group of one site as the field that it is', () => {
    const lone = solveExactly(
      hiddenMemories([Int8Array.of(1, -1)], 'one-hot', {
        strength: 0.4,
        initial: { kind: 'equilibrium' },
      }),
    );
    const field = solveExactly(
      spinProgram({
        sites: 2,
        couplings: loose,
        fields: Float64Array.of(0.4, -0.4),
        initial: { kind: 'equilibrium' },
      }),
    );
    field.start.forEach((p, code) => expect(lone.start[code]).toBeCloseTo(p, 12));
    expect(Array.from(lone.state(1))).toEqual([1, -1, 1]);
  });

  it('counts the attempts that a one-hot group of one site takes in random order, as the simulator does', () => {
    const [h, T, rate] = [0.4, 1, 20];
    const { result } = solveExactly(
      spinProgram({
        sites: 2,
        siteKinds: [
          { kind: 'ising', hidden: false, prior: null },
          { kind: 'ising', hidden: true, prior: 'one-hot' },
        ],
        couplings: loose,
        references: [Int8Array.of(1, 1)],
        fields: Float64Array.of(-h, 0),
        initial: { kind: 'pattern', values: Float64Array.of(1, 1) },
        dynamics: { temperature: T, order: 'random' },
      }),
      { hiddenRate: rate },
    );
    // Each of 21 attempts in a unit of time is at the spin with probability 1/21 and then forgets its state.
    const rest = Math.tanh(-h / T);
    const m = rest + (1 - rest) * (rate / (rate + 1)) ** (rate + 1);
    expect(result.observables.overlaps!.mean[0]![1]).toBeCloseTo(m, 12);
  });

  it('at T = 0 follows the limit of the rates and has no entropy production, with the reason', () => {
    const { result } = solveExactly(
      spinProgram({
        sites: 2,
        couplings: pair,
        references: [Int8Array.of(1, 1)],
        dynamics: { rule: 'zero-temperature', temperature: 0 },
        initial: { kind: 'pattern', values: Float64Array.of(1, -1) },
        duration: 50,
      }),
    );
    expect(result.thermodynamics.heat!.mean).toBeCloseTo(2, 9);
    expect(result.thermodynamics.entropyProduction).toBeNull();
    expect(result.warnings.join('\n')).toMatch(/entropyProduction is null/);
    expect(result.observables.overlaps!.mean[0]![1]).toBeCloseTo(0, 9);
  });

  it('keeps the variance of ΔE in synchronous order beside a field of 10⁸ that holds a spin', () => {
    const program = (strong: number): Parameters<typeof solveExactly>[0] =>
      spinProgram({
        sites: 3,
        couplings: pair,
        fields: Float64Array.of(0.1, 0.2, strong),
        initial: { kind: 'pattern', values: Float64Array.of(1, 1, 1) },
        dynamics: { order: 'synchronous' },
        clamped: Int32Array.from(strong === 0 ? [2] : []),
      });
    const variance = (strong: number): number =>
      solveExactly(program(strong)).result.thermodynamics.energyChange!.variance!;
    expect(variance(0)).toBeGreaterThan(0.1);
    expect(variance(1e8)).toBeCloseTo(variance(0), 6);
  });

  it('has standard errors of zero and says that no shots were drawn', () => {
    const { result } = solveExactly(spinProgram({ sites: 2, couplings: pair, duration: 1 }));
    expect(result.engine).toBe('exact');
    expect(result.thermodynamics.work).toMatchObject({ mean: 0, sem: 0, variance: 0 });
    expect(result.observables.energy!.sem).toEqual([0, 0]);
    expect(result.warnings[0]).toMatch(/no shots are drawn/);
  });

  it.each([
    ['17 free sites', { sites: 17 }, 'not-enumerable'],
    ['17 spins of which one is hidden', hiddenProgram(16, 'binary'), 'not-enumerable'],
    [
      '13 spins at once',
      { sites: 13, dynamics: { order: 'synchronous' as const } },
      'not-enumerable',
    ],
    ['Gaussian hidden sites', hiddenProgram(2, 'gaussian'), 'not-supported'],
    [
      'synapses with memory',
      { dynamics: { synapse: { kernel: 'delay' as const, tau: 1, lambda: 1 } } },
      'not-supported',
    ],
  ])('refuses %s', (_, parts, code) => {
    try {
      solveExactly(spinProgram({ sites: 2, couplings: pair, ...parts }));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(RelaxdError);
      expect((error as RelaxdError).code).toBe(code);
    }
  });
});

describe('entropyStatistics', () => {
  it('finds no entropy production in equilibrium', () => {
    const { rate, scgf, stationary } = entropyStatistics(
      spinProgram({ sites: 2, couplings: pair }),
    );
    expect(rate).toBeCloseTo(0, 14);
    expect(scgf(-0.5)).toBeCloseTo(0, 10);
    const e = Math.exp(1);
    expect(stationary[0]).toBeCloseTo(e / (2 * e + 2 / e), 12);
    // Here rounding leaves a rate of 1e-18, and a ratio to it would be any number.
    const uneven = spinProgram({
      sites: 3,
      couplings: { kind: 'coo', entries: Float64Array.of(0, 1, 0.7, 1, 2, 0.33) },
      fields: Float64Array.of(0.1, 0.2, -0.3),
      dynamics: { temperature: 0.8 },
    });
    expect(entropyStatistics(uneven).fano).toBeNaN();
  });

  it('gives two spins in two baths the heat flow between them', () => {
    const program = spinProgram({
      sites: 2,
      couplings: pair,
      dynamics: { temperature: Float64Array.of(0.5, 2), burnIn: 100 },
      initial: { kind: 'equilibrium' },
      duration: 10,
    });
    const exact = solveExactly(program);
    expect(entropyStatistics(program).rate).toBeCloseTo(exact.entropy.total / 10, 8);
    expect(exact.entropy.total).toBeGreaterThan(0.1);
  });

  it('refuses clamped sites that start at random, which have no one stationary state', () => {
    const program = spinProgram({ sites: 2, couplings: pair, clamped: Int32Array.of(1) });
    expect(() => entropyStatistics(program)).toThrowError(/clamped sites without inputs/);
  });

  it('refuses T = 0 and ten spins', () => {
    const cold = spinProgram({ sites: 2, couplings: pair, dynamics: { temperature: 0 } });
    expect(() => entropyStatistics(cold)).toThrowError(/T = 0/);
    const large = spinProgram({ sites: 10, couplings: loose });
    expect(() => entropyStatistics(large)).toThrowError(/too large/);
  });
});
