import { crc32 } from 'node:zlib';
import { longestStuffed, stuff, unstuff } from './cobs.js';

/** Major version of the protocol that is spoken here. */
export const PROTOCOL_MAJOR = 1;
export const PROTOCOL_MINOR = 0;

/** Low nibble of the type byte. */
export const FRAME_TYPE = {
  HELLO: 0,
  HELLO_ACK: 1,
  DATA: 2,
  ACK: 3,
  NAK: 4,
  SAMPLE: 5,
  LOG: 6,
  RESET: 7,
  RESET_ACK: 8,
  FATAL: 9,
} as const;
export type FrameTypeName = keyof typeof FRAME_TYPE;
export type FrameType = (typeof FRAME_TYPE)[FrameTypeName];

const TYPE_NAMES = Object.keys(FRAME_TYPE) as FrameTypeName[];
export const frameTypeName = (type: number): string => TYPE_NAMES[type] ?? `type ${type}`;

/** Header and checksum, bytes. */
export const FRAME_OVERHEAD = 10;
const HEADER = 6;

/** Longest payload until HELLO_ACK has said otherwise, and the limits of what it may say, bytes. */
export const FIRST_MTU = 512;
export const LOWEST_MTU = 128;
export const HIGHEST_MTU = 2048;

export interface Frame {
  /** Low nibble of the type byte; 0 … 15, not only those of {@link FRAME_TYPE}. */
  readonly type: number;
  /** High nibble. */
  readonly major: number;
  readonly session: number;
  readonly seq: number;
  readonly ack: number;
  readonly credit: number;
  readonly payload: Uint8Array;
}

/** Why a frame was dropped before anything of it could be believed. */
export type BadFrameReason = 'stuffing' | 'short' | 'checksum' | 'too-long';

// Used within one call only.
const raw = new Uint8Array(HIGHEST_MTU + FRAME_OVERHEAD);

/**
 * The frame's bytes, delimiters included.
 *
 * @throws RangeError where the payload is longer than any frame can be
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const { payload } = frame;
  const end = HEADER + payload.length;
  if (payload.length > HIGHEST_MTU) throw new RangeError(`a payload of ${payload.length} bytes`);
  raw[0] = (frame.major << 4) | frame.type;
  raw[1] = frame.session;
  raw[2] = frame.session >>> 8;
  raw[3] = frame.seq;
  raw[4] = frame.ack;
  raw[5] = frame.credit;
  raw.set(payload, HEADER);
  const sum = crc32(raw.subarray(0, end));
  raw[end] = sum;
  raw[end + 1] = sum >>> 8;
  raw[end + 2] = sum >>> 16;
  raw[end + 3] = sum >>> 24;
  const bytes = new Uint8Array(longestStuffed(end + 4) + 2);
  const last = stuff(raw, end + 4, bytes, 1);
  return bytes.subarray(0, last + 1);
}

/** Takes a frame apart that has been unstuffed; the payload is a view of `bytes`. */
function readFrame(bytes: Uint8Array, length: number): Frame | null {
  const end = length - 4;
  const sum =
    (bytes[end]! | (bytes[end + 1]! << 8) | (bytes[end + 2]! << 16) | (bytes[end + 3]! << 24)) >>>
    0;
  if (crc32(bytes.subarray(0, end)) !== sum) return null;
  return {
    type: bytes[0]! & 15,
    major: bytes[0]! >>> 4,
    session: bytes[1]! | (bytes[2]! << 8),
    seq: bytes[3]!,
    ack: bytes[4]!,
    credit: bytes[5]!,
    payload: bytes.subarray(HEADER, end),
  };
}

export interface FrameSink {
  /** The payload is the sink's own: nothing writes to it again. */
  frame(frame: Frame): void;
  /** `bytes` is what was received between the delimiters, valid during the call only. */
  bad(reason: BadFrameReason, bytes: Uint8Array): void;
}

/**
 * Cuts a stream of bytes into frames, however it is split. It never holds more than one frame of the largest MTU: what
 * goes on without a delimiter is reported once and skipped up to the next one.
 */
export class FrameReader {
  private mtu = FIRST_MTU;
  private limit = longestStuffed(FIRST_MTU + FRAME_OVERHEAD);
  /** Of a frame whose end has not come yet. */
  private readonly held = new Uint8Array(longestStuffed(HIGHEST_MTU + FRAME_OVERHEAD));
  private heldLength = 0;
  private skipping = false;

  constructor(private readonly on: FrameSink) {}

  /** Bytes that are held for a frame that has begun. */
  get pending(): number {
    return this.heldLength;
  }

  setMtu(mtu: number): void {
    this.mtu = mtu;
    this.limit = longestStuffed(mtu + FRAME_OVERHEAD);
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      const zero = bytes.indexOf(0, from);
      const to = zero < 0 ? bytes.length : zero;
      if (this.skipping) {
        this.skipping = zero < 0;
      } else if (this.heldLength + to - from > this.limit) {
        this.skipping = zero < 0;
        this.on.bad('too-long', this.heldLength > 0 ? this.takeHeld() : bytes.subarray(from, to));
      } else if (zero >= 0 && this.heldLength === 0) {
        if (to > from) this.finish(bytes, from, to);
      } else {
        this.held.set(bytes.subarray(from, to), this.heldLength);
        this.heldLength += to - from;
        if (zero >= 0) {
          const length = this.heldLength;
          this.heldLength = 0;
          this.finish(this.held, 0, length);
        }
      }
      from = to + 1;
    }
  }

  private takeHeld(): Uint8Array {
    const bytes = this.held.subarray(0, this.heldLength);
    this.heldLength = 0;
    return bytes;
  }

  private finish(source: Uint8Array, from: number, to: number): void {
    const bytes = new Uint8Array(to - from);
    const length = unstuff(source, from, to, bytes);
    let reason: BadFrameReason = 'checksum';
    if (length < 0) reason = 'stuffing';
    else if (length < FRAME_OVERHEAD) reason = 'short';
    else if (length > this.mtu + FRAME_OVERHEAD) reason = 'too-long';
    else {
      const frame = readFrame(bytes, length);
      if (frame !== null) {
        this.on.frame(frame);
        return;
      }
    }
    this.on.bad(reason, source.subarray(from, to));
  }
}
