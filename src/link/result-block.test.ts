import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunEnd } from './messages.js';
import { ResultBlock, resultRecordBytes } from './result-block.js';

describe('a result', () => {
  it('is read record by record, padded to 8 bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(6), fc.nat(1e6), (n, shots, salt) => {
        const size = resultRecordBytes(n);
        expect(size % 8).toBe(0);
        const bytes = Buffer.alloc(size * shots + 3).subarray(3);
        for (let k = 0; k < shots; k++) {
          const at = k * size;
          bytes.writeUInt32LE(k * 2, at);
          bytes.writeUInt32LE(k % 4, at + 4);
          bytes.writeDoubleLE(k + 0.5, at + 8);
          bytes.writeDoubleLE(NaN, at + 16);
          bytes.writeDoubleLE(salt * 1e-9, at + 24);
          for (let i = 0; i < n; i++)
            bytes.writeInt16LE((k * n + i + salt) % 30_000, at + 32 + 2 * i);
        }
        const block = new ResultBlock(9, RunEnd.RUN_STOPPED, shots, bytes);
        expect([...block.shot]).toEqual(Array.from({ length: shots }, (_, k) => 2 * k));
        expect([...block.work]).toEqual(Array.from({ length: shots }, (_, k) => k + 0.5));
        expect(block.heat.every(Number.isNaN)).toBe(true);
        expect([...block.codes(n)]).toEqual(
          Array.from({ length: shots * n }, (_, k) => (k + salt) % 30_000),
        );
        if (shots > 0) expect(() => block.codes(n + 4)).toThrow('are not of');
      }),
    );
  });

  it('of a wrong size is refused', () => {
    expect(() => new ResultBlock(1, 1, 2, new Uint8Array(90))).toThrow('is not one of 2 shots');
    expect(() => new ResultBlock(1, 1, 0, new Uint8Array(8))).toThrow('is not one of 0 shots');
    expect(() => new ResultBlock(1, 1, 1, new Uint8Array(32))).toThrow('is not one of 1 shots');
  });
});
