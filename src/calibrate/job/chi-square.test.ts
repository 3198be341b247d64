import { expect, it } from 'vitest';
import { chiSquareTail } from './chi-square.js';

it('is the tail of χ²: closed forms for 2 and 4 degrees of freedom, tables for 1 and 10', () => {
  for (const x of [0.1, 1, 5, 20, 60]) {
    expect(chiSquareTail(x, 2)).toBeCloseTo(Math.exp(-x / 2), 12);
    expect(chiSquareTail(x, 4)).toBeCloseTo((1 + x / 2) * Math.exp(-x / 2), 12);
  }
  // Abramowitz & Stegun, table 26.8.
  expect(chiSquareTail(3.84146, 1)).toBeCloseTo(0.05, 5);
  expect(chiSquareTail(18.307, 10)).toBeCloseTo(0.05, 5);
  expect(chiSquareTail(0, 3)).toBe(1);
});

it('goes on for many degrees of freedom where the exact one leaves off', () => {
  for (const x of [340, 400, 460]) {
    expect(Math.abs(chiSquareTail(x, 400) - chiSquareTail(x + 1, 401))).toBeLessThan(3e-3);
  }
  expect(chiSquareTail(94_780, 94_734)).toBeCloseTo(0.4573, 3);
});
