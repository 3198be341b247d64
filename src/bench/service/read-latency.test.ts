import { expect, it } from 'vitest';
import { quantile } from './read-latency.js';

it('a quantile is the least value that so large a share does not exceed', () => {
  const values = [4, 1, 3, 2];
  expect([0, 0.25, 0.5, 0.51, 1].map((share) => quantile(values, share))).toEqual([1, 1, 2, 3, 4]);
  expect(quantile([], 0.5)).toBeNaN();
});
