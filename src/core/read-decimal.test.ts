import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDecimal } from './read-decimal.js';

const read = (text: string): number => readDecimal(Buffer.from(text), text.length);
/** Whether it was read, and then that it is what `Number` makes of it, to the last bit. */
function readAsNumber(text: string): boolean {
  const value = read(text);
  if (Number.isNaN(value)) return false;
  expect(value, text).toBe(Number(text));
  return true;
}
const digits = (least: number, most: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: most })
    .map((list) => list.join(''));

describe('decimal numbers', () => {
  it('are read as Number reads them, all that float64 of that size is written as', () => {
    let count = 0;
    fc.assert(
      fc.property(fc.double({ min: 1e-5, max: 1e6, noNaN: true }), (x) => {
        for (const text of [String(x), String(-x)]) if (readAsNumber(text)) count++;
      }),
      { numRuns: 4_000 },
    );
    expect(count).toBe(8_000);
  });

  it('of any digits are read as Number reads them, or not at all', () => {
    fc.assert(
      fc.property(digits(1, 20), digits(0, 24), fc.boolean(), (whole, part, minus) => {
        const text = `${minus ? '-' : ''}${BigInt(whole)}${part === '' ? '' : `.${part}`}`;
        const counted = text.replace(/[-.]/g, '').replace(/^0+/, '').length;
        // At least where no digit is one too many they are read; one in 2⁴⁴ may be too close to call.
        expect(readAsNumber(text) || counted > 17 || part.length > 22).toBe(true);
      }),
      { numRuns: 4_000 },
    );
  });

  it('half way between two float64 numbers, and beside it, are read as Number reads them', () => {
    for (let k = 0; k < 500; k++) {
      // 2⁵³ + 2k + 1 lies half way between two; so does each of these tens.
      const odd = 2n ** 53n + 2n * BigInt(k * 7919) + 1n;
      for (const text of [odd, odd - 1n, odd + 1n].map(String)) {
        expect(readAsNumber(text)).toBe(true);
        readAsNumber(`${text.slice(0, 3)}.${text.slice(3)}`);
      }
      // (2m + 1)/2 with m of 53 bits: as near to half way as a fraction of 17 digits comes.
      readAsNumber(`${2n ** 52n + BigInt(k * 104_729)}.5`);
      readAsNumber(`${(2n ** 53n - 1n - BigInt(k)) / 2n}.5`);
    }
  });

  it('keep the sign of zero', () => {
    expect(read('-0')).toBe(-0);
    expect(read('-0.000')).toBe(-0);
    expect(read('0')).toBe(0);
  });

  it.each(['', '-', '.5', '5.', '01', '-01.5', '1.2.3', '1e5', '+1', '--1', '1-', '0x1', 'NaN'])(
    'are not read from %j',
    (text) => {
      expect(read(text)).toBeNaN();
    },
  );
});
