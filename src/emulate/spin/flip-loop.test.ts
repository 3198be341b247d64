import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disorder, spinProgram } from '../../../test/support/spin-program.js';
import { ENGINES } from '../../core/index.js';
import { engineMissing } from '../../kernels/index.js';
import type { SpinCouplings } from '../../model/index.js';
import { courseOf } from '../course.test-support.js';
import { simulate } from './simulate-spins.js';

const here = ENGINES.filter((kind) => engineMissing(kind) === null);

/** Couplings of every form in which they are kept. */
function couplingsOf(form: string, sites: number, seed: number): SpinCouplings {
  const stream = disorder(seed);
  if (form === 'sparse') {
    const entries: number[] = [];
    for (let i = 0; i + 1 < sites; i++) entries.push(i, i + 1, stream.normal());
    return { kind: 'coo', entries: Float64Array.from(entries) };
  }
  const draw: Record<string, () => number> = {
    int8: () => stream.integer(7) - 3,
    int16: () => stream.integer(2001) - 1000,
    float32: () => Math.fround(stream.normal()),
    float64: () => stream.normal(),
  };
  const data = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) data[i * sites + j] = data[j * sites + i] = draw[form]!();
  }
  if (seed % 5 === 0 && sites > 1) data[1] = data[1]! + 1;
  return { kind: 'dense', data };
}

const programs = fc
  .record({
    form: fc.constantFrom('int8', 'int16', 'float32', 'float64', 'sparse'),
    sites: fc.constantFrom(1, 2, 3, 7, 15, 16, 17, 31, 40, 65),
    order: fc.constantFrom('continuous-time', 'random', 'sequential'),
    rule: fc.constantFrom('glauber', 'metropolis', 'zero-temperature'),
    ties: fc.constantFrom('keep', 'plus'),
    temperature: fc.constantFrom('one', 'ramp', 'baths', 'zero'),
    drives: fc.integer({ min: 0, max: 2 }),
    coupling: fc.boolean(),
    fields: fc.boolean(),
    clamped: fc.boolean(),
    burnIn: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1000 }),
  })
  .map((shape) => {
    const { form, sites, seed, rule, order, ties } = shape;
    const scale = form === 'int16' ? 1000 * Math.sqrt(sites) : Math.sqrt(sites);
    const stream = disorder(seed, 1);
    const vector = (): Float64Array =>
      Float64Array.from({ length: sites }, () => scale * stream.normal());
    const temperature =
      rule === 'zero-temperature' || shape.temperature === 'zero'
        ? 0
        : shape.temperature === 'baths'
          ? Float64Array.from({ length: sites }, (_, i) => scale * [0.5, 1, 0, 2][i % 4]!)
          : 0.7 * scale;
    return spinProgram({
      sites,
      couplings: couplingsOf(form, sites, seed),
      references: [Int8Array.from({ length: sites }, () => stream.sign())],
      fields: shape.fields ? vector() : new Float64Array(sites),
      clamped: shape.clamped && sites > 2 ? Int32Array.of(1) : new Int32Array(0),
      drives: Array.from({ length: shape.drives }, (_, d) => ({
        pattern: vector(),
        amplitude: Float64Array.of(0.2, d, 1.5, 0.3, 1.5, -0.5, 2.5, 0.1),
      })),
      controls: {
        ...(shape.coupling ? { coupling: Float64Array.of(0, 0.7, 1, 1.3, 2.2, 1, 2.2, 0.9) } : {}),
        ...(rule !== 'zero-temperature' && shape.temperature === 'ramp'
          ? { temperature: Float64Array.of(0.5, scale, 2, 0) }
          : {}),
      },
      dynamics: { rule, order, ties, temperature, burnIn: shape.burnIn ? 1.5 : null },
      duration: 4,
      every: 0.8,
      shots: 2,
      seed,
    });
  });

describe('attempts on kernels', () => {
  it('are the same number for number on every engine that is here', () => {
    expect(here.length).toBeGreaterThan(1);
    fc.assert(
      fc.property(programs, (program) => {
        const reference = courseOf(simulate, program, 'reference');
        for (const engine of here.slice(1))
          expect(courseOf(simulate, program, engine)).toEqual(reference);
      }),
      { numRuns: 150, seed: 4 },
    );
  });
});
