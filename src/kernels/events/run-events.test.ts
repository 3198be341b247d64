import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream, type EngineKind } from '../../core/index.js';
import { engineMissing, openEngine } from '../index.js';
import { EVENT_KIND, EventArrays, paddedSites } from './event-arrays.js';
import { FLIP_LAW, flipRate, type FlipLawName, type FlipLawNumbers } from './flip-rates.js';
import { runEvents, seedEvents, startEvents, sumFields } from './run-events.js';
import { minusLog } from './waiting-time.js';

const KINDS = ENGINES.filter((kind) => engineMissing(kind) === null);
const LAWS = Object.keys(FLIP_LAW) as FlipLawName[];

interface Case {
  readonly sites: number;
  readonly seed: number;
  readonly law: FlipLawName;
  readonly kind: keyof typeof EVENT_KIND;
  readonly heat: number;
  readonly integers: boolean;
  readonly numbers: FlipLawNumbers;
}

/** Random couplings, fields, weights (some 0) and a start, the same on every engine. */
function arraysOf(
  engineKind: EngineKind,
  { sites, seed, law, kind, heat, integers, numbers }: Case,
): { readonly run: (until: number) => unknown[]; readonly arrays: EventArrays } {
  const engine = openEngine(engineKind);
  const stride = paddedSites(sites);
  const double = kind !== 'float32';
  const rows = {
    float32: () => engine.arena.float32(sites * stride),
    single: () => engine.arena.float32(sites * stride),
    double: () => engine.arena.float64(sites * stride),
    int16: () => engine.arena.int16(sites * stride),
    int8: () => engine.arena.int8(sites * stride),
  }[kind]();
  const whole = integers || kind === 'int16' || kind === 'int8';
  const stream = RandomStream.of(seed, 'initial', 0);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      const J = whole ? stream.integer(3) - 1 : stream.normal();
      rows[i * stride + j] = J;
      rows[j * stride + i] = J;
    }
  }
  const state = engine.arena.int8(sites);
  for (let i = 0; i < sites; i++) state[i] = stream.sign();
  const arrays = new EventArrays(engine.arena, sites, rows, stride, state, 40, double);
  for (let i = 0; i < sites; i++) {
    arrays.slopes[i] = (2 * state[i]!) / heat;
    arrays.weights[i] = stream.uniform() < 0.2 ? 0 : 1 + stream.uniform();
    if (double && !whole) arrays.external[i] = stream.normal();
  }
  if (double) arrays.scale = 0.5;
  arrays.setLaw(law, numbers);
  seedEvents(arrays, seed, 'dynamics', 3);
  sumFields(engine, arrays);
  startEvents(engine, arrays, 0);
  const run = (until: number): unknown[] => {
    const count = runEvents(engine, arrays, until);
    return [
      count,
      Array.from(arrays.sitesOut.subarray(0, count)),
      Array.from(arrays.fieldsOut.subarray(0, count)),
      Array.from(arrays.timesOut.subarray(0, count)),
      Array.from(state),
      Array.from(arrays.fields.subarray(0, sites)),
      Array.from(arrays.rates.subarray(0, sites)),
      arrays.next,
      arrays.total,
    ];
  };
  return { run, arrays };
}

const anyCase = fc.record({
  sites: fc.oneof(
    fc.constantFrom(1, 2, 15, 16, 17, 63, 64, 65, 127, 130),
    fc.integer({ min: 1, max: 200 }),
  ),
  seed: fc.integer({ min: 0, max: 1e9 }),
  law: fc.constantFrom(...LAWS),
  kind: fc.constantFrom(...(Object.keys(EVENT_KIND) as (keyof typeof EVENT_KIND)[])),
  heat: fc.constantFrom(0.01, 0.5, 1, 5, 40),
  integers: fc.boolean(),
  numbers: fc.record({
    a: fc.double({ min: 0.1, max: 3, noNaN: true }),
    b: fc.double({ min: 0.1, max: 3, noNaN: true }),
    c: fc.double({ min: -3, max: 3, noNaN: true }),
    d: fc.double({ min: 0.1, max: 3, noNaN: true }),
    rest: fc.constantFrom(0, 1e-5),
    ties: fc.constantFrom(0, 1),
  }),
});

/** Fields of 32 bits have one law. */
const cases = anyCase.map((one): Case =>
  one.kind === 'float32' ? { ...one, law: 'glauber' } : one,
);

describe('rejection-free events', () => {
  it('are the same bits on every engine that is here', () => {
    expect(KINDS.length).toBeGreaterThan(1);
    fc.assert(
      fc.property(cases, (one) => {
        fc.pre(one.kind !== 'float32');
        const [reference, ...others] = KINDS.map((kind) => arraysOf(kind, one));
        for (let call = 0; call < 3; call++) {
          const expected = reference!.run(call < 2 ? 1e-2 * (call + 1) : Infinity);
          for (const other of others)
            expect(other.run(call < 2 ? 1e-2 * (call + 1) : Infinity)).toEqual(expected);
        }
      }),
      { numRuns: 120 },
    );
  });

  it('of fields in 32 bits are the same to rounding on every engine that is here', () => {
    let different = 0;
    let compared = 0;
    const close = (got: unknown, expected: unknown, tolerance: number): void => {
      const [x, y] = [got, expected] as [number[], number[]];
      expect(x.length).toBe(y.length);
      for (let i = 0; i < x.length; i++) {
        if (x[i] !== y[i]) expect(Math.abs(x[i]! / y[i]! - 1)).toBeLessThan(tolerance);
      }
    };
    fc.assert(
      fc.property(cases, (any) => {
        const one: Case = { ...any, kind: 'float32', law: 'glauber' };
        const [reference, ...others] = KINDS.map((kind) => arraysOf(kind, one));
        const rates = Array.from(reference!.arrays.rates);
        const next = reference!.arrays.next;
        const sure = one.integers && one.heat >= 0.5;
        const course = sure ? reference!.run(Infinity) : [];
        for (const other of others) {
          // The same fields: rates to 1e-6 (and what rounding leaves), none where the weight is 0.
          close(Array.from(other.arrays.rates), rates, 1.5e-6);
          close([other.arrays.next], [next], 3e-6);
          if (!sure) continue;
          // Couplings of ±1 and 0: fields have no rounding, and the course is one unless a draw falls between two spins.
          const got = other.run(Infinity);
          compared++;
          if (JSON.stringify(got[1]) !== JSON.stringify(course[1])) {
            different++;
            continue;
          }
          expect(got.slice(4, 6)).toEqual(course.slice(4, 6));
          expect(got[2]).toEqual(course[2]);
          close(got[3], course[3], 3e-6);
          close(got[6], course[6], 1.5e-6);
        }
      }),
      { numRuns: 120 },
    );
    expect(compared).toBeGreaterThan(20);
    expect(different).toBeLessThan(3);
  });

  it('have no law but Glauber’s for fields in 32 bits', () => {
    const { arrays } = arraysOf('reference', {
      sites: 3,
      seed: 1,
      law: 'glauber',
      kind: 'float32',
      heat: 1,
      integers: true,
      numbers: { a: 0, b: 0, c: 0, d: 0, rest: 0, ties: 0 },
    });
    expect(() => arrays.setLaw('step')).toThrow('glauber alone');
  });

  it('never flip a spin of weight 0, nor one that is stable at T = 0', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { run, arrays } = arraysOf(KINDS[KINDS.length - 1]!, {
          ...one,
          law: one.kind === 'float32' ? 'glauber' : 'linear',
        });
        const before = arrays.state.slice();
        run(Infinity);
        for (let i = 0; i < one.sites; i++) {
          if (arrays.weights[i] === 0) expect(arrays.state[i]).toBe(before[i]);
        }
        if (arrays.next < Infinity) return;
        for (let i = 0; i < one.sites; i++) {
          if (arrays.weights[i]! > 0)
            expect(arrays.slopes[i]! * arrays.fieldOf(i)).toBeGreaterThanOrEqual(-1e-4);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('have the rates of their laws', () => {
    const numbers = new Float32Array([2, 0.01, -3, 0.25, 0, 0]);
    const exact: Record<FlipLawName, (z: number) => number> = {
      glauber: (z) => 1 / (1 + 2 ** z),
      metropolis: (z) => Math.min(1, 2 ** -z),
      step: (z) => (z < 0 ? 1 : 0),
      linear: (z) => Math.max(0, -z),
      ohmic: (z) => (z === 0 ? Math.LOG2E : z / Math.expm1(z * Math.LN2)),
      dephased: (z) => (z < 0 ? -z / (2 + z * z) : 0),
      cavity: (z) => 2 / ((z * z + numbers[1]!) * ((-3 - z) ** 2 + 0.25)),
    };
    for (const law of LAWS) {
      let worst = 0;
      for (let z = -120; z <= 120; z += 0.0371) {
        const x = Math.fround(Math.abs(z) < 1 ? z ** 3 : z);
        const expected = exact[law](x);
        const error = Math.abs(flipRate(FLIP_LAW[law], x, 1, numbers) - expected);
        worst = Math.max(worst, error / (expected || 1));
      }
      expect(worst, law).toBeLessThan(1.2e-6);
    }
    expect(flipRate(FLIP_LAW.ohmic, 0, 1, numbers)).toBeCloseTo(Math.LOG2E, 6);
  });

  it('wait times whose logarithm is right', () => {
    for (let k = 0; k < 4000; k++) {
      const u = RandomStream.of(k).uniformOpen() ** (1 + (k % 9));
      expect(Math.abs(minusLog(u) + Math.log(u))).toBeLessThan(1e-15 + 4e-15 * -Math.log(u));
    }
    expect(minusLog(1 - 2 ** -53)).toBeCloseTo(2 ** -53, 20);
  });

  it.each(
    KINDS.flatMap((kind) =>
      (['double', 'float32'] as const).map((fields) => [kind, fields] as const),
    ),
  )('visit states as Gibbs has them, for as long as he does (%s, fields %s)', (kind, fields) => {
    const sites = 4;
    const { run, arrays } = arraysOf(kind, {
      sites,
      seed: 11,
      law: 'glauber',
      kind: fields,
      heat: 1 / Math.LOG2E,
      integers: false,
      numbers: { a: 0, b: 0, c: 0, d: 0, rest: 0, ties: 0 },
    });
    arrays.weights.fill(1, 0, sites);
    const codeOf = (): number =>
      arrays.state.reduce((code, s, i) => code | (s > 0 ? 1 << i : 0), 0);
    // Energies by the fields: E(s) − E(s with i turned) = −2 s_i b_i, walked over all states by the model's own numbers.
    const energy = (code: number): number => {
      const s = Array.from({ length: sites }, (_, i) => ((code >> i) & 1 ? 1 : -1));
      let sum = 0;
      for (let i = 0; i < sites; i++) {
        sum -= (arrays.external[i] ?? 0) * s[i]!;
        for (let j = 0; j < i; j++)
          sum -= arrays.scale * arrays.rows[i * arrays.stride + j]! * s[i]! * s[j]!;
      }
      return sum;
    };
    const weights = Array.from({ length: 16 }, (_, code) => Math.exp(-energy(code)));
    const Z = weights.reduce((a, b) => a + b, 0);
    const time = new Float64Array(16);
    const blocks = kind === 'reference' ? 1500 : 3000;
    const parts: number[][] = [];
    let code: number;
    let last = arrays.next;
    run(last);
    for (let block = 0; block < blocks; block++) {
      time.fill(0);
      code = codeOf();
      const [count] = run(Infinity) as [number];
      for (let k = 0; k < count; k++) {
        time[code]! += arrays.timesOut[k]! - last;
        last = arrays.timesOut[k]!;
        code ^= 1 << arrays.sitesOut[k]!;
      }
      parts.push(Array.from(time));
    }
    const all = parts.flat().reduce((a, b) => a + b, 0);
    for (let c = 0; c < 16; c++) {
      const p = parts.reduce((sum, row) => sum + row[c]!, 0) / all;
      let square = 0;
      for (const row of parts) square += (row[c]! - p * row.reduce((a, b) => a + b, 0)) ** 2;
      expect(Math.abs(p - weights[c]! / Z)).toBeLessThan((5 * Math.sqrt(square)) / all);
    }
  });
});
