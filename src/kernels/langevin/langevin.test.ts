import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream } from '../../core/index.js';
import { engineMissing, openEngine, seedShotLanes, type Engine } from '../index.js';
import { GROUP, pack32, pack64, type Numbers } from '../matrix/index.js';
import { LANE_STATE } from '../random/lanes.js';
import {
  explicitCircuit,
  explicitSteps,
  flowRows,
  linearRows,
  normalRows,
  pairTerm,
  SCHEME,
  siteHeats,
  siteTerms,
  type Scheme,
} from './index.js';
import { near } from './near.test-support.js';

const engines = ENGINES.filter((kind) => engineMissing(kind) === null).map((kind) =>
  openEngine(kind),
);
const compiled = engines.filter((engine) => engine.raw !== null);
const reference = engines.find((engine) => engine.raw === null)!;

type Precision = 'float32' | 'float64';
const array = (engine: Engine, precision: Precision, values: ArrayLike<number>): Numbers => {
  const out = engine.scratch[precision](values.length);
  out.set(values);
  return out;
};
const filled = (length: number, stream: RandomStream, scale = 1): Float64Array =>
  Float64Array.from({ length }, () => scale * stream.normal());

interface Shape {
  readonly sites: number;
  readonly groups: number;
  readonly own: boolean;
  readonly sparse: boolean;
  readonly scheme: Scheme;
  readonly seed: number;
}
const shapes = fc.record<Shape>({
  sites: fc.integer({ min: 1, max: 37 }),
  groups: fc.integer({ min: 1, max: 6 }),
  own: fc.boolean(),
  sparse: fc.boolean(),
  scheme: fc.constantFrom(...(Object.keys(SCHEME) as Scheme[])),
  seed: fc.nat(),
});

/** A random circuit of a shape, the same on every engine. */
function circuitOf(engine: Engine, precision: Precision, shape: Shape) {
  const { sites: n, groups, seed } = shape;
  const { scratch } = engine;
  const stream = RandomStream.of(seed, 'disorder');
  const couplings = filled(n * n, stream, 0.3 / Math.sqrt(n));
  const size = groups * n * GROUP;
  const rows = scratch.int32(n + 1);
  for (let i = 0; i <= n; i++) rows[i] = i * n;
  const columnOf = scratch.int32(n * n);
  for (let k = 0; k < n * n; k++) columnOf[k] = k % n;
  const values = scratch.float64(n * n);
  values.set(couplings);
  const lanes = scratch.uint32(groups * LANE_STATE);
  for (let g = 0; g < groups; g++) {
    seedShotLanes(lanes.subarray(g * LANE_STATE), seed, 'dynamics', g * GROUP);
  }
  const take = (length: number, scale = 1): Numbers =>
    array(engine, precision, filled(length, stream, scale));
  const positive = (scale: number): Numbers =>
    array(
      engine,
      precision,
      filled(n, stream, scale).map((x) => Math.abs(x)),
    );
  const dense = precision === 'float64' ? pack64 : pack32;
  return explicitCircuit<Numbers>(scratch, {
    sites: n,
    groups,
    columns: groups * GROUP,
    J:
      shape.sparse && precision === 'float64'
        ? { rows: n, columns: n, starts: rows, columnOf, values }
        : dense(scratch, couplings, n, n),
    constant: take(n),
    quadratic: positive(1),
    quartic: positive(0.3),
    amplitude: positive(0.1),
    own: shape.own ? take(size) : null,
    z: take(size),
    lanes,
    earlier: scratch.float32(size),
  });
}

function moved(engine: Engine, precision: Precision, shape: Shape, steps: number): Float64Array {
  engine.scratch.reset();
  const circuit = circuitOf(engine, precision, shape);
  explicitSteps(engine, circuit, shape.scheme, 0.01, 1.3, steps);
  return Float64Array.from(circuit.z);
}

describe.each(compiled.map((engine) => [engine.name, engine] as const))(
  'Langevin steps on %s',
  (_, engine) => {
    it('are those of the reference, to 1e−14 after one step and 1e−12 after twelve', () => {
      fc.assert(
        fc.property(shapes, (shape) => {
          near(moved(engine, 'float64', shape, 1), moved(reference, 'float64', shape, 1), 1e-14);
          near(moved(engine, 'float64', shape, 12), moved(reference, 'float64', shape, 12), 1e-12);
        }),
        { numRuns: 40 },
      );
    });

    it('in single precision are those of the reference to 1e−6 after one step and 1e−5 after twelve', () => {
      fc.assert(
        fc.property(shapes, (shape) => {
          near(moved(engine, 'float32', shape, 1), moved(reference, 'float32', shape, 1), 1e-6);
          near(moved(engine, 'float32', shape, 12), moved(reference, 'float32', shape, 12), 1e-5);
        }),
        { numRuns: 40 },
      );
    });

    it('move a replica by the same bits whichever others there are', () => {
      fc.assert(
        fc.property(shapes, fc.nat(), (shape, pick) => {
          const g = pick % shape.groups;
          engine.scratch.reset();
          const all = circuitOf(engine, 'float64', shape);
          const size = shape.sites * GROUP;
          const one = (values: Numbers): Numbers =>
            array(engine, 'float64', values.subarray(g * size, (g + 1) * size));
          const lanes = engine.scratch.uint32(LANE_STATE);
          lanes.set(all.lanes.subarray(g * LANE_STATE, (g + 1) * LANE_STATE));
          const alone = explicitCircuit<Numbers>(engine.scratch, {
            ...all,
            groups: 1,
            columns: GROUP,
            z: one(all.z),
            own: all.own === null ? null : one(all.own),
            lanes,
            earlier: engine.scratch.float32(size),
          });
          explicitSteps(engine, all, shape.scheme, 0.01, 1.3, 5);
          for (let s = 0; s < 5; s++) explicitSteps(engine, alone, shape.scheme, 0.01, 1.3, 1);
          expect(Array.from(alone.z)).toEqual(Array.from(one(all.z)));
        }),
        { numRuns: 25 },
      );
    });

    it('stop at a force that is too stiff, in columns that count', () => {
      for (const precision of ['float64', 'float32'] as const) {
        engine.scratch.reset();
        const shape = { sites: 5, groups: 6, own: false, sparse: false, seed: 4 };
        const circuit = circuitOf(engine, precision, { ...shape, scheme: 'heun' });
        circuit.quartic.fill(1);
        circuit.z.fill(0.1);
        // Replica 16·5 + 3, site 2: 1 · 0.01 · 8² = 0.64.
        circuit.z[(5 * 5 + 2) * GROUP + 3] = 8;
        const step = (columns: number): number =>
          explicitSteps(engine, { ...circuit, columns }, 'heun', 0.01, 1, 1, 0.5);
        expect(step(83)).toBe(-1);
        circuit.z[(5 * 5 + 2) * GROUP + 3] = 8;
        expect(step(84)).toBe(5);
        expect(circuit.z[(5 * 5 + 2) * GROUP + 3]).toBe(8);
      }
    });

    it('of rows are those of the reference to rounding', () => {
      fc.assert(
        fc.property(shapes, ({ sites: n, groups, own: withOwn, seed }) => {
          const run = (on: Engine): number[][] => {
            on.scratch.reset();
            const stream = RandomStream.of(seed, 'disorder');
            const take = (length: number): Float64Array =>
              array(on, 'float64', filled(length, stream)) as Float64Array;
            const size = groups * n * GROUP;
            const [z, field, y, before, out] = [1, 2, 3, 4, 5].map(() => take(size));
            const own = withOwn ? take(size) : null;
            const [a, b, c, d] = [1, 2, 3, 4].map(() => take(n));
            const patterns = take(2 * n);
            const lanes = on.scratch.uint32(groups * LANE_STATE);
            for (let g = 0; g < groups; g++) {
              seedShotLanes(lanes.subarray(g * LANE_STATE), seed, 'dynamics', g * GROUP);
            }
            const noise = take(size);
            normalRows(on, lanes, noise, n, groups);
            const rows = { decay: a!, push: b!, spread: c!, response: d! };
            linearRows(on, out!, z!, noise, rows, own, 0.7, groups);
            const terms = on.scratch.float64(groups * 5 * GROUP);
            const wells = { quadratic: a!, quartic: b!, fields: c!, patterns };
            siteTerms(on, z!, wells, groups, terms);
            const pairs = on.scratch.float64(groups * GROUP);
            pairTerm(on, z!, field!, own, n, groups, pairs);
            const heats = on.scratch.float64(groups * 3 * GROUP);
            const siteBath = on.scratch.int32(n);
            siteBath.forEach((_bath, i) => (siteBath[i] = i % 3));
            const site = { constant: a!, quadratic: b!, quartic: c! };
            siteHeats(
              ...([on, { z: z!, field: field! }, { z: y!, field: before! }, own, site] as const),
              ...([siteBath, 0.8, 3, groups, heats] as const),
            );
            const bend = b!.map((x) => Math.abs(x));
            const flowed = array(on, 'float64', z!) as Float64Array;
            flowRows(on, flowed, a!, array(on, 'float64', bend) as Float64Array, groups);
            return [noise, out!, terms, pairs, heats, flowed].map((v) => Array.from(v));
          };
          const wanted = run(reference);
          run(engine).forEach((got, k) => near(got, wanted[k]!, k === 0 ? 0 : 1e-12));
        }),
        { numRuns: 40 },
      );
    });
  },
);

describe.each(engines.map((engine) => [engine.name, engine] as const))(
  'a long run of Langevin steps on %s',
  (_, engine) => {
    /** 32 independent replicas of an Ornstein–Uhlenbeck site of rate k and, beside it, of one in a quartic well. */
    const long = (scheme: Scheme, h: number, steps: number, seed: number) => {
      engine.scratch.reset();
      const { scratch } = engine;
      const number = (...values: number[]): Float64Array => {
        const out = scratch.float64(values.length);
        out.set(values);
        return out;
      };
      const groups = 2;
      const lanes = scratch.uint32(groups * LANE_STATE);
      for (let g = 0; g < groups; g++) {
        seedShotLanes(lanes.subarray(g * LANE_STATE), seed, 'dynamics', g * GROUP);
      }
      const circuit = explicitCircuit<Float64Array>(scratch, {
        ...{ sites: 2, groups, columns: 32, own: null, lanes },
        J: pack64(scratch, number(0, 0, 0, 0), 2, 2),
        constant: number(0, 0),
        quadratic: number(2, 0),
        quartic: number(0, 4),
        amplitude: number(Math.sqrt(2 * h), Math.sqrt(2 * h)),
        z: scratch.float64(groups * 2 * GROUP),
        earlier: scratch.float32(groups * 2 * GROUP),
      });
      explicitSteps(engine, circuit, scheme, h, 1, Math.ceil(10 / h));
      const sums = new Float64Array(3);
      let earlier = Float64Array.from(circuit.z);
      const lag = Math.round(0.5 / h);
      const samples = Math.floor(steps / lag);
      for (let s = 0; s < samples; s++) {
        explicitSteps(engine, circuit, scheme, h, 1, lag);
        for (let r = 0; r < 32; r++) {
          const at = Math.floor(r / GROUP) * 2 * GROUP + (r % GROUP);
          const x = circuit.z[at]!;
          sums[0]! += x * x;
          sums[1]! += x * earlier[at]!;
          sums[2]! += circuit.z[at + GROUP]! ** 2;
        }
        earlier = Float64Array.from(circuit.z);
      }
      return Array.from(sums, (sum) => sum / samples / 32);
    };

    it('has the variance and the autocorrelation of the closed forms, and the moment of quadrature', () => {
      // ⟨x²⟩ = T/k = ½ and e^{−kτ}/2 at τ = ½ for k = 2; ⟨x²⟩ of exp(−x⁴) is Γ(¾)/Γ(¼) = 0.3379891.
      // Leimkuhler–Matthews: the variance of a linear well is exact, that of the quartic one of second order in the step.
      const h = 0.05;
      const steps = engine.raw === null ? 20_000 : 60_000;
      const [variance, , quartic] = long('leimkuhler-matthews', h, steps, 5);
      const effective = (steps * h * 32) / 1.5;
      expect(Math.abs(variance! - 0.5)).toBeLessThan(4 * 0.5 * Math.sqrt(2 / effective));
      expect(Math.abs(quartic! - 0.3379891)).toBeLessThan(4 * 0.34 * Math.sqrt(1.5 / effective));
      // Heun: ⟨x(0) x(½)⟩ = ½ e^{−1}, of second order in the step.
      const [, lagged] = long('heun', h, steps, 6);
      expect(Math.abs(lagged! - 0.5 * Math.exp(-1))).toBeLessThan(
        4 * 0.5 * Math.sqrt(1.5 / effective) + 0.5 * h * h,
      );
    });
  },
);
