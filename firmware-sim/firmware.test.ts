import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { VirtualTimeline } from '../src/core/index.js';
import { FAULT } from './fault-latch.js';
import { Firmware, type FirmwareOptions } from './firmware.js';
import { FRAME } from './frame.js';
import { MemoryLine } from './hosts/memory.js';
import { BoardState, Channel, Reset, ResetReason, RunEnd, Status } from './messages.js';
import { TestAnalog, type TestAnalogOptions } from './test-analog.test-support.js';
import { testImage, TestHost, type TestSection } from './test-host.test-support.js';

interface Bench {
  timeline: VirtualTimeline;
  analog: TestAnalog;
  board: Firmware;
  line: MemoryLine;
  host: TestHost;
}

function bench(
  options: Partial<FirmwareOptions> & { paced?: boolean; analog?: TestAnalogOptions } = {},
): Bench {
  const timeline = new VirtualTimeline();
  const { paced = false, analog: circuit, ...rest } = options;
  const analog = new TestAnalog(circuit);
  const line = new MemoryLine({ timeline, paced });
  const board = new Firmware(analog, { serial: 'board-1', seed: 7, timeline, ...rest });
  board.connect(line.board);
  return { timeline, analog, board, line, host: new TestHost(timeline, line.host) };
}

const N = 4;
const SECTIONS: TestSection[] = [
  { kind: 1, scale: 0.25, codes: [1, -1, 1, -1, 1, -1] },
  { kind: 2, scale: 0.5, codes: [1, 2, -1, -2] },
];
const IMAGE = testImage(N, SECTIONS);
const OTHER = testImage(N, [{ kind: 2, scale: 1, codes: [3, 3, 3, 3] }]);
const hashOf = (image: Uint8Array): Buffer => createHash('sha256').update(image).digest();

async function shaken(options: Parameters<typeof bench>[0] = {}): Promise<Bench> {
  const made = bench(options);
  await made.timeline.advance(50);
  await made.host.shake();
  return made;
}

async function programmed(options: Parameters<typeof bench>[0] = {}): Promise<Bench> {
  const made = await shaken(options);
  const answer = await made.host.upload(0, IMAGE, N);
  expect(answer).toMatchObject({ bank: { bank: 0, crc32: crc32(IMAGE) } });
  return made;
}

const armCall = (runId: number, more: object = {}) => ({
  arm: {
    runId,
    bank: 0,
    bankCrc32: crc32(IMAGE),
    seed: 11,
    shots: 3,
    duration: 1,
    readoutEvery: 0.25,
    readouts: 5,
    channels: [Channel.CHANNEL_STATE, Channel.CHANNEL_HEAT],
    stateEvery: 2,
    initial: 3,
    temperature: 0.5,
    watchdogMs: 1000,
    maxDurationMs: 60_000,
    ...more,
  },
});

/** Slow shots: each takes 200 ms. */
const SLOW = { analog: { unitS: 0.2 } };

describe('Handshake', () => {
  it('a board that starts says so of its own accord: nonce 0, session 0', async () => {
    const { timeline, host } = bench();
    await timeline.advance(50);
    expect(host.acks).toHaveLength(1);
    expect(host.acks[0]).toMatchObject({
      session: 0,
      ack: { nonce: 0, bootCount: 1, boardSerial: 'board-1', resetReason: 1, mtu: 512 },
    });
  });

  it('the same nonce is the same handshake, another one opens another session', async () => {
    const { host, timeline } = await shaken();
    const first = host.acks[1]!;
    host.hello(1);
    await timeline.advance(10);
    expect(host.acks[2]).toEqual(first);
    const session = host.session;
    await host.shake();
    expect(host.session).not.toBe(session);
    expect(host.session).toBeGreaterThan(0);
  });

  it('frames of another session and of another major are dropped and counted', async () => {
    const { host, timeline, board } = await shaken();
    host.put({ type: FRAME.ack, session: host.session ^ 1 });
    host.put({ type: FRAME.ack, major: 3 });
    await timeline.advance(10);
    expect(board.counts()).toMatchObject({ stale: 2, bad: 0 });
  });

  it('a host of another major is refused in its own nibble, one that speaks ours is not', async () => {
    const { host, timeline } = bench();
    await timeline.advance(50);
    host.hello(5, { protoMajor: 2, minMajor: 2 });
    await timeline.advance(10);
    expect(host.fatals).toMatchObject([{ major: 2, fatal: { code: 1 } }]);
    host.hello(6, { protoMajor: 2, minMajor: 1 });
    await timeline.advance(10);
    expect(host.session).toBeGreaterThan(0);
  });

  it('a board of another major refuses this host with a text for people', async () => {
    const { host, timeline } = bench({ protoMajor: 2 });
    await timeline.advance(50);
    host.hello(5);
    await timeline.advance(10);
    expect(host.fatals).toMatchObject([
      { major: 1, fatal: { code: 1, text: expect.stringContaining('version 2') as string } },
    ]);
  });

  it('a session ends what was on its way, and keeps banks, an upload and a fault', async () => {
    const { host } = await programmed();
    const sha256 = hashOf(OTHER);
    const begin = { uploadBegin: { bank: 1, n: N, total: OTHER.length, sha256 } };
    const { upload } = await host.expectOk(begin);
    await host.expectOk({ enterSafeState: { cause: 'because' } });
    await host.shake();
    const again = await host.ask({ uploadStatus: { uploadId: upload!.uploadId! } });
    expect(again).toMatchObject({ upload, state: BoardState.STATE_SAFE });
    expect((await host.ask({ getFault: {} })).fault).toMatchObject({ faultId: 1 });
  });
});

describe('Calls', () => {
  it('are answered once and not carried out again when they are repeated', async () => {
    const { host, timeline } = await programmed(SLOW);
    await host.expectOk(armCall(1));
    const { lastId } = host;
    const events = host.events.length;
    host.forget(lastId);
    host.raw(lastId, armCall(1));
    await timeline.advance(50);
    expect(host.responseTo(lastId)).toMatchObject({ run: { runId: 1 } });
    expect(host.responseTo(lastId)?.status ?? 0).toBe(Status.OK);
    expect(host.events.slice(events).filter((event) => event.run)).toEqual([]);
  });

  it('with an id lower than those that are kept are INVALID', async () => {
    const { host, timeline } = await shaken();
    for (let k = 0; k < 20; k++) await host.expectOk({ ping: {} });
    host.forget(1);
    host.raw(1, { ping: {} });
    await timeline.advance(50);
    expect(host.responseTo(1)).toMatchObject({ status: Status.INVALID });
  });

  it('that the board does not know are UNIMPLEMENTED', async () => {
    const { host } = await shaken();
    expect(await host.ask({})).toMatchObject({ status: Status.UNIMPLEMENTED });
  });

  it('that cannot be parsed are counted and change nothing', async () => {
    const { host, timeline, board } = await shaken();
    host.putData(Uint8Array.of(0x52, 0x20, 0x01));
    await timeline.advance(20);
    expect(board.counts()!.bad).toBe(1);
  });

  it('give back what Ping brought, refuse what does not fit', async () => {
    const { host } = await shaken();
    const payload = Uint8Array.from({ length: 400 }, (_, k) => k);
    const { ping } = await host.expectOk({ ping: { payload } });
    expect([...ping!.payload!]).toEqual([...payload]);
    expect(await host.ask({ ping: { payload: new Uint8Array(500) } })).toMatchObject({
      status: Status.INVALID,
    });
  });

  it('give the descriptor in parts, with its hash and the board’s serial number', async () => {
    const { host, board } = await shaken();
    const parts: Uint8Array[] = [];
    let offset = 0;
    let sha256: Uint8Array;
    for (;;) {
      const { descriptor } = await host.expectOk({ getDescriptor: { offset } });
      parts.push(descriptor!.data!);
      offset += descriptor!.data!.length;
      sha256 = descriptor!.sha256!;
      if (offset === descriptor!.total) break;
    }
    const text = Buffer.concat(parts);
    expect(Buffer.from(sha256)).toEqual(hashOf(text));
    expect(JSON.parse(text.toString())).toMatchObject({ serial: board.serial });
    expect(parts.length).toBeGreaterThan(1);
  });

  it('read and write parameters', async () => {
    const { host } = await shaken();
    const { parameters } = await host.expectOk({ readParameters: { first: 0 } });
    expect(parameters).toMatchObject({
      total: 2,
      parameters: [
        { name: 'readoutScale', value: 1 / 512 },
        { name: 'gain', value: 1 },
      ],
    });
    await host.expectOk({ writeParameter: { name: 'gain', value: 1.5 } });
    const rest = await host.expectOk({ readParameters: { first: 1 } });
    expect(rest.parameters).toMatchObject({ first: 1, parameters: [{ value: 1.5 }] });
    const refused = async (name: string, value: number) =>
      (await host.ask({ writeParameter: { name, value } })).status;
    expect(await refused('gain', 3)).toBe(Status.OUT_OF_RANGE);
    expect(await refused('gain', NaN)).toBe(Status.OUT_OF_RANGE);
    expect(await refused('readoutScale', 1)).toBe(Status.OUT_OF_RANGE);
    expect(await refused('nothing', 1)).toBe(Status.NOT_FOUND);
    expect((await host.ask({ readParameters: { first: 3 } })).status).toBe(Status.NOT_FOUND);
  });

  it('test the board', async () => {
    const { host } = await shaken();
    expect(await host.expectOk({ selfTest: {} })).toMatchObject({
      selfTest: { checks: [{ name: 'converters', ok: true }] },
    });
  });

  it('tell the time of a clock that is 200 ppm fast', async () => {
    const { host, board, timeline } = await shaken({ clockPpm: 200 });
    const before = board.ticks!;
    await timeline.advance(10_000);
    expect(board.ticks! - before).toBe(10_002_000);
    board.setClockPpm(-1000);
    await timeline.advance(1000);
    expect(board.ticks! - before).toBe(10_002_000 + 999_000);
    const { clock } = await host.expectOk({ getClock: {} });
    expect(clock!.ticks).toBeGreaterThan(before);
  });

  it('come with health every 500 ms, whatever the state', async () => {
    const { host, timeline } = await shaken();
    const count = () => host.events.filter((event) => event.health).length;
    const before = count();
    await timeline.advance(2000);
    expect(count() - before).toBe(4);
    await host.expectOk({ enterSafeState: { cause: 'test' } });
    await timeline.advance(2000);
    expect(count() - before).toBeGreaterThanOrEqual(8);
    const { health } = host.events.findLast((event) => event.health)!;
    expect(health).toMatchObject({
      faultWord: FAULT.hostRequest,
      measures: [{ name: 'board_c' }, {}],
    });
  });
});

describe('Every call in every state', () => {
  type State = 'STANDBY' | 'ARMED' | 'RUNNING' | 'PAUSED' | 'SAFE';
  const bring = async (made: Bench, state: State): Promise<void> => {
    const { host, timeline } = made;
    if (state === 'STANDBY') return;
    if (state === 'SAFE') {
      await host.expectOk({ enterSafeState: { cause: 'test' } });
      return;
    }
    await host.expectOk(armCall(9, { shots: 100, watchdogMs: 10_000 }));
    if (state === 'ARMED') return;
    await host.expectOk({ start: { runId: 9 } });
    if (state === 'RUNNING') return;
    await host.expectOk({ pause: { runId: 9 } });
    await timeline.advance(300);
  };
  // What each call is answered with in STANDBY, ARMED, RUNNING, PAUSED and SAFE.
  const { OK, ILLEGAL_STATE: NO, SAFE } = Status;
  const sha256 = hashOf(OTHER);
  const TABLE: [string, Parameters<TestHost['ask']>[0], number[]][] = [
    ['ping', { ping: {} }, [OK, OK, OK, OK, SAFE]],
    ['getDescriptor', { getDescriptor: {} }, [OK, OK, OK, OK, OK]],
    ['getClock', { getClock: {} }, [OK, OK, OK, OK, OK]],
    ['getHealth', { getHealth: {} }, [OK, OK, OK, OK, OK]],
    ['getFault', { getFault: {} }, [OK, OK, OK, OK, OK]],
    [
      'clearFault',
      { clearFault: { faultId: 1, operator: 'me', note: 'seen' } },
      [...Array<number>(4).fill(Status.NOT_FOUND), OK],
    ],
    ['setBaud', { setBaud: { baud: 230_400 } }, [OK, OK, OK, OK, SAFE]],
    ['heartbeat', { heartbeat: { leaseMs: 1000 } }, [OK, OK, OK, OK, OK]],
    ['reset', { reset: { nonce: 3 } }, [OK, OK, OK, OK, OK]],
    ['readParameters', { readParameters: {} }, [OK, OK, OK, OK, SAFE]],
    ['writeParameter', { writeParameter: { name: 'gain', value: 1 } }, [OK, NO, NO, NO, SAFE]],
    ['selfTest', { selfTest: {} }, [OK, NO, NO, NO, SAFE]],
    [
      'uploadBegin',
      { uploadBegin: { bank: 1, n: N, total: OTHER.length, sha256 } },
      [OK, OK, OK, OK, OK],
    ],
    ['uploadStatus', { uploadStatus: { uploadId: 2 } }, [OK, OK, OK, OK, OK]],
    ['uploadChunk', { uploadChunk: chunk(2, OTHER) }, [OK, OK, OK, OK, OK]],
    ['uploadCommit', { uploadCommit: { uploadId: 2, sha256 } }, [OK, NO, NO, NO, OK]],
    ['arm', armCall(10), [OK, NO, NO, NO, SAFE]],
    ['start', { start: { runId: 9 } }, [NO, OK, NO, NO, SAFE]],
    ['pause', { pause: { runId: 9 } }, [NO, NO, OK, OK, SAFE]],
    ['resume', { resume: { runId: 9 } }, [NO, NO, NO, OK, SAFE]],
    ['stop', { stop: { runId: 9 } }, [NO, OK, OK, OK, SAFE]],
    ['abort', { abort: { runId: 9 } }, [NO, OK, OK, OK, SAFE]],
    ['enterSafeState', { enterSafeState: { cause: 'x' } }, [OK, OK, OK, OK, OK]],
    ['readResult', { readResult: { runId: 9 } }, [Status.NOT_FOUND, NO, NO, NO, Status.NOT_FOUND]],
  ];
  for (const [name, body, expected] of TABLE) {
    it(name, async () => {
      for (const [k, state] of (
        ['STANDBY', 'ARMED', 'RUNNING', 'PAUSED', 'SAFE'] as const
      ).entries()) {
        const made = await programmed({ ...SLOW, paced: name === 'setBaud' });
        if (name.startsWith('upload') && name !== 'uploadBegin') {
          const total = OTHER.length;
          await made.host.expectOk({ uploadBegin: { bank: 1, n: N, total, sha256 } });
          if (name === 'uploadCommit') await made.host.expectOk({ uploadChunk: chunk(2, OTHER) });
        }
        await bring(made, state);
        const { board } = made;
        expect(BoardState[board.state!]).toBe(`STATE_${state}`);
        const answer = await made.host.ask(body);
        expect([state, Status[answer.status ?? 0]]).toEqual([state, Status[expected[k]!]]);
        if (expected[k] === NO) expect(BoardState[board.state!]).toBe(`STATE_${state}`);
        board.close();
      }
    });
  }

  it('a call for another run is NOT_FOUND', async () => {
    const { host } = await programmed(SLOW);
    await host.expectOk(armCall(9));
    for (const call of ['start', 'pause', 'resume', 'stop', 'abort']) {
      expect(await host.ask({ [call]: { runId: 8 } })).toMatchObject({ status: Status.NOT_FOUND });
    }
  });
});

function chunk(uploadId: number, image: Uint8Array, offset = 0, end = image.length) {
  const data = image.subarray(offset, end);
  return { uploadId, offset, crc32: crc32(data), data };
}

describe('Uploads', () => {
  const begin = (image: Uint8Array, more: object = {}) => ({
    uploadBegin: { bank: 1, n: N, total: image.length, sha256: hashOf(image), ...more },
  });
  const status = async (host: TestHost, body: Parameters<TestHost['ask']>[0]) =>
    Status[(await host.ask(body)).status ?? 0];

  it('go on after a reconnect where they were, with the CRC-32 of what is there', async () => {
    const { host } = await programmed();
    await host.expectOk(begin(OTHER));
    await host.expectOk({ uploadChunk: chunk(2, OTHER, 0, 20) });
    await host.shake();
    const { upload } = await host.expectOk({ uploadStatus: { uploadId: 2 } });
    expect(upload).toMatchObject({ nextOffset: 20, crc32Prefix: crc32(OTHER.subarray(0, 20)) });
    const again = await host.expectOk(begin(OTHER));
    expect(again.upload).toEqual(upload);
    await host.expectOk({ uploadChunk: chunk(2, OTHER, 20) });
    const { bank } = await host.expectOk({ uploadCommit: { uploadId: 2, sha256: hashOf(OTHER) } });
    expect(bank).toMatchObject({ bank: 1, crc32: crc32(OTHER), notes: ['couplings as given'] });
  });

  it('take chunks in order, ignore those they have, refuse holes and damage', async () => {
    const { host } = await programmed();
    await host.expectOk(begin(OTHER));
    await host.expectOk({ uploadChunk: chunk(2, OTHER, 0, 16) });
    const { upload } = await host.expectOk({ uploadChunk: chunk(2, OTHER, 4, 12) });
    expect(upload!.nextOffset).toBe(16);
    expect(await status(host, { uploadChunk: chunk(2, OTHER, 20) })).toBe('INVALID');
    expect(await status(host, { uploadChunk: chunk(2, OTHER, 8, 24) })).toBe('INVALID');
    const damaged = { ...chunk(2, OTHER, 16), crc32: 1 };
    expect(await status(host, { uploadChunk: damaged })).toBe('MISMATCH');
    expect(await status(host, { uploadChunk: chunk(5, OTHER) })).toBe('NOT_FOUND');
  });

  it('are refused where they cannot be', async () => {
    const { host } = await programmed();
    expect(await status(host, begin(OTHER, { bank: 0 }))).toBe('ILLEGAL_STATE');
    expect(await status(host, begin(OTHER, { bank: 2 }))).toBe('NOT_FOUND');
    expect(await status(host, begin(OTHER, { n: 33 }))).toBe('OUT_OF_RANGE');
    expect(await status(host, begin(OTHER, { total: 1 << 20 }))).toBe('NO_ROOM');
    expect(await status(host, begin(OTHER, { sha256: new Uint8Array(4) }))).toBe('INVALID');
  });

  it('that do not hold what they should leave the active bank as it was', async () => {
    const { host, analog } = await programmed();
    const before = analog.applied;
    const commit = async (image: Uint8Array, claims = image, n = N) => {
      const { upload } = await host.expectOk({
        uploadBegin: { bank: 1, n, total: image.length, sha256: hashOf(claims) },
      });
      const id = upload!.uploadId!;
      if (upload!.nextOffset === 0) await host.expectOk({ uploadChunk: chunk(id, image) });
      return host.ask({ uploadCommit: { uploadId: id, sha256: hashOf(claims) } });
    };
    expect(await commit(OTHER, IMAGE)).toMatchObject({ status: Status.MISMATCH });
    expect(await commit(Buffer.from('no image'))).toMatchObject({ status: Status.INVALID });
    expect(await commit(OTHER, OTHER, 5)).toMatchObject({ status: Status.INVALID });
    // 34 GB, were it believed.
    expect(await commit(testImage(65_535, []))).toMatchObject({ status: Status.INVALID });
    const strong = testImage(N, [{ kind: 2, scale: 1, codes: [0, 0, 101, 0] }]);
    expect(await commit(strong)).toMatchObject({
      status: Status.OUT_OF_RANGE,
      text: 'FIELDS 2: at most 100',
    });
    analog.nextReadback = 'COUPLINGS 3: 7 instead of 9';
    expect(await commit(OTHER)).toMatchObject({
      status: Status.READBACK,
      text: 'COUPLINGS 3: 7 instead of 9',
    });
    expect(analog.applied).toEqual(before);
    await host.expectOk(armCall(1));
  });

  it('whose commit was answered and not heard can be committed again', async () => {
    const { host } = await programmed();
    const sha256 = hashOf(IMAGE);
    await host.shake();
    expect((await host.expectOk({ uploadStatus: { uploadId: 1 } })).upload).toMatchObject({
      nextOffset: IMAGE.length,
    });
    // A host that has started again does not know the id: the same values find it.
    const { upload } = await host.expectOk(begin(IMAGE, { bank: 0 }));
    expect(upload).toMatchObject({
      uploadId: 1,
      nextOffset: IMAGE.length,
      crc32Prefix: crc32(IMAGE),
    });
    const { bank } = await host.expectOk({ uploadCommit: { uploadId: 1, sha256 } });
    expect(bank).toMatchObject({ bank: 0, crc32: crc32(IMAGE) });
  });

  it('in the safe state set the hardware when it is left', async () => {
    const { host, analog } = await programmed();
    await host.expectOk({ enterSafeState: { cause: 'test' } });
    const before = analog.applied;
    await host.upload(1, OTHER, N);
    expect(analog.applied).toBe(before);
    await host.expectOk({ clearFault: { faultId: 1, operator: 'me', note: 'ok' } });
    expect([...analog.applied!.fields]).toEqual([3, 3, 3, 3]);
  });

  it('armed with another bank or CRC-32 than the active one are a MISMATCH', async () => {
    const { host } = await programmed();
    await host.upload(1, OTHER, N);
    expect(await status(host, armCall(1))).toBe('MISMATCH');
    expect(await status(host, armCall(1, { bank: 1 }))).toBe('MISMATCH');
    expect(await status(host, armCall(1, { bank: 1, bankCrc32: crc32(OTHER) }))).toBe('OK');
  });
});

describe('Arm refuses', () => {
  const CASES: [string, object, string][] = [
    ['no run id', { runId: 0 }, 'INVALID'],
    ['no shots', { shots: 0 }, 'INVALID'],
    ['too many shots', { shots: 100_001 }, 'OUT_OF_RANGE'],
    ['no duration', { duration: 0 }, 'INVALID'],
    ['too long a shot', { duration: 1001 }, 'OUT_OF_RANGE'],
    ['no readouts', { readouts: 0 }, 'INVALID'],
    ['readouts beyond the end', { readouts: 7 }, 'INVALID'],
    ['readouts too close', { readoutEvery: 0.001 }, 'OUT_OF_RANGE'],
    ['too hot', { temperature: 11 }, 'OUT_OF_RANGE'],
    ['too many flips', { initial: 2, flips: 5 }, 'OUT_OF_RANGE'],
    ['no watchdog', { watchdogMs: 0 }, 'OUT_OF_RANGE'],
    ['a watchdog above the ceiling', { watchdogMs: 10_001 }, 'OUT_OF_RANGE'],
    ['no longest time', { maxDurationMs: 0 }, 'OUT_OF_RANGE'],
    ['a channel twice', { channels: [0, 0] }, 'INVALID'],
    ['a channel that is not known', { channels: [9] }, 'INVALID'],
    ['results that it could not hold', { shots: 100_000 }, 'NO_ROOM'],
  ];
  it.each(CASES)('%s', async (_, more, expected) => {
    const { host } = await programmed({ resultBytes: 1 << 16 });
    expect(Status[(await host.ask(armCall(1, more))).status ?? 0]).toBe(expected);
  });
});

describe('A run', () => {
  it('gives samples with numbers, the end, and the final states', async () => {
    const { host } = await programmed();
    await host.expectOk(armCall(1));
    await host.expectOk({ start: { runId: 1 } });
    const end = await host.ended(1);
    expect(end).toMatchObject({ end: RunEnd.RUN_FINISHED, shotsDone: 3, rows: 15, state: 1 });
    expect(host.runEvents().map((run) => BoardState[run.state ?? 0])).toEqual([
      'STATE_ARMED',
      'STATE_RUNNING',
      'STATE_STANDBY',
    ]);
    // k = 0, 2, 4 of five: three rows of states a shot.
    const of = (channel: number) =>
      host.samples.filter((batch) => (batch.channel as number) === channel);
    expect(of(0).reduce((sum, batch) => sum + batch.count, 0)).toBe(9);
    expect(of(2).reduce((sum, batch) => sum + batch.count, 0)).toBe(15);
    const { samples } = host.events.findLast((event) => event.samples)!;
    expect(samples!.channels).toMatchObject([{ nextIndex: 9 }, { channel: 2, nextIndex: 15 }]);
    const result = Buffer.from(await host.result(1));
    expect(result).toHaveLength(3 * 40);
    for (let shot = 0; shot < 3; shot++) {
      expect(result.readUInt32LE(40 * shot)).toBe(shot);
      expect(result.readUInt32LE(40 * shot + 4)).toBe(0);
      expect(result.readDoubleLE(40 * shot + 24)).toBeNaN();
    }
    // The last state of the samples is that of the result.
    const last = of(0).findLast(() => true)!;
    const codes = Array.from({ length: N }, (_, i) => result.readInt16LE(80 + 32 + 2 * i));
    expect(statesOf(last).slice(-N)).toEqual(codes);
    expect(last.scale).toBe(1 / 512);
  });

  it('is the same for the same seed', async () => {
    const results = [];
    for (let k = 0; k < 2; k++) {
      const { host } = await programmed();
      await host.expectOk(armCall(1));
      await host.expectOk({ start: { runId: 1 } });
      await host.ended(1);
      results.push(Buffer.from(await host.result(1)).toString('hex'));
    }
    expect(results[1]).toBe(results[0]);
  });

  it('pauses at the end of a shot, goes on, and is stopped at the end of another', async () => {
    const { host, timeline, board } = await programmed(SLOW);
    await host.expectOk(armCall(1, { shots: 100, watchdogMs: 10_000 }));
    await host.expectOk({ start: { runId: 1 } });
    await host.expectOk({ pause: { runId: 1 } });
    expect(board.state).toBe(BoardState.STATE_RUNNING);
    await timeline.advance(500);
    expect(host.runEvents().at(-1)).toMatchObject({ state: BoardState.STATE_PAUSED, shotsDone: 1 });
    await host.expectOk({ resume: { runId: 1 } });
    await timeline.advance(500);
    await host.expectOk({ pause: { runId: 1 } });
    await host.expectOk({ resume: { runId: 1 } });
    await timeline.advance(500);
    expect(board.state).toBe(BoardState.STATE_RUNNING);
    await host.expectOk({ stop: { runId: 1 } });
    const end = await host.ended(1);
    expect(end.end).toBe(RunEnd.RUN_STOPPED);
    expect(await host.result(1)).toHaveLength(40 * end.shotsDone!);
  });

  it('that is aborted ends at once, without the shot under way', async () => {
    const { host, timeline } = await programmed(SLOW);
    await host.expectOk(armCall(1, { shots: 100, watchdogMs: 10_000 }));
    await host.expectOk({ start: { runId: 1 } });
    await timeline.advance(500);
    await host.expectOk({ abort: { runId: 1 } });
    const end = await host.ended(1, 400);
    expect(end).toMatchObject({ end: RunEnd.RUN_ABORTED, shotsDone: 2 });
  });

  it('is not there before its end, nor after the next Arm', async () => {
    const { host } = await programmed();
    await host.expectOk(armCall(1));
    expect(await host.ask({ readResult: { runId: 1 } })).toMatchObject({
      status: Status.ILLEGAL_STATE,
    });
    await host.expectOk({ start: { runId: 1 } });
    await host.ended(1);
    expect(await host.ask({ readResult: { runId: 1, offset: 121 } })).toMatchObject({
      status: Status.INVALID,
    });
    await host.expectOk(armCall(2));
    expect(await host.ask({ readResult: { runId: 1 } })).toMatchObject({
      status: Status.NOT_FOUND,
    });
  });

  it('goes on through a new session', async () => {
    const { host, board } = await programmed(SLOW);
    await host.expectOk(armCall(1, { shots: 5, watchdogMs: 10_000 }));
    await host.expectOk({ start: { runId: 1 } });
    await host.shake();
    expect(board.state).toBe(BoardState.STATE_RUNNING);
    expect(await host.ended(1)).toMatchObject({ end: RunEnd.RUN_FINISHED, shotsDone: 5 });
  });

  it('whose converters are at their limit for a whole shot ends in the safe state', async () => {
    const { host } = await shaken();
    const strong = testImage(N, [
      { kind: 2, scale: 1, codes: [100, 100, 100, 100] },
      { kind: 3, floats: [0.01] },
      { kind: 4, floats: [0.01] },
      { kind: 8, scale: 1, codes: [10, 10, 10, 10] },
    ]);
    await host.upload(0, strong, N);
    await host.expectOk(armCall(1, { bankCrc32: crc32(strong), initial: 1 }));
    await host.expectOk({ start: { runId: 1 } });
    expect(await host.ended(1)).toMatchObject({ end: RunEnd.RUN_SAFE });
    expect((await host.ask({ getFault: {} })).fault).toMatchObject({
      faultWord: FAULT.adcSaturation,
      cause: 'the converter of site 0 was at its limit in every readout of shot 0',
    });
    expect(host.samples[0]!.overflowFlags & 1).toBe(1);
  });

  it.each([
    ['whose shots are read once', { readouts: 1 }, () => [0]],
    ['whose converters are at their limit in turn', {}, (k: number) => [k % N]],
    ['one of whose readouts is not', {}, (k: number) => (k === 3 ? [] : [0, 1])],
  ])('%s flags what was at its limit, and goes on', async (_, more, limited) => {
    const { host, analog } = await programmed();
    const advance = analog.advance.bind(analog);
    analog.advance = (workMs, onReadout) =>
      advance(workMs, (k, readout) => {
        const codes = new Int16Array(N);
        for (const site of limited(k)) codes[site] = -readout.limitCode;
        onReadout(k, { ...readout, codes, saturated: limited(k).length > 0 });
      });
    await host.expectOk(armCall(1, more));
    await host.expectOk({ start: { runId: 1 } });
    expect(await host.ended(1)).toMatchObject({ end: RunEnd.RUN_FINISHED, shotsDone: 3 });
    const block = Buffer.from(await host.result(1));
    for (let shot = 0; shot < 3; shot++) {
      expect(block.readUInt32LE(shot * (32 + 2 * N) + 4)).toBe(1);
    }
  });
});

/** Codes of a batch of states, from proto/board.proto. */
function statesOf(batch: { encoding: number; count: number; data: Uint8Array }): number[] {
  const values = batch.count * N;
  const data = Buffer.from(batch.data);
  switch (batch.encoding) {
    case 1:
      return Array.from({ length: values }, (_, k) => data.readInt8(k));
    case 2:
      return Array.from({ length: values }, (_, k) => data.readInt16LE(2 * k));
    case 3:
      return Array.from({ length: values }, (_, k) => {
        const at = (3 * k) >> 1;
        const pair = data[at]! | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16);
        const code = k % 2 === 0 ? pair & 0xfff : (pair >> 4) & 0xfff;
        return (code << 20) >> 20;
      });
    default:
      throw new Error(`encoding ${batch.encoding}`);
  }
}

describe('The link watchdog', () => {
  it('brings the safe state, latched, with its cause, when no heartbeat comes', async () => {
    const { host, timeline, analog, board } = await programmed(SLOW);
    await host.expectOk(armCall(1, { shots: 100, watchdogMs: 1000 }));
    await host.expectOk({ start: { runId: 1 } });
    await timeline.advance(900);
    expect(board.state).toBe(BoardState.STATE_RUNNING);
    await timeline.advance(200);
    expect(board.state).toBe(BoardState.STATE_SAFE);
    expect(analog.outputsOn).toBe(false);
    const { fault } = await host.ask({ getFault: {} });
    expect(fault).toMatchObject({
      faultId: 1,
      faultWord: FAULT.linkWatchdog,
      cause: 'no heartbeat within 1000 ms',
      runId: 1,
    });
    const end = await host.ended(1);
    expect(end).toMatchObject({ end: RunEnd.RUN_SAFE, cause: 'no heartbeat within 1000 ms' });
    // Latched, with the result so far.
    await timeline.advance(60_000);
    expect(board.state).toBe(BoardState.STATE_SAFE);
    expect(await host.result(1)).toHaveLength(40 * end.shotsDone!);
  });

  it('is held off by heartbeats, for the lease and no longer than the watchdog', async () => {
    const { host, timeline, board } = await programmed(SLOW);
    await host.expectOk(armCall(1, { shots: 100, watchdogMs: 500 }));
    await host.expectOk({ start: { runId: 1 } });
    for (let k = 0; k < 8; k++) {
      await timeline.advance(250);
      await host.expectOk({ heartbeat: { leaseMs: 60_000 } });
    }
    expect(board.state).toBe(BoardState.STATE_RUNNING);
    await host.expectOk({ heartbeat: { leaseMs: 100 } });
    await timeline.advance(120);
    expect(board.state).toBe(BoardState.STATE_SAFE);
  });

  it('runs from Arm on, and through a pause', async () => {
    const { host, timeline, board } = await programmed(SLOW);
    await host.expectOk(armCall(1, { watchdogMs: 300 }));
    await timeline.advance(310);
    expect(board.state).toBe(BoardState.STATE_SAFE);
  });

  it('does not stand in for max_duration_ms', async () => {
    const { host, timeline } = await programmed(SLOW);
    await host.expectOk(armCall(1, { shots: 100, maxDurationMs: 3000 }));
    await host.expectOk({ start: { runId: 1 } });
    host.beat(1000);
    await timeline.advance(3100);
    host.beat(null);
    expect(await host.ended(1)).toMatchObject({ end: RunEnd.RUN_SAFE });
    expect((await host.ask({ getFault: {} })).fault).toMatchObject({ faultWord: FAULT.runTooLong });
  });
});

describe('The safe state', () => {
  const clear = (faultId: number, more: object = {}) => ({
    clearFault: { faultId, operator: 'me', note: 'looked at it', ...more },
  });

  it('is left by naming the fault, an operator and a note', async () => {
    const { host } = await programmed();
    await host.expectOk({ enterSafeState: { cause: 'first' } });
    expect(await host.ask(clear(2))).toMatchObject({ status: Status.NOT_FOUND });
    expect(await host.ask(clear(1, { operator: '' }))).toMatchObject({ status: Status.INVALID });
    expect(await host.ask(clear(1, { note: ' ' }))).toMatchObject({ status: Status.INVALID });
    // Another one came meanwhile: nobody clears what he has not seen.
    await host.expectOk({ enterSafeState: { cause: 'second' } });
    expect(await host.ask(clear(1))).toMatchObject({ status: Status.NOT_FOUND });
    const { fault } = await host.ask({ getFault: {} });
    expect(fault).toMatchObject({ faultId: 2, cause: 'first; second' });
    expect(await host.expectOk(clear(2))).toMatchObject({ state: BoardState.STATE_STANDBY });
    expect((await host.ask({ getFault: {} })).fault?.faultId ?? 0).toBe(0);
  });

  it('is not left while its cause is there', async () => {
    const { host, timeline, analog, board } = await programmed();
    analog.boardC = 90;
    await timeline.advance(600);
    const { fault } = await host.ask({ getFault: {} });
    expect(fault).toMatchObject({ faultWord: FAULT.overTemperature, faultId: 1 });
    expect(await host.ask(clear(1))).toMatchObject({ status: Status.ILLEGAL_STATE });
    analog.boardC = 40;
    await host.expectOk(clear(1));
    board.setInput(FAULT.interlock, true, 'the door is open');
    await timeline.advance(10);
    expect(host.events.findLast((event) => event.fault)!.fault).toMatchObject({
      faultWord: FAULT.interlock,
      cause: 'the door is open',
    });
    expect(await host.ask(clear(2))).toMatchObject({ status: Status.ILLEGAL_STATE });
    board.setInput(FAULT.interlock, false, '');
    await host.expectOk(clear(2));
  });

  it('keeps the result through it and through a new session, not through a reset', async () => {
    const { host } = await programmed();
    await host.expectOk(armCall(1));
    await host.expectOk({ start: { runId: 1 } });
    await host.ended(1);
    const before = await host.result(1);
    await host.expectOk({ enterSafeState: { cause: 'test' } });
    await host.shake();
    expect(await host.result(1)).toEqual(before);
    await host.expectOk({ reset: { nonce: 4 } });
    await host.timeline.advance(100);
    await host.shake();
    expect(await host.ask({ readResult: { runId: 1 } })).toMatchObject({
      status: Status.NOT_FOUND,
    });
  });
});

describe('A reset', () => {
  it('by a call is answered, announced, and forgets banks and parameters', async () => {
    const { host, timeline, board } = await programmed();
    await host.expectOk({ writeParameter: { name: 'gain', value: 2 } });
    const acks = host.acks.length;
    await host.expectOk({ reset: { nonce: 77 } });
    await timeline.advance(100);
    expect(host.acks.slice(acks)).toMatchObject([
      { session: 0, ack: { nonce: 0, bootCount: 2, resetReason: ResetReason.RESET_HOST } },
    ]);
    expect(host.acks.at(-1)!.ack.bootNonce).not.toBe(host.acks[0]!.ack.bootNonce);
    expect(board.state).toBe(BoardState.STATE_STANDBY);
    await host.shake();
    expect(await host.ask(armCall(1))).toMatchObject({ status: Status.MISMATCH });
    const { parameters } = await host.expectOk({ readParameters: { first: 1 } });
    expect(parameters!.parameters![0]!.value).toBe(1);
  });

  it('by a frame is answered with its nonce, and once however often it comes', async () => {
    const { host, timeline } = await shaken();
    const payload = Reset.encode({ nonce: 99, cause: 'stuck' }).finish();
    const acks = host.acks.length;
    for (let k = 0; k < 4; k++) {
      host.put({ type: FRAME.reset, session: 4711, payload });
      await timeline.advance(40);
    }
    expect(host.resetAcks.length).toBeGreaterThan(1);
    for (const frame of host.resetAcks) {
      expect(frame.session).toBe(4711);
      expect(Reset.decode(frame.payload).nonce).toBe(99);
    }
    expect(host.acks.slice(acks)).toHaveLength(1);
  });

  it('by anything but power and host starts in the safe state, latched', async () => {
    for (const reason of ['brown-out', 'watchdog', 'pin', 'crash'] as const) {
      const { host, timeline, board } = await shaken();
      board.powerCycle(reason);
      await timeline.advance(100);
      expect(board.state).toBe(BoardState.STATE_SAFE);
      await host.shake();
      expect((await host.ask({ getFault: {} })).fault).toMatchObject({ faultId: 1 });
      await host.expectOk({ clearFault: { faultId: 1, operator: 'me', note: 'ok' } });
    }
  });

  it('into another board is seen by its serial number', async () => {
    const { host, timeline, board } = await shaken();
    board.swap('board-2');
    await timeline.advance(100);
    expect(host.acks.at(-1)!.ack.boardSerial).toBe('board-2');
    expect((await host.shake()).boardSerial).toBe('board-2');
  });
});

describe('A board that hangs', () => {
  it('says nothing, and goes on where it was', async () => {
    const { host, timeline, board } = await shaken();
    const frames = host.frames.length;
    board.hang(3000);
    await timeline.advance(2900);
    expect(host.frames).toHaveLength(frames);
    await timeline.advance(200);
    await host.expectOk({ ping: {} });
  });

  it('is in its safe state when it comes back with a run armed', async () => {
    const { host, timeline, board } = await programmed(SLOW);
    await host.expectOk(armCall(1, { shots: 100 }));
    await host.expectOk({ start: { runId: 1 } });
    board.hang(3000);
    await timeline.advance(3100);
    expect(board.state).toBe(BoardState.STATE_SAFE);
    expect((await host.ask({ getFault: {} })).fault).toMatchObject({
      faultWord: FAULT.linkWatchdog,
    });
  });
});

describe('The line rate', () => {
  it('is changed when the answer has left, and goes back where nobody follows', async () => {
    const { host, timeline, line } = await shaken({ paced: true });
    await host.expectOk({ setBaud: { baud: 921_600 } });
    // The host does not follow: what each hears of the other is noise.
    let answered = false;
    const ping = host.call({ ping: {} }).then(() => (answered = true));
    await timeline.advance(450);
    expect(answered).toBe(false);
    await timeline.until(ping, 5000);
    // Now it does.
    await host.expectOk({ setBaud: { baud: 921_600 } });
    await timeline.until(line.host.setBaud!(921_600));
    await timeline.advance(5);
    await host.expectOk({ ping: {} });
    await timeline.advance(2000);
    await host.expectOk({ ping: {} });
  });

  it('takes the rates of the page up to its own', async () => {
    const { host } = await shaken({ paced: true, maxBaud: 460_800 });
    for (const baud of [115_200, 9600, 921_600]) {
      expect(await host.ask({ setBaud: { baud } })).toMatchObject({ status: Status.OUT_OF_RANGE });
    }
    await host.expectOk({ setBaud: { baud: 460_800 } });
  });

  it('bounds what arrives: 115 200 baud bring 11 520 bytes a second', async () => {
    const timeline = new VirtualTimeline();
    const line = new MemoryLine({ timeline, paced: true });
    let bytes = 0;
    line.host.onBytes((got) => (bytes += got.length));
    line.board.write(new Uint8Array(30_000));
    await timeline.advance(1000);
    expect(Math.abs(bytes - 11_520)).toBeLessThan(20);
    line.close();
  });
});

describe('Samples', () => {
  it('that find no room are counted, and every row is sent or counted', async () => {
    // 200 rows of 4 sites a shot need 200 × 32 bytes: half of them find no room in a line of 115 200 baud.
    const { host } = await programmed({ paced: true, sampleBytes: 3000 });
    await host.expectOk(
      armCall(1, { shots: 4, duration: 2.5, readouts: 200, readoutEvery: 0.0125, stateEvery: 1 }),
    );
    await host.expectOk({ start: { runId: 1 } });
    host.beat(1000);
    await host.ended(1);
    host.beat(null);
    const status = host.events.findLast((event) => event.samples)!.samples!;
    for (const channel of status.channels!) {
      const batches = host.samples.filter((batch) => batch.channel === (channel.channel ?? 0));
      let next = 0;
      let lost = 0;
      for (const batch of batches) {
        lost += batch.firstIndex - next;
        // What the batch says was lost before it is what the numbers say.
        expect(batch.droppedTotal).toBe(lost);
        expect((batch.overflowFlags & 2) !== 0).toBe(batch.firstIndex > next);
        next = batch.firstIndex + batch.count;
      }
      lost += channel.nextIndex! - next;
      expect(channel).toMatchObject({ nextIndex: 800, droppedTotal: lost });
      expect(lost).toBeGreaterThan(100);
      expect(channel.buffered ?? 0).toBe(0);
    }
    const result = Buffer.from(await host.result(1));
    expect(result.readUInt32LE(4) & 2).toBe(2);
  });

  it('find room where the board may stand still between shots', async () => {
    const { host } = await programmed({ paced: true, sampleBytes: 3000 });
    await host.expectOk(armCall(1, { shots: 200, stateEvery: 1 }));
    await host.expectOk({ start: { runId: 1 } });
    host.beat(1000);
    await host.ended(1);
    host.beat(null);
    const status = host.events.findLast((event) => event.samples)!.samples!;
    expect(status.channels).toMatchObject([{ nextIndex: 1000 }, { nextIndex: 1000 }]);
    expect(status.channels!.map((channel) => channel.droppedTotal ?? 0)).toEqual([0, 0]);
    const rows = host.samples.reduce((sum, batch) => sum + batch.count, 0);
    expect(rows).toBe(2000);
  });

  it('come ten times a second or more, and their status each second', async () => {
    const { host, timeline } = await programmed({ paced: true, analog: { unitS: 0.02 } });
    await host.expectOk(armCall(1, { shots: 150, watchdogMs: 10_000 }));
    await host.expectOk({ start: { runId: 1 } });
    await timeline.advance(1000);
    const batches = host.samples.length;
    const statuses = host.events.filter((event) => event.samples).length;
    await timeline.advance(1000);
    expect(host.samples.length - batches).toBeGreaterThanOrEqual(20);
    expect(host.samples.length - batches).toBeLessThanOrEqual(100);
    expect(host.events.filter((event) => event.samples).length - statuses).toBe(1);
  });

  it('that a fault throws away are counted', async () => {
    const { host, board } = await programmed();
    board.overflowSamples(5);
    await host.expectOk(armCall(1));
    await host.expectOk({ start: { runId: 1 } });
    await host.ended(1);
    const status = host.events.findLast((event) => event.samples)!.samples!;
    const lost = status.channels!.reduce((sum, channel) => sum + (channel.droppedTotal ?? 0), 0);
    expect(lost).toBe(5);
  });
});
