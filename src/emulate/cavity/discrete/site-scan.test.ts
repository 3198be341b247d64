import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../../../drivers/cavity-qed/index.js';
import { resolveDocument } from '../../../../test/support/run-simulation.js';
import { ENGINES, RandomStream } from '../../../core/index.js';
import { curveValue, readoutTimes, type ResolvedProgram } from '../../../device/index.js';
import { engineMissing } from '../../../kernels/index.js';
import { courseOf } from '../../course.test-support.js';
import { cavitySystem } from '../cavity-model.js';
import { gaussianPositions, sherringtonKirkpatrick } from '../disorder.js';
import { drawInitialSpins } from '../initial-spins.js';
import { simulate } from '../simulate-cavity.js';

const here = ENGINES.filter((kind) => engineMissing(kind) === null);
const KINDS = [
  ...['glass', 'signs', 'halves', 'sparse', 'positions', 'atoms'],
  ...['quadratic', 'cubic', 'high', 'rectified', 'log-sum-exp', 'exponential', 'weights'],
] as const;

/** Fields of these are sums that are rounded, in an order of the kernels': a spin in no field may see a little of either sign. */
const INEXACT = new Set<string>(['high', 'log-sum-exp', 'exponential', 'weights']);

interface Case {
  readonly kind: (typeof KINDS)[number];
  readonly sites: number;
  readonly seed: number;
  readonly rule: 'steepest-descent' | 'zero-temperature';
  readonly driven: boolean;
  readonly clamped: boolean;
  readonly every: number;
}

function programOf({ kind, sites, seed, rule, driven, clamped, every }: Case): ResolvedProgram {
  const stream = RandomStream.of(seed, 'disorder');
  const signs = (): number[] => Array.from({ length: sites }, () => stream.sign());
  const dense = (number: () => number): object => {
    const data = new Array<number>(sites * sites).fill(0);
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < i; j++) data[i * sites + j] = data[j * sites + i] = number();
    }
    return { kind: 'dense', data };
  };
  const memories = (interaction: object, more: object = {}): object => ({
    kind: 'memories',
    patterns: [signs(), signs(), signs(), signs()],
    interaction,
    ...more,
  });
  const positions = (stiffness: number | null): object => {
    const xy = gaussianPositions(sites, 2, stream);
    return {
      ...{ kind: 'positions', geometry: 'four-sevenths', stiffness },
      xy: Array.from({ length: sites }, (_, i) => [xy[2 * i], xy[2 * i + 1]]),
    };
  };
  const entries = (): number[][] =>
    Array.from({ length: sites - 1 }, (_, i) => [i, i + 1, stream.normal()]);
  const couplings = {
    glass: () => ({ kind: 'dense', data: Array.from(sherringtonKirkpatrick(sites, stream)) }),
    signs: () => dense(() => stream.sign()),
    halves: () => dense(() => Math.fround(stream.normal())),
    sparse: () => ({ kind: 'coo', entries: entries() }),
    positions: () => positions(null),
    atoms: () => positions(900),
    quadratic: () => memories({ kind: 'polynomial', degree: 2 }),
    cubic: () => memories({ kind: 'polynomial', degree: 3 }),
    high: () => memories({ kind: 'polynomial', degree: 11 }),
    rectified: () => memories({ kind: 'polynomial', degree: 3, rectified: true }),
    'log-sum-exp': () => memories({ kind: 'log-sum-exp', beta: 0.3 }),
    exponential: () => memories({ kind: 'exponential' }),
    weights: () =>
      memories(
        { kind: 'polynomial', degree: 2 },
        {
          weights: [
            [2, 1, 0, 0],
            [1, 2, 0, 0],
            [0, 0, 1, 0.5],
            [0, 0, 0.5, 1],
          ],
        },
      ),
  }[kind]();
  const amplitude = [
    ...[
      [0, 0],
      [0.4, 0],
      [0.4, 0.3],
      [0.9, 0.3],
      [1.3, 0],
    ],
  ];
  const held = clamped ? [0, sites - 1] : [];
  return resolveDocument(
    {
      ...{ version: 1, sites, couplings, duration: 2, shots: 3, seed: 7, dynamics: { rule } },
      readout: { every },
      ...(driven && kind !== 'exponential' ? { drives: [{ pattern: signs(), amplitude }] } : {}),
      ...(clamped ? { clamped: held, inputs: [held.map(() => 1)] } : {}),
    },
    cavityDescriptor('cavity-qed'),
  );
}

/** The states of all shots at all readouts by a look at all sites at every tick, in the plainest way. */
function statesOf(program: ResolvedProgram): number[][] {
  const { sites, drives, clamped } = program;
  const { model, plasticity } = cavitySystem(program, 0, null);
  const held = new Set(clamped);
  const states: number[][] = [];
  const initial = new Int8Array(sites);
  for (let shot = 0; shot < program.shots; shot++) {
    drawInitialSpins(program, shot, initial);
    model.reset(initial);
    plasticity?.reset(initial);
    const stream = RandomStream.of(program.seed, 'dynamics', shot);
    const marginAt = (i: number, t: number): number => {
      let external = program.fields[i]!;
      for (const { pattern, amplitude } of drives) {
        const A = curveValue(amplitude, t);
        if (A !== 0) external += A * pattern[i]!;
      }
      const bare = model.state[i]! * (model.field(i) + external);
      return plasticity === null ? bare : bare + plasticity.barrier(i);
    };
    const rest = model.overlaps === null ? 1e-12 : 0;
    let tick = 0;
    for (const t of readoutTimes(program)) {
      for (; (tick + 1) / sites <= t + 1e-9; tick++) {
        const unstable: number[] = [];
        let least = -1;
        for (let i = 0; i < sites; i++) {
          const margin = marginAt(i, (tick + 1) / sites);
          if (held.has(i) || !(margin < -rest)) continue;
          if (least < 0 || margin < marginAt(least, (tick + 1) / sites)) least = i;
          unstable.push(i);
        }
        if (least < 0) continue;
        const random = program.dynamics.rule === 'zero-temperature';
        const site = random ? unstable[stream.integer(unstable.length)]! : least;
        model.flip(site);
        plasticity?.flip(site);
      }
      states.push(Array.from(model.state));
    }
  }
  return states;
}

const cases = fc.record<Case>({
  kind: fc.constantFrom(...KINDS),
  sites: fc.oneof(fc.constantFrom(2, 15, 16, 17, 33), fc.integer({ min: 2, max: 40 })),
  seed: fc.nat(),
  rule: fc.constantFrom('steepest-descent', 'zero-temperature'),
  driven: fc.boolean(),
  clamped: fc.boolean(),
  every: fc.constantFrom(0.23, 0.5, 2),
});

describe('flips found by a look at all sites', () => {
  it('are the same on every engine, and of exact fields those of the plainest scan; the first law holds', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const program = programOf(one);
        const [reference, ...others] = here.map((kind) =>
          courseOf(simulate, program, kind, 'scan-of-sites'),
        );
        expect(reference!.algorithm).toBe('scan-of-sites');
        for (const other of others) expect(other).toEqual(reference);
        if (!INEXACT.has(one.kind)) {
          expect(reference!.rows.map(({ state }) => state)).toEqual(statesOf(program));
        }
        for (const { energyChange, work, heat } of reference!.ledgers) {
          expect(Math.abs(energyChange - work + heat)).toBeLessThan(1e-9 * one.sites);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are what atoms that move, and steepest descent, are run by where nothing is asked for', () => {
    const one = { sites: 12, seed: 1, driven: false, clamped: false, every: 1 };
    for (const [kind, rule, expected] of [
      ['glass', 'steepest-descent', 'scan-of-sites'],
      ['atoms', 'zero-temperature', 'scan-of-sites'],
      ['cubic', 'zero-temperature', 'scan-of-sites'],
      ['sparse', 'zero-temperature', 'scan-of-sites'],
      ['glass', 'zero-temperature', 'events'],
    ] as const) {
      expect(courseOf(simulate, programOf({ ...one, kind, rule })).algorithm).toBe(expected);
    }
  });
});
