import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FRAME_TYPE, FrameReader, type Frame } from './frame.js';

const frames = fc.record<Frame>({
  type: fc.integer({ min: 0, max: 15 }),
  major: fc.integer({ min: 0, max: 15 }),
  session: fc.integer({ min: 0, max: 65_535 }),
  seq: fc.integer({ min: 0, max: 255 }),
  ack: fc.integer({ min: 0, max: 255 }),
  credit: fc.integer({ min: 0, max: 255 }),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 480, maxLength: 512 }),
    fc.nat(512).map((length) => new Uint8Array(length)),
    fc.nat(512).map((length) => new Uint8Array(length).fill(7)),
  ),
});

function reader(): { reader: FrameReader; got: Frame[]; bad: string[] } {
  const got: Frame[] = [];
  const bad: string[] = [];
  return {
    got,
    bad,
    reader: new FrameReader({
      frame: (frame) => got.push({ ...frame, payload: frame.payload.slice() }),
      bad: (reason) => bad.push(reason),
    }),
  };
}

function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [
    0,
    ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return at.slice(1).map((to, k) => bytes.slice(at[k], to));
}

describe('a frame', () => {
  it('is the bytes of the page', () => {
    // CRC-32/ISO-HDLC, check value.
    expect(crc32('123456789')).toBe(0xcbf43926);
    const bytes = encodeFrame({
      type: FRAME_TYPE.DATA,
      major: 1,
      session: 0x1234,
      seq: 5,
      ack: 6,
      credit: 7,
      payload: Uint8Array.from([0xaa, 0x00, 0xbb]),
    });
    const plain = [0x12, 0x34, 0x12, 5, 6, 7, 0xaa, 0x00, 0xbb];
    const sum = crc32(Uint8Array.from(plain));
    const sumBytes = [sum & 255, (sum >>> 8) & 255, (sum >>> 16) & 255, sum >>> 24];
    expect(sumBytes.includes(0)).toBe(false);
    expect([...bytes]).toEqual([0, 8, ...plain.slice(0, 7), 6, 0xbb, ...sumBytes, 0]);
  });

  it('has the lowest bytes first in session and checksum', () => {
    const bytes = encodeFrame({
      type: FRAME_TYPE.ACK,
      major: 1,
      session: 0x0201,
      seq: 0,
      ack: 3,
      credit: 4,
      payload: new Uint8Array(),
    });
    // 13 01 02 | 00 | 03 04 crc…: of 10 bytes the fourth is zero.
    expect([...bytes.subarray(0, 8)]).toEqual([0, 4, 0x13, 0x01, 0x02, 7, 3, 4]);
    const sum = crc32(Uint8Array.from([0x13, 1, 2, 0, 3, 4]));
    expect(Buffer.from(bytes).readUInt32LE(8)).toBe(sum);
    expect(bytes.length).toBe(13);
  });

  it('comes back however the bytes are split, with empty frames between', () => {
    fc.assert(
      fc.property(
        fc.array(frames, { maxLength: 6 }),
        fc.array(fc.nat(8000), { maxLength: 30 }),
        (sent, cuts) => {
          const bytes = Buffer.concat(
            sent.flatMap((frame) => [encodeFrame(frame), Buffer.alloc(1)]),
          );
          const { reader: r, got, bad } = reader();
          for (const piece of pieces(bytes, cuts)) r.push(piece);
          expect(bad).toEqual([]);
          expect(got).toEqual(sent);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('comes through noise before and after it, of which nothing is believed', () => {
    const noise = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, frames), { maxLength: 6 }), noise, (parts, last) => {
        const bytes = Buffer.concat([...parts.flatMap(([n, f]) => [n, encodeFrame(f)]), last]);
        const { reader: r, got } = reader();
        r.push(bytes);
        expect(got).toEqual(parts.map(([, frame]) => frame));
      }),
      { numRuns: 60 },
    );
  });

  it('is dropped where a bit has changed, and the next one comes', () => {
    fc.assert(
      fc.property(frames, frames, fc.nat(), fc.nat(7), (hit, next, at, bit) => {
        const bytes = encodeFrame(hit).slice();
        const inner = 1 + (at % (bytes.length - 2));
        bytes[inner]! ^= 1 << bit;
        const { reader: r, got, bad } = reader();
        r.push(bytes);
        r.push(encodeFrame(next));
        expect(got).toEqual([next]);
        expect(bad.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('whose delimiter is lost is reported once, holds bounded memory, and costs nothing after it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 530, max: 20_000 }),
        fc.array(fc.nat(20_000), { maxLength: 20 }),
        frames,
        (length, cuts, next) => {
          const { reader: r, got, bad } = reader();
          let most = 0;
          for (const piece of pieces(new Uint8Array(length).fill(9), cuts)) {
            r.push(piece);
            most = Math.max(most, r.pending);
          }
          expect(most).toBeLessThanOrEqual(525);
          r.push(encodeFrame(next));
          expect(bad).toEqual(['too-long']);
          expect(got).toEqual([next]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('longer than the MTU is dropped, and taken once the MTU allows it', () => {
    const frame = { type: 2, major: 1, session: 1, seq: 0, ack: 0, credit: 0 };
    // Zeros stuff to one byte more: within the limit of stuffed bytes, but not of the payload.
    const long = { ...frame, payload: new Uint8Array(514) };
    const { reader: r, got, bad } = reader();
    r.push(encodeFrame(long));
    expect(bad).toEqual(['too-long']);
    r.setMtu(2048);
    r.push(encodeFrame(long));
    r.push(encodeFrame({ ...frame, payload: new Uint8Array(2048).fill(3) }));
    expect(got.map(({ payload }) => payload.length)).toEqual([514, 2048]);
  });

  it('shorter than header and checksum is bad', () => {
    const { reader: r, bad } = reader();
    r.push(Uint8Array.from([0, 4, 1, 2, 3, 0, 9, 1, 0]));
    expect(bad).toEqual(['short', 'stuffing']);
  });

  it('stays whole while many come: nothing writes to a payload again', () => {
    const kept: Uint8Array[] = [];
    const r = new FrameReader({ frame: ({ payload }) => kept.push(payload), bad: () => undefined });
    const frame = { type: 5, major: 1, session: 1, seq: 0, ack: 0, credit: 0 };
    for (let k = 1; k < 50; k++) {
      const bytes = encodeFrame({ ...frame, payload: new Uint8Array(20).fill(k) });
      r.push(bytes.subarray(0, k % 20));
      r.push(bytes.subarray(k % 20));
    }
    expect(kept.map((payload) => payload[0])).toEqual(kept.map((_, k) => k + 1));
  });
});
