import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentialSumSign } from './exponential-sum-sign.js';

describe('the sign of an integer combination of powers of e', () => {
  // Convergents p/q of e: p − q·e is of order 1e-9 while p is of order 1e9, so doubles give exactly 0.
  it.each([
    [438351041, 161260336, 1],
    [848456353, 312129649, -1],
  ])('tells %d from %d e', (p, q, sign) => {
    expect(p - q * Math.E).toBe(0);
    expect(exponentialSumSign(Int32Array.from([p, -q]))).toBe(sign);
    expect(exponentialSumSign(Int32Array.from([0, 0, -p, q, 0]))).toBe(-sign);
  });

  it('is zero only where every count is', () => {
    expect(exponentialSumSign(new Int32Array(9))).toBe(0);
    expect(exponentialSumSign(Int32Array.from([1]))).toBe(1);
  });

  it('agrees with doubles wherever those can tell', () => {
    const counts = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(counts, (list) => {
        let sum = 0;
        let size = 0;
        for (const [k, count] of list.entries()) {
          sum += count * Math.exp(k);
          size += Math.abs(count) * Math.exp(k);
        }
        fc.pre(Math.abs(sum) > 1e-12 * size);
        expect(exponentialSumSign(Int32Array.from(list))).toBe(Math.sign(sum));
      }),
    );
  });

  it('ends for overlaps of thousands of sites', () => {
    const counts = new Int32Array(4001);
    counts[0] = 7;
    counts[4000] = -1;
    expect(exponentialSumSign(counts)).toBe(-1);
  });
});
