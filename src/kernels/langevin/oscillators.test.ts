import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream } from '../../core/index.js';
import { engineMissing, openEngine, seedShotLanes, type Engine } from '../index.js';
import { GROUP, pack64 } from '../matrix/index.js';
import { LANE_STATE } from '../random/lanes.js';
import {
  OSCILLATOR_SCHEME,
  oscillatorRows,
  oscillators,
  oscillatorSteps,
  type Oscillators,
  type OscillatorScheme,
} from './index.js';
import { near } from './near.test-support.js';

const engines = ENGINES.filter((kind) => engineMissing(kind) === null).map((kind) =>
  openEngine(kind),
);
const reference = engines.find((engine) => engine.raw === null)!;
const FORMS = ['dense', 'sparse', 'modes'] as const;

interface Shape {
  readonly sites: number;
  readonly groups: number;
  readonly own: boolean;
  readonly form: (typeof FORMS)[number];
  readonly scheme: OscillatorScheme;
  readonly seed: number;
}
const shapes = fc.record<Shape>({
  sites: fc.integer({ min: 1, max: 37 }),
  groups: fc.integer({ min: 1, max: 6 }),
  own: fc.boolean(),
  form: fc.constantFrom(...FORMS),
  scheme: fc.constantFrom(...(Object.keys(OSCILLATOR_SCHEME) as OscillatorScheme[])),
  seed: fc.nat(),
});
const filled = (length: number, stream: RandomStream, scale = 1): Float64Array =>
  Float64Array.from({ length }, () => scale * stream.normal());

/** Random oscillators of a shape, the same on every engine. */
function oscillatorsOf(
  engine: Engine,
  { sites: n, groups, seed, form, own }: Shape,
  columns = groups * GROUP,
): Oscillators {
  const { scratch } = engine;
  const stream = RandomStream.of(seed, 'disorder');
  const count = form === 'modes' ? Math.min(3, n) : 0;
  const place = (values: Float64Array): Float64Array => {
    const array = scratch.float64(values.length);
    array.set(values);
    return array;
  };
  const take = (length: number, scale = 1): Float64Array => place(filled(length, stream, scale));
  const positive = (scale: number): Float64Array =>
    place(filled(n, stream, scale).map((x) => Math.abs(x)));
  const starts = scratch.int32(n + 1);
  for (let i = 0; i <= n; i++) starts[i] = i * n;
  const columnOf = scratch.int32(n * n);
  for (let k = 0; k < n * n; k++) columnOf[k] = k % n;
  const couplings = take(n * n, 0.3 / Math.sqrt(n));
  const modes = {
    toModes: pack64(scratch, filled(count * n, stream, 0.3), count, n),
    fromModes: pack64(scratch, filled(n * count, stream, 0.3), n, count),
  };
  const J = {
    dense: pack64(scratch, couplings, n, n),
    sparse: { rows: n, columns: n, starts, columnOf, values: couplings },
    modes,
  };
  const lanes = scratch.uint32(groups * LANE_STATE);
  for (let g = 0; g < groups; g++) {
    seedShotLanes(lanes.subarray(g * LANE_STATE), seed, 'dynamics', g * GROUP);
  }
  const size = groups * n * GROUP;
  return oscillators(scratch, {
    ...{ sites: n, groups, columns, J: J[form], lanes },
    constant: take(n),
    quadratic: positive(2),
    quartic: positive(0.5),
    decay: place(filled(n, stream).map((x) => Math.exp(-(x ** 2)))),
    spread: positive(0.2),
    own: own ? take(size) : null,
    x: take(size),
    v: take(size),
    field: scratch.float64(size),
  });
}

const H = 0.02;
/** Positions and velocities after steps, in calls of so many. */
function moved(engine: Engine, shape: Shape, ...calls: number[]): Float64Array {
  engine.scratch.reset();
  const all = oscillatorsOf(engine, shape);
  calls.forEach((steps, k) => {
    expect(oscillatorSteps(engine, all, shape.scheme, H, 1.3, steps, k === 0, 1)).toBe(-1);
  });
  return Float64Array.from([...all.x, ...all.v]);
}

describe.each(engines.map((engine) => [engine.name, engine] as const))(
  'steps of oscillators on %s',
  (_, engine) => {
    it('are those of the reference, to 1e−13 after one step and 1e−11 after twelve', () => {
      fc.assert(
        fc.property(shapes, (shape) => {
          near(moved(engine, shape, 1), moved(reference, shape, 1), 1e-13);
          near(moved(engine, shape, 12), moved(reference, shape, 12), 1e-11);
        }),
        { numRuns: 40 },
      );
    });

    it('are the same bits however they are dealt to calls', () => {
      fc.assert(
        fc.property(shapes, (shape) => {
          expect(moved(engine, shape, 3, 1, 2)).toEqual(moved(engine, shape, 6));
        }),
        { numRuns: 15 },
      );
    });

    it('stop at the first group in which a column that counts is too stiff', () => {
      for (const scheme of Object.keys(OSCILLATOR_SCHEME) as OscillatorScheme[]) {
        const shape: Shape = { sites: 5, groups: 5, own: false, form: 'dense', scheme, seed: 3 };
        const from = (column: number, columns: number): number => {
          engine.scratch.reset();
          const all = oscillatorsOf(engine, shape, columns);
          all.quartic.fill(1);
          const group = Math.floor(column / GROUP);
          all.x[(group * 5 + 2) * GROUP + (column % GROUP)] = 1.01 / (H * Math.sqrt(3));
          return oscillatorSteps(engine, all, scheme, H, 1, 4, true, 1);
        };
        expect(from(67, 70)).toBe(4);
        expect(from(20, 70)).toBe(1);
        expect(from(67, 67)).toBe(-1);
      }
    });

    it('of linear modes by themselves are those of their coefficients', () => {
      fc.assert(
        fc.property(shapes, ({ sites, groups, own, seed }) => {
          const run = (on: Engine): Float64Array => {
            on.scratch.reset();
            const stream = RandomStream.of(seed, 'disorder');
            const take = (length: number): Float64Array => {
              const array = on.scratch.float64(length);
              array.set(filled(length, stream));
              return array;
            };
            const size = groups * sites * GROUP;
            const state = take(2 * size);
            const noise = take(2 * size);
            const table = { rows: sites, coefficients: take(9 * sites), push: take(2 * sites) };
            oscillatorRows(on, state, noise, table, own ? take(size) : null, 0.7, groups);
            return Float64Array.from(state);
          };
          near(run(engine), run(reference), 1e-13);
        }),
        { numRuns: 20 },
      );
    });
  },
);
