import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream } from '../../core/index.js';
import { engineMissing, openEngine, type Engine } from '../index.js';
import { GROUP, multiply, multiplyGroups, pack32, pack64, workLength } from './index.js';

const engines = ENGINES.filter((kind) => engineMissing(kind) === null).map((kind) =>
  openEngine(kind),
);

interface Case {
  readonly n: number;
  readonly m: number;
  readonly r: number;
  readonly alpha: number;
  readonly beta: number;
  readonly seed: number;
}
const cases = fc.record<Case>({
  n: fc.integer({ min: 1, max: 45 }),
  m: fc.integer({ min: 1, max: 70 }),
  r: fc.integer({ min: 1, max: 70 }),
  alpha: fc.constantFrom(1, -0.5, 2.25),
  beta: fc.constantFrom(0, 1, -0.75),
  seed: fc.nat(),
});

const filled = (length: number, stream: RandomStream): Float64Array =>
  Float64Array.from({ length }, () => stream.normal());

/** What the product must be, each element with Σ|a||x|, the scale of its rounding. */
function expected(
  { n, m, r, alpha, beta }: Case,
  a: Float64Array,
  x: Float64Array,
  y: Float64Array,
) {
  const value = new Float64Array(n * r);
  const scale = new Float64Array(n * r);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < r; c++) {
      let sum = 0;
      let size = 0;
      for (let k = 0; k < m; k++) {
        sum += a[i * m + k]! * x[k * r + c]!;
        size += Math.abs(a[i * m + k]! * x[k * r + c]!);
      }
      value[i * r + c] = alpha * sum + beta * y[i * r + c]!;
      scale[i * r + c] = Math.abs(alpha) * size + Math.abs(beta * y[i * r + c]!);
    }
  }
  return { value, scale };
}

function holds(
  got: ArrayLike<number>,
  { value, scale }: ReturnType<typeof expected>,
  ulp: number,
): void {
  for (let k = 0; k < value.length; k++) {
    if (Math.abs(got[k]! - value[k]!) > ulp * scale[k]!) {
      expect({ k, got: got[k] }).toEqual({ k, got: value[k] });
    }
  }
}

function run(engine: Engine, c: Case, a: Float64Array, x: Float64Array, y: Float64Array) {
  const { scratch } = engine;
  scratch.reset();
  const panels64 = pack64(scratch, a, c.n, c.m);
  const x64 = scratch.float64(x.length);
  x64.set(x);
  const y64 = scratch.float64(y.length);
  y64.set(y);
  const work64 = scratch.float64(workLength(panels64));
  multiply(engine, panels64, x64, y64, c.r, work64, c.alpha, c.beta);
  const panels32 = pack32(scratch, a, c.n, c.m);
  const x32 = scratch.float32(x.length);
  x32.set(x);
  const y32 = scratch.float32(y.length);
  y32.set(y);
  const work32 = scratch.float32(workLength(panels32));
  multiply(engine, panels32, x32, y32, c.r, work32, c.alpha, c.beta);
  return { y64: y64.slice(), y32: y32.slice() };
}

describe.each(engines.map((engine) => [engine.name, engine] as const))(
  'products on %s',
  (_, engine) => {
    it('are those of the definition to rounding, for any shape', () => {
      fc.assert(
        fc.property(cases, (c) => {
          const stream = RandomStream.of(c.seed, 'disorder');
          const a = filled(c.n * c.m, stream);
          const x = filled(c.m * c.r, stream);
          const y = filled(c.n * c.r, stream);
          const { y64, y32 } = run(engine, c, a, x, y);
          const right = expected(c, a, x, y);
          holds(y64, right, (c.m + 4) * 2 ** -53);
          holds(y32, right, (c.m + 8) * 2 ** -23);
        }),
        { numRuns: 60 },
      );
    });

    it('have columns that do not depend on which others there are', () => {
      fc.assert(
        fc.property(cases, (c) => {
          const stream = RandomStream.of(c.seed, 'disorder');
          const a = filled(c.n * c.m, stream);
          const x = filled(c.m * c.r, stream);
          const y = filled(c.n * c.r, stream);
          const all = run(engine, c, a, x, y);
          const columnOf = (values: ArrayLike<number>, rows: number): Float64Array =>
            Float64Array.from({ length: rows }, (_row, i) => values[i * c.r + (c.seed % c.r)]!);
          const one = run(engine, { ...c, r: 1 }, a, columnOf(x, c.m), columnOf(y, c.n));
          expect(Array.from(one.y64)).toEqual(Array.from(columnOf(all.y64, c.n)));
          expect(Array.from(one.y32)).toEqual(Array.from(columnOf(all.y32, c.n)));
        }),
        { numRuns: 60 },
      );
    });

    it('are the same with columns in groups', () => {
      fc.assert(
        fc.property(cases, (c) => {
          const groups = Math.ceil(c.r / GROUP);
          const full = { ...c, r: groups * GROUP, beta: 0 };
          const stream = RandomStream.of(c.seed, 'disorder');
          const a = filled(c.n * c.m, stream);
          const x = filled(c.m * full.r, stream);
          const y = filled(c.n * full.r, stream);
          const rows = run(engine, full, a, x, y);
          const place = (height: number, i: number, column: number): number =>
            (Math.floor(column / GROUP) * height + i) * GROUP + (column % GROUP);
          const { scratch } = engine;
          const grouped64 = scratch.float64(x.length);
          const grouped32 = scratch.float32(x.length);
          for (let k = 0; k < c.m; k++) {
            for (let j = 0; j < full.r; j++) {
              grouped64[place(c.m, k, j)] = grouped32[place(c.m, k, j)] = x[k * full.r + j]!;
            }
          }
          const y64 = scratch.float64(y.length);
          const y32 = scratch.float32(y.length);
          multiplyGroups(engine, pack64(scratch, a, c.n, c.m), grouped64, y64, groups, c.alpha);
          multiplyGroups(engine, pack32(scratch, a, c.n, c.m), grouped32, y32, groups, c.alpha);
          for (let i = 0; i < c.n; i++) {
            for (let j = 0; j < full.r; j++) {
              const at = place(c.n, i, j);
              if (y64[at] !== rows.y64[i * full.r + j])
                expect(y64[at]).toBe(rows.y64[i * full.r + j]);
              if (y32[at] !== rows.y32[i * full.r + j])
                expect(y32[at]).toBe(rows.y32[i * full.r + j]);
            }
          }
        }),
        { numRuns: 40 },
      );
    });
  },
);
