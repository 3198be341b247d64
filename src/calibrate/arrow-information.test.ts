import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { ArrowFactors } from './arrow-factors.js';
import { ArrowInformation, ArrowShape } from './arrow-information.js';
import { identifiability } from './identifiability.js';

/** Three nodes of two parameters, one of the board, and pairs with two gains each, mixed with them in order. */
const CORE = [0, 1, 3, 4, 6, 7, 10];
const PAIRS = [
  { gains: [2, 5], nodes: [0, 1, 3, 4] },
  { gains: [8, 9], nodes: [3, 4, 6, 7] },
  { gains: [11, 12], nodes: [0, 1, 6, 7] },
];
const SIZE = 13;
const shape = new ArrowShape(
  SIZE,
  (a) => CORE.includes(a),
  PAIRS.map(({ gains, nodes }) => [...nodes, 10, ...gains]),
);

/** The same matrix in both forms: squares of random slopes among parameters that meet. @param mute these say nothing */
function both(
  mute: readonly (readonly number[])[] = [],
): readonly [ArrowInformation, ArrowInformation] {
  const stream = RandomStream.of(3, 'dynamics', mute.length);
  const arrow = new ArrowInformation(shape);
  const full = ArrowInformation.of(new Float64Array(SIZE * SIZE), SIZE);
  const members = [CORE, ...PAIRS.map(({ gains, nodes }) => [...nodes, 10, ...gains])];
  for (const list of members) {
    for (let k = 0; k < 3 * list.length; k++) {
      const slopes = new Float64Array(SIZE);
      for (const a of list) slopes[a] = stream.normal() * 10 ** (a % 3);
      for (const direction of mute) {
        // Whatever is seen does not change along (1, −1, …): the slopes' sum over it is 0.
        const sum = direction.reduce((total, a) => total + slopes[a]!, 0);
        const last = direction[direction.length - 1]!;
        slopes[last] = slopes[last]! - sum;
        if (!list.includes(last)) for (const a of direction) slopes[a] = 0;
      }
      arrow.addSquare(slopes, 0.7);
      full.addSquare(slopes, 0.7);
    }
  }
  return [arrow, full];
}
const all = Array.from({ length: SIZE }, (_, a) => a);

describe('an information with leaves', () => {
  it('has gains of pairs as leaves, and the same entries as the full matrix', () => {
    expect(shape.leaves.map(({ members }) => [...members])).toEqual([
      [2, 5],
      [8, 9],
      [11, 12],
    ]);
    const [arrow, full] = both();
    for (const a of all) {
      for (const b of all) expect(arrow.at(a, b)).toBeCloseTo(full.at(a, b), 6);
    }
    const v = Float64Array.from(all, (a) => Math.sin(a));
    arrow.times(v).forEach((entry, a) => expect(entry).toBeCloseTo(full.times(v)[a]!, 6));
  });

  it('gives the same steps', () => {
    const [arrow, full] = both();
    const g = Float64Array.from(all, (a) => Math.cos(a));
    for (const held of [[], [1, 8], [2, 5]]) {
      const isFree = (a: number): boolean => !held.includes(a);
      const one = new ArrowFactors(arrow, isFree, 1e-3).solve(g);
      const other = new ArrowFactors(full, isFree, 1e-3).solve(g);
      one.x.forEach((v, a) => expect(v).toBeCloseTo(other.x[a]!, 12));
      expect(one.gain / other.gain).toBeCloseTo(1, 10);
      for (const a of held) expect(one.x[a]).toBe(0);
    }
  });

  it.each([
    ['nothing', []],
    ['a scale of one node', [[0, 1]]],
    ['the board against a pair', [[10, 2]]],
    ['two gains of one pair', [[8, 9]]],
    [
      'a node, and two gains',
      [
        [3, 4],
        [11, 12],
      ],
    ],
  ])(
    'gives the same covariance, rank and open directions where the data leave open: %s',
    (_, mute) => {
      const [arrow, full] = both(mute);
      for (const members of [all, all.filter((a) => a !== 7 && a !== 9)]) {
        const one = identifiability(arrow, SIZE, members);
        const other = identifiability(full, SIZE, members);
        expect(one.rank).toBe(other.rank);
        expect(one.identified).toEqual(other.identified);
        expect(one.free.length).toBe(other.free.length);
        const scale = (a: number): number => Math.sqrt(other.covariance.at(a, a)) || 1;
        for (const a of all) {
          for (const b of all) {
            const difference = one.covariance.at(a, b) - other.covariance.at(a, b);
            expect(Math.abs(difference) / scale(a) / scale(b)).toBeLessThan(1e-8);
          }
        }
        const slopes = Float64Array.from(all, (a) => Math.sin(3 * a));
        const ratio = one.covariance.variance(slopes) / other.covariance.variance(slopes);
        expect(ratio).toBeCloseTo(1, 8);
      }
    },
  );
});
