import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { relaxd } from '../proto/gen/board.js';
import { VirtualTimeline } from '../src/core/index.js';
import {
  fieldsOf,
  fromGolden,
  fromHex,
  golden,
  toHex,
  type GoldenSection,
} from '../test/support/golden.js';
import { stuff, unstuff } from './cobs.js';
import { Firmware } from './firmware.js';
import { encodeFrame, FRAME, FrameScanner, type Frame } from './frame.js';
import { MemoryLine } from './hosts/memory.js';
import { CONTROLS, readProgramImage, type Curve, type ProgramImage } from './program-image.js';
import { ResultBlock } from './result-block.js';
import { encodeRows, type StateEncoding } from './sample-encoding.js';
import { TestAnalog } from './test-analog.test-support.js';

const v1 = relaxd.board.v1;
/** Messages by name, as generated code has them. */
interface Coded {
  decode(bytes: Uint8Array): object;
  encode(fields: object): { finish(): Uint8Array };
  fromObject(fields: object): object;
  toObject(message: object, options: object): object;
}
const coded = (message: string): Coded => (v1 as unknown as Record<string, Coded>)[message]!;
const TEXT = { longs: String, enums: Number };
const plainText = (text: string): string => text;

function scan(bytes: Uint8Array, mtu: number, cut = bytes.length) {
  const frames: Frame[] = [];
  let bad = 0;
  const scanner = new FrameScanner(mtu, {
    frame: (frame) => frames.push({ ...frame, payload: frame.payload.slice() }),
    bad: () => bad++,
  });
  for (let at = 0; at < bytes.length; at += cut) scanner.push(bytes.subarray(at, at + cut));
  return { frames, bad };
}

describe('Golden vectors, board', () => {
  const cobs = golden('cobs');
  it.each(cobs.vectors)('stuffing: $name', ({ plain, stuffed }) => {
    expect(toHex(stuff(fromHex(plain)))).toBe(stuffed);
    expect(toHex(unstuff(fromHex(stuffed))!)).toBe(plain);
  });
  it.each(cobs.bad)('stuffing: $name', ({ stuffed }) => {
    expect(unstuff(fromHex(stuffed))).toBeNull();
  });

  it.each(golden('frames').vectors)('frame: $name', (vector) => {
    const { mtu, line, payload, type, major, session, seq, ack, credit } = vector;
    const frame = { type, major, session, seq, ack, credit, payload: fromHex(payload) };
    expect(toHex(encodeFrame(frame))).toBe(line);
    for (const cut of [line.length, 1, 7]) {
      expect(scan(fromHex(line), mtu, cut)).toEqual({ frames: [frame], bad: 0 });
    }
  });

  const bad = golden('bad-frames');
  it.each(bad.vectors)('bad frame, $reason: $name', ({ line, mtu }) => {
    const bytes = fromHex(line + bad.after);
    for (const cut of [bytes.length, 1, 100]) {
      const got = scan(bytes, mtu, cut);
      expect(got.bad).toBe(1);
      expect(got.frames).toEqual(scan(fromHex(bad.after), mtu).frames);
    }
  });

  const messages = golden('messages');
  it.each(messages.vectors)('message: $name', (vector) => {
    const { message, bytes, explicit } = vector;
    const type = coded(message);
    const fields = fieldsOf(vector, plainText);
    const decoded = type.decode(fromHex(bytes));
    if (explicit === true) {
      const all = type.toObject(decoded, { ...TEXT, defaults: true });
      expect(normal(all)).toMatchObject(normal(fields) as object);
      return;
    }
    expect(normal(type.toObject(decoded, TEXT))).toEqual(normal(fields));
    expect(toHex(type.encode(type.fromObject(fields)).finish())).toBe(bytes);
  });
  it.each(messages.unknown)('message with $name', ({ message, same, bytes }) => {
    const type = coded(message);
    const vector = messages.vectors.find(({ name }) => name === same)!;
    const decoded = type.toObject(type.decode(fromHex(bytes)), TEXT);
    expect(normal(decoded)).toEqual(normal(fieldsOf(vector, plainText)));
  });
  it.each(messages.unreadable)('unreadable: $name', ({ bytes }) => {
    expect(() => v1.Request.decode(fromHex(bytes))).toThrow();
    expect(() => v1.Hello.decode(fromHex(bytes))).toThrow();
  });

  const states = golden('samples').vectors.filter(
    (vector) => (fieldsOf(vector) as { encoding?: number }).encoding !== v1.Encoding.F32,
  );
  it.each(states)('samples: $name', (vector) => {
    const { encoding = 0, data } = fieldsOf(vector) as { encoding?: number; data: Uint8Array };
    const codes = fromGolden(vector.codes) as number[];
    const rows: Int16Array[] = [];
    for (let at = 0; at < codes.length; at += vector.width) {
      rows.push(Int16Array.from(codes.slice(at, at + vector.width)));
    }
    expect(toHex(encodeRows(rows, v1.Encoding[encoding] as StateEncoding))).toBe(toHex(data));
    const again = v1.SampleBatch.fromObject(fieldsOf(vector, plainText));
    expect(toHex(v1.SampleBatch.encode(again).finish())).toBe(vector.bytes);
  });

  const images = golden('images');
  it.each(images.vectors)('image: $name', ({ n, sections, bytes }) => {
    expect(readProgramImage(fromHex(bytes))).toEqual(programOf(n, sections));
  });
  it.each(images.bad)('image, refused: $name', ({ bytes }) => {
    expect(readProgramImage(fromHex(bytes))).toBeTypeOf('string');
  });

  it.each(golden('results').vectors)('result: $name', ({ n, shots, bytes, crc32: sum }) => {
    const block = new ResultBlock(shots.length, n);
    for (const shot of shots) {
      if ((shot.flags & 2) !== 0) block.sampleDropped(shot.shot);
      const of = fromGolden(shot) as { work: number; heat: number; supply: number };
      const { work, heat, supply: supplyJ } = of;
      block.add(Int16Array.from(shot.state), (shot.flags & 1) !== 0, { work, heat, supplyJ });
    }
    const whole = block.whole();
    expect(toHex(whole.bytes)).toBe(bytes);
    expect(whole.crc32).toBe(sum);
  });

  it('a whole conversation: a board that hears what the host says means the same', async () => {
    const { steps, image, result } = golden('conversation');
    const timeline = new VirtualTimeline();
    const line = new MemoryLine({ timeline });
    const board = new Firmware(new TestAnalog({ unitS: 0.01 }), {
      serial: 'G-0001',
      seed: 7,
      timeline,
    });
    board.connect(line.board);
    let session = 0;
    let expects = 0;
    const heard: { message: string; fields: object }[] = [];
    const scanner = new FrameScanner(2048, {
      frame: ({ type, seq, payload, ...frame }) => {
        if (type === FRAME.helloAck && frame.session !== 0) session = frame.session;
        if (type === FRAME.sample) note('SampleBatch', payload);
        if (type !== FRAME.data || seq !== (expects & 255)) return;
        expects++;
        note('ToHost', payload);
      },
      bad: () => expect.fail('the board sent a bad frame'),
    });
    const note = (message: string, payload: Uint8Array): void => {
      const type = coded(message);
      const options = { longs: Number, enums: Number };
      heard.push({ message, fields: type.toObject(type.decode(payload), options) });
    };
    line.host.onBytes((bytes) => scanner.push(bytes));
    await timeline.advance(50);
    let answers = 0;
    const responses = (): typeof heard =>
      heard.filter(({ fields }) => (fields as { response?: object }).response !== undefined);
    for (const step of steps) {
      if (step.from !== 'host' || step.frame === 'NAK') continue;
      const { frames } = scan(fromHex(step.line), 512);
      const frame = frames[0]!;
      const own = step.frame === 'HELLO' ? {} : { session, ack: expects & 255 };
      if (step.frame === 'DATA') answers++;
      // The result is there once the run has ended.
      if ((fieldsOf(step) as { readResult?: object }).readResult) await timeline.advance(1000);
      line.host.write(encodeFrame({ ...frame, ...own }));
      await timeline.advance(10);
      expect(responses()).toHaveLength(answers);
    }
    await timeline.advance(20);
    const golds = steps
      .filter(({ from, bad: damage }) => from === 'board' && damage === undefined)
      .map((step) => ({ message: step.message!, fields: fieldsOf(step) }));
    for (const kind of ['response', 'run', 'samples']) {
      expect(saidOf(heard, kind)).toEqual(saidOf(golds, kind));
    }
    for (const channel of [0, 1]) {
      expect(rowsOf(heard, channel)).toEqual(rowsOf(golds, channel));
      expect(rowsOf(golds, channel)).toHaveLength(6);
    }
    expect(crc32(fromHex(image))).toBe(
      (saidOf(golds, 'response') as { bank?: { crc32: number } }[]).find(({ bank }) => bank)!.bank!
        .crc32,
    );
    expect(JSON.stringify(saidOf(heard, 'response'))).toContain(result);
  });
});

describe('A board with an MTU of 128', () => {
  it('reads a HELLO of 512 bytes', async () => {
    const timeline = new VirtualTimeline();
    const line = new MemoryLine({ timeline });
    const board = new Firmware(new TestAnalog({ sites: 16 }), {
      serial: 'G-0001',
      seed: 7,
      timeline,
      mtu: 128,
    });
    board.connect(line.board);
    const opened: number[] = [];
    const scanner = new FrameScanner(512, {
      frame: ({ type, session }) => type === FRAME.helloAck && opened.push(session),
      bad: () => expect.fail('a bad frame'),
    });
    line.host.onBytes((bytes) => scanner.push(bytes));
    const hello = { protoMajor: 1, minMajor: 1, nonce: 5, hostBuild: '' };
    const spare = 512 - v1.Hello.encode({ ...hello, hostBuild: 'x'.repeat(200) }).finish().length;
    const payload = v1.Hello.encode({ ...hello, hostBuild: 'x'.repeat(200 + spare) }).finish();
    expect(payload).toHaveLength(512);
    const head = { type: FRAME.hello, major: 1, session: 0, seq: 0, ack: 0, credit: 0 };
    await timeline.advance(50);
    line.host.write(encodeFrame({ ...head, payload }));
    await timeline.advance(50);
    expect(opened.filter((session) => session !== 0)).toHaveLength(1);
  });
});

/** Messages of one kind, without their times. */
function saidOf(of: { fields: object }[], kind: string): unknown[] {
  return of
    .map(({ fields }) => {
      const { response, event } = fields as { response?: object; event?: Record<string, object> };
      return kind === 'response' ? response : event?.[kind];
    })
    .filter((one) => one !== undefined)
    .map(
      (one) =>
        JSON.parse(
          JSON.stringify(normal(one), (key, value: unknown) => (key === 'ticks' ? 0 : value)),
        ) as unknown,
    );
}

/** Rows of a channel however they were put into batches. */
function rowsOf(of: { message: string; fields: object }[], wanted: number): unknown[] {
  return of
    .filter(({ message }) => message === 'SampleBatch')
    .map(
      ({ fields }) =>
        fields as {
          channel?: number;
          firstIndex?: number;
          count: number;
          scale: number;
          encoding?: number;
          data: Uint8Array;
        },
    )
    .filter(({ channel = 0 }) => channel === wanted)
    .flatMap(({ firstIndex = 0, count, scale, encoding = 0, data }) =>
      Array.from({ length: count }, (_, k) => {
        const bytes = data.length / count;
        const row = toHex(data.slice(k * bytes, (k + 1) * bytes));
        return { index: firstIndex + k, scale, encoding, row };
      }),
    );
}

/** Bytes as text, so that Buffers and arrays of bytes compare; nothing that is undefined. */
function normal(value: unknown): unknown {
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, normal(one)]));
}

function programOf(n: number, sections: readonly GoldenSection[]): ProgramImage {
  const of = (kind: string, index = 0): GoldenSection | undefined =>
    sections.find((one) => one.kind === kind && one.index === index);
  const codes = (kind: string, index?: number): Float64Array | null => {
    const section = of(kind, index);
    return section ? Float64Array.from(section.values, (code) => section.scale * code) : null;
  };
  const floats = (kind: string): Float64Array | null => {
    const values = of(kind)?.values;
    if (values === undefined) return null;
    return values.length === n ? Float64Array.from(values) : new Float64Array(n).fill(values[0]!);
  };
  const curve = (kind: string, index: number): Curve => {
    const values = Float64Array.from(of(kind, index)!.values);
    return {
      times: values.filter((_, k) => k % 2 === 0),
      values: values.filter((_, k) => k % 2 === 1),
    };
  };
  const couplings = new Float64Array(n * n);
  const upper = codes('COUPLINGS');
  if (upper !== null) {
    let k = 0;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        couplings[i * n + j] = couplings[j * n + i] = upper[k++]!;
      }
    }
  }
  const drives = sections.filter(({ kind }) => kind === 'DRIVE_PATTERN');
  return {
    n,
    couplings,
    fields: codes('FIELDS') ?? new Float64Array(n),
    quadratic: floats('QUADRATIC'),
    quartic: floats('QUARTIC'),
    drives: drives.map(({ index }) => ({
      index,
      pattern: codes('DRIVE_PATTERN', index)!,
      amplitude: curve('DRIVE_CURVE', index),
    })),
    controls: Object.fromEntries(
      CONTROLS.flatMap((name, index) =>
        of('CONTROL_CURVE', index) ? [[name, curve('CONTROL_CURVE', index)]] : [],
      ),
    ),
    initial: codes('INITIAL'),
    nodeTemperature: floats('NODE_TEMPERATURE'),
  };
}
