import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream, VirtualTimeline } from '../src/core/index.js';
import { FRAME, type Frame } from './frame.js';
import { GoBackN, type GoBackNLimits } from './go-back-n.js';

const LIMITS: GoBackNLimits = { window: 8, room: () => 16, leastRtoMs: 25 };
const payload = (k: number): Uint8Array => Uint8Array.of(k & 0xff, k >>> 8);

interface End {
  channel: GoBackN;
  got: number[];
  sent: Frame[];
  downs: number;
}

/** One end; `put` takes what it sends. */
function end(timeline: VirtualTimeline, put: (frame: Frame) => void, limits = LIMITS): End {
  const made: End = { channel: null!, got: [], sent: [], downs: 0 };
  made.channel = new GoBackN(
    timeline,
    {
      put: (type, seq, ack, credit, body) => {
        const frame = { type, major: 1, session: 1, seq, ack, credit, payload: body };
        made.sent.push(frame);
        put(frame);
      },
      deliver: (body) => made.got.push(body[0]! | (body[1]! << 8)),
      down: () => made.downs++,
    },
    limits,
  );
  return made;
}

const frameOf = (type: number, seq: number, ack: number, credit = 32): Frame => ({
  type,
  major: 1,
  session: 1,
  seq,
  ack,
  credit,
  payload: payload(seq),
});
const types = ({ sent }: End): number[] => sent.map((frame) => frame.type);

describe('Go-Back-N delivers', () => {
  it('everything once and in order both ways, whatever is lost, doubled or late', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.integer({ min: 0, max: 30 }), async (seed, percent) => {
        const timeline = new VirtualTimeline();
        const random = RandomStream.of(seed);
        const wire = (to: () => End) => (frame: Frame) => {
          // Frames stay in order on a serial line; each is lost, or comes twice.
          const draw = random.uniform() * 100;
          if (draw < percent) return;
          const copies = draw < percent * 1.2 ? 2 : 1;
          for (let k = 0; k < copies; k++) timeline.after(4, () => to().channel.receive(frame));
        };
        const a: End = end(
          timeline,
          wire(() => b),
        );
        const b: End = end(
          timeline,
          wire(() => a),
        );
        const count = 300;
        for (let k = 0; k < count; k++) {
          a.channel.send(payload(k));
          b.channel.send(payload(k + 1000));
        }
        for (let s = 0; s < 400 && (a.got.length < count || b.got.length < count); s++) {
          await timeline.advance(500);
          // A link that is down is started again by whatever comes.
          a.channel.receive(b.sent[b.sent.length - 1]!);
          b.channel.receive(a.sent[a.sent.length - 1]!);
        }
        expect(b.got).toEqual(Array.from({ length: count }, (_, k) => k));
        expect(a.got).toEqual(Array.from({ length: count }, (_, k) => k + 1000));
        a.channel.close();
        b.channel.close();
      }),
      { numRuns: 8, seed: 5 },
    );
  });
});

describe('The sender', () => {
  const quiet = (limits = LIMITS) => {
    const timeline = new VirtualTimeline();
    return { timeline, one: end(timeline, () => undefined, limits) };
  };

  it('has no more on the way than its window and the credit', () => {
    const { one } = quiet();
    for (let k = 0; k < 20; k++) one.channel.send(payload(k));
    expect(one.sent.map((frame) => frame.seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    one.channel.receive(frameOf(FRAME.ack, 0, 8, 3));
    expect(one.sent.slice(8).map((frame) => frame.seq)).toEqual([8, 9, 10]);
  });

  it('ignores an acknowledgement of what is not on its way', () => {
    const { one } = quiet();
    one.channel.send(payload(0));
    one.channel.receive(frameOf(FRAME.ack, 0, 2));
    expect(one.channel.queued).toBe(1);
    one.channel.receive(frameOf(FRAME.ack, 0, 1));
    expect(one.channel.queued).toBe(0);
  });

  it('waits 500 ms, then 1, 2, 2, 2 s, and is down at the sixth', async () => {
    const { timeline, one } = quiet();
    one.channel.send(payload(0));
    const times = [500, 1500, 3500, 5500, 7500];
    for (const [k, ms] of times.entries()) {
      await timeline.advance(ms - timeline.monotonicMs() - 1);
      expect(one.sent).toHaveLength(1 + k);
      await timeline.advance(1);
      expect(one.sent).toHaveLength(2 + k);
    }
    one.channel.send(payload(1));
    await timeline.advance(2000);
    expect(one).toMatchObject({ downs: 1, sent: { length: 8 } });
    // Down: the oldest frame only, every 2 s.
    await timeline.advance(4000);
    expect(one.sent.slice(8).map((frame) => frame.seq)).toEqual([0, 0]);
    expect(one.downs).toBe(1);
    // Whatever comes of the session starts it again.
    one.channel.receive(frameOf(FRAME.ack, 0, 0));
    expect(one.sent.slice(10).map((frame) => frame.seq)).toEqual([0, 1]);
  });

  it('measures no round trip of a frame that was sent twice', async () => {
    const { timeline, one } = quiet();
    one.channel.send(payload(0));
    await timeline.advance(500);
    one.channel.receive(frameOf(FRAME.ack, 0, 1));
    one.channel.send(payload(1));
    await timeline.advance(499);
    expect(one.sent).toHaveLength(3);
    await timeline.advance(1);
    expect(one.sent).toHaveLength(4);
  });

  it('measures 20 ms and waits 60 then (RFC 6298: 20 + 4 × 10)', async () => {
    const { timeline, one } = quiet();
    one.channel.send(payload(0));
    await timeline.advance(20);
    one.channel.receive(frameOf(FRAME.ack, 0, 1));
    one.channel.send(payload(1));
    await timeline.advance(59);
    expect(one.sent).toHaveLength(2);
    await timeline.advance(1);
    expect(one.sent).toHaveLength(3);
  });

  it('sends all from n on when NAK asks for n, not twice within one SRTT', async () => {
    const { timeline, one } = quiet();
    for (let k = 0; k < 4; k++) one.channel.send(payload(k));
    await timeline.advance(20);
    one.channel.receive(frameOf(FRAME.nak, 0, 1));
    expect(one.sent.slice(4).map((frame) => frame.seq)).toEqual([1, 2, 3]);
    one.channel.receive(frameOf(FRAME.nak, 0, 1));
    expect(one.sent).toHaveLength(7);
    await timeline.advance(30);
    one.channel.receive(frameOf(FRAME.nak, 0, 1));
    expect(one.sent).toHaveLength(10);
  });

  it('without credit sends one probe each RTO', async () => {
    const { timeline, one } = quiet();
    one.channel.receive(frameOf(FRAME.ack, 0, 0, 0));
    one.channel.send(payload(0));
    one.channel.send(payload(1));
    expect(one.sent).toHaveLength(0);
    await timeline.advance(500);
    expect(one.sent.map((frame) => frame.seq)).toEqual([0]);
    one.channel.receive(frameOf(FRAME.ack, 0, 1, 0));
    expect(one.sent).toHaveLength(1);
  });

  it('lets a newer report take the place of one that waits', () => {
    const { one } = quiet({ ...LIMITS, window: 1 });
    one.channel.send(payload(0));
    one.channel.send(payload(1), 'health');
    one.channel.send(payload(2), 'health');
    one.channel.receive(frameOf(FRAME.ack, 0, 1));
    expect(one.sent[1]!.payload).toEqual(payload(2));
    expect(one.channel.queued).toBe(1);
  });
});

describe('The receiver', () => {
  const receiver = (limits = LIMITS) => {
    const timeline = new VirtualTimeline();
    const one = end(timeline, () => undefined, limits);
    return {
      timeline,
      one,
      data: (seq: number) => one.channel.receive(frameOf(FRAME.data, seq, 0)),
    };
  };

  it('acknowledges two frames at once and one after 10 ms', async () => {
    const { timeline, one, data } = receiver();
    data(0);
    await timeline.advance(9);
    expect(one.sent).toHaveLength(0);
    await timeline.advance(1);
    expect(one.sent).toMatchObject([{ type: FRAME.ack, ack: 1, credit: 16 }]);
    data(1);
    data(2);
    expect(one.sent[1]).toMatchObject({ type: FRAME.ack, ack: 3 });
    await timeline.advance(100);
    expect(one.sent).toHaveLength(2);
  });

  it('says with its own DATA what it has received', async () => {
    const { timeline, one, data } = receiver();
    data(0);
    one.channel.send(payload(7));
    expect(one.sent).toMatchObject([{ type: FRAME.data, ack: 1 }]);
    await timeline.advance(20);
    expect(one.sent).toHaveLength(1);
  });

  it('asks once for what is missing, however many come after it', () => {
    const { one, data } = receiver();
    data(0);
    data(2);
    data(3);
    one.channel.bad();
    expect(one.got).toEqual([0]);
    expect(one.sent).toMatchObject([{ type: FRAME.nak, ack: 1 }]);
    data(1);
    one.channel.bad();
    expect(types(one)).toEqual([FRAME.nak, FRAME.nak]);
  });

  it('drops a repetition and acknowledges it again at once', () => {
    const { one, data } = receiver();
    data(0);
    data(0);
    expect(one.got).toEqual([0]);
    expect(one.sent).toMatchObject([{ type: FRAME.ack, ack: 1 }]);
  });

  it('drops what there is no room for, says so, and says when there is room', () => {
    let room = 0;
    const { one, data } = receiver({ ...LIMITS, room: () => room });
    data(0);
    expect(one.got).toEqual([]);
    expect(one.sent).toMatchObject([{ type: FRAME.ack, ack: 0, credit: 0 }]);
    one.channel.receive(frameOf(FRAME.ack, 0, 0));
    expect(one.sent).toHaveLength(1);
    room = 4;
    one.channel.receive(frameOf(FRAME.ack, 0, 0));
    expect(one.sent[1]).toMatchObject({ type: FRAME.ack, ack: 0, credit: 4 });
    one.channel.receive(frameOf(FRAME.ack, 0, 0));
    expect(one.sent).toHaveLength(2);
  });

  it('counts on over 255', () => {
    const { one, data } = receiver();
    for (let k = 0; k < 600; k++) data(k & 0xff);
    expect(one.got).toHaveLength(600);
  });
});
