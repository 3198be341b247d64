import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoinBench } from './coin-bench.js';
import { MeanList } from './mean-list.js';

/** A small generator with a seed (mulberry32), so that a test fails always or never. */
function generator(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test('after a while each coin shows +1 as often as its field and the temperature say', () => {
  const fields = [-1, 0, 0.3, 2];
  const temperature = 1.5;
  const bench = new CoinBench(4);
  const draw = generator(1);
  const shots = 20_000;
  const sums = [0, 0, 0, 0];
  for (let shot = 0; shot < shots; shot++) {
    const state = new Int8Array(4).fill(1);
    bench.wait(state, fields, temperature, 30, draw);
    state.forEach((s, i) => (sums[i] += s / shots));
  }
  fields.forEach((h, i) => {
    const exact = Math.tanh(h / temperature);
    // 5 standard errors of a mean of ±1: one false alarm in 400,000 runs of this test with a fresh seed.
    const error = Math.sqrt((1 - exact ** 2) / shots);
    assert.ok(
      Math.abs(sums[i] - exact) < 5 * error,
      `⟨s${i}⟩ = ${sums[i]}, exact ${exact} ± ${error}`,
    );
  });
});

test('a coin in no field forgets its side at the rate 1', () => {
  const bench = new CoinBench(1);
  const draw = generator(2);
  const shots = 20_000;
  let sum = 0;
  for (let shot = 0; shot < shots; shot++) {
    const state = Int8Array.of(1);
    bench.wait(state, [0], 1, 0.7, draw);
    sum += state[0] / shots;
  }
  assert.ok(Math.abs(sum - Math.exp(-0.7)) < 5 / Math.sqrt(shots), `⟨s(0.7)⟩ = ${sum}`);
});

test('a machine that is stuck says so until it is freed', () => {
  const bench = new CoinBench(1);
  bench.jam(true);
  assert.throws(() => bench.wait(Int8Array.of(1), [0], 1, 1, Math.random), /stuck/);
  bench.jam(false);
  bench.wait(Int8Array.of(1), [0], 1, 1, Math.random);
});

test('means and standard errors of a list', () => {
  const list = new MeanList(2);
  for (const value of [1, 2, 3, 4]) list.add(0, value);
  list.add(1, 7);
  assert.deepEqual(list.means(), [2.5, 7]);
  assert.equal(list.variances()[0], 5 / 3);
  assert.equal(list.sems()[1], null);
});
