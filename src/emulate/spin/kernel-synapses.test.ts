import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disorder, randomPatterns, spinProgram } from '../../../test/support/spin-program.js';
import { ENGINES } from '../../core/index.js';
import { moments } from '../../thermo/index.js';
import type { MemoryCouplings, ResolvedProgram } from '../../device/index.js';
import { engineMissing, openEngine } from '../../kernels/index.js';
import { courseOf } from '../course.test-support.js';
import { KernelSynapses } from './kernel-synapses.js';
import { simulate } from './simulate-spins.js';
import { SynapticModel } from './synaptic-model.js';

const here = ENGINES.filter((kind) => engineMissing(kind) === null);

const shapes = fc.record({
  kernel: fc.constantFrom('delay', 'box', 'exponential'),
  sites: fc.constantFrom(1, 2, 7, 16, 33, 64, 90),
  memories: fc.constantFrom(1, 2, 3, 15, 16, 17, 33, 70),
  tau: fc.constantFrom(0.03, 0.5, 2.3, 8),
  lambda: fc.constantFrom(0, 0.7, 1.7),
  seed: fc.integer({ min: 1, max: 1000 }),
});

function couplingsOf(sites: number, memories: number, seed: number): MemoryCouplings {
  const stream = disorder(seed);
  const patterns = randomPatterns(memories, sites, stream);
  return {
    kind: 'memories',
    patterns,
    weights: null,
    next: Int32Array.from(patterns, () => stream.integer(memories)),
    interaction: { kind: 'polynomial', degree: 2, rectified: false },
  };
}

describe('synapses with memory on kernels', () => {
  it('have the fields of their model, in the course of thousands of flips', () => {
    fc.assert(
      fc.property(shapes, ({ kernel, sites, memories, tau, lambda, seed }) => {
        const couplings = couplingsOf(sites, memories, seed);
        const synapse = { kernel, tau, lambda };
        const model = new SynapticModel(couplings, sites, synapse);
        const ours = new KernelSynapses(openEngine('reference'), couplings, sites, synapse);
        const random = disorder(seed, 2);
        for (let shot = 0; shot < 2; shot++) {
          const start = Int8Array.from({ length: sites }, () => random.sign());
          model.reset(start);
          ours.reset(start);
          let t = 0;
          // Faster than attempts are, so that rings of 1024 flips grow.
          for (let k = 0; k < 1500; k++) {
            t += (0.2 * random.exponential()) / sites;
            model.advance(t);
            ours.advance(t);
            if (k % 97 === 0) {
              const size = memories * (1 + lambda);
              for (let i = 0; i < sites; i++) {
                expect(Math.abs(ours.field(i) - model.field(i))).toBeLessThan(1e-11 * size);
              }
              expect(Array.from(ours.overlaps)).toEqual(Array.from(model.overlaps!));
            }
            const site = random.integer(sites);
            model.flip(site);
            ours.flip(site);
          }
        }
      }),
      { numRuns: 12, seed: 6 },
    );
  });

  const programs = fc
    .record({
      shape: shapes,
      order: fc.constantFrom('continuous-time', 'random', 'sequential'),
      rule: fc.constantFrom('glauber', 'metropolis', 'zero-temperature'),
      ties: fc.constantFrom('keep', 'plus'),
      temperature: fc.constantFrom(0, 0.2, 1),
      driven: fc.boolean(),
      clamped: fc.boolean(),
    })
    .map(({ shape, order, rule, ties, temperature, driven, clamped }) => {
      const { kernel, sites, memories, tau, lambda, seed } = shape;
      const couplings = couplingsOf(sites, memories, seed);
      const stream = disorder(seed, 3);
      return spinProgram({
        sites,
        couplings,
        seed,
        shots: 2,
        dynamics: {
          ...{ rule, order, ties, synapse: { kernel, tau, lambda } },
          temperature: rule === 'zero-temperature' ? 0 : temperature,
        },
        initial: {
          kind: 'corrupted',
          values: couplings.patterns[0]!,
          flips: Math.floor(sites / 4),
        },
        clamped: clamped && sites > 2 ? Int32Array.of(1) : new Int32Array(0),
        drives: driven
          ? [
              {
                pattern: Float64Array.from({ length: sites }, () => stream.normal()),
                amplitude: Float64Array.of(0, 0, 1, 0.5, 2, 0),
              },
            ]
          : [],
        duration: 6,
        every: 1.5,
      });
    });

  it('run to the same numbers on every engine, heat included', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const reference = courseOf(simulate, program, 'reference');
        expect(reference.algorithm).toBe('filtered-overlaps');
        for (const engine of here.slice(1)) {
          expect(courseOf(simulate, program, engine)).toEqual(reference);
        }
      }),
      { numRuns: 50, seed: 7 },
    );
  });

  const hot = (kernel: 'delay' | 'box' | 'exponential', sites: number, seed: number) =>
    spinProgram({
      sites,
      couplings: { ...couplingsOf(sites, 3, seed), next: Int32Array.of(1, 2, 0) },
      dynamics: { temperature: 1.5, synapse: { kernel, tau: 12, lambda: 1.5 } },
      duration: 30,
      every: 10,
      shots: 1,
    });

  it.each(['delay', 'box'] as const)('keep more flips than their first ring has (%s)', (kernel) => {
    // About 400 · 12 / 3 flips within the delay.
    const program: ResolvedProgram = hot(kernel, 400, 4);
    const reference = courseOf(simulate, program, 'reference');
    for (const engine of here.slice(1)) {
      expect(courseOf(simulate, program, engine)).toEqual(reference);
    }
  });

  it.each(['delay', 'box', 'exponential'] as const)(
    'have the overlaps and the heat of attempts one by one (%s, 4 s.e.)',
    (kernel) => {
      const program = {
        ...hot(kernel, 12, 5),
        shots: 300,
        duration: 16,
        readout: { every: 16, channels: ['overlaps' as const] },
      };
      const [fast, slow] = [null, 'attempts-one-by-one'].map((name) =>
        courseOf(simulate, program, null, name),
      ) as [ReturnType<typeof courseOf>, ReturnType<typeof courseOf>];
      expect(slow.algorithm).toBe('attempts-one-by-one');
      const of = [
        ({ ledgers }: typeof fast) => ledgers.map(({ heat }) => heat),
        ({ ledgers }: typeof fast) => ledgers.map(({ mediumEntropy }) => mediumEntropy),
        ({ rows }: typeof fast) =>
          rows.filter(({ step }) => step === 1).map(({ overlaps }) => overlaps[0]!),
        ({ rows }: typeof fast) =>
          rows.filter(({ step }) => step === 1).map(({ overlaps }) => overlaps[1]! ** 2),
      ];
      for (const values of of) {
        const [a, b] = [moments(values(fast)), moments(values(slow))];
        const error = Math.sqrt((a.variance + b.variance) / program.shots);
        expect(Math.abs(a.mean - b.mean)).toBeLessThanOrEqual(4 * error);
      }
    },
  );
});
