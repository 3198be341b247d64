import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disorder, spinProgram } from '../../../test/support/spin-program.js';
import { moments } from '../../thermo/index.js';
import { ENGINES } from '../../core/index.js';
import type { HiddenPrior, SiteSpec } from '../../device/index.js';
import { engineMissing } from '../../kernels/index.js';
import { courseOf } from '../course.test-support.js';
import { HIDDEN_RATE } from './spin-parameters.js';
import { simulate } from './simulate-spins.js';

const here = ENGINES.filter((kind) => engineMissing(kind) === null);
const PRIORS = ['gaussian', 'binary', 'one-hot', 'poisson'] as const;
const KIND = { gaussian: 'continuous', poisson: 'continuous', binary: 'ising', 'one-hot': 'ising' };
const VISIBLE: SiteSpec = { kind: 'ising', hidden: false, prior: null };
const hiddenSite = (prior: HiddenPrior): SiteSpec =>
  ({ kind: KIND[prior], hidden: true, prior }) as SiteSpec;

/** Programs of visible and hidden sites of every prior, in any order. */
const programs = fc
  .record({
    visible: fc.integer({ min: 1, max: 20 }),
    hidden: fc.array(fc.constantFrom(...PRIORS), { minLength: 1, maxLength: 6 }),
    group: fc.integer({ min: 1, max: 5 }),
    order: fc.constantFrom('continuous-time', 'random', 'sequential'),
    rule: fc.constantFrom('glauber', 'metropolis', 'zero-temperature'),
    ties: fc.constantFrom('keep', 'plus'),
    temperature: fc.constantFrom('one', 'ramp', 'baths', 'zero'),
    whole: fc.boolean(),
    drives: fc.integer({ min: 0, max: 2 }),
    coupling: fc.boolean(),
    clamped: fc.boolean(),
    burnIn: fc.boolean(),
    large: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1000 }),
  })
  .map((shape) => {
    const { visible, rule, order, ties, seed } = shape;
    const cold = rule === 'zero-temperature' || shape.temperature === 'zero';
    // A Poisson site has no least energy, and a ramp may end at T = 0.
    const warm = !cold && shape.temperature !== 'ramp';
    const hidden = shape.hidden.map((prior) => (prior === 'poisson' && !warm ? 'binary' : prior));
    const stream = disorder(seed);
    const siteKinds: SiteSpec[] = [];
    hidden.forEach((prior, k) => {
      if (k === 1) siteKinds.push(...Array.from({ length: visible }, () => VISIBLE));
      const sites = prior === 'one-hot' ? shape.group : 1;
      siteKinds.push(...Array.from({ length: sites }, () => hiddenSite(prior)));
    });
    if (hidden.length === 1) siteKinds.push(...Array.from({ length: visible }, () => VISIBLE));
    const sites = siteKinds.length;
    const entries: number[] = [];
    const coupling = (): number => (shape.whole ? stream.integer(3) - 1 : 0.4 * stream.normal());
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < i; j++) {
        const across = siteKinds[i]!.hidden !== siteKinds[j]!.hidden;
        const both = siteKinds[i]!.hidden && siteKinds[j]!.hidden;
        if (across || (!both && stream.uniform() < 0.3)) entries.push(i, j, coupling());
      }
    }
    const vector = (): Float64Array =>
      Float64Array.from({ length: sites }, () => 0.5 * stream.normal());
    // Means of some Poisson sites beyond 10, where they are drawn in another way.
    const fields = vector().map((h, i) =>
      shape.large && siteKinds[i]!.prior === 'poisson' ? h + 4 : h,
    );
    return spinProgram({
      sites,
      siteKinds,
      couplings: { kind: 'coo', entries: Float64Array.from(entries) },
      references: [Int8Array.from({ length: sites }, () => stream.sign())],
      fields,
      clamped:
        shape.clamped && visible > 2
          ? Int32Array.of(siteKinds.findIndex((site) => !site.hidden))
          : new Int32Array(0),
      drives: Array.from({ length: shape.drives }, (_, d) => ({
        pattern: vector(),
        amplitude: Float64Array.of(0.2, d, 1, 0.3, 1, -0.5, 1.5, 0.1),
      })),
      controls: {
        ...(shape.coupling
          ? { coupling: Float64Array.of(0, 0.7, 0.5, 1.3, 1.1, 1, 1.1, 0.9) }
          : {}),
        ...(shape.temperature === 'ramp' && !cold
          ? { temperature: Float64Array.of(0.5, 1.5, 1.5, 0) }
          : {}),
      },
      dynamics: {
        rule,
        order,
        ties,
        temperature: cold
          ? 0
          : shape.temperature === 'baths'
            ? Float64Array.from(siteKinds, ({ hidden: below }) => (below ? 1 : 1.7))
            : 1.1,
        burnIn: shape.burnIn ? 0.7 : null,
      },
      duration: 2,
      every: 0.4,
      shots: 2,
      seed,
    });
  });

describe('attempts and redraws on kernels', () => {
  it('are the same number for number on every engine that is here, and keep the first law', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const reference = courseOf(simulate, program, 'reference');
        expect(reference.algorithm).toBe('attempts-and-redraws');
        for (const engine of here.slice(1)) {
          expect(courseOf(simulate, program, engine)).toEqual(reference);
        }
        for (const { work, heat, energyChange } of reference.ledgers) {
          expect(Math.abs(energyChange - work + heat)).toBeLessThan(
            1e-9 * program.sites * (1 + Math.abs(energyChange) + Math.abs(heat)),
          );
        }
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it.each(PRIORS)('have the moments of attempts one by one (%s, 4 s.e.)', (prior) => {
    const stream = disorder(3);
    const sites = 8;
    const entries = Array.from({ length: 12 }, (_, k) => [
      k % 6,
      6 + Math.floor(k / 6),
      0.6 * stream.normal(),
    ]);
    const program = spinProgram({
      sites,
      siteKinds: Array.from({ length: sites }, (_, i) => (i < 6 ? VISIBLE : hiddenSite(prior))),
      couplings: { kind: 'coo', entries: Float64Array.from(entries.flat()) },
      fields: Float64Array.from({ length: sites }, (_, i) =>
        i === 6 && prior === 'poisson' ? 3 : 0,
      ),
      drives: [
        {
          pattern: Float64Array.from({ length: sites }, (_, i) => (i === 7 ? 0.5 : 0.2)),
          amplitude: Float64Array.of(0, 0, 1, 1),
        },
      ],
      dynamics: { temperature: 1.2 },
      duration: 1,
      shots: 800,
    });
    const [fast, slow] = [null, 'attempts-one-by-one'].map((name) =>
      courseOf(simulate, program, null, name),
    ) as [ReturnType<typeof courseOf>, ReturnType<typeof courseOf>];
    for (const of of [
      ({ ledgers }: typeof fast) => ledgers.map(({ work }) => work),
      ({ ledgers }: typeof fast) => ledgers.map(({ heat }) => heat),
      ({ ledgers }: typeof fast) => ledgers.map(({ heat }) => heat * heat),
      ({ ledgers }: typeof fast) => ledgers.map(({ mediumEntropy }) => mediumEntropy),
      ({ rows }: typeof fast) => rows.filter(({ step }) => step === 1).map((row) => row.state[6]!),
      ({ rows }: typeof fast) =>
        rows.filter(({ step }) => step === 1).map((row) => row.state[7]! ** 2),
    ]) {
      const [a, b] = [moments(of(fast)), moments(of(slow))];
      const error = Math.sqrt((a.variance + b.variance) / program.shots);
      expect(Math.abs(a.mean - b.mean)).toBeLessThanOrEqual(4 * error);
    }
  });

  it('are taken by their names', () => {
    expect(HIDDEN_RATE.default).toBe(20);
    const program = spinProgram({
      sites: 2,
      siteKinds: [VISIBLE, hiddenSite('binary')],
      couplings: { kind: 'coo', entries: Float64Array.of(0, 1, 0.5) },
    });
    for (const name of ['attempts-and-redraws', 'attempts-one-by-one']) {
      expect(courseOf(simulate, program, null, name).algorithm).toBe(name);
    }
    expect(() => courseOf(simulate, program, null, 'overlaps')).toThrow(/cannot be run by/);
  });
});
