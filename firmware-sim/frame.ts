import { crc32 } from 'node:zlib';
import { stuff, stuffedLimit, unstuff } from './cobs.js';

/** Frames of the board link: docs/link-protocol.md, section Frames. */
export const FRAME = {
  hello: 0,
  helloAck: 1,
  data: 2,
  ack: 3,
  nak: 4,
  sample: 5,
  log: 6,
  reset: 7,
  resetAck: 8,
  fatal: 9,
} as const;

export interface Frame {
  /** Low nibble of the first byte. */
  readonly type: number;
  /** High nibble of the first byte: the protocol's major. */
  readonly major: number;
  readonly session: number;
  readonly seq: number;
  readonly ack: number;
  readonly credit: number;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 6;
const OVERHEAD_BYTES = HEADER_BYTES + 4;

/** @returns the bytes that go over the line, delimiters included */
export function encodeFrame(frame: Frame): Uint8Array {
  const { payload } = frame;
  const plain = new Uint8Array(payload.length + OVERHEAD_BYTES);
  plain[0] = (frame.major << 4) | frame.type;
  plain[1] = frame.session & 0xff;
  plain[2] = frame.session >>> 8;
  plain[3] = frame.seq;
  plain[4] = frame.ack;
  plain[5] = frame.credit;
  plain.set(payload, HEADER_BYTES);
  const end = payload.length + HEADER_BYTES;
  new DataView(plain.buffer).setUint32(end, crc32(plain.subarray(0, end)), true);
  const stuffed = stuff(plain);
  const bytes = new Uint8Array(stuffed.length + 2);
  bytes.set(stuffed, 1);
  return bytes;
}

/** @param stuffed what stood between two delimiters; @returns null: bad */
export function decodeFrame(stuffed: Uint8Array): Frame | null {
  const plain = unstuff(stuffed);
  if (plain === null || plain.length < OVERHEAD_BYTES) return null;
  const end = plain.length - 4;
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
  if (view.getUint32(end, true) !== crc32(plain.subarray(0, end))) return null;
  return {
    type: plain[0]! & 15,
    major: plain[0]! >>> 4,
    session: view.getUint16(1, true),
    seq: plain[3]!,
    ack: plain[4]!,
    credit: plain[5]!,
    payload: plain.subarray(HEADER_BYTES, end),
  };
}

/** Cuts what comes over the line into frames, in memory for one frame of the longest payload. */
export class FrameScanner {
  private buffer: Uint8Array;
  private length = 0;
  /** The frame under way is longer than a frame can be. */
  private tooLong = false;

  constructor(
    private readonly mtu: number,
    private readonly on: { frame(frame: Frame): void; bad(): void },
  ) {
    this.buffer = new Uint8Array(stuffedLimit(mtu + OVERHEAD_BYTES));
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte !== 0) {
        if (this.length < this.buffer.length) this.buffer[this.length++] = byte;
        else this.tooLong = true;
        continue;
      }
      if (this.length === 0) continue;
      const frame = this.tooLong ? null : decodeFrame(this.buffer.subarray(0, this.length));
      this.length = 0;
      this.tooLong = false;
      // The stuffing of a payload that is too long by a byte or two may fit.
      if (frame === null || frame.payload.length > this.mtu) this.on.bad();
      else this.on.frame(frame);
    }
  }
}
