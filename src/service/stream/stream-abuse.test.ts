import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, until, type TestService } from '../service.test-support.js';
import { frameOf, RawSocket } from './raw-socket.test-support.js';
import { MOST_WAITING_BYTES } from './stream-socket.js';
import { Viewer } from './viewer.test-support.js';

/**
 * What a socket can do wrong, on a real listener and byte by byte. Whatever it is, it ends that socket: a viewer beside it goes on,
 * and the service's memory stays bounded.
 */
let test: TestService;
let beside: Viewer;
let port: number;
beforeAll(async () => {
  test = await startTestService();
  port = test.service.port;
  beside = await Viewer.open(test.service.address);
  beside.send({ op: 'subscribe', id: 'jobs', topic: 'jobs', credit: 1000 });
  await beside.message('subscribed');
});
afterAll(async () => {
  beside.hangUp();
  await test[Symbol.asyncDispose]();
});

const TEXT = 1;
const BINARY = 2;
const PING = 9;
const text = (message: object): Buffer => frameOf(TEXT, JSON.stringify(message));
let asked = 0;
/** The viewer beside is answered, and so is a call. */
async function othersGoOn(): Promise<void> {
  const id = `still here ${asked++}`;
  beside.send({ op: 'unsubscribe', id });
  await beside.message('error', (message) => message.id === id);
  expect(beside.closed).toBe(null);
  expect((await test.fetch('/readyz')).status).toBe(200);
}

describe('a socket that does something wrong', () => {
  it.each<[string, number | null, () => Buffer[]]>([
    ['sends a frame that is not masked', 1002, () => [frameOf(TEXT, '{}', { masked: false })]],
    ['sets a reserved bit', 1002, () => [frameOf(TEXT, '{}', { reserved: 4 })]],
    ['uses an opcode that there is not', 1002, () => [frameOf(3, '{}')]],
    ['goes on with a message that it has not begun', 1002, () => [frameOf(0, 'x')]],
    [
      'begins a message within a message',
      1002,
      () => [frameOf(TEXT, 'a', { fin: false }), frameOf(TEXT, 'b')],
    ],
    ['sends a control frame of 126 bytes', 1002, () => [frameOf(PING, Buffer.alloc(126))]],
    ['sends a control frame in parts', 1002, () => [frameOf(PING, 'x', { fin: false })]],
    ['sends text that is not UTF-8', 1007, () => [frameOf(TEXT, Buffer.from([0xc3, 0x28]))]],
    ['claims a message of 2^62 bytes', 1009, () => [frameOf(TEXT, 'x', { length: 2n ** 62n })]],
    ['claims a message of 2 MiB', 1009, () => [frameOf(TEXT, 'x', { length: 2n ** 21n })]],
    ['sends a message of 100 kB', 1008, () => [frameOf(TEXT, Buffer.alloc(100_000, 0x20))]],
    ['sends binary', 1002, () => [frameOf(BINARY, 'x')]],
    ['closes with a code that nobody may use', 1002, () => [frameOf(8, Buffer.from([0x03, 0xed]))]],
    [
      'sends a message in 20,000 parts',
      1008,
      () => [
        frameOf(TEXT, '{', { fin: false }),
        ...Array.from({ length: 20_000 }, () => frameOf(0, ' ', { fin: false })),
      ],
    ],
    [
      'sends a message in parts without end',
      1009,
      () => [
        frameOf(TEXT, '{', { fin: false }),
        ...Array.from({ length: 24 }, () => frameOf(0, Buffer.alloc(65_536, 0x20), { fin: false })),
      ],
    ],
  ])('that %s is closed with %s', async (_what, code, bytes) => {
    const raw = await RawSocket.open(port);
    expect(raw.status).toBe(101);
    await raw.write(Buffer.concat(bytes()));
    expect(await raw.closeCode()).toBe(code);
    raw.destroy();
    await othersGoOn();
  });

  it.each<[string, Record<string, string>, number]>([
    ['comes from a page of another site', { Origin: 'http://evil.example' }, 403],
    ['comes from a sandboxed page', { Origin: 'null' }, 403],
    ['uses a host name that is not served here', { Host: 'evil.example' }, 403],
    ['carries a key that is none', { Authorization: 'Bearer nonsense' }, 401],
    ['has a ticket that was never given', { 'Sec-WebSocket-Protocol': 'relaxd.v1, ticket.x' }, 401],
    ['has no key for its handshake', { 'Sec-WebSocket-Key': '' }, 400],
    ['is of another version of the protocol', { 'Sec-WebSocket-Version': '7' }, 400],
  ])('that %s does not come about', async (_what, headers, status) => {
    const raw = await RawSocket.open(port, headers);
    expect(raw.status).toBe(status);
    await raw.until(() => raw.ended);
    await othersGoOn();
  });

  it.each([[''], ['other.v1'], ['relaxd.v2, other']])(
    'that asks for subprotocol %j is closed with 1002',
    async (protocol) => {
      const raw = await RawSocket.open(port, { 'Sec-WebSocket-Protocol': protocol });
      expect([raw.status === 101 ? await raw.closeCode() : raw.status]).toEqual([
        raw.status === 101 ? 1002 : 400,
      ]);
      raw.destroy();
      await othersGoOn();
    },
  );

  it('a program that is no page, without an Origin, is welcome', async () => {
    const raw = await RawSocket.open(port, { Origin: '' });
    expect(raw.status).toBe(101);
    await raw.write(text({ op: 'subscribe', id: 'q', topic: 'queue' }));
    await raw.until(() => raw.frames().some(({ opcode }) => opcode === TEXT));
    raw.destroy();
  });
});

describe('a socket that does not read', () => {
  /** Sends until it is cut off; what waits for it in the service is measured on the way. */
  async function flood(bytes: Buffer): Promise<number> {
    const before = new Set(sockets());
    const raw = await RawSocket.open(port);
    const [server] = sockets().filter((socket) => !before.has(socket));
    raw.socket.pause();
    let most = 0;
    for (let sent = 0; !raw.ended && !raw.socket.destroyed && server!.readyState === 1; sent++) {
      expect(sent).toBeLessThan(4000);
      await Promise.race([raw.write(bytes), until(() => server!.readyState !== 1)]);
      most = Math.max(most, server!.bufferedAmount);
    }
    raw.destroy();
    return most;
  }
  const sockets = () => [...test.service.sockets];

  it('and pings is cut off, with a bounded amount waiting for it', async () => {
    const pings = Buffer.concat(
      Array.from({ length: 500 }, () => frameOf(PING, Buffer.alloc(120))),
    );
    expect(await flood(pings)).toBeLessThan(2 * MOST_WAITING_BYTES);
    await othersGoOn();
  });

  it('and asks for what there is not is cut off as well', async () => {
    const wrong = Buffer.concat(
      Array.from({ length: 200 }, (_, k) => text({ op: 'credit', id: `nobody${k}`, n: 1 })),
    );
    expect(await flood(wrong)).toBeLessThan(2 * MOST_WAITING_BYTES);
    await othersGoOn();
  });

  it('and does not answer pings, as one whose network is gone, is cut off', async () => {
    const hasty = await startTestService({ pingEveryMs: 60 });
    const answers = await Viewer.open(hasty.service.address);
    const raw = await RawSocket.open(hasty.service.port);
    // It reads, so that it sees the end, and says nothing.
    expect(await raw.closeCode()).toBe(null);
    expect(raw.frames().filter(({ opcode }) => opcode === PING).length).toBeGreaterThanOrEqual(2);
    expect(answers.closed).toBe(null);
    answers.hangUp();
    await hasty[Symbol.asyncDispose]();
  });

  it('200 abusive sockets at once leave the others be and nothing behind', async () => {
    const open = await Promise.all(Array.from({ length: 200 }, () => RawSocket.open(port)));
    await Promise.all(
      open.map((raw, k) =>
        raw.write(
          [
            frameOf(TEXT, '{}', { masked: false }),
            frameOf(TEXT, Buffer.from([0xff])),
            frameOf(PING, Buffer.alloc(126)),
            frameOf(TEXT, 'x', { length: 2n ** 40n }),
          ][k % 4]!,
        ),
      ),
    );
    const codes = await Promise.all(open.map((raw) => raw.closeCode()));
    expect(new Set(codes)).toEqual(new Set([1002, 1007, 1009]));
    for (const raw of open) raw.destroy();
    await othersGoOn();
    await until(() => sockets().length === 1);
  });
});
