import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { Channel, Encoding, type SampleBatch, type SampleStatus } from './messages.js';
import { packedBytes, unpackCodes } from './sample-codes.js';
import {
  SampleFrameCounter,
  SampleStream,
  valuesOfRows,
  type SampleLoss,
  type SampleRows,
} from './sample-stream.js';
import { noSampleCounts } from './statistics.js';

const { CHANNEL_STATE, CHANNEL_WORK } = Channel;

/** Straight from the page: bit by bit, little endian. */
function pack(encoding: Encoding, values: readonly number[]): Uint8Array {
  const width = { 0: 1, 1: 8, 2: 16, 3: 12, 4: 32 }[encoding as 0];
  const bytes = new Uint8Array(Math.ceil((width * values.length) / 8));
  values.forEach((value, k) => {
    let bits = value;
    if (encoding === Encoding.BITS) bits = value > 0 ? 1 : 0;
    if (encoding === Encoding.F32) bits = new Int32Array(Float32Array.of(value).buffer)[0]!;
    for (let b = 0; b < width; b++) {
      const at = k * width + b;
      bytes[at >>> 3]! |= ((bits >>> b) & 1) << (at & 7);
    }
  });
  return bytes;
}

const valuesIn = (encoding: Encoding) =>
  ({
    [Encoding.BITS]: fc.constantFrom(-1, 1),
    [Encoding.I8]: fc.integer({ min: -128, max: 127 }),
    [Encoding.I16]: fc.integer({ min: -32_768, max: 32_767 }),
    [Encoding.I12P]: fc.integer({ min: -2048, max: 2047 }),
    [Encoding.F32]: fc.float({ noNaN: true }),
  })[encoding] as fc.Arbitrary<number>;

function stream(sites = 1) {
  const rows: SampleRows[] = [];
  const gaps: SampleLoss[] = [];
  const counts = noSampleCounts();
  const sink = {
    samples: (of: SampleRows) => rows.push(of),
    gap: (of: SampleLoss) => gaps.push(of),
  };
  return { rows, gaps, counts, stream: new SampleStream(7, sites, sink, counts) };
}

function batch(first: number, count: number, more: Partial<SampleBatch> = {}): SampleBatch {
  const values = Array.from({ length: count }, (_, k) => (first + k) % 20_000);
  return {
    runId: 7,
    channel: CHANNEL_WORK,
    firstIndex: first,
    t0Ticks: first * 10,
    periodTicks: 10,
    count,
    encoding: Encoding.I16,
    scale: 0.5,
    droppedTotal: 0,
    overflowFlags: 0,
    data: pack(Encoding.I16, values),
    ...more,
  } as SampleBatch;
}

const status = (nextIndex: number, buffered = 0, droppedTotal = 0): SampleStatus =>
  ({
    runId: 7,
    ticks: 0,
    channels: [{ channel: CHANNEL_WORK, nextIndex, buffered, droppedTotal }],
  }) as unknown as SampleStatus;

describe('packed samples', () => {
  it.each<[string, Encoding, number[], number[]]>([
    ['bits', Encoding.BITS, [0b1010_0110, 0b1], [-1, 1, 1, -1, -1, 1, -1, 1, 1]],
    ['bytes', Encoding.I8, [1, 0xff, 0x80], [1, -1, -128]],
    ['words', Encoding.I16, [0x34, 0x12, 0xff, 0xff], [0x1234, -1]],
    ['twelve bits', Encoding.I12P, [0x23, 0x61, 0x45, 0xff, 0x0f], [0x123, 0x456, -1]],
    ['floats', Encoding.F32, [0, 0, 0x80, 0x3f], [1]],
  ])('%s are read as the page says', (_, encoding, bytes, values) => {
    expect(packedBytes(encoding, values.length)).toBe(bytes.length);
    expect([...unpackCodes(encoding, Uint8Array.from(bytes), values.length)]).toEqual(values);
  });

  it('come back as they were, in each encoding, wherever they lie', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(0, 1, 2, 3, 4)
          .chain((encoding: Encoding) =>
            fc.tuple(fc.constant(encoding), fc.array(valuesIn(encoding), { maxLength: 50 })),
          ),
        fc.nat(5),
        ([encoding, values], shift) => {
          const packed = pack(encoding, values);
          const bytes = new Uint8Array(packed.length + shift).fill(0xff);
          bytes.set(packed, shift);
          expect([...unpackCodes(encoding, bytes.subarray(shift), values.length)]).toEqual(values);
        },
      ),
    );
  });
});

describe('the account of samples', () => {
  it('conserves rows whatever is lost, repeated, late, or thrown away by the board', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(2 ** 31),
          made: fc.integer({ min: 0, max: 1200 }),
          buffer: fc.integer({ min: 20, max: 400 }),
          oldest: fc.boolean(),
          loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
          duplicate: fc.double({ min: 0, max: 0.2, noNaN: true }),
          pace: fc.integer({ min: 1, max: 60 }),
        }),
        ({ seed, made, buffer, oldest, loss, duplicate, pace }) => {
          const random = RandomStream.of(seed);
          const { stream: s, rows, gaps, counts } = stream();
          // A board with a buffer of rows, filled and emptied at uneven rates.
          let waiting: number[] = [];
          let next = 0;
          let dropped = 0;
          let droppedBefore = 0;
          let sent = 0;
          const late: SampleBatch[] = [];
          const sendBatch = (): void => {
            let count = 1;
            while (count < 30 && count < waiting.length && waiting[count] === waiting[0]! + count) {
              count++;
            }
            const of = batch(waiting[0]!, count, { droppedTotal: dropped });
            waiting = waiting.slice(count);
            sent += count;
            droppedBefore = dropped;
            if (random.uniform() < duplicate) late.push(of);
            if (random.uniform() >= loss) s.takeBatch(of);
            if (late.length > 0 && random.uniform() < 0.3) s.takeBatch(late.shift()!);
          };
          while (next < made || waiting.length > 0) {
            const some = Math.min(made - next, random.integer(pace * 2));
            for (let k = 0; k < some; k++, next++) {
              if (waiting.length < buffer) waiting.push(next);
              else {
                dropped++;
                if (oldest) waiting = [...waiting.slice(1), next];
              }
            }
            if (waiting.length > 0 && random.uniform() < 0.7) sendBatch();
            if (random.uniform() < 0.2) s.takeStatus(status(next, waiting.length, dropped));
          }
          s.takeStatus(status(made, 0, dropped));
          late.forEach((of) => s.takeBatch(of));
          expect(droppedBefore).toBeLessThanOrEqual(dropped);
          expect(sent + dropped).toBe(made);

          // Each row exactly once, in order, as rows or in a gap.
          const covered = [
            ...rows.map(({ firstIndex, count }) => [firstIndex, count] as const),
            ...gaps.map(({ firstIndex, count }) => [firstIndex, count] as const),
          ].sort(([a], [b]) => a - b);
          let at = 0;
          for (const [first, count] of covered) {
            if (first !== at || count < 1) expect([first, count]).toEqual([at, 'at least 1']);
            at += count;
          }
          expect(at).toBe(made);
          for (const { firstIndex, codes, t0Ticks } of rows) {
            expect(codes.every((code, k) => code === (firstIndex + k) % 20_000)).toBe(true);
            expect(t0Ticks).toBe(firstIndex * 10);
          }
          expect(counts.rows + counts.rowsLost + counts.rowsDroppedByBoard).toBe(made);
          expect(counts.rowsDroppedByBoard).toBeLessThanOrEqual(dropped);
          // Without losses on the way nothing that the board sent is given up.
          if (loss === 0) expect(counts.rows).toBe(sent);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('says of a gap who lost it', () => {
    const { stream: s, gaps } = stream();
    s.takeBatch(batch(0, 10));
    s.takeBatch(batch(15, 5));
    s.takeBatch(batch(30, 5, { droppedTotal: 10 }));
    s.takeBatch(batch(40, 5, { droppedTotal: 12 }));
    s.takeStatus(status(50, 0, 12));
    expect(gaps.map(({ firstIndex, count, reason }) => [firstIndex, count, reason])).toEqual([
      [10, 5, '5 lost on the link'],
      [20, 10, '10 dropped by the board, its buffer was full'],
      [35, 5, '2 dropped by the board, its buffer was full; 3 lost on the link'],
      [45, 5, '5 lost on the link'],
    ]);
    expect(s.nextIndex(CHANNEL_WORK)).toBe(50);
  });

  it('does not give up rows that wait behind others that were thrown away', () => {
    const { stream: s, gaps, rows } = stream();
    s.takeBatch(batch(0, 40));
    // 60 … 99 were thrown away for want of room, 40 … 59 wait.
    s.takeStatus(status(100, 20, 40));
    expect(gaps).toEqual([]);
    s.takeBatch(batch(40, 20, { droppedTotal: 40 }));
    s.takeStatus(status(100, 0, 40));
    expect(rows).toHaveLength(2);
    expect(gaps).toMatchObject([{ firstIndex: 60, count: 40, droppedByBoard: 40 }]);
  });

  it('drops batches that came before, cuts those that overlap, and counts what is not of its run or form', () => {
    const { stream: s, rows, counts } = stream();
    s.takeBatch(batch(0, 10));
    s.takeBatch(batch(2, 6));
    s.takeBatch(batch(6, 10));
    s.takeBatch(batch(16, 2, { runId: 8 }));
    s.takeBatch(batch(16, 2, { data: new Uint8Array(3) }));
    s.takeBatch(batch(16, 2, { encoding: 9 as Encoding }));
    expect(rows.map(({ firstIndex, count, t0Ticks }) => [firstIndex, count, t0Ticks])).toEqual([
      [0, 10, 0],
      [10, 6, 100],
    ]);
    expect([...rows[1]!.codes]).toEqual([10, 11, 12, 13, 14, 15]);
    expect(counts).toMatchObject({ late: 1, unexpected: 1, malformed: 2, rows: 16 });
  });

  it('reads rows of a state as wide as the sites, each channel for itself', () => {
    const { stream: s, rows } = stream(5);
    s.takeBatch(
      batch(0, 3, {
        channel: CHANNEL_STATE,
        encoding: Encoding.BITS,
        scale: 1,
        data: pack(Encoding.BITS, [1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, 1, 1, -1]),
        overflowFlags: 3,
      }),
    );
    s.takeBatch(batch(0, 2));
    expect(rows[0]).toMatchObject({ width: 5, count: 3, saturated: true, overflowed: true });
    expect([...rows[0]!.codes.subarray(5, 10)]).toEqual([-1, 1, 1, -1, -1]);
    expect([...valuesOfRows(rows[1]!)]).toEqual([0, 0.5]);
  });
});

describe('the counter of SAMPLE frames', () => {
  it('counts what is missing, across the wrap, and no repetition', () => {
    const counts = noSampleCounts();
    const counter = new SampleFrameCounter(counts);
    for (let number = 1; number < 252; number++) counter.take(number);
    for (const number of [254, 254, 255, 2, 1, 3]) counter.take(number);
    // 0, 252, 253, 0, 1 (which came late)
    expect(counts).toMatchObject({ frames: 257, framesLost: 5 });
  });
});
