import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomPatterns, spinProgram } from '../../../test/support/spin-program.js';
import { ENGINES, RandomStream, type EngineKind } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { engineMissing, openEngine } from '../../kernels/index.js';
import { createSpinModel, type PairwiseModel, type SpinCouplings } from '../../model/index.js';
import { simulateHere } from '../simulate-here.js';
import type { Simulate } from '../simulation.js';
import { simulate as simulateSpiking } from '../spiking/simulate-spiking.js';
import { engineArrays } from './engine-arrays.js';
import { KernelMemories } from './kernel-memories.js';
import { simulate as simulateSpins } from './simulate-spins.js';

type Parts = Parameters<typeof spinProgram>[0];

const kinds = ENGINES.filter((kind) => engineMissing(kind) === null);
const FORMS = ['int8', 'int16', 'float', 'memories', 'cubic', 'next'] as const;
type Form = (typeof FORMS)[number];

function couplingsOf(form: Form, sites: number, stream: RandomStream): SpinCouplings {
  const symmetric = stream.uniform() < 0.5;
  const draw = {
    int8: () => stream.sign(),
    int16: () => stream.integer(2001) - 1000,
    float: () => stream.normal(),
  };
  if (form === 'int8' || form === 'int16' || form === 'float') {
    const data = new Float64Array(sites * sites);
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < i; j++) {
        data[i * sites + j] = draw[form]();
        data[j * sites + i] = symmetric ? data[i * sites + j]! : draw[form]();
      }
    }
    return { kind: 'dense', data };
  }
  return {
    kind: 'memories',
    patterns: randomPatterns(3, sites, stream),
    weights: null,
    next: form === 'next' ? Int32Array.of(1, 2, 0) : null,
    interaction: { kind: 'polynomial', degree: form === 'cubic' ? 3 : 2, rectified: false },
  };
}

/** Everything that a sink is told. */
function course(simulate: Simulate, program: ResolvedProgram, engine: EngineKind): unknown[] {
  const told: unknown[] = [];
  const block = { program, parameters: {}, firstShot: 0, shots: program.shots };
  simulateHere(
    simulate,
    { ...block, times: Float64Array.from({ length: 9 }, (_, k) => (k * program.duration) / 8) },
    {
      readout: (row) => told.push([row.energy, row.work, [...row.overlaps], Array.from(row.state)]),
      shotEnd: (ledger) => told.push(ledger),
      progress: () => undefined,
    },
    engine,
  );
  return told;
}

const cases = fc.record({
  form: fc.constantFrom(...FORMS),
  sites: fc.integer({ min: 1, max: 150 }),
  seed: fc.nat(),
});

describe('spins that flip together', () => {
  it('leave a model with the fields that flips one by one leave, few and many, on every engine', () => {
    fc.assert(
      fc.property(cases, ({ form, sites, seed }) => {
        for (const kind of kinds) {
          const stream = RandomStream.of(seed, 'disorder');
          const couplings = couplingsOf(form, sites, stream);
          const engine = openEngine(kind);
          const model =
            couplings.kind === 'memories'
              ? KernelMemories.of(engine, couplings, sites)!
              : (createSpinModel(couplings, sites, engineArrays(engine)) as PairwiseModel);
          const other = createSpinModel(couplings, sites);
          const state = Int8Array.from({ length: sites }, () => stream.sign());
          model.reset(state);
          other.reset(state);
          for (const most of [sites, Math.ceil(sites / 20), sites]) {
            const count = 1 + stream.integer(most);
            const flipped = Int32Array.from(stream.sample(sites, count));
            model.flipAll(flipped, count);
            for (const site of flipped) other.flip(site);
            expect(Array.from(model.state)).toEqual(Array.from(other.state));
            const exact = form !== 'float' && form !== 'cubic';
            for (let i = 0; i < sites; i++) {
              if (exact && model.field(i) === other.field(i)) continue;
              expect(model.field(i)).toBeCloseTo(other.field(i), 9);
            }
            if (!(model instanceof KernelMemories)) continue;
            const all = engine.scratch.float64(sites);
            model.allFields(all);
            expect(Array.from(all)).toEqual(Array.from(all, (_, i) => model.field(i)));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each([0, 1] as const)(
    'and neurons run to the same bits on every engine (coupling ramped: %s)',
    (ramped) => {
      expect(kinds.length).toBeGreaterThan(1);
      const spiking = { rule: 'spiking', order: 'synchronous', temperature: 0.7 } as const;
      const graded = { kind: 'lif', response: 'exponential', window: 0.2 } as const;
      const dynamics: readonly NonNullable<Parts['dynamics']>[] = [
        { order: 'synchronous', temperature: 1 },
        { order: 'synchronous', temperature: 0 },
        spiking,
        { ...spiking, kernel: graded },
        { ...spiking, temperature: 0 },
        { ...spiking, kernel: 'memoryless', dt: 0.1 },
        { ...spiking, kernel: 'memoryless', dt: 0.1, order: 'continuous-time' },
      ];
      let moved = 0;
      const runs = fc.record({ case: cases, law: fc.constantFrom(...dynamics) });
      fc.assert(
        fc.property(runs, ({ case: { form, sites, seed }, law }) => {
          const stream = RandomStream.of(seed, 'disorder');
          const parts: Parts = {
            sites,
            couplings: couplingsOf(form, sites, stream),
            references: [Int8Array.from({ length: sites }, () => stream.sign())],
            drives: [
              {
                pattern: new Float64Array(sites).fill(0.3),
                amplitude: Float64Array.of(1, 1, 2, 3),
              },
            ],
            ...(ramped === 1 && { controls: { coupling: Float64Array.of(0, 0.5, 2, 1) } }),
            duration: 3,
            shots: 2,
            seed: seed % 1000,
            dynamics: law,
          };
          const program = spinProgram(parts);
          const simulate = law.rule === 'spiking' ? simulateSpiking : simulateSpins;
          const [first, ...others] = kinds.map((kind) => course(simulate, program, kind));
          for (const other of others) expect(other).toEqual(first);
          if (String(first![0]) !== String(first![8])) moved++;
        }),
        { numRuns: 30 },
      );
      expect(moved).toBeGreaterThan(15);
    },
  );
});
