/**
 * Whatever comes over the line: bytes into the frame readers of both sides, payloads into their message decoders, images and
 * results into their readers. Nothing may throw but what is said to, memory is bounded, and both sides take the same frames.
 */
import { crc32 } from 'node:zlib';
import { relaxd } from '../../proto/gen/board.js';
import { FrameScanner } from '../../firmware-sim/frame.js';
import { readProgramImage } from '../../firmware-sim/program-image.js';
import { RandomStream, RelaxdError } from '../../src/core/index.js';
import { decodeImage, encodeFrame, FrameReader, ResultBlock } from '../../src/link/index.js';
import {
  decodeFatal,
  decodeHelloAck,
  decodeLog,
  decodeResetNonce,
  decodeSampleBatch,
  decodeToHost,
} from '../../src/link/messages.js';
import { SampleStream } from '../../src/link/sample-stream.js';
import { noSampleCounts } from '../../src/link/statistics.js';
import { fromHex, golden } from '../support/golden.js';

const { Request, Hello, Reset } = relaxd.board.v1;

export const INPUT_KINDS = [
  'mutated line',
  'random bytes',
  'grammar',
  'mutated message',
  'random message',
  'mutated image',
] as const;
type InputKind = (typeof INPUT_KINDS)[number];

export interface FuzzSummary {
  readonly seed: number;
  readonly inputs: Record<InputKind, number>;
  readonly bytes: number;
  readonly framesBoth: number;
  readonly badHost: number;
  readonly badBoard: number;
  readonly messagesRead: number;
  readonly messagesRefused: number;
  readonly imagesRead: number;
  readonly imagesRefused: number;
  /** What was held of frames that had begun, at most, bytes. */
  readonly mostPending: number;
  /** Heap and buffers after collecting garbage, bytes: after the first tenth, at most since then, at the end. */
  readonly memory: { readonly first: number; readonly most: number; readonly last: number };
}

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Collects garbage; without it memory is not judged. */
  readonly collect?: () => void;
  readonly onProgress?: (done: number) => void;
}

/** Memory may wander so far, bytes: compiled code and caches, not what came. */
export const MEMORY_SLACK = 8 << 20;
const MTU = 512;
/** Stuffed frame of the MTU. */
const MOST_HELD = MTU + 10 + Math.ceil((MTU + 10) / 254);
const ROUND = 1000;
const MOST_SITES = 64;

/** @throws Error with seed and input where a promise is broken */
export function fuzzLink(options: FuzzOptions): FuzzSummary {
  const { stackTraceLimit } = Error;
  // Most of the time would go into stacks of errors that are expected.
  Error.stackTraceLimit = 0;
  try {
    return new Fuzzer(options).run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class Fuzzer {
  private readonly random: RandomStream;
  private readonly lines: Uint8Array[];
  private readonly payloads: Uint8Array[];
  private readonly images: Uint8Array[];
  private readonly inputs = Object.fromEntries(INPUT_KINDS.map((kind) => [kind, 0])) as Record<
    InputKind,
    number
  >;
  private bytes = 0;
  private messagesRead = 0;
  private messagesRefused = 0;
  private imagesRead = 0;
  private imagesRefused = 0;
  private mostPending = 0;
  // What the two sides made of the line: a sum over the frames, and how many.
  private readonly host = { frames: 0, bad: 0, sum: 0 };
  private readonly board = { frames: 0, bad: 0, sum: 0 };
  private readonly reader: FrameReader;
  private readonly scanner: FrameScanner;
  private readonly stream: SampleStream;

  constructor(private readonly options: FuzzOptions) {
    this.random = RandomStream.of(options.seed);
    this.lines = [
      ...golden('frames').vectors.map(({ line }) => fromHex(line)),
      ...golden('bad-frames').vectors.map(({ line }) => fromHex(line)),
      ...golden('conversation').steps.map(({ line }) => fromHex(line)),
    ];
    const { vectors, unknown, unreadable } = golden('messages');
    const samples = golden('samples');
    this.payloads = [...vectors, ...unknown, ...unreadable, ...samples.vectors, ...samples.bad].map(
      ({ bytes }) => fromHex(bytes),
    );
    const images = golden('images');
    const results = golden('results').vectors;
    this.images = [...images.vectors, ...images.bad, ...results].map(({ bytes }) => fromHex(bytes));
    const take =
      (of: { frames: number; sum: number }) => (frame: Parameters<typeof encodeFrame>[0]) => {
        of.frames++;
        const head = frame.type + 16 * frame.major + 256 * frame.session;
        of.sum = crc32(frame.payload, (of.sum ^ head ^ (frame.seq << 24)) >>> 0);
      };
    this.reader = new FrameReader({ frame: take(this.host), bad: () => this.host.bad++ });
    this.reader.setMtu(MTU);
    this.scanner = new FrameScanner(MTU, { frame: take(this.board), bad: () => this.board.bad++ });
    const ignore = (): void => undefined;
    this.stream = new SampleStream(7, 4, { samples: ignore, gap: ignore }, noSampleCounts());
  }

  run(): FuzzSummary {
    const { inputs, collect, onProgress } = this.options;
    const memory = { first: 0, most: 0, last: 0 };
    const tenth = Math.max(ROUND, Math.ceil(inputs / 10 / ROUND) * ROUND);
    for (let done = 0; done < inputs; done++) {
      this.input(done);
      if ((done + 1) % ROUND === 0) this.compare(done);
      if (collect === undefined || (done + 1) % tenth !== 0) continue;
      collect();
      const { heapUsed, external } = process.memoryUsage();
      memory.last = heapUsed + external;
      if (memory.first === 0) memory.first = memory.last;
      memory.most = Math.max(memory.most, memory.last);
      if (memory.last > memory.first + MEMORY_SLACK) {
        throw this.broken(done, `memory grew from ${memory.first} to ${memory.last} bytes`);
      }
      onProgress?.(done + 1);
    }
    this.compare(inputs);
    return {
      seed: this.options.seed,
      inputs: this.inputs,
      bytes: this.bytes,
      framesBoth: this.host.frames,
      badHost: this.host.bad,
      badBoard: this.board.bad,
      messagesRead: this.messagesRead,
      messagesRefused: this.messagesRefused,
      imagesRead: this.imagesRead,
      imagesRefused: this.imagesRefused,
      mostPending: this.mostPending,
      memory,
    };
  }

  private input(done: number): void {
    const kind = INPUT_KINDS[this.random.integer(INPUT_KINDS.length)]!;
    this.inputs[kind]++;
    const bytes = this.make(kind);
    this.bytes += bytes.length;
    try {
      if (kind === 'mutated image') this.image(bytes);
      else if (kind === 'mutated message' || kind === 'random message') this.message(bytes);
      else this.line(bytes);
    } catch (error) {
      const hex = Buffer.from(bytes).toString('hex');
      throw this.broken(done, `${kind} ${hex}: ${String(error)}`, error);
    }
  }

  private make(kind: InputKind): Uint8Array {
    switch (kind) {
      case 'mutated line':
        return this.mutate(this.pick(this.lines));
      case 'random bytes':
        return this.noise(this.random.integer(this.random.integer(8) === 0 ? 1400 : 60));
      case 'grammar':
        return this.grammar();
      case 'mutated message':
        return this.mutate(this.pick(this.payloads));
      case 'random message':
        return this.random.integer(2) === 0 ? this.noise(this.random.integer(40)) : this.fields(3);
      case 'mutated image':
        return this.mutate(this.pick(this.images));
    }
  }

  private line(bytes: Uint8Array): void {
    this.reader.push(bytes);
    this.scanner.push(bytes);
    this.mostPending = Math.max(this.mostPending, this.reader.pending);
    if (this.reader.pending > MOST_HELD) throw new Error(`${this.reader.pending} bytes are held`);
  }

  /** Both sides have seen the same bytes: once a delimiter has ended what is under way they have found the same. */
  private compare(done: number): void {
    this.line(Uint8Array.of(0));
    const { host, board } = this;
    if (host.frames === board.frames && host.bad === board.bad && host.sum === board.sum) return;
    const said = `host ${JSON.stringify(host)}, board ${JSON.stringify(board)}`;
    throw this.broken(done, `the sides do not take the same frames: ${said}`);
  }

  private message(bytes: Uint8Array): void {
    const batch = decodeSampleBatch(bytes);
    if (batch !== null) {
      batch.runId = this.stream.runId;
      this.stream.takeBatch(batch);
    }
    const host = [
      decodeToHost(bytes),
      batch,
      decodeHelloAck(bytes),
      decodeLog(bytes),
      decodeFatal(bytes),
      decodeResetNonce(bytes),
    ];
    for (const one of host) {
      if (one === null) this.messagesRefused++;
      else this.messagesRead++;
    }
    // The board's own reader of each catches what generated code throws.
    for (const type of [Request, Hello, Reset]) {
      try {
        type.decode(bytes);
        this.messagesRead++;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        this.messagesRefused++;
      }
    }
  }

  private image(bytes: Uint8Array): void {
    let refused = false;
    try {
      decodeImage(bytes);
    } catch (error) {
      if (!(error instanceof RelaxdError)) throw error;
      refused = true;
    }
    // The board knows how many sites it has been promised before it makes room for them.
    const sites = bytes.length < 6 ? 0 : bytes[4]! | (bytes[5]! << 8);
    if (sites > MOST_SITES) {
      if (typeof readProgramImage(bytes, MOST_SITES) !== 'string') throw new Error('it is taken');
      return;
    }
    const board = readProgramImage(bytes, sites);
    if ((typeof board === 'string') !== refused) {
      const hostSays = refused ? 'refuses' : 'takes';
      throw new Error(`the host ${hostSays} it, the board: ${JSON.stringify(board).slice(0, 80)}`);
    }
    if (refused) this.imagesRefused++;
    else this.imagesRead++;
    try {
      new ResultBlock(1, 1, this.random.integer(4), bytes).codes(1 + this.random.integer(6));
    } catch (error) {
      if (!(error instanceof RelaxdError)) throw error;
    }
  }

  private pick<T>(of: readonly T[]): T {
    return of[this.random.integer(of.length)]!;
  }

  private noise(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let k = 0; k < length; k++) bytes[k] = this.random.integer(256);
    return bytes;
  }

  /** Bits turned over, bytes lost, repeated, put in, set to what is special, a piece cut off or of another one. */
  private mutate(of: Uint8Array): Uint8Array {
    const { random } = this;
    let bytes: Uint8Array = of.slice();
    for (let changes = random.integer(4); changes > 0 && bytes.length > 0; changes--) {
      const at = random.integer(bytes.length);
      switch (random.integer(7)) {
        case 0:
          bytes[at]! ^= 1 << random.integer(8);
          break;
        case 1:
          bytes[at] = this.pick([0, 1, 127, 128, 254, 255, random.integer(256)]);
          break;
        case 2:
          bytes = joined(bytes.subarray(0, at), bytes.subarray(at + 1));
          break;
        case 3:
          bytes = joined(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 8)));
          break;
        case 4:
          bytes = joined(bytes.subarray(0, at), this.noise(random.integer(5)), bytes.subarray(at));
          break;
        case 5:
          bytes = bytes.slice(0, at);
          break;
        default:
          bytes = joined(bytes.subarray(0, at), this.pick(this.payloads));
      }
    }
    return bytes;
  }

  /** A frame with the right sum about what may be anything. */
  private grammar(): Uint8Array {
    const { random } = this;
    const payload =
      random.integer(3) === 0
        ? this.mutate(this.pick(this.payloads))
        : random.integer(8) === 0
          ? this.noise(random.integer(MTU + 8))
          : this.fields(4);
    const frame = encodeFrame({
      type: random.integer(16),
      major: random.integer(4) === 0 ? random.integer(16) : 1,
      session: random.integer(65_536),
      seq: random.integer(256),
      ack: random.integer(256),
      credit: random.integer(256),
      payload: payload.subarray(0, 2048),
    });
    return random.integer(5) === 0 ? this.mutate(frame) : frame;
  }

  /** Fields of protobuf, nested, of every wire type and with numbers that are in the file. */
  private fields(depth: number): Uint8Array {
    const { random } = this;
    const parts: Uint8Array[] = [];
    for (let count = random.integer(4); count > 0; count--) {
      const field = 1 + random.integer(random.integer(8) === 0 ? 5000 : 48);
      const wire = this.pick([0, 0, 1, 2, 2, 2, 5, random.integer(8)]);
      parts.push(varint(field * 8 + wire));
      if (wire === 0) parts.push(this.number());
      else if (wire === 1) parts.push(this.noise(8));
      else if (wire === 5) parts.push(this.noise(4));
      else if (wire === 2) {
        const body =
          depth > 0 && random.integer(2) === 0
            ? this.fields(depth - 1)
            : this.noise(random.integer(12));
        const length = random.integer(10) === 0 ? random.integer(2 ** 31) : body.length;
        parts.push(varint(length), body);
      }
    }
    return joined(...parts);
  }

  private number(): Uint8Array {
    const { random } = this;
    if (random.integer(6) === 0) {
      return Uint8Array.from([...this.noise(9).map((byte) => byte | 128), random.integer(2)]);
    }
    return varint(random.integer(2 ** random.integer(32)));
  }

  private broken(done: number, what: string, cause?: unknown): Error {
    return new Error(`seed ${this.options.seed}, input ${done}: ${what}`, { cause });
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  while (value > 127) {
    bytes.push((value % 128) | 128);
    value = Math.floor(value / 128);
  }
  bytes.push(value);
  return Uint8Array.from(bytes);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
