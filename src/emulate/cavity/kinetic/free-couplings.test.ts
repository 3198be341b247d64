import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../core/index.js';
import { readProgram, type Program } from '../../../device/index.js';
import { linearModes } from '../../langevin/linear-modes.js';
import { gaussianPositions, sherringtonKirkpatrick } from '../disorder.js';
import { programCouplings } from '../judge-couplings.js';
import { freeCouplings, thresholdStrength } from './free-couplings.js';

const N = 7;
const stream = RandomStream.of(61, 'disorder');
const xy = gaussianPositions(N, 1.5, stream);
const data = Array.from(sherringtonKirkpatrick(N, stream));
const patterns = [0, 1, 2].map(() => Array.from({ length: N }, () => stream.sign()));
const positions = (over: object): object => ({
  kind: 'positions',
  geometry: 'four-sevenths',
  xy: Array.from({ length: N }, (_, i) => [xy[2 * i]!, xy[2 * i + 1]!]),
  ...over,
});
const program = (couplings: object, over: object = {}): Program =>
  readProgram({ version: 1, sites: N, couplings, duration: 1, ...over });

describe('the diagonal of J', () => {
  it.each<[string, object, Record<string, number>]>([
    ['points', positions({}), {}],
    ['points of a written strength', positions({}), { localStrength: 3 }],
    ['points that interact with themselves', positions({}), { selfCoupling: 1 }],
    ['clouds', positions({ cloudSigma: 0.2 }), { selfCoupling: 0.5 }],
    ['damped modes', positions({ cloudSigma: 0.2 }), { modeDamping: 0.02 }],
    ['a matrix', { kind: 'dense', data }, {}],
    [
      'a list of pairs',
      {
        kind: 'coo',
        entries: [
          [0, 1, 2],
          [3, 6, -1],
        ],
      },
      { localStrength: 2 },
    ],
    ['memories', { kind: 'memories', patterns }, {}],
    [
      'weighted memories',
      {
        kind: 'memories',
        patterns,
        weights: [
          [1, -0.3, 0],
          [-0.3, 2, 0],
          [0, 0, -1],
        ],
      },
      {},
    ],
  ])('is that of vector spins below threshold, too: %s', (_what, couplings, parameters) => {
    const p = program(couplings);
    const made = programCouplings(p, parameters);
    const free = freeCouplings(p, parameters);
    free.forEach((value, k) => expect(value).toBeCloseTo(made.matrix[k]! * made.largest, 10));
    const modes = linearModes(free, N, true);
    expect(modes.values[N - 1]! / made.largest).toBeCloseTo(1, 12); // p = 1 is one pump power
    expect(thresholdStrength(p, parameters)).toBeLessThanOrEqual(made.largest * (1 + 1e-12));
    expect(thresholdStrength(p, parameters)).toBeGreaterThan(0);
  });

  it('leaves out clamped sites, rows and columns', () => {
    const p = program({ kind: 'dense', data }, { clamped: [2, 5], inputs: [[1, -1]] });
    const free = freeCouplings(p, { localStrength: 0 });
    const kept = [0, 1, 3, 4, 6];
    kept.forEach((i, a) => kept.forEach((j, b) => expect(free[a * 5 + b]).toBe(data[i * N + j])));
  });

  it('may leave nothing that a pump could bring to a threshold', () => {
    const two = (over: object): Program =>
      readProgram({ version: 1, sites: 2, duration: 1, ...over });
    const strength = (p: Program): number => thresholdStrength(p, { localStrength: 0 });
    const pair = { kind: 'coo', entries: [[0, 1, -0.5]] };
    expect(strength(two({ couplings: pair }))).toBeCloseTo(0.5, 12);
    expect(strength(two({ couplings: pair, clamped: [0], inputs: [[1]] }))).toBe(0);
    expect(strength(two({ couplings: pair, clamped: [0, 1], inputs: [[1, 1]] }))).toBe(0);
    // −ξξᵀ/N: eigenvalues −1 and 0, and rounding is none
    const repulsive = {
      kind: 'memories',
      patterns,
      weights: [
        [-1, 0, 0],
        [0, -1, 0],
        [0, 0, -1],
      ],
    };
    expect(strength(program(repulsive))).toBe(0);
  });
});
