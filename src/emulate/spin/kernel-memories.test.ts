import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disorder, randomPatterns, spinProgram } from '../../../test/support/spin-program.js';
import { ENGINES, type EngineKind } from '../../core/index.js';
import type { MemoryCouplings, ResolvedProgram } from '../../device/index.js';
import { engineMissing, openEngine } from '../../kernels/index.js';
import { createSpinModel } from '../../model/index.js';
import { courseOf } from '../course.test-support.js';
import { KernelMemories } from './kernel-memories.js';
import { memoryLayoutOf } from './memory-layout-of.js';
import { simulate } from './simulate-spins.js';

const here = ENGINES.filter((kind) => engineMissing(kind) === null);

const FORMS = [
  'hebb',
  'rectified-2',
  'cubic',
  'rectified-3',
  'quartic',
  'rectified-8',
  'polynomial-31',
  'log-sum-exp',
  'exponential',
  'sequence-2',
  'sequence-7',
  'weights',
  'asymmetric',
] as const;

interface Shape {
  readonly form: (typeof FORMS)[number];
  readonly sites: number;
  readonly memories: number;
  readonly seed: number;
}

function couplingsOf({ form, sites, memories, seed }: Shape): MemoryCouplings {
  const stream = disorder(seed);
  const patterns = randomPatterns(memories, sites, stream);
  const base = { kind: 'memories', patterns, weights: null, next: null } as const;
  const polynomial = (degree: number, rectified = false): MemoryCouplings['interaction'] => ({
    kind: 'polynomial',
    degree,
    rectified,
  });
  const next = Int32Array.from(patterns, () => stream.integer(memories));
  const weights = new Float64Array(memories * memories);
  for (let mu = 0; mu < memories; mu++) {
    for (let nu = 0; nu <= mu; nu++) {
      const w = stream.normal();
      weights[mu * memories + nu] = w;
      weights[nu * memories + mu] = form === 'asymmetric' ? stream.normal() : w;
    }
  }
  switch (form) {
    case 'hebb':
      return { ...base, interaction: polynomial(2) };
    case 'rectified-2':
      return { ...base, interaction: polynomial(2, true) };
    case 'cubic':
      return { ...base, interaction: polynomial(3) };
    case 'rectified-3':
      return { ...base, interaction: polynomial(3, true) };
    case 'quartic':
      return { ...base, interaction: polynomial(4) };
    case 'rectified-8':
      return { ...base, interaction: polynomial(8, true) };
    case 'polynomial-31':
      return { ...base, interaction: polynomial(31) };
    case 'log-sum-exp': {
      const beta = [0.003, 0.1, 0.7, 1, 3, 40][seed % 6]!;
      return { ...base, interaction: { kind: 'log-sum-exp', beta } };
    }
    case 'exponential':
      return { ...base, interaction: { kind: 'exponential' } };
    case 'sequence-2':
      return { ...base, next, interaction: polynomial(2) };
    case 'sequence-7':
      return { ...base, next, interaction: polynomial(7, seed % 2 === 0) };
    case 'weights':
    case 'asymmetric':
      return { ...base, weights, interaction: polynomial(2) };
  }
}

const shapes = fc.record({
  form: fc.constantFrom(...FORMS),
  // From 148 even sites on terms may not fit into 16 bits.
  sites: fc.constantFrom(1, 2, 3, 8, 17, 33, 64, 65, 100, 129, 200, 310),
  memories: fc.constantFrom(1, 2, 3, 15, 16, 17, 31, 64, 65, 130),
  seed: fc.integer({ min: 1, max: 1000 }),
});

function modelOn(engine: EngineKind, couplings: MemoryCouplings, sites: number): KernelMemories {
  const model = KernelMemories.of(openEngine(engine), couplings, sites);
  expect(model).not.toBeNull();
  return model!;
}

function fieldsOf(model: { readonly sites: number; field(i: number): number }): number[] {
  // −0 and 0 are the same field.
  return Array.from({ length: model.sites }, (_, i) => model.field(i) + 0);
}

describe('memories on kernels', () => {
  it('have the fields, overlaps and energies of their models on every engine, the same bits on all', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const { sites, seed } = shape;
        const couplings = couplingsOf(shape);
        const stream = disorder(seed, 2);
        const start = Int8Array.from({ length: sites }, () => stream.sign());
        // Near a memory too, where terms differ most.
        if (seed % 2 === 0) start.set(couplings.patterns[0]!);
        if (seed % 4 === 2) start.forEach((spin, i) => (start[i] = -spin));
        const flips = Array.from({ length: 12 }, () => stream.integer(sites));
        const model = createSpinModel(couplings, sites);
        model.reset(start);
        const onEngines = here.map((kind) => modelOn(kind, couplings, sites));
        for (const one of onEngines) one.reset(start);
        for (const site of flips) {
          model.flip(site);
          for (const one of onEngines) one.flip(site);
        }
        const first = fieldsOf(onEngines[0]!);
        for (const one of onEngines) {
          expect(fieldsOf(one)).toEqual(first);
          expect(Array.from(one.overlaps)).toEqual(Array.from(model.overlaps!));
          expect(Array.from(one.state)).toEqual(Array.from(model.state));
          expect(one.energy()).toBe(model.energy());
          const scratch = new Float64Array(sites);
          one.fieldsFromScratch(scratch);
          expect(Array.from(scratch, (b) => b + 0)).toEqual(first);
        }
        const expected = fieldsOf(model);
        if (isExact(couplings, sites)) expect(first).toEqual(expected);
        const size = 1 + Math.max(...expected.map(Math.abs));
        first.forEach((b, i) => {
          expect(Math.abs(b - expected[i]!)).toBeLessThan(1e-13 * couplings.patterns.length * size);
        });
      }),
      { numRuns: 120 },
    );
  });

  it.each([
    [4001, 400, true],
    [4000, 400, false],
  ])('of %i sites are summed without overflow (%i memories)', (sites, memories, rectified) => {
    const patterns = randomPatterns(memories, sites, disorder(5));
    const same = patterns.map((_, mu) => patterns[mu < 350 ? 0 : mu]!);
    const couplings: MemoryCouplings = {
      kind: 'memories',
      patterns: same,
      weights: null,
      next: null,
      interaction: { kind: 'polynomial', degree: 3, rectified },
    };
    const model = createSpinModel(couplings, sites);
    const sample = [0, 1, 2, sites - 1];
    for (const kind of here) {
      const one = modelOn(kind, couplings, sites);
      expect(memoryLayoutOf(couplings, sites)!.kind).toBe('integers');
      one.reset(patterns[0]!);
      model.reset(patterns[0]!);
      one.flip(1);
      model.flip(1);
      expect(sample.map((i) => one.field(i))).toEqual(sample.map((i) => model.field(i)));
    }
  });

  it('are exactly in zero field at ties', () => {
    // Pairs of memories that differ in site 4 only: without it their overlaps are the same.
    const [a, b] = randomPatterns(2, 40, disorder(3)) as [Int8Array, Int8Array];
    const patterns = [a, b].flatMap((one) => [one, one.map((s, i) => (i === 4 ? -s : s))]);
    const state = a.map((s, i) => (i % 7 === 3 ? -s : s));
    for (const degree of [2, 3, 5, 9, 40]) {
      const couplings: MemoryCouplings = {
        kind: 'memories',
        patterns,
        weights: null,
        next: null,
        interaction: { kind: 'polynomial', degree, rectified: true },
      };
      for (const kind of here) {
        const model = modelOn(kind, couplings, 40);
        model.reset(state);
        expect(Math.abs(model.field(4))).toBe(0);
        expect(model.field(5)).not.toBe(0);
      }
    }
    const smooth = [{ kind: 'log-sum-exp', beta: 0.37 }, { kind: 'exponential' }] as const;
    for (const [kind, interaction] of here.flatMap((one) => smooth.map((f) => [one, f] as const))) {
      const couplings: MemoryCouplings = {
        kind: 'memories',
        patterns,
        weights: null,
        next: null,
        interaction,
      };
      const model = modelOn(kind, couplings, 40);
      model.reset(state);
      expect(Math.abs(model.field(4))).toBe(0);
    }
  });

  it('of powers that underflow far from every memory are left to their model', () => {
    const patterns = randomPatterns(3, 784, disorder(4));
    const couplings = (degree: number): MemoryCouplings => ({
      kind: 'memories',
      patterns,
      weights: null,
      next: null,
      interaction: { kind: 'polynomial', degree, rectified: false },
    });
    expect(memoryLayoutOf(couplings(30), 784)!.kind).toBe('powers');
    expect(memoryLayoutOf(couplings(200), 784)).toBeNull();
    const { algorithm, rows } = courseOf(
      simulate,
      spinProgram({
        sites: 784,
        couplings: couplings(200),
        initial: { kind: 'corrupted', values: patterns[0]!, flips: 60 },
        dynamics: { temperature: 0 },
        duration: 4,
      }),
      'reference',
    );
    expect(algorithm).toBe('fields-of-the-model');
    expect(rows.at(-1)!.overlaps[0]).toBe(1);
  });
});

/** Whether sums of a kind are exact in doubles, whatever their order. */
function isExact(couplings: MemoryCouplings, sites: number): boolean {
  const { interaction, weights, patterns, next } = couplings;
  if (interaction.kind !== 'polynomial' || weights !== null) return false;
  const { degree } = interaction;
  const most = patterns.length * sites ** (degree - 1) * (next === null ? 2 * degree : 1);
  return most <= 2 ** 52;
}

describe('attempts on memories', () => {
  const programs = fc
    .record({
      shape: shapes,
      order: fc.constantFrom('continuous-time', 'random', 'sequential'),
      rule: fc.constantFrom('glauber', 'metropolis', 'zero-temperature'),
      ties: fc.constantFrom('keep', 'plus'),
      temperature: fc.constantFrom(0, 0.2, 1),
      driven: fc.boolean(),
      ramped: fc.boolean(),
    })
    .map(({ shape, order, rule, ties, temperature, driven, ramped }) => {
      const { sites, seed } = shape;
      const couplings = couplingsOf(shape);
      const stream = disorder(seed, 3);
      const values = couplings.patterns[0]!;
      return spinProgram({
        sites,
        couplings,
        seed,
        shots: 2,
        dynamics: { rule, order, ties, temperature: rule === 'zero-temperature' ? 0 : temperature },
        initial: { kind: 'corrupted', values, flips: Math.floor(sites / 4) },
        drives: driven
          ? [
              {
                pattern: Float64Array.from({ length: sites }, () => stream.normal()),
                amplitude: Float64Array.of(0, 0, 1, 0.5, 2, 0),
              },
            ]
          : [],
        // No scale acts on the logarithm of exponential memories.
        controls:
          ramped && shape.form !== 'exponential' ? { coupling: Float64Array.of(0, 1, 3, 0.5) } : {},
        duration: 3,
        every: 1,
      });
    });

  it('are the same numbers on every engine, ledgers included, and keep the first law', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const courses = here.map((kind) => courseOf(simulate, program, kind));
        for (const other of courses) expect(other).toEqual(courses[0]);
        const [{ ledgers, algorithm }] = courses as [(typeof courses)[0]];
        expect(algorithm).toBe('overlaps');
        for (const { work, heat, energyChange } of ledgers) {
          if (Number.isNaN(energyChange)) continue;
          expect(Math.abs(energyChange - work + heat)).toBeLessThan(
            1e-9 * program.sites * (1 + Math.abs(energyChange)),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('of degree 2 are made on overlaps or on fields, by the program’s shape or as asked, with the same outcome', () => {
    const patterns = randomPatterns(5, 40, disorder(8));
    const program = (shots: number, duration: number): ResolvedProgram =>
      spinProgram({
        sites: 40,
        couplings: {
          kind: 'memories',
          patterns,
          weights: null,
          next: null,
          interaction: { kind: 'polynomial', degree: 2, rectified: false },
        },
        initial: { kind: 'corrupted', values: patterns[0]!, flips: 10 },
        dynamics: { temperature: 0.4 },
        shots,
        duration,
      });
    for (const kind of here) {
      const fields = courseOf(simulate, program(3, 4), kind, 'fields');
      const overlaps = courseOf(simulate, program(3, 4), kind, 'overlaps');
      expect([fields.algorithm, overlaps.algorithm]).toEqual(['fields', 'overlaps']);
      expect(fields.rows).toEqual(overlaps.rows);
      fields.ledgers.forEach((ledger, k) => {
        expect(ledger.heat).toBe(overlaps.ledgers[k]!.heat);
        expect(ledger.energyChange).toBeCloseTo(overlaps.ledgers[k]!.energyChange, 10);
      });
    }
    expect(courseOf(simulate, program(3, 4), 'reference').algorithm).toBe('overlaps');
    expect(courseOf(simulate, program(10, 40), 'reference').algorithm).toBe('fields');
    expect(courseOf(simulate, program(1, 1), 'reference', 'attempts-one-by-one').algorithm).toBe(
      'attempts-one-by-one',
    );
    const cubic = spinProgram({
      sites: 40,
      couplings: {
        kind: 'memories',
        patterns,
        weights: null,
        next: null,
        interaction: { kind: 'polynomial', degree: 3, rectified: false },
      },
    });
    expect(() => courseOf(simulate, cubic, 'reference', 'fields')).toThrowError(
      /cannot be run by 'fields'/,
    );
    const exponential = { ...cubic.couplings, interaction: { kind: 'exponential' } } as const;
    for (const name of ['overlaps', 'attempts-one-by-one']) {
      const course = courseOf(simulate, { ...cubic, couplings: exponential }, 'reference', name);
      expect(course.algorithm).toBe(name);
    }
  });

  it.each([1, -1])('whose exponentials cancel to 16 digits go by the exact sign (%i)', (turned) => {
    // Σ c_k e^{2k} = −3.7·10⁻¹⁶ Σ |c_k| e^{2k}: so many memories with y = 3 + 2k on site 0, agreeing or (−) opposed.
    const counts = [2, 5, -2, 6, 15, -1, 6, -23, 3].map((count) => turned * count);
    const sites = 20;
    const patterns = counts.flatMap((count, k) =>
      Array.from({ length: Math.abs(count) }, (_, copy) =>
        Int8Array.from({ length: sites }, (__, i) => {
          if (i === 0) return Math.sign(count);
          return (i + copy) % (sites - 1) < 8 - k ? -1 : 1;
        }),
      ),
    );
    const couplings: MemoryCouplings = {
      kind: 'memories',
      patterns,
      weights: null,
      next: null,
      interaction: { kind: 'exponential' },
    };
    const start = new Int8Array(sites).fill(1);
    const program = spinProgram({
      sites,
      couplings,
      initial: { kind: 'pattern', values: Float64Array.from(start) },
      dynamics: { order: 'sequential', temperature: 0 },
      duration: 3,
      every: 1 / sites,
    });
    for (const kind of here) {
      const model = modelOn(kind, couplings, sites);
      model.reset(start);
      expect(Math.sign(model.field(0))).toBe(-turned);
      const { rows } = courseOf(simulate, program, kind);
      expect(rows[1]!.state[0]).toBe(-turned);
      expect(rows).toEqual(courseOf(simulate, program, 'reference').rows);
      expect(rows.at(-1)!.state).toEqual(
        courseOf(simulate, program, 'reference', 'attempts-one-by-one').rows.at(-1)!.state,
      );
    }
  });
});
