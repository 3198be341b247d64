import { describe, expect, it } from 'vitest';
import { circuit } from '../../../../test/support/circuit.js';
import { ENGINES, RandomStream, type RelaxdError } from '../../../core/index.js';
import { readoutTimes, type ResolvedProgram } from '../../../device/index.js';
import { engineMissing } from '../../../kernels/index.js';
import type { ShotLedger } from '../../../thermo/index.js';
import { simulateHere } from '../../simulate-here.js';
import { simulate } from '../simulate-circuit.js';
import { layeredName } from './layered-run.js';

const LAYERED = layeredName('euler-maruyama');
const LAYERED_PAIRED = layeredName('leimkuhler-matthews');
const kinds = ENGINES.filter((kind) => engineMissing(kind) === null);

/** Couplings between layers of these sizes, of strength 1/√(inputs). */
function layeredEntries(sizes: readonly number[]): number[][] {
  const stream = RandomStream.of(3, 'disorder');
  const entries: number[][] = [];
  let low = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const high = low + sizes[l]!;
    for (let i = high; i < high + sizes[l + 1]!; i++) {
      for (let j = low; j < high; j++) entries.push([i, j, stream.normal() / Math.sqrt(sizes[l]!)]);
    }
    low = high;
  }
  return entries;
}

const SIZES = [7, 5, 3];
const layered = (options: Record<string, unknown> = {}): ResolvedProgram =>
  circuit({
    sites: 15,
    couplings: { kind: 'coo', entries: layeredEntries(SIZES) },
    fields: Array.from({ length: 15 }, (_, i) => Math.sin(i)),
    initial: { kind: 'pattern', values: Array.from({ length: 15 }, (_, i) => Math.cos(3 * i)) },
    dynamics: { integrator: 'euler-maruyama', dt: 0.002 },
    duration: 1,
    readout: { every: 0.25 },
    shots: 3,
    seed: 4,
    ...options,
  });
const drives = [
  {
    pattern: Array.from({ length: 15 }, (_, i) => (i < 7 ? 1 : 0)),
    amplitude: [
      [0, 0],
      [0, 1],
      [0.5, -1],
      [0.5, 2],
    ],
  },
];
const controls = {
  quadratic: [
    [0, 1],
    [1, 0.25],
  ],
  quartic: [
    [0.2, 0.5],
    [0.7, 1.5],
  ],
};

interface Ran {
  readonly states: Float64Array[];
  readonly ledgers: ShotLedger[];
  readonly work: number[];
  readonly algorithms: string[];
}
function run(
  program: ResolvedProgram,
  engine: (typeof ENGINES)[number],
  algorithm: string | null = LAYERED,
  [firstShot, shots] = [0, program.shots],
): Ran {
  const out: Ran = { states: [], ledgers: [], work: [], algorithms: [] };
  simulateHere(
    simulate,
    { program, parameters: {}, firstShot, shots, times: readoutTimes(program), algorithm },
    {
      algorithm: (name) => out.algorithms.push(name),
      readout: (row) => {
        out.states.push(Float64Array.from(row.state));
        out.work.push(row.work);
      },
      shotEnd: (ledger) => out.ledgers.push(ledger),
      progress: () => undefined,
    },
    engine,
  );
  return out;
}

/** Far above rounding of 32-bit floats over 500 steps, far below any error of a formula. */
const FLOAT32 = 2e-5;

describe.each(kinds)('layered circuits on %s', (kind) => {
  it.each([
    ['at constant knobs', {}],
    ['under drives', { drives }],
    ['under ramped wells', { controls }],
    ['with clamped sites', { clamped: [0, 8], inputs: [[1.5, -0.5]], drives }],
  ])('at T = 0 move as 64-bit steps do, ledger and all: %s', (_, options) => {
    const cold = { integrator: 'euler-maruyama', dt: 0.002, temperature: 0 };
    const program = layered({ ...options, shots: 1, dynamics: cold });
    const here = run(program, kind);
    const there = run(program, 'reference', null);
    expect(here.algorithms).toEqual([LAYERED]);
    expect(there.algorithms).not.toContain(LAYERED);
    here.states.forEach((state, k) => {
      state.forEach((x, i) => {
        expect(Math.abs(x - there.states[k]![i]!)).toBeLessThan(FLOAT32);
      });
      expect(Math.abs(here.work[k]! - there.work[k]!)).toBeLessThan(10 * FLOAT32);
    });
    const [ledger, right] = [here.ledgers[0]!, there.ledgers[0]!];
    expect(Math.abs(ledger.heat - right.heat)).toBeLessThan(10 * FLOAT32);
    expect(Math.abs(right.heat)).toBeGreaterThan(0.1);
  });

  it('keep the first law to rounding, whatever is ramped', () => {
    for (const options of [{}, { drives }, { controls, drives }, { dynamics: lm }]) {
      const name = 'dynamics' in options ? LAYERED_PAIRED : LAYERED;
      for (const ledger of run(layered(options), kind, name).ledgers) {
        expect(Math.abs(ledger.energyChange - ledger.work + ledger.heat)).toBeLessThan(1e-9);
      }
    }
  });
  const lm = { integrator: 'leimkuhler-matthews', dt: 0.02, burnIn: 1 };

  it('have shots that do not depend on the block they are run in', () => {
    for (const dynamics of [{ integrator: 'euler-maruyama', dt: 0.002, burnIn: 0.1 }, lm]) {
      const program = layered({ dynamics });
      const name = dynamics === lm ? LAYERED_PAIRED : LAYERED;
      const all = run(program, kind, name);
      const last = run(program, kind, name, [2, 1]);
      expect(all.states.slice(-last.states.length)).toEqual(last.states);
      expect(all.ledgers.slice(-1)).toEqual(last.ledgers);
      expect(all.states[4]).not.toEqual(all.states[9]);
    }
  });

  it('have the mean and variance of linear wells after a sudden field', () => {
    // One site against two: x = (x₁, x₂, x₃), A = 2q − J, started at 0 under h; Euler's own mean and covariance, exactly.
    const dt = 0.05;
    const steps = 20;
    const program = circuit({
      sites: 3,
      couplings: {
        kind: 'coo',
        entries: [
          [0, 1, 0.8],
          [0, 2, -0.5],
        ],
      },
      fields: [1, 0.5, -1],
      wells: { quadratic: 1, quartic: 0 },
      initial: { kind: 'zero' },
      dynamics: { integrator: 'euler-maruyama', dt },
      duration: dt * steps,
      readout: { every: dt * steps },
      shots: 6000,
      seed: 12,
    });
    const A = [
      [2, -0.8, 0.5],
      [-0.8, 2, 0],
      [0.5, 0, 2],
    ];
    let mean = [0, 0, 0];
    let C = A.map((row) => row.map(() => 0));
    const step = A.map((row, i) => row.map((a, j) => (i === j ? 1 : 0) - dt * a));
    for (let s = 0; s < steps; s++) {
      mean = step.map((row, i) => row.reduce((m, p, j) => m + p * mean[j]!, dt * [1, 0.5, -1][i]!));
      const half = step.map((row) =>
        C.map((_, j) => row.reduce((m, p, k) => m + p * C[k]![j]!, 0)),
      );
      C = half.map((row, i) =>
        step.map((other, j) => row.reduce((m, p, k) => m + p * other[k]!, i === j ? 2 * dt : 0)),
      );
    }
    const last = run(program, kind).states.filter((_, k) => k % 2 === 1);
    for (let i = 0; i < 3; i++) {
      const got = last.reduce((sum, x) => sum + x[i]!, 0) / last.length;
      expect(Math.abs(got - mean[i]!)).toBeLessThan(4.5 * Math.sqrt(C[i]![i]! / last.length));
      for (let j = 0; j <= i; j++) {
        const products = last.reduce((sum, x) => sum + (x[i]! - mean[i]!) * (x[j]! - mean[j]!), 0);
        const spread = Math.sqrt((C[i]![i]! * C[j]![j]! + C[i]![j]! ** 2) / last.length);
        expect(Math.abs(products / last.length - C[i]![j]!)).toBeLessThan(4.5 * spread);
      }
    }
  });

  it('say where a step is too long', () => {
    const program = layered({
      wells: { quadratic: 1, quartic: 1 },
      initial: { kind: 'pattern', values: Array.from({ length: 15 }, (_, i) => (i === 4 ? 9 : 0)) },
      dynamics: { integrator: 'euler-maruyama', dt: 0.002 },
    });
    expect(() => run(program, kind)).toThrow(
      expect.objectContaining({ code: 'diverged' }) as RelaxdError,
    );
    expect(() => run(program, kind)).toThrow(/site 4 is at 9, where 4·quartic·x²·dt exceeds 0.5/);
  });
});

describe('the layered algorithm', () => {
  const algorithms = (program: ResolvedProgram, algorithm: string | null = null): string[] =>
    run(program, 'reference', algorithm, [0, 1]).algorithms;
  const large = (options: Record<string, unknown> = {}): ResolvedProgram =>
    circuit({
      sites: 114,
      couplings: { kind: 'coo', entries: layeredEntries([64, 40, 10]) },
      initial: { kind: 'zero' },
      dynamics: { integrator: 'euler-maruyama', dt: 0.01 },
      duration: 0.02,
      ...options,
    });

  it('is chosen for large layers and explicit schemes with one force a step', () => {
    expect(algorithms(large())).toEqual([LAYERED]);
    const paired = { integrator: 'leimkuhler-matthews', dt: 0.01 };
    expect(algorithms(large({ dynamics: paired }))).toEqual([LAYERED_PAIRED]);
    for (const options of [
      { dynamics: { integrator: 'heun', dt: 0.01 } },
      { dynamics: { integrator: 'euler-maruyama', dt: 0.01, temperature: two(114) } },
      { controls: { temperature: ramp } },
      { controls: { coupling: ramp } },
      { couplings: { kind: 'coo', entries: [...layeredEntries([64, 40, 10]), [0, 113, 0.1]] } },
    ]) {
      expect(algorithms(large(options))).not.toContain(LAYERED);
    }
  });
  const ramp = [
    [0, 1],
    [0.02, 0.5],
  ];
  const two = (sites: number): number[] => Array.from({ length: sites }, (_, i) => 1 + (i % 2));

  it('is left to others for few pairs, and refused where it cannot be', () => {
    expect(algorithms(layered())).not.toContain(LAYERED);
    expect(algorithms(layered(), LAYERED)).toEqual([LAYERED]);
    expect(() => algorithms(large({ dynamics: { integrator: 'strang' } }), LAYERED)).toThrow(
      expect.objectContaining({ code: 'not-supported' }) as RelaxdError,
    );
  });
});
