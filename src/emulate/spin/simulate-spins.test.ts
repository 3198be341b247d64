import { describe, expect, it } from 'vitest';
import { runSimulation, summarise } from '../../../test/support/run-simulation.js';
import {
  disorder,
  polynomialMemories,
  randomPatterns,
  spinProgram,
} from '../../../test/support/spin-program.js';
import { expectWithin } from '../../../test/support/statistics.js';
import type { Order, ResolvedProgram, Rule } from '../../device/index.js';
import { createSpinModel, type SpinCouplings } from '../../model/index.js';
import { FIRST_LAW_TOLERANCE } from '../../thermo/index.js';
import { simulate } from './simulate-spins.js';
import { spinThermodynamics } from './spin-thermodynamics.js';
import { simulateHere } from '../simulate-here.js';

const N = 24;
const patterns = randomPatterns(3, N, disorder(1));
const memory = patterns[0]!;
const stream = disorder(2);
const glass = new Float64Array(N * N);
for (let i = 0; i < N; i++) {
  for (let j = 0; j < i; j++) glass[i * N + j] = glass[j * N + i] = stream.normal() / Math.sqrt(N);
}
const memories = (
  interaction: Extract<SpinCouplings, { kind: 'memories' }>['interaction'],
): SpinCouplings => ({ kind: 'memories', patterns, weights: null, next: null, interaction });
const models: readonly (readonly [string, SpinCouplings])[] = [
  ['a spin glass', { kind: 'dense', data: glass }],
  ['sparse couplings', { kind: 'coo', entries: Float64Array.of(0, 1, 0.7, 3, 2, -0.4, 5, 9, 1.1) }],
  ['cubic memories', polynomialMemories(patterns, 3)],
  ['rectified memories', polynomialMemories(patterns, 5, true)],
  ['log-sum-exp memories', memories({ kind: 'log-sum-exp', beta: 0.4 })],
  [
    'weighted memories',
    {
      kind: 'memories',
      patterns,
      weights: Float64Array.of(1, 0.2, 0, 0.2, 1.3, -0.1, 0, -0.1, 0.8),
      next: null,
      interaction: { kind: 'polynomial', degree: 2, rectified: false },
    },
  ],
  ['exponential memories', memories({ kind: 'exponential' })],
];
const eta = Float64Array.from({ length: N }, (_, i) => Math.cos(i));

function driven(couplings: SpinCouplings, rule: Rule, order: Order): ResolvedProgram {
  const exponential = couplings.kind === 'memories' && couplings.interaction.kind === 'exponential';
  return spinProgram({
    sites: N,
    couplings,
    references: patterns,
    fields: Float64Array.from({ length: N }, (_, i) => 0.1 * Math.sin(i)),
    clamped: Int32Array.of(4, 7),
    dynamics: { rule, order, temperature: rule === 'zero-temperature' ? 0 : 0.8 },
    initial: { kind: 'corrupted', values: memory, flips: 8 },
    drives: [
      { pattern: eta, amplitude: Float64Array.of(0, 0.2, 0, 1, 1.5, -0.5, 1.5, 0.7) },
      { pattern: Float64Array.from(memory), amplitude: Float64Array.of(0.5, 0, 2.5, 0.6) },
    ],
    controls: {
      ...(exponential ? {} : { coupling: Float64Array.of(0, 1, 0, 0.8, 2, 1.4, 3, 1.4, 3, 1) }),
      ...(rule === 'zero-temperature' ? {} : { temperature: Float64Array.of(0, 1, 3, 0.3) }),
    },
    duration: 3,
    every: 0.5,
    shots: 4,
  });
}

describe('the first law (MT-A12)', () => {
  const rules: Rule[] = ['glauber', 'metropolis', 'zero-temperature'];
  const orders: Order[] = ['continuous-time', 'random', 'sequential'];
  it.each(models)(
    'closes for %s under every rule and order, with jumps and ramps',
    (_, couplings) => {
      for (const rule of rules) {
        for (const order of orders) {
          const program = driven(couplings, rule, order);
          const outcome = runSimulation(simulate, program);
          const summary = summarise(outcome, spinThermodynamics(program), program.duration);
          expect(summary.firstLawResidual).toBeLessThan(FIRST_LAW_TOLERANCE * N);
          expect(Math.abs(summary.work!.mean!)).toBeGreaterThan(0.01);
          // Readouts follow the same books as the totals.
          const last = outcome.times.length - 1;
          expect(outcome.work[last]!.mean).toBeCloseTo(summary.work!.mean!, 10);
          expect(outcome.heat[last]!.mean).toBeCloseTo(summary.heat!.mean!, 10);
        }
      }
    },
  );

  it.each(models)('synchronous updates of %s have work and energy, but no heat', (_, couplings) => {
    const program = driven(couplings, 'glauber', 'synchronous');
    const outcome = runSimulation(simulate, program);
    const summary = summarise(outcome, spinThermodynamics(program), program.duration);
    expect(summary.heat).toBeNull();
    expect(summary.firstLawResidual).toBeNull();
    expect(Number.isFinite(summary.work!.mean)).toBe(true);
    const change = outcome.energy.at(-1)!.mean - outcome.energy[0]!.mean;
    // E(end) − E(0⁺) and E(end) − E(0⁻) differ by the work of the jump at t = 0.
    expect(change + outcome.work[0]!.mean).toBeCloseTo(summary.energyChange!.mean!, 10);
  });
});

describe('the first law with fields that hold sites', () => {
  it('is not broken by the rounding of 10⁹, of a field or of a drive (40 shots)', () => {
    const strong = 1e9 / 3;
    const program = spinProgram({
      sites: N,
      couplings: { kind: 'dense', data: glass },
      fields: Float64Array.from({ length: N }, (_, i) => (i === 0 ? strong : 0.1)),
      drives: [
        {
          pattern: Float64Array.from({ length: N }, (_, i) => (i < 2 ? 0.7 : 0)),
          amplitude: Float64Array.of(0, strong),
        },
      ],
      initial: { kind: 'pattern', values: new Float64Array(N).fill(1) },
      duration: 3,
      shots: 40,
    });
    const { ledgers } = runSimulation(simulate, program);
    for (const { energyChange, work, heat } of ledgers) {
      expect(Math.abs(energyChange - work + heat)).toBeLessThan(FIRST_LAW_TOLERANCE * N);
    }
  });
});

describe('work', () => {
  const frozen = (amplitude: number[], every: number): ResolvedProgram =>
    spinProgram({
      sites: N,
      couplings: polynomialMemories([memory]),
      dynamics: { temperature: 0 },
      initial: { kind: 'pattern', values: Float64Array.from(memory) },
      drives: [{ pattern: Float64Array.from(memory), amplitude: Float64Array.from(amplitude) }],
      duration: 2,
      every,
    });

  it('of a ramp along a state that does not move is −ΔA·N, exactly', () => {
    const { work, ledgers } = runSimulation(simulate, frozen([0, 0, 2, 3], 1));
    expect(work.map((w) => w.mean)).toEqual([0, -1.5 * N, -3 * N]);
    expect(ledgers[0]!.work).toBe(-3 * N);
  });

  it('of a jump at t = 0 counts and is there in the first readout', () => {
    const { work, ledgers, energy } = runSimulation(simulate, frozen([0, 0, 0, 1], 1));
    expect(work[0]!.mean).toBe(-N);
    expect(ledgers[0]!.energyChange).toBe(-N);
    expect(energy[0]!.mean).toBeCloseTo(-N / 2 - N, 10);
  });

  it('of a jump at the very end counts', () => {
    expect(runSimulation(simulate, frozen([0, 0, 2, 0, 2, 1], 1)).ledgers[0]!.work).toBe(-N);
  });

  it('before the first listed time is none, and the first value holds', () => {
    const { energy } = runSimulation(simulate, frozen([1, 2, 2, 2], 1));
    expect(energy[0]!.mean).toBeCloseTo(-N / 2 - 2 * N, 10);
  });
});

describe('starts', () => {
  it('corrupts exactly the asked number of sites, others each shot', () => {
    const program = spinProgram({
      sites: N,
      couplings: polynomialMemories(patterns),
      initial: { kind: 'corrupted', values: memory, flips: 5 },
      shots: 50,
    });
    const { initialStates } = runSimulation(simulate, program);
    const wrong = initialStates.map((state) =>
      Array.from(state.keys()).filter((i) => state[i] !== memory[i]),
    );
    expect(wrong.every((sites) => sites.length === 5)).toBe(true);
    expect(new Set(wrong.map(String)).size).toBeGreaterThan(45);
    expect(new Set(wrong.flat()).size).toBe(N);
  });

  it('holds clamped sites at their inputs, shot by shot', () => {
    const program = spinProgram({
      sites: N,
      couplings: polynomialMemories(patterns),
      dynamics: { temperature: 5 },
      clamped: Int32Array.of(0, 3),
      inputs: [Float64Array.of(1, -1), Float64Array.of(-1, -1), Float64Array.of(1, 1)],
      shots: 3,
      duration: 20,
    });
    const outcome = runSimulation(simulate, program);
    const clamped = (state: ArrayLike<number>): number[] => [state[0]!, state[3]!];
    for (const states of [outcome.initialStates, outcome.finalStates]) {
      expect(states.map(clamped)).toEqual([
        [1, -1],
        [-1, -1],
        [1, 1],
      ]);
    }
  });

  it('runs a burn-in before t = 0 and does not account for it', () => {
    const base = {
      sites: N,
      couplings: polynomialMemories([memory]),
      initial: { kind: 'corrupted' as const, values: memory, flips: 6 },
      duration: 0.001,
    };
    const cold = spinProgram({ ...base, dynamics: { temperature: 0, burnIn: 50 } });
    const { overlaps, ledgers } = runSimulation(simulate, cold);
    expect(overlaps[0]![0]!.mean).toBe(1);
    expect(ledgers[0]).toMatchObject({ work: 0, heat: 0, energyChange: 0 });
  });

  it('gives a shot the same course in any block', () => {
    const program = driven(models[0]![1], 'glauber', 'continuous-time');
    const whole = runSimulation(simulate, program);
    const part = runSimulation(simulate, program, { firstShot: 2, shots: 1 });
    expect(part.ledgers[0]).toEqual(whole.ledgers[2]);
    expect(part.finalStates[0]).toEqual(whole.finalStates[2]);
  });
});

describe('orders', () => {
  const single = (order: Order, every: number): ResolvedProgram =>
    spinProgram({
      sites: 1,
      couplings: { kind: 'coo', entries: new Float64Array(0) },
      references: [Int8Array.of(1)],
      dynamics: { order },
      initial: { kind: 'pattern', values: Float64Array.of(1) },
      duration: 1,
      every,
      shots: 20_000,
    });

  it('a spin without field forgets as e^{−t} in continuous time (20,000 shots, 4 s.e.)', () => {
    const { overlaps } = runSimulation(simulate, single('continuous-time', 0.25));
    [0.25, 0.5, 0.75, 1].forEach((t, k) => expectWithin(overlaps[0]![k + 1]!, Math.exp(-t)));
  });

  it.each(['random', 'sequential', 'synchronous'] as const)(
    'in %s order the only spin is attempted at t = 1, and the readout at 1 shows it',
    (order) => {
      const { overlaps } = runSimulation(simulate, single(order, 0.5));
      expect(overlaps[0]![1]!.mean).toBe(1);
      expectWithin(overlaps[0]![2]!, 0);
    },
  );

  it('sequential attempts go through the free sites in their order', () => {
    const program = spinProgram({
      sites: 4,
      couplings: { kind: 'coo', entries: new Float64Array(0) },
      fields: Float64Array.of(1, 1, 1, 1),
      clamped: Int32Array.of(1),
      dynamics: { order: 'sequential', temperature: 0 },
      initial: { kind: 'pattern', values: Float64Array.of(-1, -1, -1, -1) },
      duration: 1,
    });
    const states: number[][] = [];
    simulateHere(
      simulate,
      {
        program,
        parameters: {},
        firstShot: 0,
        shots: 1,
        times: Float64Array.of(0, 1 / 3, 2 / 3, 1),
      },
      {
        readout: (row) => states.push(Array.from(row.state)),
        shotEnd: () => undefined,
        progress: () => undefined,
      },
    );
    expect(states).toEqual([
      [-1, -1, -1, -1],
      [1, -1, -1, -1],
      [1, -1, 1, -1],
      [1, -1, 1, 1],
    ]);
  });
});

describe('zero temperature', () => {
  it('ends in a state in which no free spin is unstable', () => {
    const program = spinProgram({
      sites: N,
      couplings: { kind: 'dense', data: glass },
      dynamics: { rule: 'zero-temperature' },
      duration: 200,
      shots: 20,
    });
    const { finalStates, ledgers } = runSimulation(simulate, program);
    const model = createSpinModel({ kind: 'dense', data: glass }, N);
    for (const state of finalStates) {
      model.reset(state as Int8Array);
      for (let i = 0; i < N; i++) expect(state[i]! * model.field(i)).toBeGreaterThanOrEqual(0);
    }
    expect(ledgers.every((shot) => shot.heat >= 0)).toBe(true);
  });

  it('stopping early changes nothing: a drive on no site that jumps at the end keeps it going', () => {
    for (const order of ['continuous-time', 'random', 'sequential', 'synchronous'] as const) {
      const parts = {
        sites: N,
        couplings: polynomialMemories(patterns),
        dynamics: { temperature: 0, order },
        initial: { kind: 'corrupted' as const, values: memory, flips: 8 },
        duration: 30,
        every: 1,
        shots: 5,
      };
      const stopping = runSimulation(simulate, spinProgram(parts));
      const going = runSimulation(
        simulate,
        spinProgram({
          ...parts,
          drives: [
            { pattern: new Float64Array(N), amplitude: Float64Array.of(0, 0, 29.9, 0, 29.9, 1) },
          ],
        }),
      );
      expect(going.finalStates).toEqual(stopping.finalStates);
      expect(going.overlaps).toEqual(stopping.overlaps);
      expect(going.heat).toEqual(stopping.heat);
    }
  });

  it('does not stop while a drive has yet to come that moves what is stable now', () => {
    for (const order of ['continuous-time', 'random', 'sequential', 'synchronous'] as const) {
      const program = spinProgram({
        sites: N,
        couplings: polynomialMemories([memory]),
        dynamics: { temperature: 0, order },
        initial: { kind: 'pattern', values: Float64Array.from(memory) },
        drives: [{ pattern: Float64Array.from(memory), amplitude: Float64Array.of(20, 0, 20, -2) }],
        duration: 40,
        every: 10,
      });
      const { overlaps } = runSimulation(simulate, program);
      expect(overlaps[0]!.map((m) => m.mean)).toEqual(
        order === 'synchronous' ? [1, 1, -1, -1, -1] : [1, 1, overlaps[0]![2]!.mean, -1, -1],
      );
    }
  });

  it('takes ties as it is told: keep the spin, or go to +1 (MT-HZ8)', () => {
    const tied = (ties: 'keep' | 'plus', order: Order): ArrayLike<number> =>
      runSimulation(
        simulate,
        spinProgram({
          sites: 3,
          couplings: { kind: 'coo', entries: Float64Array.of(0, 1, 1, 1, 2, 1) },
          dynamics: { temperature: 0, ties, order },
          clamped: Int32Array.of(0, 2),
          initial: { kind: 'pattern', values: Float64Array.of(1, -1, -1) },
          duration: 20,
        }),
      ).finalStates[0]!;
    for (const order of ['continuous-time', 'random', 'sequential', 'synchronous'] as const) {
      expect(tied('keep', order)[1]).toBe(-1);
      expect(tied('plus', order)[1]).toBe(1);
    }
  });

  it('reached by a ramp is the same, and entropy production is null for it', () => {
    const program = spinProgram({
      sites: N,
      couplings: polynomialMemories([memory]),
      controls: { temperature: Float64Array.of(0, 0.5, 10, 0) },
      initial: { kind: 'corrupted', values: memory, flips: 3 },
      duration: 40,
      shots: 3,
    });
    const outcome = runSimulation(simulate, program);
    const summary = summarise(outcome, spinThermodynamics(program), 40);
    expect(outcome.finalOverlaps.every((m) => Math.abs(m[0]!) === 1)).toBe(true);
    expect(summary.entropyProduction).toBeNull();
    expect(summary.firstLawResidual).toBeLessThan(1e-10);
  });
});

describe('models without an ordinary energy', () => {
  const ring = Float64Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0);

  it('asymmetric couplings have heat Σ 2 s_i b_i and entropy Q/T, but neither work nor energy', () => {
    const program = spinProgram({
      sites: 3,
      couplings: { kind: 'dense', data: ring },
      dynamics: { temperature: 0.5 },
      duration: 10,
      shots: 3,
    });
    const { ledgers, energy } = runSimulation(simulate, program);
    for (const shot of ledgers) {
      expect([shot.work, shot.energyChange]).toEqual([NaN, NaN]);
      expect(shot.mediumEntropy).toBeCloseTo(shot.heat / 0.5, 10);
    }
    expect(energy[0]!.mean).toBeNaN();
    const summary = summarise(runSimulation(simulate, program), spinThermodynamics(program), 10);
    expect([summary.work, summary.energyChange, summary.firstLawResidual]).toEqual([
      null,
      null,
      null,
    ]);
    expect(summary.heat).not.toBeNull();
  });

  it('exponential memories retrieve, with heat of the logarithm, positive at T = 0', () => {
    const program = spinProgram({
      sites: N,
      couplings: memories({ kind: 'exponential' }),
      dynamics: { temperature: 0 },
      initial: { kind: 'corrupted', values: memory, flips: 5 },
      duration: 50,
      shots: 5,
    });
    const { finalOverlaps, ledgers } = runSimulation(simulate, program);
    expect(finalOverlaps.every((m) => m[0] === 1)).toBe(true);
    for (const shot of ledgers) {
      expect(shot.heat).toBeGreaterThan(0);
      expect(shot.heat).toBeLessThan(2 * N);
    }
    const context = spinThermodynamics({
      ...program,
      dynamics: { ...program.dynamics, temperature: 1 },
    });
    expect(context.noEntropy).toMatch(/logarithm/);
  });
});
