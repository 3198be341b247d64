import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySet } from './memory-set.js';
import { memorySetFromNpy, memorySetNpy } from './npy-memory-set.js';
import { readNpy, writeNpy } from './npy.js';

const spin = fc.constantFrom(-1, 1);

describe('a .npy memory set', () => {
  it('comes back with shape and patterns as it was written', () => {
    fc.assert(
      fc.property(
        fc
          .record({
            shape: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 2 }),
            count: fc.integer({ min: 1, max: 4 }),
          })
          .chain(({ shape, count }) => {
            const n = shape.reduce((a, b) => a * b, 1);
            const pattern = fc.array(spin, { minLength: n, maxLength: n });
            return fc.record({
              shape: fc.constant(shape),
              patterns: fc.array(pattern, { minLength: count, maxLength: count }),
            });
          }),
        (parts) => {
          const set = memorySet(parts);
          const bytes = memorySetNpy(set);
          expect(readNpy(bytes).shape).toEqual([set.patterns.length, ...set.shape]);
          expect(memorySetFromNpy(bytes)).toEqual(set);
        },
      ),
    );
  });

  it.each(['|i1', '<i2', '>i4', '<i8', '<f4', '>f8'])('takes −1 and +1 of type %s', (dtype) => {
    const bytes = writeNpy({ dtype, shape: [1, 3], values: [1, -1, 1] });
    expect(memorySetFromNpy(bytes, { name: 'x', labels: ['a'] })).toMatchObject({
      name: 'x',
      labels: ['a'],
      patterns: [Int8Array.of(1, -1, 1)],
    });
  });

  it.each(['|b1', '|u1', '<u2', '>u4', '<u8'])('takes 0 for −1 of type %s', (dtype) => {
    const bytes = writeNpy({ dtype, shape: [2, 1, 2], values: [0, 1, 1, 0] });
    expect(memorySetFromNpy(bytes)).toMatchObject({
      shape: [1, 2],
      patterns: [Int8Array.of(-1, 1), Int8Array.of(1, -1)],
    });
  });

  const cases: [
    what: string,
    dtype: string,
    shape: number[],
    values: number[],
    code: string,
    details: object,
  ][] = [
    [
      'a NaN',
      '<f8',
      [2, 2],
      [1, -1, NaN, 1],
      'not-finite',
      { path: 'patterns[1][0]', value: 'NaN' },
    ],
    [
      'an infinity',
      '<f4',
      [1, 2],
      [1, -Infinity],
      'not-finite',
      { path: 'patterns[0][1]', value: '-Infinity' },
    ],
    [
      'a zero of a signed type',
      '|i1',
      [1, 2],
      [1, 0],
      'pattern-values',
      { path: 'patterns[0][1]', value: 0, limit: [-1, 1] },
    ],
    [
      'a zero of floats',
      '<f8',
      [2, 2],
      [1, 1, 0, 0],
      'pattern-values',
      { path: 'patterns[1][0]', value: 0, limit: [-1, 1] },
    ],
    [
      'a grey level of bytes',
      '|u1',
      [1, 2],
      [1, 255],
      'pattern-values',
      { path: 'patterns[0][1]', value: 255, limit: [0, 1] },
    ],
    ['a half', '<f8', [1, 1], [0.5], 'pattern-values', { path: 'patterns[0][0]', value: 0.5 }],
    ['one dimension', '|i1', [2], [1, 1], 'wrong-size', { path: 'shape', value: [2] }],
    ['no memory', '|i1', [0, 4], [], 'wrong-size', { path: 'shape', value: [0, 4] }],
  ];
  it.each(cases)('refuses %s', (_, dtype, shape, values, code, details) => {
    const bytes = writeNpy({ dtype, shape, values });
    expect(() => memorySetFromNpy(bytes)).toThrow(
      expect.objectContaining({
        code,
        details: expect.objectContaining(details) as object,
      }) as Error,
    );
  });
});
