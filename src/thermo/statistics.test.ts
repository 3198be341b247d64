import { describe, expect, it } from 'vitest';
import { CompensatedSum, moments, RunningMoments } from './statistics.js';

describe('RunningMoments', () => {
  it('gives the mean, unbiased variance and standard error of numbers', () => {
    const m = moments([1, 2, 3, 4]);
    expect(m.mean).toBeCloseTo(2.5, 14);
    expect(m.variance).toBeCloseTo(5 / 3, 14);
    expect(m.sem).toBeCloseTo(Math.sqrt(5 / 12), 14);
  });

  it('keeps the variance of numbers far from zero', () => {
    expect(moments([1e9 + 1, 1e9 + 2, 1e9 + 3]).variance).toBeCloseTo(1, 12);
  });

  it('has no variance for one number and no mean of none to rely on', () => {
    expect(moments([3]).variance).toBeNaN();
    expect(moments([3]).sem).toBeNaN();
    expect(new RunningMoments().count).toBe(0);
  });
});

describe('CompensatedSum', () => {
  it('keeps what plain addition loses', () => {
    const sum = new CompensatedSum();
    for (const x of [1, 1e100, 1, -1e100]) sum.add(x);
    expect(sum.value).toBe(2);
  });

  it('stays exact to rounding over a million small terms', () => {
    const sum = new CompensatedSum();
    for (let k = 0; k < 1e6; k++) sum.add(0.1);
    expect(Math.abs(sum.value - 1e5)).toBeLessThan(1e-10);
  });

  it('starts afresh after a reset', () => {
    const sum = new CompensatedSum();
    sum.add(1e100);
    sum.add(1);
    sum.reset();
    sum.add(2);
    expect(sum.value).toBe(2);
  });
});
