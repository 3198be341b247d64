import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stuff, stuffedLimit, unstuff } from './cobs.js';
import { decodeFrame, encodeFrame, FrameScanner, type Frame } from './frame.js';

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/ /g, ''), 'hex'));
const counting = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, k) => 1 + (k % 255));
const anyFrame = fc.record({
  type: fc.nat(9),
  major: fc.constant(1),
  session: fc.nat(0xffff),
  seq: fc.nat(255),
  ack: fc.nat(255),
  credit: fc.nat(32),
  payload: fc.uint8Array({ maxLength: 600 }),
});

function scan(chunks: Iterable<Uint8Array>, mtu = 600): { frames: Frame[]; bad: number } {
  const found = { frames: [] as Frame[], bad: 0 };
  const scanner = new FrameScanner(mtu, {
    frame: (frame) => found.frames.push({ ...frame, payload: frame.payload.slice() }),
    bad: () => found.bad++,
  });
  for (const chunk of chunks) scanner.push(chunk);
  return found;
}

describe('stuffing', () => {
  it.each([
    ['11 22 00 33', '03 11 22 02 33'],
    ['', '01'],
    ['00', '01 01'],
    ['00 00', '01 01 01'],
    ['11 00', '02 11 01'],
  ])('%s is %s', (plain, stuffed) => {
    expect(Buffer.from(stuff(bytes(plain))).toString('hex')).toBe(stuffed.replace(/ /g, ''));
    expect(unstuff(bytes(stuffed))).toEqual(bytes(plain));
  });

  it('begins no empty block after a full one at the end', () => {
    expect(stuff(counting(254))).toHaveLength(255);
    expect(stuff(counting(255))).toHaveLength(257);
    expect(unstuff(stuff(counting(254)))).toEqual(counting(254));
    expect(unstuff(stuff(Uint8Array.of(...counting(254), 0)))).toEqual(
      Uint8Array.of(...counting(254), 0),
    );
  });

  it('comes back as it was, has no zero and keeps its bound', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1200 }), (plain) => {
        const stuffed = stuff(plain);
        expect(stuffed.includes(0)).toBe(false);
        expect(stuffed.length).toBeLessThanOrEqual(stuffedLimit(plain.length));
        expect(unstuff(stuffed)).toEqual(plain);
      }),
    );
  });
});

describe('frames', () => {
  it('carry CRC-32/ISO-HDLC', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
  });

  it('are laid out as on the page', () => {
    const frame = { type: 2, major: 1, session: 0x1234, seq: 5, ack: 6, credit: 7 };
    const line = encodeFrame({ ...frame, payload: bytes('aa 00 bb') });
    expect([line[0], line[line.length - 1]]).toEqual([0, 0]);
    const plain = unstuff(line.subarray(1, -1))!;
    expect(Buffer.from(plain.subarray(0, 9)).toString('hex')).toBe('123412050607aa00bb');
    expect(Buffer.from(plain).readUInt32LE(9)).toBe(crc32(plain.subarray(0, 9)));
  });

  it('come back however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        (frames, cut) => {
          const line = Buffer.concat(frames.map((frame) => encodeFrame(frame)));
          const chunks = [];
          for (let at = 0; at < line.length; at += cut) chunks.push(line.subarray(at, at + cut));
          expect(scan(chunks)).toEqual({ frames, bad: 0 });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('with any bit turned over are bad, and the next one is whole', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), fc.nat(7), (frame, at, bit) => {
        const line = encodeFrame(frame);
        const where = 1 + (at % (line.length - 2));
        line[where] = line[where]! ^ (1 << bit);
        const { frames, bad } = scan([line, encodeFrame(frame)]);
        expect(frames).toEqual([frame]);
        expect(bad).toBeGreaterThan(0);
      }),
    );
  });

  it('are found after noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), anyFrame, (noise, frame) => {
        const { frames } = scan([noise, encodeFrame(frame)]);
        expect(frames[frames.length - 1]).toEqual(frame);
      }),
    );
  });

  it('that are too long are skipped to the next delimiter', () => {
    const frame = { type: 2, major: 1, session: 1, seq: 0, ack: 0, credit: 0 };
    const long = encodeFrame({ ...frame, payload: counting(129) });
    const whole = { ...frame, payload: counting(128) };
    expect(scan([long, encodeFrame(whole)], 128)).toEqual({ frames: [whole], bad: 1 });
  });

  it('of every byte string are decoded or refused without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (line) => {
        const frame = decodeFrame(line);
        expect(frame === null || frame.payload.length <= line.length).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
