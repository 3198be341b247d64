import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualTimeline } from '../core/index.js';
import { encodeFrame, FRAME_TYPE } from './frame.js';
import { LinkEndpoint, type LinkListener } from './link-endpoint.js';
import { memoryPipe, type PipeFaults } from './memory-pipe.test-support.js';
import { encodeHello } from './messages.js';
import { describeFrames } from './recent-frames.js';
import { TestBoard, type TestBoardOptions } from './test-board.test-support.js';

const word = (k: number): Uint8Array => Uint8Array.from([k & 255, k >>> 8, 0, 0, k & 255]);
const number = (payload: Uint8Array): number => payload[0]! | (payload[1]! << 8);

async function linked(seed: number, faults: PipeFaults = {}, options: TestBoardOptions = {}) {
  const timeline = new VirtualTimeline();
  const pipe = memoryPipe(timeline, seed, {});
  const board = new TestBoard(pipe.board, timeline, options);
  const reliable: number[] = [];
  const downs: string[] = [];
  const samples: number[] = [];
  const logs: number[] = [];
  const listener: LinkListener = {
    reliable: (payload) => reliable.push(number(payload)),
    sample: (_, counter) => samples.push(counter),
    log: (payload) => logs.push(payload.length),
    helloAck: (session) => endpoint.openSession(session, { mtu: 512, windowBytes: 4096 }),
    otherMajor: () => undefined,
    resetAck: () => undefined,
    fatal: () => undefined,
    down: (reason) => downs.push(reason),
  };
  const endpoint: LinkEndpoint = new LinkEndpoint(pipe.host, timeline, listener);
  endpoint.sendFrame(FRAME_TYPE.HELLO, encodeHello({ protoMajor: 1, minMajor: 1, nonce: 5 }));
  await timeline.advance(5);
  Object.assign(pipe.host.faults, faults);
  Object.assign(pipe.board.faults, faults);
  return { timeline, pipe, board, endpoint, reliable, downs, samples, logs };
}

describe('a link', () => {
  it('delivers each payload once and in order both ways or is down, through loss, damage, repetition, reordering and splits', async () => {
    const chance = (max: number) => fc.double({ min: 0, max, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(2 ** 31),
          loss: chance(0.25),
          flip: chance(0.15),
          duplicate: chance(0.2),
          reorder: chance(0.2),
          split: chance(0.5),
          latencyMs: fc.double({ min: 0.1, max: 15, noNaN: true }),
        }),
        fc.nat(120),
        fc.nat(120),
        fc.integer({ min: 1, max: 32 }),
        async ({ seed, ...faults }, toBoard, toHost, room) => {
          const { timeline, board, endpoint, reliable, downs } = await linked(seed, faults, {
            room: () => room,
          });
          let resolved = 0;
          let rejected = 0;
          const sends = Array.from({ length: toBoard }, (_, k) =>
            endpoint.send(word(k)).then(
              () => {
                resolved++;
                // Acknowledged means delivered.
                expect(board.received.length).toBeGreaterThan(k);
              },
              () => {
                rejected++;
              },
            ),
          );
          for (let k = 0; k < toHost; k++) void board.send(word(k)).catch(() => undefined);
          await timeline.until(Promise.all(sends), 600_000);
          const atDown = reliable.length;
          const hostDown = downs.length > 0;
          await timeline.advance(200_000);
          // In order, each once, whatever happened.
          expect(board.received.map(number)).toEqual(board.received.map((_, k) => k));
          expect(reliable).toEqual(reliable.map((_, k) => k));
          expect(resolved + rejected).toBe(toBoard);
          if (hostDown) expect(reliable.length).toBe(atDown);
          if (rejected > 0) expect(downs).toHaveLength(1);
          if (downs.length === 0) {
            expect(resolved).toBe(toBoard);
            if (board.downReason === null) expect(reliable).toHaveLength(toHost);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is down in six time-outs where nothing arrives, and delivers nothing from then on', async () => {
    const { timeline, board, endpoint, reliable, downs, pipe } = await linked(1);
    await timeline.until(endpoint.send(word(0)));
    pipe.host.faults.loss = 1;
    await expect(timeline.until(endpoint.send(word(1)))).rejects.toMatchObject({
      code: 'device-offline',
    });
    expect(downs).toHaveLength(1);
    void board.send(word(0)).catch(() => undefined);
    await timeline.advance(50);
    expect(reliable).toEqual([]);
    await expect(endpoint.send(word(2))).rejects.toMatchObject({ code: 'device-offline' });
  });

  it('recovers from one loss by a NAK, within a round trip and no time-out', async () => {
    const { timeline, board, endpoint } = await linked(1, {}, { windowBytes: 1e6 });
    await timeline.until(endpoint.send(word(0)));
    const before = board.line.other.written;
    const sends = Array.from({ length: 8 }, (_, k) => endpoint.send(word(1 + k)));
    // The second of those that are on their way now is damaged.
    board.line.other.faults.loss = 0;
    await timeline.until(Promise.all(sends));
    expect(board.line.other.written).toBeGreaterThan(before);
    expect(endpoint.statistics()).toMatchObject({ timeOuts: 0, retransmits: 0 });
  });

  it('drops frames of another session, another version and unknown types, and counts them', async () => {
    const { timeline, board, endpoint, reliable, samples } = await linked(2);
    const heard = endpoint.lastHeardMs;
    await timeline.advance(10);
    board.write(FRAME_TYPE.DATA, word(7), 0, board.session + 1);
    board.write(FRAME_TYPE.SAMPLE, word(7), 0, board.session, 2);
    board.write(12, word(7));
    board.write(FRAME_TYPE.RESET, word(7));
    await timeline.advance(5);
    expect(reliable).toEqual([]);
    expect(samples).toEqual([]);
    expect(endpoint.lastHeardMs).toBe(heard);
    expect(endpoint.statistics()).toMatchObject({ stale: 1, otherMajor: 1, unexpected: 2 });
  });

  it('takes acknowledgements from samples and logs, too, and logs of no session', async () => {
    const { timeline, board, endpoint, samples, logs } = await linked(3);
    const sent = endpoint.send(word(1));
    await timeline.advance(2);
    board.write(FRAME_TYPE.SAMPLE, word(1), 200);
    await timeline.advance(1.5);
    await sent;
    board.write(FRAME_TYPE.LOG, word(1), 0, 0);
    board.write(FRAME_TYPE.LOG, word(1), 0, board.session + 1);
    await timeline.advance(5);
    expect(samples).toEqual([200]);
    expect(logs).toHaveLength(1);
  });

  it('gives up what is on its way when a new session opens', async () => {
    const { timeline, endpoint, pipe } = await linked(4);
    pipe.host.faults.loss = 1;
    const sent = endpoint.send(word(1));
    endpoint.openSession(99, { mtu: 512, windowBytes: 4096 });
    await expect(sent).rejects.toMatchObject({ details: { reason: 'a new session was opened' } });
    endpoint.close();
    await expect(timeline.until(endpoint.send(word(1)))).rejects.toThrow('no session');
  });

  it('refuses a payload longer than the MTU', async () => {
    const { endpoint } = await linked(5);
    await expect(endpoint.send(new Uint8Array(513))).rejects.toMatchObject({ code: 'too-large' });
  });

  it('does not take the time that bytes need to leave for the board’s', async () => {
    const timeline = new VirtualTimeline();
    const { host, board } = memoryPipe(timeline, 1);
    const listener = { helloAck: () => undefined } as unknown as LinkListener;
    const endpoint = new LinkEndpoint(host, timeline, listener);
    endpoint.setLineRate(115_200);
    endpoint.openSession(1, { mtu: 512, windowBytes: 1e5 });
    const ack = (number: number): void =>
      host.hear(
        encodeFrame({
          type: 3,
          major: 1,
          session: 1,
          seq: 0,
          ack: number,
          credit: 32,
          payload: new Uint8Array(),
        }),
      );
    board.onBytes(() => undefined);
    void endpoint.send(word(0));
    await timeline.advance(6);
    ack(1);
    // Ten frames of 46 ms each: without the rate the time-out of 25 ms would have rung again and again.
    for (let k = 1; k <= 10; k++) void endpoint.send(new Uint8Array(512).fill(k));
    for (let k = 1; k <= 10; k++) {
      await timeline.advance(46);
      ack(1 + k);
    }
    expect(endpoint.statistics()).toMatchObject({ timeOuts: 0, retransmits: 0, dataSent: 11 });
    endpoint.close();
  });

  it('whose line is faster than its rate says still finds a lost frame', async () => {
    const { timeline, pipe, endpoint } = await linked(8);
    endpoint.setLineRate(115_200);
    // 100 frames of 46 ms each, were it true, within 0.3 s.
    for (let k = 0; k < 100; k++) {
      void endpoint.send(new Uint8Array(512));
      await timeline.advance(3);
    }
    const before = endpoint.statistics();
    expect(before).toMatchObject({ timeOuts: 0, dataSent: 100 });
    pipe.host.faults.loss = 1;
    const sent = endpoint.send(word(1));
    await timeline.advance(1);
    pipe.host.faults.loss = 0;
    await timeline.until(sent, 200);
    expect(endpoint.statistics().timeOuts).toBe(1);
    endpoint.close();
  });

  it('keeps the last 100 frames each way', async () => {
    const { timeline, board, endpoint, pipe } = await linked(6);
    for (let k = 0; k < 150; k++) {
      board.write(FRAME_TYPE.SAMPLE, word(k), k & 255);
      await timeline.advance(1.5);
    }
    pipe.host.hear(Uint8Array.from([0, 4, 2, 3, 0]));
    const notes = endpoint.recentFrames();
    expect(notes.filter(({ way }) => way === 'received')).toHaveLength(100);
    expect(notes[0]).toMatchObject({ way: 'sent', type: 'HELLO', numbers: { session: 0 } });
    const last = notes.at(-1)!;
    expect(last).toMatchObject({ type: 'NAK', way: 'sent' });
    expect(notes.at(-2)).toMatchObject({ type: 'bad: stuffing', numbers: null, head: '040203' });
    expect(notes.at(-3)).toMatchObject({
      type: 'SAMPLE',
      numbers: { session: board.session, seq: 149 },
      length: 5,
      head: '9500000095',
    });
    const text = describeFrames(notes).split('\n');
    expect(text).toHaveLength(notes.length);
    expect(text.at(-3)).toMatch(/← SAMPLE session 1 seq 149 ack 0 credit 32 · 5 bytes 9500000095$/);
  });
});
