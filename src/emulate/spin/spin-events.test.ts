import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disorder, spinProgram } from '../../../test/support/spin-program.js';
import { ENGINES, RelaxdError } from '../../core/index.js';
import { engineMissing } from '../../kernels/index.js';
import { courseOf, type Course } from '../course.test-support.js';
import { solveExactly } from './exact-spins.js';
import { simulate } from './simulate-spins.js';

const here = ENGINES.filter((kind) => engineMissing(kind) === null);

/** Dense couplings of a form in which they are kept. */
function denseOf(form: string, sites: number, seed: number): Float64Array {
  const stream = disorder(seed);
  const draw: Record<string, () => number> = {
    int8: () => (stream.integer(7) - 3) / 2,
    int16: () => (stream.integer(2001) - 1000) / 512,
    float32: () => Math.fround(stream.normal()),
    float64: () => stream.normal(),
  };
  const data = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) data[i * sites + j] = data[j * sites + i] = draw[form]!();
  }
  if (seed % 5 === 0 && sites > 1) data[1] = data[1]! + 1;
  return data;
}

const programs = fc
  .record({
    form: fc.constantFrom('int8', 'int16', 'float32', 'float64'),
    sites: fc.constantFrom(1, 2, 7, 15, 16, 17, 65),
    rule: fc.constantFrom('glauber', 'metropolis', 'zero-temperature'),
    ties: fc.constantFrom('keep', 'plus'),
    baths: fc.boolean(),
    drives: fc.integer({ min: 0, max: 2 }),
    coupling: fc.boolean(),
    fields: fc.boolean(),
    clamped: fc.boolean(),
    burnIn: fc.boolean(),
    ramp: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1000 }),
  })
  .map(({ form, sites, rule, ties, seed, ...shape }) => {
    const stream = disorder(seed, 1);
    const vector = (): Float64Array => Float64Array.from({ length: sites }, () => stream.normal());
    const scale = Math.sqrt(sites);
    const window = 4096 / sites;
    return spinProgram({
      sites,
      couplings: { kind: 'dense', data: denseOf(form, sites, seed) },
      references: [Int8Array.from({ length: sites }, () => stream.sign())],
      fields: shape.fields ? vector() : new Float64Array(sites),
      clamped: shape.clamped && sites > 2 ? Int32Array.of(1) : new Int32Array(0),
      drives: Array.from({ length: shape.drives }, (_, d) => ({
        pattern: vector(),
        amplitude: Float64Array.from(
          [
            [0, d],
            [0, d + 1],
            [1.2 * window, d + 1],
            [(shape.ramp ? 1.5 : 1.2) * window, 0],
          ].flat(),
        ),
      })),
      controls: shape.coupling ? { coupling: Float64Array.of(0, 1, 5, 1, 5, 1.3) } : {},
      dynamics: {
        rule,
        order: 'continuous-time',
        ties,
        temperature:
          rule === 'zero-temperature'
            ? 0
            : shape.baths
              ? Float64Array.from({ length: sites }, (_, i) => scale * [0.1, 0.2, 0.15][i % 3]!)
              : 0.15 * scale,
        burnIn: shape.burnIn ? 2.3 * window : null,
      },
      duration: 3.1 * window,
      every: window / 3,
      shots: 2,
      seed,
    });
  });

describe('rejection-free events of spins', () => {
  it('are the same on every engine, close the first law, and take turns with attempts where that pays', () => {
    const ran = new Set<string>();
    fc.assert(
      fc.property(programs, fc.boolean(), (program, always) => {
        const moves = program.drives.some(
          ({ amplitude }) => amplitude[4] !== amplitude[6] && amplitude[5] !== amplitude[7],
        );
        const algorithm = always && !moves ? 'events' : null;
        const reference = courseOf(simulate, program, 'reference', algorithm);
        ran.add(reference.algorithm);
        for (const engine of here.slice(1)) {
          expect(courseOf(simulate, program, engine, algorithm)).toEqual(reference);
        }
        for (const { work, heat, energyChange } of reference.ledgers) {
          if (Number.isNaN(work)) continue;
          const size = 1e-10 * (program.sites ** 1.5 + Math.abs(work) + Math.abs(heat));
          expect(Math.abs(energyChange - work + heat)).toBeLessThan(size);
        }
      }),
      { numRuns: 30, seed: 2 },
    );
    expect([...ran].sort()).toContain('events');
    expect([...ran].some((name) => name.endsWith('+events'))).toBe(true);
  });

  it('do not depend on when they are looked at', () => {
    const program = fc.sample(programs, { numRuns: 12, seed: 3 });
    for (const one of program) {
      const last = (rows: Course['rows']): Course['rows'][number] => rows[rows.length - 1]!;
      const often = last(
        courseOf(simulate, { ...one, readout: { ...one.readout, every: one.duration / 97 } }).rows,
      );
      const { step, ...seldom } = last(courseOf(simulate, one).rows);
      expect(step).toBeGreaterThan(0);
      expect(often.state).toEqual(seldom.state);
    }
  });

  it.each([
    ['glauber', 'events'],
    ['metropolis', 'events'],
  ] as const)('follow the master equation: %s, %s', (rule, algorithm) => {
    const sites = 5;
    const stream = disorder(7, 1);
    const vector = (): Float64Array => Float64Array.from({ length: sites }, () => stream.normal());
    const program = spinProgram({
      sites,
      couplings: { kind: 'dense', data: denseOf('float64', sites, 7) },
      references: [Int8Array.from({ length: sites }, () => stream.sign())],
      fields: vector(),
      drives: [{ pattern: vector(), amplitude: Float64Array.of(0, 0, 1, 0, 1, 1.2) }],
      controls: { coupling: Float64Array.of(0, 1, 2, 1, 2, 0.6) },
      dynamics: { rule, order: 'continuous-time', temperature: 0.8 },
      initial: { kind: 'pattern', values: new Float64Array(sites).fill(-1) },
      duration: 3,
      every: 0.5,
      shots: 4000,
      seed: 5,
    });
    const { result } = solveExactly(program);
    const { rows, ledgers, algorithm: ran } = courseOf(simulate, program, null, algorithm);
    expect(ran).toBe(algorithm);
    const hold = (values: number[], expected: number): void => {
      const n = values.length;
      const mean = values.reduce((a, b) => a + b, 0) / n;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1);
      expect(Math.abs(mean - expected)).toBeLessThan(4.5 * Math.sqrt(variance / n) + 1e-12);
    };
    for (let step = 1; step <= 6; step++) {
      const at = rows.filter((row) => row.step === step);
      hold(
        at.map((row) => row.overlaps[0]!),
        result.observables.overlaps!.mean[0]![step]!,
      );
      hold(
        at.map((row) => row.energy),
        result.observables.energy!.mean[step]!,
      );
    }
    hold(
      ledgers.map((one) => one.heat),
      result.thermodynamics.heat!.mean!,
    );
    hold(
      ledgers.map((one) => one.work),
      result.thermodynamics.work!.mean!,
    );
    const squares = ledgers.map((one) => (one.heat - result.thermodynamics.heat!.mean!) ** 2);
    hold(squares, result.thermodynamics.heat!.variance!);
    hold(
      ledgers.map((one) => one.mediumEntropy),
      result.thermodynamics.heat!.mean! / 0.8,
    );
  });

  it('keep the Gibbs state where they take turns with attempts', () => {
    const sites = 6;
    const program = spinProgram({
      sites,
      couplings: { kind: 'dense', data: denseOf('float64', sites, 9) },
      references: [new Int8Array(sites).fill(1)],
      fields: Float64Array.from({ length: sites }, (_, i) => 0.2 * i),
      dynamics: { rule: 'glauber', order: 'continuous-time', temperature: 0.5 },
      initial: { kind: 'random' },
      duration: 40_000,
      every: 200,
      shots: 40,
      seed: 8,
    });
    const { rows, algorithm: ran } = courseOf(simulate, program);
    expect(ran).toMatch(/\+events$/);
    const gibbs = solveExactly({
      ...program,
      duration: 1,
      initial: { kind: 'equilibrium' },
    });
    const exact = gibbs.result.observables.energy!.mean[0]!;
    // One mean a shot: shots are independent of each other.
    const means = Array.from({ length: 40 }, (_, shot) => {
      const own = rows.slice(201 * shot + 20, 201 * (shot + 1));
      return own.reduce((sum, row) => sum + row.energy, 0) / own.length;
    });
    const mean = means.reduce((a, b) => a + b, 0) / 40;
    const variance = means.reduce((a, b) => a + (b - mean) ** 2, 0) / 39;
    expect(variance).toBeGreaterThan(0);
    expect(Math.abs(mean - exact)).toBeLessThan(4.5 * Math.sqrt(variance / 40));
  });

  it('come to the end where windows are no exact numbers', () => {
    const sites = 48;
    const program = spinProgram({
      sites,
      couplings: { kind: 'dense', data: denseOf('float64', sites, 3) },
      dynamics: { rule: 'glauber', order: 'continuous-time', temperature: 1 },
      duration: 1000,
      every: 20,
      shots: 1,
      seed: 1,
    });
    const { rows, algorithm: ran } = courseOf(simulate, program);
    expect(ran).toBe('local-fields-float64+events');
    expect(rows).toHaveLength(51);
  });

  it('are refused where a protocol moves, with what could be used', () => {
    const program = spinProgram({
      sites: 2,
      couplings: { kind: 'dense', data: Float64Array.of(0, 1, 1, 0) },
      controls: { temperature: Float64Array.of(0, 2, 1, 1) },
      dynamics: { order: 'continuous-time', temperature: 2 },
      duration: 1,
      shots: 1,
    });
    expect(() => courseOf(simulate, program, null, 'events')).toThrow(RelaxdError);
    expect(() => courseOf(simulate, program, null, 'events')).toThrow(/cannot be run by 'events'/);
  });
});
