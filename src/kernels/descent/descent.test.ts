import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream, type EngineKind } from '../../core/index.js';
import { engineMissing, openEngine } from '../index.js';
import { descend, leastSite, unstableSites } from './descend.js';
import { DescentArrays, type DescentForces, type DescentRows } from './descent-arrays.js';

const KINDS = ENGINES.filter((kind) => engineMissing(kind) === null);
const FORMS = ['int8', 'int16', 'float32', 'float64', 'sparse', 'none'] as const;

interface Case {
  readonly sites: number;
  readonly seed: number;
  readonly form: (typeof FORMS)[number];
  readonly atoms: boolean;
  /** Small whole numbers all over: ties everywhere. */
  readonly whole: boolean;
  readonly held: number;
  readonly most: number;
}

/** Descents, and lists of unstable spins, of a random system; everything that they leave behind. */
function course(kind: EngineKind, { sites, seed, form, atoms, whole, held, most }: Case): unknown {
  const engine = openEngine(kind);
  const { arena } = engine;
  const stream = RandomStream.of(seed, 'disorder');
  const integers = form === 'int8' || form === 'int16';
  const number = (): number =>
    whole || integers
      ? stream.integer(form === 'int16' ? 601 : 7) - (form === 'int16' ? 300 : 3)
      : stream.normal();
  const padded = 16 * Math.ceil(sites / 16);
  const state = arena.int8(padded).subarray(0, sites);
  for (let i = 0; i < sites; i++) state[i] = stream.sign();
  const fieldType = form === 'int8' ? 'int16' : form === 'int16' ? 'int32' : 'float64';
  const fields = arena[fieldType](padded);
  const couplings = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      couplings[i * sites + j] = couplings[j * sites + i] = Math.fround(number());
    }
  }
  let rows: DescentRows = { kind: 'none' };
  if (form === 'sparse') {
    const starts = arena.int32(sites + 1);
    const [neighbours, values]: [number[], number[]] = [[], []];
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < sites; j++) {
        if (Math.abs(i - j) > 3) couplings[i * sites + j] = 0;
        if (i === j || Math.abs(i - j) > 3) continue;
        neighbours.push(j);
        values.push(couplings[i * sites + j]!);
      }
      starts[i + 1] = neighbours.length;
    }
    const at = arena.int32(neighbours.length);
    at.set(neighbours);
    const numbers = arena.float64(values.length);
    numbers.set(values);
    rows = { kind: 'sparse', starts, neighbours: at, rows: numbers };
  } else if (form !== 'none') {
    const stride = form === 'float64' ? sites : padded;
    const dense = arena[form](sites * stride);
    for (let i = 0; i < sites; i++) {
      dense.set(couplings.subarray(i * sites, (i + 1) * sites), i * stride);
    }
    rows = { kind: 'dense', rows: dense, stride };
  }
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < sites; j++) {
      fields[i] = fields[i]! + couplings[i * sites + j]! * state[j]!;
    }
  }
  let forces: DescentForces | null = null;
  if (atoms) {
    const pulls = arena.float64(2 * sites * sites);
    for (let k = 0; k < pulls.length; k++) pulls[k] = 0.3 * number();
    forces = { pulls, forces: arena.float64(2 * padded), stiffness: 7 };
    for (let c = 0; c < 2 * sites; c++) forces.forces[c] = number();
  }
  const arrays = new DescentArrays(arena, sites, state, fields, rows, 0.7, 30, forces);
  for (let i = 0; i < sites; i++) {
    arrays.external[i] = number();
    arrays.barriers[i] = stream.uniform() < held ? Infinity : atoms ? 0.1 * Math.abs(number()) : 0;
  }
  arrays.rest = whole ? 0 : 1e-9;
  const told: unknown[] = [];
  const tell = (): void => {
    told.push(
      Array.from(state),
      Array.from(fields.subarray(0, sites)),
      Array.from(forces?.forces.subarray(0, 2 * sites) ?? []),
    );
  };
  for (let k = 0; k < 6; k++) {
    const flipped = k === 0 ? -1 : stream.integer(sites);
    const count = unstableSites(engine, arrays, flipped);
    told.push(count, Array.from(arrays.sitesOut.subarray(0, count)));
  }
  tell();
  told.push(leastSite(engine, arrays));
  if (form === 'none') return told;
  for (let k = 0; k < 3; k++) {
    const count = descend(engine, arrays, most);
    told.push(
      count,
      Array.from(arrays.sitesOut.subarray(0, count)),
      Array.from(arrays.fieldsOut.subarray(0, count)),
    );
    tell();
  }
  return told;
}

const anyCase = fc.record({
  sites: fc.oneof(
    fc.constantFrom(1, 2, 3, 7, 8, 15, 16, 17, 63, 64, 65, 100),
    fc.integer({ min: 1, max: 120 }),
  ),
  seed: fc.nat(),
  form: fc.constantFrom(...FORMS),
  atoms: fc.boolean(),
  whole: fc.boolean(),
  held: fc.constantFrom(0, 0.3, 1),
  most: fc.integer({ min: 0, max: 30 }),
});

describe('descents at zero temperature', () => {
  it('are the same bits on every engine, ties, held spins and atoms that move included', () => {
    expect(KINDS.length).toBeGreaterThan(1);
    fc.assert(
      fc.property(anyCase, (drawn) => {
        // Only dense rows have atoms that move.
        const one = {
          ...drawn,
          atoms: drawn.atoms && drawn.form !== 'sparse' && drawn.form !== 'none',
        };
        const expected = course('reference', one);
        for (const kind of KINDS.slice(1)) expect(course(kind, one)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it.each(KINDS)(
    'flip the least margin first, the lowest index at a tie, until none is left (%s)',
    (kind) => {
      const engine = openEngine(kind);
      const { arena } = engine;
      const sites = 20;
      const state = arena.int8(32).subarray(0, sites).fill(1);
      const rows = arena.float64(sites * sites);
      const arrays = new DescentArrays(
        arena,
        sites,
        state,
        arena.float64(32),
        { kind: 'dense', rows, stride: sites },
        1,
        20,
      );
      // Without couplings a margin is the external field itself.
      arrays.external.set([0, -1, -3, -2, -3, 5, 0, -2, 1, 1, 1, -3, 1, 1, 1, 1, 1, 1, -2, 1]);
      arrays.barriers[4] = Infinity;
      expect(leastSite(engine, arrays)).toBe(2);
      expect(unstableSites(engine, arrays, -1)).toBe(6);
      expect(Array.from(arrays.sitesOut.subarray(0, 6))).toEqual([1, 2, 3, 7, 11, 18]);
      expect(descend(engine, arrays, 2)).toBe(2);
      expect(descend(engine, arrays, 20)).toBe(4);
      expect(Array.from(arrays.sitesOut.subarray(0, 4))).toEqual([3, 7, 18, 1]);
      expect(leastSite(engine, arrays)).toBe(-1);
      expect(state[4]).toBe(1);
    },
  );
});
