import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream, VirtualTimeline } from '../core/index.js';
import { BoardClient, HEARS_NOTHING, type BoardClientOptions } from './board-client.js';
import { FRAME_TYPE } from './frame.js';
import { memoryPipe, type PipeFaults } from './memory-pipe.test-support.js';
import { Channel, Encoding, Status, type BoardEvent, type LogEntry } from './messages.js';
import { codesOf, encodeImage } from './program-image.js';
import { resultRecordBytes } from './result-block.js';
import type { SampleLoss, SampleRows } from './sample-stream.js';
import { describeStatistics } from './statistics.js';
import { TestBoard, type TestBoardOptions } from './test-board.test-support.js';
import { relaxd } from '../../proto/gen/board.js';

function image(n: number, seed = 1): Uint8Array {
  const random = RandomStream.of(seed);
  const values = Float64Array.from({ length: (n * (n + 1)) / 2 }, () => random.normal());
  return encodeImage({
    n,
    couplings: codesOf(values.subarray(n)),
    fields: codesOf(values.subarray(0, n)),
  });
}

interface Setup {
  board?: TestBoardOptions;
  seed?: number;
  faults?: PipeFaults;
  hasRate?: boolean;
  client?: Partial<BoardClientOptions>;
}

function setUp({
  board: boardOptions,
  seed = 1,
  faults = {},
  hasRate = false,
  client = {},
}: Setup = {}) {
  const timeline = new VirtualTimeline();
  const pipe = memoryPipe(timeline, seed, faults, hasRate);
  const board = new TestBoard(pipe.board, timeline, {
    health: true,
    answer: () => undefined,
    ...boardOptions,
  });
  const events: BoardEvent[] = [];
  const rows: SampleRows[] = [];
  const gaps: SampleLoss[] = [];
  const logs: LogEntry[] = [];
  const links: string[] = [];
  const restarts: number[] = [];
  let nonce = seed + 1;
  const open = (more: Partial<BoardClientOptions> = {}): Promise<BoardClient> =>
    BoardClient.open(pipe.host, timeline, {
      hostBuild: 'test',
      draw: () => nonce++,
      listener: {
        event: (event) => events.push(event),
        samples: (of) => rows.push(of),
        gap: (of) => gaps.push(of),
        log: (entry) => logs.push(entry),
        link: (state, reason) => links.push(`${state}: ${reason}`),
        restarted: (hello) => restarts.push(hello.bootNonce),
      },
      ...client,
      ...more,
    });
  return { timeline, pipe, board, open, events, rows, gaps, logs, links, restarts };
}

async function opened(setup: Setup = {}) {
  const all = setUp(setup);
  const client = await all.timeline.until(all.open());
  return { ...all, client };
}

describe('the handshake', () => {
  it('says who the board is and what it can do', async () => {
    const { client } = await opened();
    expect(client.hello).toEqual({
      serial: 'TB-1',
      bootNonce: 77,
      bootCount: 1,
      resetReason: 1,
      firmwareBuildId: 'test',
      session: 1,
      mtu: 512,
      rxWindowBytes: 4096,
      tickHz: 1e6,
      uptimeTicks: 0,
      maxBaud: 2_000_000,
      maxWatchdogMs: 5000,
      minor: 0,
      features: ['x'],
    });
    client.close();
  });

  it('is tried 20 times, 250 ms apart, and then says that nobody answers', async () => {
    const { timeline, open, board } = setUp();
    board.protoMajor = null;
    board.write(FRAME_TYPE.LOG, new Uint8Array());
    await expect(timeline.until(open())).rejects.toThrow(
      'no board answers: bytes came, but no answer',
    );
    expect(board.hellos).toBe(20);
    expect(timeline.monotonicMs()).toBe(5000);
  });

  it('says that nothing came where nothing came', async () => {
    const { timeline, open, pipe } = setUp();
    pipe.host.faults.loss = 1;
    await expect(timeline.until(open())).rejects.toMatchObject({
      code: 'device-offline',
      message: 'no board answers: nothing came',
    });
  });

  it('gets through a bad line', async () => {
    const { timeline, open, board } = setUp({ faults: { loss: 0.5, flip: 0.2, duplicate: 0.2 } });
    const client = await timeline.until(open());
    expect(client.hello.session).toBe(board.session);
    client.close();
  });

  it('refuses another version, another board by name, and an answer that cannot be', async () => {
    const version = setUp();
    version.board.protoMajor = 2;
    await expect(version.timeline.until(version.open())).rejects.toMatchObject({
      code: 'not-supported',
      message: 'the board speaks version 2.3 of the link, this relaxd 1.0',
    });
    const other = setUp({ board: { serial: 'TB-9' }, client: { expectSerial: 'TB-1' } });
    await expect(other.timeline.until(other.open())).rejects.toThrow('TB-9 instead of TB-1');
    const mtu = setUp({ board: { mtu: 64 } });
    await expect(mtu.timeline.until(mtu.open())).rejects.toThrow('an MTU of 64 bytes');
  });

  it('names both versions where another one answers: at once by its HELLO_ACK, else when nothing else came', async () => {
    const v1 = relaxd.board.v1;
    const other = (nonce: number) =>
      v1.HelloAck.encode({ protoMajor: 3, protoMinor: 4, minMajor: 2, nonce }).finish();
    const both = {
      code: 'not-supported',
      message: 'the board speaks version 3.4 of the link, this relaxd 1.0',
      details: { value: 3, limit: 1, hint: 'another firmware for the board, or another relaxd' },
    };
    const starts = setUp();
    starts.board.protoMajor = null;
    const opening = starts.open();
    opening.catch(() => undefined);
    await starts.timeline.advance(300);
    starts.board.write(FRAME_TYPE.HELLO_ACK, other(0), 0, 0, 3);
    await expect(starts.timeline.until(opening)).rejects.toMatchObject(both);
    expect(starts.board.hellos).toBe(20);
    const answers = setUp();
    answers.board.protoMajor = null;
    const asking = answers.open();
    asking.catch(() => undefined);
    await answers.timeline.advance(300);
    answers.board.write(FRAME_TYPE.HELLO_ACK, other(answers.board.lastNonceHeard), 0, 9, 3);
    await expect(answers.timeline.until(asking)).rejects.toMatchObject(both);
    expect(answers.board.hellos).toBeLessThan(4);
    // Nothing but frames whose high nibble says so.
    const logs = setUp();
    logs.board.protoMajor = null;
    const listening = logs.open();
    listening.catch(() => undefined);
    await logs.timeline.advance(300);
    logs.board.write(FRAME_TYPE.LOG, new Uint8Array(), 0, 0, 5);
    await expect(logs.timeline.until(listening)).rejects.toThrow(
      'the board speaks version 5 of the link, this relaxd 1.0',
    );
  });

  it('shows what a board says that refuses', async () => {
    const { timeline, open, board } = setUp();
    board.protoMajor = null;
    const opening = open();
    opening.catch(() => undefined);
    await timeline.advance(300);
    const v1 = relaxd.board.v1;
    board.write(FRAME_TYPE.FATAL, v1.Fatal.encode({ code: 1, text: 'too old' }).finish());
    await expect(timeline.until(opening)).rejects.toThrow(
      'the board refuses the link: too old; this relaxd speaks 1.0',
    );
  });

  it('ends with its signal', async () => {
    const { timeline, open, board } = setUp();
    board.protoMajor = null;
    const controller = new AbortController();
    const opening = open({ signal: controller.signal });
    opening.catch(() => undefined);
    await timeline.advance(300);
    controller.abort();
    await expect(timeline.until(opening)).rejects.toMatchObject({ code: 'aborted' });
  });

  it('finds a board that another host has left at a faster rate', async () => {
    const { timeline, open, pipe } = setUp({ hasRate: true });
    pipe.board.baud = 460_800;
    const client = await timeline.until(open());
    expect(client.lineBaud).toBe(460_800);
    await timeline.until(client.call('ping', {}));
    client.close();
  });
});

describe('a board client', () => {
  it('fetches the descriptor in parts, checks its hash, and keeps what it knows', async () => {
    const descriptor = JSON.stringify({ text: 'é'.repeat(3000) });
    const { client, timeline, board } = await opened({ board: { descriptor } });
    const { sha256, text } = await timeline.until(client.descriptor());
    expect(text).toBe(descriptor);
    const asked = board.requests.filter(({ getDescriptor }) => getDescriptor != null).length;
    expect(asked).toBe(Math.ceil(Buffer.byteLength(descriptor) / 392));
    const known = await timeline.until(client.descriptor(new Map([[sha256, 'kept']])));
    expect(known).toEqual({ sha256, text: 'kept' });
    client.close();
  });

  it('uploads what the board then has, whole, over a bad line', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(1e6),
          loss: fc.double({ min: 0, max: 0.06, noNaN: true }),
          flip: fc.double({ min: 0, max: 0.06, noNaN: true }),
          duplicate: fc.double({ min: 0, max: 0.1, noNaN: true }),
        }),
        fc.integer({ min: 2, max: 90 }),
        async ({ seed, ...faults }, n) => {
          const { client, timeline, board } = await opened({ seed, faults });
          const bytes = image(n, seed);
          const progress: number[] = [];
          const state = await timeline.until(
            client.upload(1, bytes, { onProgress: (done) => progress.push(done) }),
          );
          expect(Buffer.compare(board.banks[1]!, bytes)).toBe(0);
          expect(state.bank).toBe(1);
          expect(progress.at(-1)).toBe(bytes.length);
          expect(progress).toEqual([...progress].sort((a, b) => a - b));
          client.close();
        },
      ),
      { numRuns: 12 },
    );
  });

  it('goes on with an upload where it was cut, at any byte, by this host or another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.boolean(), async (cut, spoiled) => {
        const { client, timeline, board, open } = await opened({
          board: { windowBytes: 1500 },
        });
        const bytes = image(70);
        const upload = client.upload(0, bytes);
        upload.catch(() => undefined);
        await timeline.advance(cut / 3);
        client.close();
        await expect(
          timeline.until(upload.then(() => client.call('ping', {}))),
        ).rejects.toMatchObject({ code: 'device-offline' });
        await timeline.advance(50);
        const had = board.upload?.have.length ?? 0;
        if (board.upload !== null && spoiled && had > 0) board.upload.have[had - 1]! ^= 1;
        const asked = board.requests.length;
        const again = await timeline.until(open());
        await timeline.until(again.upload(0, bytes));
        expect(Buffer.compare(board.banks[0]!, bytes)).toBe(0);
        const chunks = board.requests.slice(asked).filter(({ uploadChunk }) => uploadChunk != null);
        expect(chunks).toHaveLength(Math.ceil((bytes.length - (spoiled ? 0 : had)) / 452));
        again.close();
      }),
      { numRuns: 25 },
    );
  });

  it('begins another upload where the board’s bytes are wrong', async () => {
    const { client, timeline, board } = await opened({ board: { windowBytes: 500 } });
    const bytes = image(60);
    const upload = client.upload(0, bytes);
    upload.catch(() => undefined);
    await timeline.advance(6);
    client.close();
    await timeline.advance(20);
    expect(board.upload!.have.length).toBeGreaterThan(0);
    board.upload!.have[0]! ^= 1;
    const uploads = board.uploads;
    const again = await timeline.until(reopen(timeline, board));
    await timeline.until(again.upload(0, bytes));
    expect(board.uploads).toBe(uploads + 2);
    expect(Buffer.compare(board.banks[0]!, bytes)).toBe(0);
    again.close();
  });

  it('stops an upload with its signal, and hands on what the board refuses', async () => {
    const { client, timeline } = await opened({ board: { windowBytes: 500 } });
    const controller = new AbortController();
    const upload = client.upload(0, image(70), { signal: controller.signal });
    upload.catch(() => undefined);
    await timeline.advance(6);
    controller.abort();
    await expect(timeline.until(upload)).rejects.toMatchObject({ code: 'aborted' });
    client.close();
    const full = await opened({
      board: {
        answer: ({ uploadBegin }) => (uploadBegin ? { status: Status.NO_ROOM } : undefined),
      },
    });
    await expect(full.timeline.until(full.client.upload(0, image(4)))).rejects.toMatchObject({
      status: Status.NO_ROOM,
      code: 'program-refused',
    });
    full.client.close();
  });

  it('reads a result in parts, over a bad line, and checks its sum', async () => {
    const n = 20;
    const shots = 40;
    const result = Buffer.alloc(resultRecordBytes(n) * shots);
    for (let k = 0; k < shots; k++) {
      result.writeUInt32LE(k, k * resultRecordBytes(n));
      for (let i = 0; i < n; i++) {
        result.writeInt16LE(k * n + i, k * resultRecordBytes(n) + 32 + 2 * i);
      }
    }
    const { client, timeline } = await opened({ board: { result, shots }, faults: { loss: 0.05 } });
    const block = await timeline.until(client.readResult(5));
    expect(block.shots).toBe(shots);
    expect([...block.codes(n)]).toEqual(Array.from({ length: n * shots }, (_, k) => k));
    client.close();
  });

  it('delivers samples of the run that it armed, with gaps, and those of no other', async () => {
    const { client, timeline, board, rows, gaps, events } = await opened();
    await timeline.until(client.upload(0, image(4)));
    const send = (runId: number, first: number): void =>
      board.sample({
        runId,
        channel: Channel.CHANNEL_STATE,
        firstIndex: first,
        count: 2,
        encoding: Encoding.I8,
        scale: 1,
        data: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
      });
    send(9, 0);
    await timeline.advance(5);
    await timeline.until(client.call('arm', { runId: 9, bank: 0 }));
    send(8, 0);
    send(9, 0);
    send(9, 6);
    board.event({ samples: { runId: 9, channels: [{ channel: 0, nextIndex: 10 }] } });
    await timeline.advance(100);
    expect(rows.map(({ firstIndex, width, codes }) => [firstIndex, width, codes[7]])).toEqual([
      [0, 4, 8],
      [6, 4, 8],
    ]);
    expect(gaps.map(({ firstIndex, count }) => [firstIndex, count])).toEqual([
      [2, 4],
      [8, 2],
    ]);
    expect(events.some(({ kind }) => kind === 'samples')).toBe(true);
    expect(client.statistics().samples).toMatchObject({
      frames: 4,
      unexpected: 2,
      rows: 4,
      rowsLost: 6,
    });
    client.close();
  });

  it('goes up to the fastest rate that both ends understand', async () => {
    const { client, timeline, pipe } = await opened({ hasRate: true });
    expect(await timeline.until(client.negotiateBaud([3_000_000, 921_600]))).toBe(921_600);
    expect([pipe.host.baud, pipe.board.baud]).toEqual([921_600, 921_600]);
    await timeline.until(client.call('ping', {}));
    client.close();
  });

  it('stays at its rate where the board refuses, and comes back where the faster one does not work', async () => {
    const refusing = await opened({
      hasRate: true,
      board: { answer: ({ setBaud }) => (setBaud ? { status: Status.OUT_OF_RANGE } : undefined) },
    });
    expect(await refusing.timeline.until(refusing.client.negotiateBaud([921_600]))).toBe(115_200);
    refusing.client.close();
    const { client, timeline, pipe, links } = await opened({ hasRate: true });
    const set = pipe.host.setBaud!;
    // An adapter that cannot do 921 600 and does not say so.
    Object.assign(pipe.host, { setBaud: (baud: number) => set(baud === 921_600 ? 900_000 : baud) });
    expect(await timeline.until(client.negotiateBaud([921_600, 460_800]))).toBe(460_800);
    await timeline.until(client.call('ping', {}));
    expect(links).toEqual([]);
    client.close();
  });

  it('finds the board where it heard the ping and its answer was lost', async () => {
    const { client, timeline, pipe } = await opened({ hasRate: true });
    const negotiated = client.negotiateBaud([921_600]);
    await timeline.advance(30);
    // From the switch on the host hears nothing for a while.
    while (pipe.board.baud !== 921_600) await timeline.advance(1);
    pipe.board.faults.loss = 1;
    await timeline.advance(900);
    pipe.board.faults.loss = 0;
    expect(await timeline.until(negotiated)).toBe(pipe.board.baud);
    await timeline.until(client.call('ping', {}));
    client.close();
  });

  it('extends its lease every 250 ms', async () => {
    const { client, timeline, board } = await opened();
    client.startHeartbeat(800);
    await timeline.advance(2000);
    client.stopHeartbeat();
    await timeline.advance(1000);
    const beats = board.requests.filter(({ heartbeat }) => heartbeat != null);
    expect(beats.length).toBeGreaterThanOrEqual(8);
    expect(beats.length).toBeLessThanOrEqual(9);
    expect(beats[0]!.heartbeat!.leaseMs).toBe(800);
    client.close();
  });

  it('knows the board’s clock after a while', async () => {
    const { client, timeline } = await opened({ faults: { latencyMs: 1.5 } });
    expect(client.clock()).toBeNull();
    await timeline.advance(60_000);
    const fit = client.clock()!;
    expect(Math.abs(fit.ratePpm)).toBeLessThan(1);
    expect(Math.abs(fit.offsetMs)).toBeLessThanOrEqual(fit.offsetUncertaintyMs);
    expect(fit.offsetUncertaintyMs).toBeLessThan(2);
    client.close();
  });

  it('leaves readings of the clock out that were disturbed', async () => {
    const { client, timeline, pipe } = await opened({ faults: { latencyMs: 1.5 } });
    await timeline.advance(20_000);
    pipe.host.faults.loss = 0.3;
    pipe.board.faults.loss = 0.3;
    await timeline.advance(40_000);
    const fit = client.clock()!;
    expect(Math.abs(fit.offsetMs)).toBeLessThanOrEqual(fit.offsetUncertaintyMs);
    expect(Math.abs(fit.ratePpm)).toBeLessThan(100);
    client.close();
  });

  it('is suspect, then down, where the board falls silent; calls fail then', async () => {
    const { client, timeline, board, links } = await opened();
    await timeline.advance(2000);
    board.silent = true;
    await timeline.advance(900);
    const call = client.call('ping', {}, { deadlineMs: 0 });
    call.catch(() => undefined);
    await timeline.advance(700);
    expect(links).toEqual(['suspect: no valid frame for 1.5 s']);
    expect(client.state).toBe('suspect');
    await timeline.advance(1600);
    expect(links).toHaveLength(2);
    expect(links[1]).toMatch(/^down: /);
    await expect(call).rejects.toMatchObject({ code: 'device-offline' });
    board.silent = false;
    await timeline.advance(5000);
    expect(links).toHaveLength(2);
    await expect(client.call('ping', {})).rejects.toMatchObject({ code: 'device-offline' });
  });

  it('notices that the board has started again, and goes on in a new session', async () => {
    const { client, timeline, board, links, restarts } = await opened({ hasRate: true });
    await timeline.until(client.negotiateBaud([921_600]));
    board.silent = true;
    const call = client.call('selfTest', {});
    call.catch(() => undefined);
    await timeline.advance(10);
    board.silent = false;
    board.line.other.baud = 115_200; // as if it had been heard at that rate
    board.restart();
    await expect(timeline.until(call)).rejects.toThrow('the board has started again');
    await timeline.advance(400);
    expect(restarts).toEqual([78]);
    expect(client.hello).toMatchObject({ bootNonce: 78, bootCount: 2 });
    expect(links).toEqual([
      'suspect: the board has started again: RESET_POWER_ON',
      'online: a new session is open',
    ]);
    await timeline.until(client.call('ping', {}));
    // The announcement again, late: nothing has happened.
    board.helloAck(0, 0);
    await timeline.advance(400);
    expect(restarts).toHaveLength(1);
    client.close();
  });

  it('resets the board by a call, and by a frame where calls do not work', async () => {
    const byCall = await opened();
    const hello = await byCall.timeline.until(byCall.client.reset('to begin anew'));
    expect(hello.bootNonce).toBe(78);
    byCall.client.close();
    const stuck = await opened({ board: { answer: () => null } });
    stuck.timeline.monotonicMs();
    const { bootNonce } = await stuck.timeline.until(stuck.client.reset('stuck'));
    expect(bootNonce).toBe(78);
    stuck.client.close();
  });

  it('gives up its calls where the board halts, and says so', async () => {
    const { client, timeline, board, logs } = await opened({ board: { answer: () => null } });
    const call = client.call('selfTest', {});
    call.catch(() => undefined);
    const v1 = relaxd.board.v1;
    board.write(FRAME_TYPE.FATAL, v1.Fatal.encode({ code: 2, text: 'stack overflow' }).finish());
    await timeline.advance(5);
    await expect(call).rejects.toThrow('the board halts: stack overflow');
    expect(logs[0]).toMatchObject({ text: 'the board halts: stack overflow' });
    client.close();
  });

  it('counts messages that cannot be read, and hands logs on', async () => {
    const { client, timeline, board, logs } = await opened();
    await timeline.until(board.send(Uint8Array.from([0x0a, 0xff, 0xff])));
    const v1 = relaxd.board.v1;
    board.write(FRAME_TYPE.LOG, v1.Log.encode({ level: 2, text: 'warm', ticks: 2 ** 33 }).finish());
    await timeline.advance(5);
    expect(logs).toMatchObject([{ level: 2, text: 'warm', ticks: 2 ** 33 }]);
    expect(client.statistics().calls.badMessages).toBe(1);
    client.close();
  });

  it('leaves no timer behind', async () => {
    const { client, timeline, pipe } = await opened({ board: { health: false } });
    client.startHeartbeat(500);
    await timeline.advance(3000);
    client.close();
    const written = pipe.host.written;
    await timeline.advance(60_000);
    expect(pipe.host.written).toBe(written);
  });

  it('describes itself as an operator reads it', async () => {
    const { client, timeline, board } = await opened({ faults: { loss: 0.03, flip: 0.03 } });
    await timeline.until(client.upload(0, image(60)));
    await timeline.advance(5000);
    const statistics = client.statistics();
    const text = describeStatistics(statistics);
    expect(statistics.retransmits).toBeGreaterThan(0);
    expect(statistics.board).toMatchObject({ badFrames: 3 });
    expect(text.split('\n')).toHaveLength(9);
    expect(text).toContain(`NAKs sent ${statistics.naksSent}, received ${statistics.naksReceived}`);
    expect(text).toContain('board    dropped frames: bad 3,');
    expect(text).not.toMatch(/NaN|undefined|null/);
    expect(board.counts.dataReceived).toBe(statistics.dataSent);
    client.close();
  });
});

function reopen(timeline: VirtualTimeline, board: TestBoard): Promise<BoardClient> {
  return BoardClient.open(board.line.other, timeline, {
    hostBuild: 'test',
    listener: HEARS_NOTHING,
  });
}
