import { describe, expect, it } from 'vitest';
import { Type } from '../core/index.js';
import { PROGRAM_SCHEMA } from '../device/index.js';
import { readPath, valueAt, withValueAt } from './document-path.js';
import { NO_QUANTITIES } from './point-summary.js';
import { schemaAt } from './schema-at.js';
import { jobRow } from './store-contract.test-support.js';
import { countPoints } from './sweep-counts.js';
import { axesOf, sweepCsv, sweepRow } from './sweep-document.js';
import {
  bodyAt,
  dimensionsOf,
  planOf,
  pointSeed,
  valuesAt,
  type SweepBody,
} from './sweep-points.js';
import { sweepViolations } from './sweep-violations.js';

describe('readPath', () => {
  it('reads members and entries, and nothing else', () => {
    expect(readPath('program.drives[0].amplitude')).toEqual(['program', 'drives', 0, 'amplitude']);
    expect(readPath('device')).toEqual(['device']);
    expect(readPath('a[1][22]')).toEqual(['a', 1, 22]);
    for (const text of ['', '.a', 'a.', 'a..b', '[0]', 'a[-1]', 'a[x]', 'a b', 'a.__proto__.b']) {
      expect(readPath(text), text).toBe(null);
    }
  });
});

describe('withValueAt', () => {
  it('changes one place, makes members on the way, and leaves the document that was given', () => {
    const document = { a: { b: [1, { c: 2 }] }, d: 3 };
    expect(withValueAt(document, ['a', 'b', 1, 'c'], 9)).toEqual({ a: { b: [1, { c: 9 }] }, d: 3 });
    expect(withValueAt(document, ['x', 'y'], 1)).toEqual({ ...document, x: { y: 1 } });
    expect(document).toEqual({ a: { b: [1, { c: 2 }] }, d: 3 });
    expect(valueAt(document, ['a', 'b', 0])).toBe(1);
    expect(valueAt(document, ['d', 'e', 'f'])).toBe(undefined);
  });

  it('has no place behind the end of a list or in a number', () => {
    expect(withValueAt({ a: [1] }, ['a', 1], 2)).toBe(undefined);
    expect(withValueAt({ a: 1 }, ['a', 'b'], 2)).toBe(undefined);
    expect(withValueAt({ a: [1] }, ['a', 'b'], 2)).toBe(undefined);
  });
});

describe('schemaAt', () => {
  it('finds what a program has at a place, through unions and lists', () => {
    const at = (...path: (string | number)[]) => schemaAt(PROGRAM_SCHEMA, path);
    expect(at('dynamics', 'temperature')).toHaveProperty('schema');
    expect(at('drives', 3, 'amplitude', 0, 1)).toHaveProperty('schema');
    expect(at('couplings', 'data', 5)).toHaveProperty('schema');
    expect(at('dynamics', 'temprature')).toMatchObject({
      depth: 1,
      known: expect.arrayContaining(['temperature']) as unknown,
    });
    expect(at('duration', 'x')).toMatchObject({ depth: 1 });
    expect(schemaAt(Type.Object({ open: Type.Object({}) }), ['open', 'anything'])).toBe('open');
  });
});

const base: SweepBody['base'] & { program: object; device: string } = {
  kind: 'run',
  device: 'a',
  program: { dynamics: { temperature: 1 }, shots: 3 },
};
const body = (members: Partial<SweepBody> = {}): SweepBody => ({
  base,
  axes: [
    { path: 'program.dynamics.temperature', values: [1, 2, 3] },
    { path: 'device', values: ['a', 'b'] },
  ],
  ...members,
});

describe('points of a sweep', () => {
  it('are the product of the axes, the last one fastest', () => {
    const plan = planOf(body(), 7);
    expect(plan.points).toBe(6);
    const shown = Array.from({ length: 6 }, (_, k) =>
      valuesAt(plan.dimensions, k).map(({ value }) => value),
    );
    expect(shown).toEqual([
      [1, 'a'],
      [1, 'b'],
      [2, 'a'],
      [2, 'b'],
      [3, 'a'],
      [3, 'b'],
    ]);
    expect(bodyAt(plan, 3)).toMatchObject({
      kind: 'run',
      device: 'b',
      program: { dynamics: { temperature: 2 }, shots: 3 },
    });
  });

  it('move axes of a zip together', () => {
    const zip = [
      { path: 'a', values: [1, 2] },
      { path: 'b', values: [10, 20] },
    ];
    const axes: SweepBody['axes'] = [{ zip }, { path: 'c', values: [0, 1] }];
    const plan = planOf(body({ axes }), 1);
    expect(plan.points).toBe(4);
    expect([0, 1, 2, 3].map((k) => bodyAt(plan, k))).toMatchObject([
      { a: 1, b: 10, c: 0 },
      { a: 1, b: 10, c: 1 },
      { a: 2, b: 20, c: 0 },
      { a: 2, b: 20, c: 1 },
    ]);
    expect(axesOf(dimensionsOf({ axes }))).toEqual(axes);
  });

  it('have seeds of their own, the same for the same sweep, unless the body gives one', () => {
    const seeds = Array.from({ length: 6 }, (_, k) => bodyAt(planOf(body(), 7), k)['seed']);
    expect(new Set(seeds).size).toBe(6);
    expect(seeds).toEqual(Array.from({ length: 6 }, (_, k) => pointSeed(7, k)));
    for (const seed of seeds) expect(Number.isSafeInteger(seed)).toBe(true);
    expect(pointSeed(8, 0)).not.toBe(pointSeed(7, 0));
    const given = planOf(
      body({ base: { ...base, program: { ...base.program, seed: 4 } } as SweepBody['base'] }),
      7,
    );
    expect(bodyAt(given, 5)).not.toHaveProperty('seed');
    const axis = planOf(body({ axes: [{ path: 'seed', values: [1, 2] }] }), 7);
    expect([0, 1].map((k) => bodyAt(axis, k)['seed'])).toEqual([1, 2]);
  });
});

describe('sweepViolations', () => {
  const schema = Type.Object(
    {
      kind: Type.Literal('run'),
      device: Type.String(),
      temperature: Type.Optional(Type.Number({ minimum: 0 })),
      drives: Type.Optional(Type.Array(Type.Object({ h: Type.Number() }))),
      seed: Type.Optional(Type.Integer()),
    },
    { additionalProperties: false },
  );
  const found = (members: Partial<SweepBody>) =>
    sweepViolations(
      { base: { kind: 'run', device: 'a' }, axes: [], ...members } as SweepBody,
      schema,
    ).map(({ path, code, value }) => [path, code, value]);

  it('says nothing of a sweep that fits', () => {
    expect(found({ axes: [{ path: 'temperature', values: [0, 1, null] }] })).toEqual([]);
    expect(
      sweepViolations({ base: { kind: 'run' }, axes: [{ path: 'device', values: ['a'] }] }, schema),
    ).toEqual([]);
  });

  it('says everything at once, with path and value', () => {
    expect(
      found({
        base: { kind: 'run', device: 'a', priority: 3 } as SweepBody['base'],
        axes: [
          { path: 'temperature', values: [1, -1, 'hot', NaN] },
          { path: 'temprature', values: [1] },
          { path: 'a b', values: [1] },
          { path: 'kind', values: ['retrieve'] },
          {
            zip: [
              { path: 'seed', values: [1, 2] },
              { path: 'device', values: ['a'] },
            ],
          },
        ],
      }),
    ).toEqual([
      ['base.priority', 'invalid-input', 3],
      ['axes[0].values[1]', 'invalid-input', -1],
      ['axes[0].values[2]', 'invalid-input', 'hot'],
      ['axes[0].values[3]', 'not-finite', 'NaN'],
      ['axes[1].path', 'unknown-field', 'temprature'],
      ['axes[2].path', 'invalid-input', 'a b'],
      ['axes[3].path', 'invalid-input', 'kind'],
      ['axes[4].zip[1].values', 'wrong-size', 1],
    ]);
  });

  it('finds too many points, a place that the base has not, an axis twice, and a base that does not fit', () => {
    const values = Array.from({ length: 101 }, (_, k) => k);
    const axes: SweepBody['axes'] = [
      { path: 'temperature', values },
      { path: 'seed', values },
    ];
    expect(found({ axes })).toEqual([['axes', 'invalid-input', 10_201]]);
    expect(found({ axes: [{ path: 'drives[0].h', values: [1] }] })).toEqual([
      ['axes[0].path', 'invalid-input', 'drives[0].h'],
    ]);
    expect(
      found({
        axes: [
          { path: 'seed', values: [1] },
          { path: 'seed', values: [1] },
        ],
      })[0],
    ).toEqual(['axes[1].path', 'invalid-input', undefined]);
    expect(
      found({
        base: { kind: 'run', device: 'a', colour: 1 } as SweepBody['base'],
        axes: [{ path: 'seed', values: [1] }],
      }),
    ).toEqual([['base.colour', 'unknown-field', 1]]);
  });
});

describe('rows of a sweep', () => {
  const plan = planOf(body({ axes: [{ path: 'label', values: ['x,"y"', [1, 2]] }] }), 7);

  it('are there for points that are not stored yet, and count as waiting', () => {
    expect(sweepRow(plan, 1, null)).toMatchObject({
      point: 1,
      values: { label: [1, 2] },
      job: null,
      state: 'queued',
      device: 'a',
      success: null,
    });
    expect(countPoints(5, new Map([['completed', 2] as const, ['running', 1] as const]))).toEqual({
      points: 5,
      waiting: 2,
      active: 1,
      completed: 2,
      failed: 0,
      cancelled: 0,
      aborted: 0,
      expired: 0,
    });
  });

  it('become lines of CSV that other programs read back', () => {
    const job = jobRow('J', {
      state: 'completed',
      parent: 'S',
      point: 0,
      run: 'R',
      summary: {
        seed: 5,
        shots: 3,
        durationS: 0.5,
        quantities: { ...NO_QUANTITIES, work: { mean: -1.5e-7, sem: null } },
      },
    });
    const [head, first, second] = [
      ...sweepCsv(plan, [sweepRow(plan, 0, job), sweepRow(plan, 1, null)]),
    ];
    expect(head).toBe(
      'point,label,device,state,job,run,attempts,error,seed,shots,durationS,success,success_sem,exact,exact_sem,overlap,overlap_sem,time,time_sem,energy,energy_sem,work,work_sem,heat,heat_sem,energyChange,energyChange_sem,entropyProduction,entropyProduction_sem\n',
    );
    expect(first).toBe('0,"x,""y""",a,completed,J,R,1,,5,3,0.5,,,,,,,,,,,-1.5e-7,,,,,,,\n');
    expect(second).toBe('1,"[1,2]",a,queued,,,1,,,,,,,,,,,,,,,,,,,,,,\n');
  });
});
