import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestStuffed, stuff, unstuff } from './cobs.js';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

function stuffed(source: Uint8Array): Uint8Array {
  const target = new Uint8Array(longestStuffed(source.length));
  return target.subarray(0, stuff(source, source.length, target, 0));
}
function unstuffed(source: Uint8Array): Uint8Array | null {
  const target = new Uint8Array(source.length);
  const length = unstuff(source, 0, source.length, target);
  return length < 0 ? null : target.subarray(0, length);
}
const ramp = (from: number, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => ((from + i - 1) % 255) + 1);
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

describe('COBS', () => {
  it.each<[string, Uint8Array, Uint8Array]>([
    ['the example of the page', hex('11 22 00 33'), hex('03 11 22 02 33')],
    ['nothing', hex(''), hex('01')],
    ['one zero', hex('00'), hex('01 01')],
    ['two zeros', hex('00 00'), hex('01 01 01')],
    ['a zero at the end', hex('11 00'), hex('02 11 01')],
    ['254 bytes: no empty block after the full one', ramp(1, 254), join(hex('ff'), ramp(1, 254))],
    ['255 bytes', ramp(1, 255), join(hex('ff'), ramp(1, 254), hex('02 ff'))],
    [
      '254 bytes and a zero',
      join(ramp(1, 254), hex('00')),
      join(hex('ff'), ramp(1, 254), hex('01 01')),
    ],
    ['508 bytes', ramp(1, 508), join(hex('ff'), ramp(1, 254), hex('ff'), ramp(255, 254))],
  ])('stuffs and unstuffs %s', (_, plain, wire) => {
    expect(stuffed(plain)).toEqual(wire);
    expect(unstuffed(wire)).toEqual(plain);
  });

  it('comes back as it was, without a zero, within the longest length, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 700 }),
      fc.array(fc.constantFrom(0, 0, 1, 255), { maxLength: 700 }).map((a) => Uint8Array.from(a)),
      fc.tuple(fc.integer({ min: 250, max: 520 }), fc.nat(520)).map(([length, zero]) => {
        const plain = ramp(1, length);
        if (zero < length) plain[zero] = 0;
        return plain;
      }),
    );
    fc.assert(
      fc.property(bytes, (plain) => {
        const wire = stuffed(plain);
        expect(wire.includes(0)).toBe(false);
        expect(wire.length).toBeLessThanOrEqual(longestStuffed(plain.length));
        expect(unstuffed(wire)).toEqual(plain);
      }),
    );
  });

  it('refuses a block that does not end with the frame, and a zero', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), (plain, at) => {
        const wire = stuffed(plain);
        const cut = wire.subarray(0, wire.length - 1);
        // Cut within a block: its code promises more than there is. Cut at a block's code only: one that stood alone.
        const whole = unstuffed(cut);
        if (whole !== null) expect(wire[wire.length - 1]).toBe(1);
        const zeroed = wire.slice();
        zeroed[at % wire.length] = 0;
        expect(unstuffed(zeroed)).toBeNull();
      }),
    );
  });
});
