import { describe, expect, it } from 'vitest';
import { readProgram } from '../../device/index.js';
import { cavityViolations } from './cavity-violations.js';

const paths = (over: object, parameters: Record<string, number> = {}): string[] =>
  cavityViolations(
    readProgram({
      version: 1,
      sites: 2,
      couplings: { kind: 'coo', entries: [[0, 1, 1]] },
      duration: 1,
      ...over,
    }),
    parameters,
  ).map(({ path }) => path);
const at = (xy: number[][], over: object = {}): object => ({
  couplings: { kind: 'positions', geometry: 'four-sevenths', xy, waist: 2, ...over },
});

describe('sizeViolations', () => {
  it.each<[string, object, string[]]>([
    ['a coupling of 1e100', { couplings: { kind: 'coo', entries: [[0, 1, -1e100]] } }, []],
    ['a larger one', { couplings: { kind: 'coo', entries: [[0, 1, -1.1e100]] } }, ['couplings']],
    [
      'a larger one, dense',
      { couplings: { kind: 'dense', data: [0, 1e308, 1e308, 0] } },
      ['couplings'],
    ],
    [
      'a weight',
      { couplings: { kind: 'memories', patterns: [[1, 1]], weights: [[1e200]] } },
      ['couplings'],
    ],
    ['a field', { fields: [0, -1e300] }, ['fields']],
    [
      'a drive by the product of pattern and amplitude',
      {
        drives: [
          {
            pattern: [1e60, 0],
            amplitude: [
              [0, 0],
              [1, -1e60],
            ],
          },
        ],
      },
      ['drives[0].amplitude'],
    ],
    [
      'clouds a million waists away',
      at([
        [0, 0],
        [2e6, 1],
      ]),
      [],
    ],
    [
      'and beyond',
      at([
        [0, 0],
        [0, -1e18],
      ]),
      ['couplings.xy[1]'],
    ],
    [
      'points',
      at(
        [
          [0, 0],
          [1, 1],
        ],
        { cloudSigma: 0 },
      ),
      [],
    ],
    [
      'clouds that are hardly any',
      at(
        [
          [0, 0],
          [1, 1],
        ],
        { cloudSigma: 1e-200 },
      ),
      ['couplings.cloudSigma'],
    ],
  ])('judges %s', (_what, over, expected) => {
    expect(paths(over)).toEqual(expected);
  });

  it('judges positions before a camera looks for their pixels', () => {
    expect(
      paths(
        at([
          [0, 0],
          [1e18, 0],
        ]),
        { readoutPhotons: 4 },
      ),
    ).toEqual(['couplings.xy[1]']);
  });
});
