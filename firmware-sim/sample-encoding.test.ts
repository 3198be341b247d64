import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodedBytes, encodeRows, encodingFor, type StateEncoding } from './sample-encoding.js';

/** Reads value after value from the bits, least significant first, as proto/board.proto says it. */
function decode(data: Uint8Array, width: number, count: number): number[] {
  const bit = (k: number): number => (data[k >> 3]! >> (k & 7)) & 1;
  return Array.from({ length: count }, (_, v) => {
    if (width === 1) return bit(v) === 1 ? 1 : -1;
    let value = 0;
    for (let k = 0; k < width; k++) value += bit(v * width + k) * 2 ** k;
    return value >= 2 ** (width - 1) ? value - 2 ** width : value;
  });
}

const WIDTHS: Record<StateEncoding, number> = { BITS: 1, I8: 8, I12P: 12, I16: 16 };

describe('Rows of states', () => {
  it.each([
    [[1, -1, 1], 'BITS'],
    [[1, 0], 'I8'],
    [[127, -128], 'I8'],
    [[128], 'I12P'],
    [[2047, -2048], 'I12P'],
    [[-2049], 'I16'],
  ] as const)('%j go as %s', (codes, encoding) => {
    expect(encodingFor(Int16Array.from(codes))).toBe(encoding);
  });

  it('of 12 bits are two values in three bytes, low bits first', () => {
    const packed = encodeRows([Int16Array.of(0x123, -1, 0x456)], 'I12P');
    expect(Buffer.from(packed).toString('hex')).toBe('23f1ff5604');
  });

  it('come back as they were, without padding between them', () => {
    const codes = { BITS: fc.constantFrom(-1, 1), I8: fc.integer({ min: -128, max: 127 }) };
    const wide = {
      I12P: fc.integer({ min: -2048, max: 2047 }),
      I16: fc.integer({ min: -32768, max: 32767 }),
    };
    for (const [name, code] of Object.entries({ ...codes, ...wide })) {
      const encoding = name as StateEncoding;
      const rows = fc
        .integer({ min: 1, max: 13 })
        .chain((n) =>
          fc.array(fc.array(code, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 9 }),
        );
      fc.assert(
        fc.property(rows, (values) => {
          const data = encodeRows(
            values.map((row) => Int16Array.from(row)),
            encoding,
          );
          const flat = values.flat();
          expect(data).toHaveLength(encodedBytes(encoding, flat.length));
          expect(decode(data, WIDTHS[encoding], flat.length)).toEqual(flat);
        }),
      );
    }
  });
});
