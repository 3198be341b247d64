import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualTimeline } from '../core/index.js';
import { GoBackN, noReliableCounts, type ReliableEnds } from './go-back-n.js';
import { RetransmissionTimer, RoundTripHistogram } from './round-trips.js';

const DATA = 2;
const ACK = 3;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** A channel whose other side is the test. */
function channel(options: { windowBytes?: number; room?: () => number } = {}) {
  const timeline = new VirtualTimeline();
  const sent: string[] = [];
  const delivered: number[] = [];
  const downs: string[] = [];
  const counts = noReliableCounts();
  const ends: ReliableEnds = {
    transmit: (type, seq, ack, credit) => {
      const name = type === DATA ? `DATA ${seq}` : type === ACK ? 'ACK' : 'NAK';
      sent.push(`${name} ack ${ack} credit ${credit}`);
      return timeline.monotonicMs();
    },
    deliver: (payload) => delivered.push(payload[0]!),
    down: (reason) => downs.push(reason),
    room: options.room ?? (() => 32),
    leftEarly: () => undefined,
  };
  const end = new GoBackN(
    ends,
    timeline,
    25,
    options.windowBytes ?? Infinity,
    counts,
    new RoundTripHistogram(),
  );
  // Until something else is said it would be 32.
  end.takeAck(0, 1);
  const take = (): string[] => sent.splice(0).map((one) => one.replace(/ ack.*/, ''));
  return { timeline, sent, take, delivered, downs, counts, end };
}

describe('the sender', () => {
  it('sends one frame, then as many as there is credit for, and numbers them from 0, mod 256', async () => {
    const { end, take } = channel();
    for (let k = 0; k < 300; k++) end.send(bytes(1));
    expect(take()).toEqual(['DATA 0']);
    end.takeAck(1, 4);
    expect(take()).toEqual(['DATA 1', 'DATA 2', 'DATA 3', 'DATA 4']);
    end.takeAck(3, 200);
    expect(take()).toHaveLength(30);
    for (let acked = 10; acked < 300; acked += 20) end.takeAck(acked & 255, 200);
    expect(take().at(-1)).toBe(`DATA ${299 & 255}`);
  });

  it('has no more bytes on their way than the window', () => {
    const { end, take } = channel({ windowBytes: 1000 });
    for (let k = 0; k < 5; k++) end.send(new Uint8Array(400));
    end.takeAck(0, 32);
    expect(take()).toEqual(['DATA 0', 'DATA 1']);
    end.takeAck(1, 32);
    expect(take()).toEqual(['DATA 2']);
  });

  it('sends a payload larger than the window alone', () => {
    const { end, take } = channel({ windowBytes: 100 });
    end.send(new Uint8Array(400));
    end.send(new Uint8Array(10));
    end.takeAck(0, 32);
    expect(take()).toEqual(['DATA 0']);
  });

  it('ignores an acknowledgement that cannot be, and its credit', () => {
    const { end, take } = channel();
    for (let k = 0; k < 4; k++) end.send(bytes(1));
    end.takeAck(1, 2);
    take();
    for (const ack of [0, 4, 100, 255]) end.takeAck(ack, 32);
    expect(take()).toEqual([]);
    expect(end.backlog).toBe(3);
  });

  it('times out after 500 ms at first, doubles to 2 s, and is down after six in a row', async () => {
    const { end, timeline, take, downs, counts } = channel();
    const { acknowledged } = end.send(bytes(1));
    take();
    const at: number[] = [];
    for (let ms = 0; ms < 12_000; ms += 10) {
      await timeline.advance(10);
      if (take().length > 0) at.push(timeline.monotonicMs());
    }
    expect(at).toEqual([500, 1500, 3500, 5500, 7500]);
    expect(downs).toHaveLength(1);
    expect(counts.timeOuts).toBe(6);
    await expect(acknowledged).rejects.toMatchObject({ code: 'device-offline' });
    end.takeAck(1, 32);
    end.takeData(0, bytes(1));
    expect(take()).toEqual([]);
  });

  it('counts time-outs anew after an acknowledgement that moves things on', async () => {
    const { end, timeline, downs } = channel();
    for (let k = 0; k < 20; k++) end.send(bytes(1));
    for (let k = 1; k < 20; k++) {
      await timeline.advance(7000);
      end.takeAck(k, 1);
    }
    expect(downs).toEqual([]);
  });

  it('goes back to what a NAK names, not twice within a round trip', async () => {
    const { end, timeline, take } = channel();
    for (let k = 0; k < 6; k++) end.send(bytes(1));
    await timeline.advance(20);
    end.takeAck(1, 32);
    expect(take()).toEqual(['DATA 0', 'DATA 1', 'DATA 2', 'DATA 3', 'DATA 4', 'DATA 5']);
    end.takeNak(3, 32);
    expect(take()).toEqual(['DATA 3', 'DATA 4', 'DATA 5']);
    end.takeNak(3, 32);
    expect(take()).toEqual([]);
    await timeline.advance(25);
    end.takeNak(3, 32);
    expect(take()).toEqual(['DATA 3', 'DATA 4', 'DATA 5']);
    end.takeNak(6, 32);
    expect(take()).toEqual([]);
    expect(end.backlog).toBe(0);
  });

  it('sends again only as much as there is credit for, and the rest when there is more', async () => {
    const { end, timeline, take } = channel();
    for (let k = 0; k < 5; k++) end.send(bytes(1));
    end.takeAck(0, 32);
    take();
    end.takeAck(1, 2);
    await timeline.advance(26);
    expect(take()).toEqual(['DATA 1', 'DATA 2']);
    end.takeAck(2, 3);
    expect(take()).toEqual(['DATA 3', 'DATA 4']);
  });

  it('without credit sends one frame each time-out, for as long as the other side says so', async () => {
    const { end, timeline, take, downs } = channel();
    end.send(bytes(1));
    end.takeAck(1, 0);
    end.send(bytes(2));
    end.send(bytes(3));
    expect(take()).toEqual(['DATA 0']);
    let probes = 0;
    for (let ms = 0; ms < 60_000; ms += 5) {
      await timeline.advance(5);
      for (const one of take()) {
        expect(one).toBe('DATA 1');
        probes++;
        end.takeAck(1, 0);
      }
    }
    expect(probes).toBeGreaterThan(25);
    expect(probes).toBeLessThan(60);
    expect(downs).toEqual([]);
    end.takeAck(2, 1);
    expect(take()).toEqual(['DATA 2']);
  });

  it('keeps the time-out doubled until a frame that was sent once is acknowledged', async () => {
    const { end, timeline } = channel();
    const round = async (ms: number, ack: number): Promise<void> => {
      end.send(bytes(1));
      await timeline.advance(ms);
      end.takeAck(ack, 32);
    };
    await round(10, 1);
    expect(end.rtoMs).toBe(30);
    // Slow from here on: sent twice, so it says nothing of the round trip.
    await round(50, 2);
    expect(end.rtoMs).toBe(60);
    await round(55, 3);
    expect(end.rtoMs).toBeGreaterThan(60);
    expect(end.smoothedRoundTripMs).toBeCloseTo(10 + 45 / 8, 9);
  });
});

describe('a new session', () => {
  it('has credit for 32 until the other side has said something', () => {
    const { timeline } = channel();
    let sent = 0;
    const end = new GoBackN(
      {
        transmit: () => {
          sent++;
          return 0;
        },
        deliver: () => undefined,
        down: () => undefined,
        room: () => 1,
        leftEarly: () => undefined,
      },
      timeline,
      25,
      Infinity,
      noReliableCounts(),
      new RoundTripHistogram(),
    );
    for (let k = 0; k < 50; k++) end.send(bytes(1));
    expect(sent).toBe(32);
  });
});

describe('the receiver', () => {
  it('acknowledges two frames at once, one after 10 ms', async () => {
    const { end, timeline, sent, delivered } = channel();
    end.takeData(0, bytes(10));
    await timeline.advance(9);
    expect(sent).toEqual([]);
    await timeline.advance(1);
    expect(sent.splice(0)).toEqual(['ACK ack 1 credit 32']);
    end.takeData(1, bytes(11));
    end.takeData(2, bytes(12));
    expect(sent.splice(0)).toEqual(['ACK ack 3 credit 32']);
    await timeline.advance(100);
    expect(sent).toEqual([]);
    expect(delivered).toEqual([10, 11, 12]);
  });

  it('lets a frame on its way carry the acknowledgement', async () => {
    const { end, timeline, sent } = channel();
    end.takeData(0, bytes(10));
    end.send(bytes(1));
    await timeline.advance(50);
    expect(sent).toEqual(['DATA 0 ack 1 credit 32']);
  });

  it('acknowledges a repetition at once, up to 128 behind, and delivers it never', () => {
    const { end, take, delivered } = channel();
    for (let k = 0; k < 200; k++) end.takeData(k, bytes(k));
    take();
    for (const behind of [1, 64, 128]) end.takeData(200 - behind, bytes(0));
    expect(take()).toEqual(['ACK', 'ACK', 'ACK']);
    end.takeData(200 - 129, bytes(0));
    expect(take()).toEqual(['NAK']);
    expect(delivered).toHaveLength(200);
  });

  it('asks once for what is missing, and again when that has come and something else is', () => {
    const { end, sent, delivered, counts } = channel();
    end.takeData(1, bytes(1));
    end.takeData(2, bytes(2));
    end.takeBadFrame();
    expect(sent.splice(0)).toEqual(['NAK ack 0 credit 32']);
    end.takeData(0, bytes(0));
    end.takeBadFrame();
    expect(sent.splice(0)).toEqual(['NAK ack 1 credit 32']);
    expect(delivered).toEqual([0]);
    expect(counts).toMatchObject({ outOfOrder: 2, naksSent: 2 });
  });

  it('drops what it has no room for, and says so', () => {
    let room = 0;
    const { end, sent, delivered } = channel({ room: () => room });
    end.takeData(0, bytes(1));
    expect(sent.splice(0)).toEqual(['ACK ack 0 credit 0']);
    room = 3;
    end.takeData(0, bytes(1));
    end.send(bytes(9));
    expect(sent).toEqual(['DATA 0 ack 1 credit 3']);
    expect(delivered).toEqual([1]);
  });
});

describe('round trips', () => {
  it('make the time-out of RFC 6298', () => {
    const timer = new RetransmissionTimer(25);
    expect(timer.rtoMs).toBe(500);
    timer.measured(100);
    expect(timer.rtoMs).toBe(300);
    timer.measured(100);
    // RTTVAR 37.5
    expect(timer.rtoMs).toBe(250);
    for (let k = 0; k < 100; k++) timer.measured(100);
    expect(timer.rtoMs).toBeCloseTo(110, 6);
    for (let k = 0; k < 200; k++) timer.measured(1);
    expect(timer.rtoMs).toBe(25);
    for (let k = 0; k < 10; k++) timer.double();
    expect(timer.rtoMs).toBe(2000);
  });

  it('are summed up within a step of 12 %, least and largest exactly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.2, max: 5000, noNaN: true }), { minLength: 1, maxLength: 300 }),
        (times) => {
          const histogram = new RoundTripHistogram();
          times.forEach((ms) => histogram.add(ms));
          const sorted = [...times].sort((a, b) => a - b);
          const { count, minMs, medianMs, p99Ms, maxMs } = histogram.summary();
          expect([count, minMs, maxMs]).toEqual([times.length, sorted[0], sorted.at(-1)]);
          const exact = (q: number): number => sorted[Math.ceil(q * sorted.length) - 1]!;
          expect(Math.abs(Math.log(medianMs! / exact(0.5)))).toBeLessThan(0.12);
          expect(Math.abs(Math.log(p99Ms! / exact(0.99)))).toBeLessThan(0.12);
        },
      ),
    );
  });

  it('of nothing are nothing', () => {
    expect(new RoundTripHistogram().summary()).toMatchObject({ count: 0, medianMs: null });
  });
});
