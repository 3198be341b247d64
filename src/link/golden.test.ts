import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { relaxd } from '../../proto/gen/board.js';
import {
  fieldsOf,
  fromGolden,
  fromHex,
  golden,
  GOLDEN_FOLDER,
  toHex,
  type GoldenSection,
} from '../../test/support/golden.js';
import { VirtualTimeline } from '../core/index.js';
import { longestStuffed, stuff, unstuff } from './cobs.js';
import { encodeFrame, FRAME_TYPE, FrameReader, type Frame, type FrameTypeName } from './frame.js';
import { LinkEndpoint } from './link-endpoint.js';
import {
  decodeFatal,
  decodeHelloAck,
  decodeLog,
  decodeResetNonce,
  decodeSampleBatch,
  decodeToHost,
  encodeHello,
  encodeRequest,
  encodeReset,
  type CallName,
} from './messages.js';
import {
  CONTROL_CURVES,
  decodeImage,
  encodeImage,
  type Codes,
  type Curve,
  type Drive,
  type ImageSections,
} from './program-image.js';
import { ResultBlock } from './result-block.js';
import { SampleStream, valuesOfRows, type SampleRows } from './sample-stream.js';
import { noSampleCounts } from './statistics.js';

function read(bytes: Uint8Array, mtu: number, cut = bytes.length) {
  const frames: Frame[] = [];
  const bad: string[] = [];
  const reader = new FrameReader({
    frame: (frame) => frames.push(frame),
    bad: (reason) => bad.push(reason),
  });
  reader.setMtu(mtu);
  for (let at = 0; at < bytes.length; at += cut) reader.push(bytes.subarray(at, at + cut));
  return { frames, bad };
}

describe('Golden vectors, host', () => {
  it('are what the generator writes', (context) => {
    if (spawnSync('python3', ['--version']).status !== 0) {
      return context.skip('python3 is not here: the committed vectors are not compared with it');
    }
    const script = resolve(GOLDEN_FOLDER, 'generate.py');
    execFileSync('python3', [script, '--check'], { encoding: 'utf8' });
  });

  const cobs = golden('cobs');
  it.each(cobs.vectors)('stuffing: $name', ({ plain, stuffed }) => {
    const bytes = fromHex(plain);
    const out = new Uint8Array(longestStuffed(bytes.length));
    expect(toHex(out.subarray(0, stuff(bytes, bytes.length, out, 0)))).toBe(stuffed);
    const source = fromHex(stuffed);
    const back = new Uint8Array(source.length);
    expect(toHex(back.subarray(0, unstuff(source, 0, source.length, back)))).toBe(plain);
  });
  it.each(cobs.bad)('stuffing: $name', ({ stuffed }) => {
    const source = fromHex(stuffed);
    expect(unstuff(source, 0, source.length, new Uint8Array(source.length))).toBe(-1);
  });

  it.each(golden('frames').vectors)('frame: $name', (vector) => {
    const { mtu, line, payload, type, major, session, seq, ack, credit } = vector;
    const frame = { type, major, session, seq, ack, credit, payload: fromHex(payload) };
    expect(toHex(encodeFrame(frame))).toBe(line);
    for (const cut of [line.length, 1, 7]) {
      expect(read(fromHex(line), mtu, cut)).toEqual({ frames: [frame], bad: [] });
    }
  });

  const bad = golden('bad-frames');
  it.each(bad.vectors)('bad frame, $reason: $name', ({ reason, line, mtu }) => {
    const bytes = fromHex(line + bad.after);
    for (const cut of [bytes.length, 1, 100]) {
      const got = read(bytes, mtu, cut);
      expect(got.bad).toEqual([reason]);
      expect(got.frames).toEqual(read(fromHex(bad.after), mtu).frames);
    }
  });

  const messages = golden('messages');
  const sent = messages.vectors.filter(
    ({ message, explicit, name }) =>
      message === 'Request' && explicit !== true && name !== 'no call',
  );
  it.each(sent)('request: $name', (vector) => {
    // The seed of 64 bits is a string: a number would be rounded.
    const {
      requestId,
      deadlineMs = 0,
      ...call
    } = fieldsOf(vector, (text) =>
      Number.isSafeInteger(Number(text)) ? Number(text) : relaxdLong(text),
    ) as unknown as { requestId: number; deadlineMs?: number };
    const [name, body] = Object.entries(call)[0]!;
    expect(toHex(encodeRequest(requestId, deadlineMs, name as CallName, body as never))).toBe(
      vector.bytes,
    );
  });

  it.each(messages.vectors.filter(({ message }) => message === 'ToHost'))(
    'to the host: $name',
    (vector) => {
      const fields = fieldsOf(vector) as { response?: object; event?: object };
      const message = decodeToHost(fromHex(vector.bytes));
      if (fields.response !== undefined) {
        expect(message).toMatchObject({ kind: 'response', response: fields.response });
        return;
      }
      const [kind, body] = Object.entries(fields.event as Record<string, object>)[0]!;
      expect(message).toMatchObject({ kind: 'event', event: { kind, [kind]: body } });
    },
  );

  it('frames with a message of their own', () => {
    const by = (name: string) => messages.vectors.find((vector) => vector.name === name)!;
    for (const name of [
      'HELLO_ACK',
      'HELLO_ACK of a later minor',
      'HELLO_ACK of a board that has started',
    ]) {
      expect(decodeHelloAck(fromHex(by(name).bytes))).toMatchObject(fieldsOf(by(name)));
    }
    expect(decodeFatal(fromHex(by('FATAL').bytes))).toMatchObject(fieldsOf(by('FATAL')));
    expect(decodeLog(fromHex(by('LOG').bytes))).toMatchObject(fieldsOf(by('LOG')));
    expect(decodeLog(fromHex(by('LOG of nothing').bytes))).toMatchObject({
      level: 0,
      text: '',
      ticks: 0,
    });
    expect(toHex(encodeHello(fieldsOf(by('HELLO'))))).toBe(by('HELLO').bytes);
    const { nonce, cause } = fieldsOf(by('RESET')) as { nonce: number; cause: string };
    expect(toHex(encodeReset(nonce, cause))).toBe(by('RESET').bytes);
    expect(decodeResetNonce(fromHex(by('RESET').bytes))).toBe(nonce);
  });

  it('what is left out reads as zero', () => {
    const of = (name: string) => {
      const message = decodeToHost(
        fromHex(messages.vectors.find((one) => one.name === name)!.bytes),
      );
      return message?.kind === 'response' ? message.response : message?.event;
    };
    const { requestId, status, text, state } = of('answer of nothing but the id') as never;
    expect([requestId, status, text, state]).toEqual([300, 0, '', 0]);
    const { health } = of('event health of nothing') as never as { health: { ticks: number } };
    expect(health.ticks).toBe(0);
  });

  it.each(messages.unreadable)('unreadable: $name', ({ bytes }) => {
    expect(decodeToHost(fromHex(bytes))).toBeNull();
    expect(decodeHelloAck(fromHex(bytes))).toBeNull();
    expect(decodeSampleBatch(fromHex(bytes))).toBeNull();
  });

  const samples = golden('samples');
  it.each(samples.vectors)('samples: $name', (vector) => {
    const batch = decodeSampleBatch(fromHex(vector.bytes))!;
    expect(batch).toMatchObject(fieldsOf(vector));
    const got: SampleRows[] = [];
    const lost: number[] = [];
    const stream = new SampleStream(
      7,
      vector.width,
      { samples: (rows) => got.push(rows), gap: (gap) => lost.push(gap.count) },
      noSampleCounts(),
    );
    stream.takeBatch(batch);
    expect(got).toHaveLength(1);
    const rows = got[0]!;
    expect(Array.from(rows.codes)).toEqual(fromGolden(vector.codes));
    expect(Array.from(valuesOfRows(rows))).toEqual(fromGolden(vector.values));
    const { firstIndex = 0, overflowFlags = 0 } = fieldsOf(vector) as Record<string, number>;
    expect(rows.firstIndex).toBe(firstIndex);
    expect(lost).toEqual(firstIndex === 0 ? [] : [firstIndex]);
    expect([rows.saturated, rows.overflowed]).toEqual([
      (overflowFlags & 1) !== 0,
      (overflowFlags & 2) !== 0,
    ]);
  });
  it.each(samples.bad)('samples, malformed: $name', ({ bytes }) => {
    const counts = noSampleCounts();
    const never = (): void => expect.fail('nothing can be made of it');
    const stream = new SampleStream(7, 1, { samples: never, gap: never }, counts);
    stream.takeBatch(decodeSampleBatch(fromHex(bytes))!);
    expect(counts.malformed).toBe(1);
  });

  const images = golden('images');
  it.each(images.vectors)('image: $name', ({ n, sections, bytes, crc32: sum, sha256 }) => {
    const image = imageOf(n, sections);
    const encoded = encodeImage(image);
    expect(toHex(encoded)).toBe(bytes);
    expect(crc32(encoded)).toBe(sum);
    expect(createHash('sha256').update(encoded).digest('hex')).toBe(sha256);
    expect(decodeImage(fromHex(bytes))).toEqual(image);
  });
  it.each(images.bad)('image, refused: $name', ({ bytes }) => {
    expect(() => decodeImage(fromHex(bytes))).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });

  it.each(golden('results').vectors)('result: $name', ({ n, shots, bytes, crc32: sum }) => {
    const block = new ResultBlock(7, 1, shots.length, fromHex(bytes));
    expect(crc32(block.bytes)).toBe(sum);
    expect(Array.from(block.codes(n))).toEqual(shots.flatMap(({ state }) => state));
    for (const [k, shot] of shots.entries()) {
      expect({
        shot: block.shot[k],
        flags: block.flags[k],
        work: block.work[k],
        heat: block.heat[k],
        supply: block.supplyJ[k],
      }).toEqual(withoutState(shot));
    }
  });

  it('a whole conversation: every byte that the host says, and everything that it hears', () => {
    const { steps, session, mtu, windowBytes } = golden('conversation');
    const said: string[] = [];
    let hear: (bytes: Uint8Array) => void = () => undefined;
    const heard: { message: string; payload: Uint8Array }[] = [];
    const take = (message: string) => (payload: Uint8Array) => {
      heard.push({ message, payload: payload.slice() });
    };
    const endpoint = new LinkEndpoint(
      {
        write: (bytes) => said.push(toHex(bytes)),
        onBytes: (listener) => {
          hear = listener;
          return () => undefined;
        },
        setBaud: null,
        minRtoMs: 25,
      },
      new VirtualTimeline(),
      {
        reliable: take('ToHost'),
        sample: take('SampleBatch'),
        log: take('Log'),
        helloAck: (opened, payload) => {
          take('HelloAck')(payload);
          expect(opened).toBe(session);
          endpoint.openSession(opened, { mtu, windowBytes });
        },
        otherMajor: (major) => expect.fail(`major ${major}`),
        resetAck: take('Reset'),
        fatal: take('Fatal'),
        down: (reason) => expect.fail(reason),
      },
    );
    const expectSaid: string[] = [];
    const expectHeard = steps.filter(({ from, bad: damage }) => from === 'board' && !damage);
    for (const step of steps) {
      if (step.from === 'board') {
        hear(fromHex(step.line));
        continue;
      }
      expectSaid.push(step.line);
      if (step.frame === 'HELLO') {
        endpoint.sendFrame(FRAME_TYPE.HELLO, encodeHello(fieldsOf(step)));
      } else if (step.frame === 'DATA') {
        const { requestId, deadlineMs, ...call } = fieldsOf(step) as unknown as {
          requestId: number;
          deadlineMs: number;
        };
        const [name, body] = Object.entries(call)[0]!;
        void endpoint.send(encodeRequest(requestId, deadlineMs, name as CallName, body as never));
      }
      expect(said).toEqual(expectSaid);
    }
    expect(heard.map(({ message }) => message)).toEqual(expectHeard.map(({ message }) => message));
    for (const [k, { message, payload }] of heard.entries()) {
      const fields = fieldsOf(expectHeard[k]!);
      if (message === 'HelloAck') expect(decodeHelloAck(payload)).toMatchObject(fields);
      if (message === 'SampleBatch') expect(decodeSampleBatch(payload)).toMatchObject(fields);
      if (message !== 'ToHost') continue;
      const of = decodeToHost(payload)!;
      const { response, event } = fields as { response?: object; event?: object };
      if (of.kind === 'response') expect(of.response).toMatchObject(response!);
      else expect(of.event).toMatchObject(event!);
    }
    const { bad: counted, retransmits, naksSent } = endpoint.statistics();
    expect({ counted, retransmits, naksSent }).toMatchObject({
      counted: { checksum: 1, stuffing: 0, short: 0, 'too-long': 0 },
      retransmits: 0,
      naksSent: 1,
    });
    expect(new Set(steps.map(({ frame }) => frame as FrameTypeName)).size).toBe(6);
  });
});

/** A number of 64 bits as generated code takes it. */
const relaxdLong = (text: string): unknown => relaxd.board.v1.Arm.fromObject({ seed: text }).seed;

const withoutState = ({ shot, flags, work, heat, supply }: Record<string, unknown>): object => ({
  shot,
  flags,
  work: fromGolden(work),
  heat: fromGolden(heat),
  supply: fromGolden(supply),
});

function imageOf(n: number, sections: readonly GoldenSection[]): ImageSections {
  const of = (kind: string, index = 0): GoldenSection | undefined =>
    sections.find((one) => one.kind === kind && one.index === index);
  const codes = (kind: string, index?: number): Codes | undefined => {
    const section = of(kind, index);
    return section && { codes: Int16Array.from(section.values), scale: section.scale };
  };
  const floats = (kind: string): Float32Array | undefined => {
    const section = of(kind);
    return section && Float32Array.from(section.values);
  };
  const curve = (kind: string, index: number): Curve | undefined => {
    const section = of(kind, index);
    return (
      section && {
        t: Float32Array.from(section.values.filter((_, k) => k % 2 === 0)),
        value: Float32Array.from(section.values.filter((_, k) => k % 2 === 1)),
      }
    );
  };
  const drives: Drive[] = [];
  for (let d = 0; of('DRIVE_PATTERN', d) !== undefined; d++) {
    drives.push({ pattern: codes('DRIVE_PATTERN', d)!, curve: curve('DRIVE_CURVE', d)! });
  }
  const controls = Object.fromEntries(
    CONTROL_CURVES.map((name, index) => [name, curve('CONTROL_CURVE', index)]).filter(
      ([, of]) => of !== undefined,
    ),
  ) as object;
  const all = {
    couplings: codes('COUPLINGS'),
    fields: codes('FIELDS'),
    quadratic: floats('QUADRATIC'),
    quartic: floats('QUARTIC'),
    drives: drives.length > 0 ? drives : undefined,
    controls: Object.keys(controls).length > 0 ? controls : undefined,
    initial: codes('INITIAL'),
    nodeTemperature: floats('NODE_TEMPERATURE'),
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return { n, ...Object.fromEntries(given) };
}
