import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { ArrowInformation, ArrowShape } from '../arrow-information.js';
import { Estimate } from '../estimate.js';
import { logParameter } from '../parameter.js';
import { covarianceBlocks } from './covariance-blocks.js';

/** So many of the core, then pairs of gains that meet four of them each. */
function estimated(core: number, pairs: number): Estimate {
  const size = core + 2 * pairs;
  const meetings = Array.from({ length: pairs }, (_, k) => [
    ...[0, 1, 2, 3].map((step) => (5 * k + step) % core),
    core + 2 * k,
    core + 2 * k + 1,
  ]);
  const information = new ArrowInformation(new ArrowShape(size, (a) => a < core, meetings));
  const stream = RandomStream.of(8, 'dynamics', 0);
  for (let a = 0; a < core; a++) information.addAt(a, a, 50);
  for (const members of meetings) {
    for (let k = 0; k < 20; k++) {
      const slopes = new Float64Array(size);
      for (const a of members) slopes[a] = stream.normal();
      information.addSquare(slopes, 1);
    }
  }
  const list = Array.from({ length: size }, (_, a) => logParameter(`p[${a}]`, '1', 2));
  return new Estimate(list, new Float64Array(size), information, (a) => a === 1);
}
const listOf = (estimate: Estimate) =>
  estimate.parameters.map(({ name }) => logParameter(name, '1', 2));

describe('covariances in a record', () => {
  it('are one block of all where those are few', () => {
    const estimate = estimated(20, 5);
    const [block, ...others] = covarianceBlocks(listOf(estimate), estimate);
    expect(others).toEqual([]);
    // The second one is held.
    expect(block!.parameters).toHaveLength(29);
    expect(block).not.toHaveProperty('across');
  });

  it('of many are a block of nodes and board, and one of each pair with its covariances with them', () => {
    const estimate = estimated(100, 40);
    const [core, ...pairs] = covarianceBlocks(listOf(estimate), estimate);
    expect([core!.parameters.length, core!.lower.length]).toEqual([99, 4950]);
    expect(pairs).toHaveLength(40);
    const of = (name: string): number => Number(/\d+/.exec(name)![0]);
    for (const { parameters, lower, across } of pairs) {
      expect(parameters).toHaveLength(2);
      const own = parameters.map(of);
      // Slopes are the values: 2.
      expect(lower[1]).toBeCloseTo(4 * estimate.covariance.at(own[0]!, own[1]!), 9);
      const others = across!.parameters.map(of);
      across!.rows.forEach((entry, k) => {
        const [row, column] = [Math.floor(k / others.length), k % others.length];
        expect(entry).toBeCloseTo(4 * estimate.covariance.at(own[row]!, others[column]!), 9);
      });
    }
  });
});
