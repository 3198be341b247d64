import { describe, expect, it } from 'vitest';
import { relaxd } from '../proto/gen/board.js';
import { RandomStream, VirtualTimeline } from '../src/core/index.js';
import { FAULT } from './fault-latch.js';
import { Firmware } from './firmware.js';
import { encodeFrame } from './frame.js';
import { MemoryLine } from './hosts/memory.js';
import { TestAnalog } from './test-analog.test-support.js';
import { testImage, TestHost } from './test-host.test-support.js';

const { Request } = relaxd.board.v1;
const SEED = 20_261;

async function shaken() {
  const timeline = new VirtualTimeline();
  const line = new MemoryLine({ timeline });
  const board = new Firmware(new TestAnalog(), { serial: 'board-1', seed: 7, timeline });
  board.connect(line.board);
  const host = new TestHost(timeline, line.host);
  await timeline.advance(50);
  await host.shake();
  return { timeline, line, board, host };
}

/** Messages to turn bytes over in. */
const BODIES: Omit<relaxd.board.v1.Request.$Properties, 'requestId'>[] = [
  { ping: { payload: new Uint8Array(20) } },
  { writeParameter: { name: 'gain', value: 1 } },
  { uploadBegin: { bank: 1, n: 4, total: 40, sha256: new Uint8Array(32) } },
  { uploadChunk: { uploadId: 1, offset: 0, crc32: 1, data: new Uint8Array(20) } },
  { uploadCommit: { uploadId: 1, sha256: new Uint8Array(32) } },
  {
    arm: { runId: 1, bank: 0, bankCrc32: 1, shots: 3, duration: 1, readouts: 3, channels: [0, 1] },
  },
  { start: { runId: 1 } },
  { enterSafeState: { cause: 'x' } },
  { clearFault: { faultId: 1, operator: 'a', note: 'b' } },
  { readResult: { runId: 1, offset: 3 } },
  { getDescriptor: { offset: 5 } },
  { setBaud: { baud: 230_400 } },
];

describe(`Whatever comes (seed ${SEED})`, () => {
  it('as frames of random bytes, the board answers the next call and found no state that cannot be', async () => {
    const { timeline, line, host } = await shaken();
    const random = RandomStream.of(SEED);
    for (let k = 0; k < 3000; k++) {
      const payload = Uint8Array.from({ length: random.integer(40) }, () => random.integer(256));
      // RESET would start it again, HELLO another session: the others.
      const type = 2 + random.integer(14);
      const frame = { type: type === 7 ? 10 : type, major: 1, session: host.session };
      const numbers = { seq: random.integer(256), ack: random.integer(256), credit: 16 };
      if (type === 2) host.putData(payload);
      else if (type > 4) line.host.write(encodeFrame({ ...frame, ...numbers, payload }));
      else line.host.write(payload);
    }
    await timeline.advance(1000);
    await host.shake();
    expect((await host.ask({ getFault: {} })).fault?.faultWord ?? 0).toBe(0);
  });

  it('as requests with bytes turned over, it answers, and never with INTERNAL', async () => {
    const { timeline, host } = await shaken();
    const random = RandomStream.of(SEED, 'dynamics', 1);
    const image = testImage(4, [{ kind: 2, codes: [1, 2, 3, 4] }]);
    await host.upload(0, image, 4);
    let id = 0;
    let answers = 0;
    for (let k = 0; k < 3000; k++) {
      if (k % 50 === 0) {
        // A number that was turned into a high one leaves all after it behind.
        await host.shake();
        id = 0;
      }
      const body = BODIES[random.integer(BODIES.length)]!;
      const call = Request.encode(body).finish().slice();
      for (let flips = random.integer(4); flips > 0; flips--) {
        call[random.integer(call.length)] = random.integer(256);
      }
      host.putData(Buffer.concat([Request.encode({ requestId: ++id }).finish(), call]));
      if (k % 10 === 9) await timeline.advance(5);
      if (k % 50 !== 49) continue;
      await timeline.advance(100);
      for (let one = 1; one <= id; one++) answers += Number(host.responseTo(one) !== undefined);
    }
    // The rest cannot be parsed.
    expect(answers).toBeGreaterThan(1500);
    await timeline.advance(2000);
    await host.shake();
    const { fault } = await host.ask({ getFault: {} });
    expect((fault?.faultWord ?? 0) & FAULT.internal).toBe(0);
    const { health } = await host.ask({ getHealth: {} });
    expect(health!.measures).toHaveLength(2);
  });
});
